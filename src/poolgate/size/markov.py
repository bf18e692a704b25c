"""Requests that come at random, and exponential service times: M/M/c, whose servers may slow each other down, and
whose customers may give up after a time that all have.

Below the number that the instances take at once this is a birth-death chain. Above it, the wait that one who comes is
offered has a density that is known in closed form: D. Y. Barrer, "Queuing with impatient customers and ordered
service", Operations Research 5 (1957); F. Baccelli and G. Hebuterne, "On queues with impatient customers", Performance
'81. Without slowing down and giving up this is Erlang's C, and with a patience of 0 his B.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from poolgate.size.asked import Asked, Instances
from poolgate.size.waits import Waits, never

_FLAT: Final = 1e-5
"""Below it a series says more than a difference of numbers that are nearly the same."""


def waits(asked: Asked, instances: Instances) -> Waits:
    """Of exponential service times, whatever the variability that is asked."""
    rate, servers = asked.traffic.rate, instances.servers
    most = instances.work_done(servers, asked)
    if asked.patience is None and rate >= most:
        return never(asked.traffic.service, rate / most)
    offered = _Offered(most - rate, most, asked.patience)
    last, at_work_below = _below_full(asked, instances)
    weight = rate * last
    whole = offered.scale + weight * offered.beyond(0.0)

    def beyond(time: float) -> float:
        return weight * offered.beyond(time) / whole

    waiting = beyond(0.0)
    lost = 0.0 if asked.patience is None else beyond(asked.patience)
    # The number that is worked on is what comes in the time that one takes, unless that depends on the number.
    served = rate * (1 - lost)
    at_work = served * asked.traffic.service
    if asked.alone is not None:
        at_work = (1 - waiting) * at_work_below + waiting * servers
    return Waits(
        waiting=waiting,
        mean=weight * offered.area / whole,
        lost=lost,
        busy=at_work / servers,
        service=at_work / served if served else asked.traffic.service,
        beyond=beyond,
        patience=asked.patience,
    )


def _below_full(asked: Asked, instances: Instances) -> tuple[float, float]:
    """While there is room: the probability that there is room for one only, and the mean number being worked on.

    The recursion of Erlang's B, which adds and multiplies positive numbers only.
    """
    rate, service = asked.traffic.rate, asked.traffic.service
    slows = asked.alone is not None
    last, mean = 1.0, 0.0
    for number in range(1, instances.servers):
        done = instances.work_done(number, asked) if slows else number / service
        last = rate * last / (done + rate * last)
        mean += last * (number - mean)
    return last, mean


@dataclass(frozen=True, slots=True)
class _Offered:
    """The wait that is offered: its density, over what it would be if it began at 1, and times `scale`.

    The scale is 1, or what keeps the numbers small where more requests come than are worked off until they give up.
    """

    spare: float
    most: float
    patience: float | None

    @property
    def scale(self) -> float:
        return 1.0 if self.patience is None else math.exp(min(0.0, self.spare * self.patience))

    def beyond(self, time: float) -> float:
        """How much of it lies beyond a time."""
        if self.patience is None:
            return math.exp(-self.spare * time) / self.spare
        if time > self.patience:
            return self.beyond(self.patience) * math.exp(-self.most * (time - self.patience))
        rising = self._rising(self.patience - time)
        if self.spare < 0:
            return rising + 1 / self.most
        return math.exp(-self.spare * time) * rising + math.exp(-self.spare * self.patience) / self.most

    @property
    def area(self) -> float:
        """What lies beyond a time, over all times up to the patience."""
        if self.patience is None:
            return 1 / self.spare**2
        patience, most = self.patience, self.most
        units = abs(self.spare) * patience
        if self.spare < 0:
            area = patience**2 * (0.5 - units / 6) if units < _FLAT else (units + math.expm1(-units)) / self.spare**2
            return area + patience / most
        at_end = math.exp(-units)
        area = patience**2 * (0.5 - units / 3) if units < _FLAT else (1 - at_end - units * at_end) / self.spare**2
        return area + patience * at_end / most

    def _rising(self, time: float) -> float:
        slope = abs(self.spare)
        return -math.expm1(-slope * time) / slope if slope * time > 0 else time
