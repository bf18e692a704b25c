"""The queue of requests that come at random and all take equally long, before a number of servers: M/D/c.

Requests go round the servers in turn without anybody's wait becoming another, so that each server has a queue of its
own whose arrivals are sums of so many exponential times; its waits are the maximum of a random walk, of which Spitzer's
identity gives probability and moments as sums over Poisson tails. C. D. Crommelin, "Delay probability formulae when the
holding times are constant", P.O. Electrical Engineers Journal 25 (1932); F. Spitzer, "A combinatorial lemma and its
application to probability theory", Transactions of the AMS 82 (1956).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_SINGLY: Final = 64
"""So many terms are summed one by one; of later ones, which differ little, one stands for a sixteenth of all."""
_NORMAL_FROM: Final = 3000
"""From so many requests on their time is as good as normal, but for its skewness."""
_REST: Final = 1e-7


class Moments(NamedTuple):
    """The probability of waiting, and the first two moments of the wait in service times."""

    waiting: float
    mean: float
    square: float

    @property
    def variability(self) -> float:
        """The squared coefficient of variation of the wait of those who wait."""
        return self.square * self.waiting / self.mean**2 - 1 if self.mean else 1.0


@lru_cache(maxsize=4096)
def moments(servers: int, utilisation: float) -> Moments:
    """Of servers that are kept busy less than always."""
    load = servers * utilisation
    waiting = mean = variance = 0.0
    for steps, count in _steps(servers):
        requests = steps * servers
        probability, first, second = (
            _exact(steps, requests, load) if requests < _NORMAL_FROM else _normal(requests, utilisation, load)
        )
        added = (count * probability / steps, count * first / steps, count * second / steps)
        waiting, mean, variance = waiting + added[0], mean + added[1], variance + added[2]
        if added[0] <= _REST * waiting and added[2] <= _REST * variance:
            break
    return Moments(-math.expm1(-waiting), mean, variance + mean * mean)


def _steps(servers: int) -> Iterator[tuple[float, int]]:
    """Which terms are computed, and how many each stands for."""
    for step in range(1, _SINGLY):
        yield step, 1
    step = _SINGLY
    while True:
        count = step // 16
        middle = step + (count - 1) / 2
        # The exact terms are of whole numbers of requests.
        yield (round(middle) if middle * servers < _NORMAL_FROM else middle), count
        step += count


def _exact(steps: float, requests: float, load: float) -> tuple[float, float, float]:
    """The probability that so many requests come within so many service times, and the moments of what is left."""
    mean = steps * load
    here = math.exp(requests * math.log(mean) - mean - math.lgamma(requests + 1))
    term = total = 1.0
    further = requests
    while term > 1e-17 * total:
        further += 1
        term *= mean / further
        total += term
    at_least = here * total
    one_more = at_least - here
    two_more = one_more - here * mean / (requests + 1)
    ratio = requests / load
    first = steps * at_least - ratio * one_more
    second = steps**2 * at_least - 2 * steps * ratio * one_more + ratio * (requests + 1) / load * two_more
    return at_least, max(first, 0.0), max(second, 0.0)


def _normal(requests: float, utilisation: float, load: float) -> tuple[float, float, float]:
    """The same by the normal distribution, with the first term of Edgeworth's series."""
    spread = math.sqrt(requests) / load
    short = requests / load * (1 - utilisation) / spread
    density = math.exp(-short * short / 2) / math.sqrt(2 * math.pi)
    tail = 0.5 * math.erfc(short / math.sqrt(2))
    skewness = -2 / math.sqrt(requests)
    return (
        max(tail + skewness / 6 * (short * short - 1) * density, 0.0),
        max(spread * (density - short * tail + skewness / 6 * short * density), 0.0),
        max(spread**2 * ((1 + short * short) * tail - short * density + skewness / 3 * density), 0.0),
    )
