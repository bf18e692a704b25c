"""Requests and service times of any variability: GI/G/c by two moments.

The mean wait, and the probability of waiting where requests do not come at random or service times vary more than
exponential ones do, are those of W. Whitt, "Approximations for the GI/G/m queue", Production and Operations Management
2 (1993); so is the variability of the wait of those who wait. Where requests come at random and service times are
steadier, probability and variability lie on a line between those of M/D/c, which are exact (`steady.py`), and M/M/c, as
H. C. Tijms has it, "A First Course in Stochastic Models" (2003), section 9.6. Those who give up leave the others'
waits as they would be: N. K. Boots and H. C. Tijms, "A multiserver queueing system with impatient customers",
Management Science 45 (1999).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from poolgate.size import gamma, markov, steady
from poolgate.size.asked import POISSON, Asked, Instances
from poolgate.size.waits import Waits


def waits(asked: Asked, instances: Instances) -> Waits:
    """By two moments. Of instances that cannot keep up, as if the variability were that of exponential times."""
    plain = markov.waits(Asked(asked.traffic, alone=asked.alone), instances)
    if not plain.is_stable:
        return markov.waits(asked, instances)
    servers = instances.servers
    busy = asked.traffic.rate / instances.work_done(servers, asked)
    arrivals, service = asked.arrivals_scv, asked.service_scv
    if not arrivals + service:
        return Waits(0.0, 0.0, 0.0, plain.busy, plain.service, lambda time: 0.0, asked.patience)
    mean = plain.mean * (arrivals + service) / 2 * _factor(servers, busy, arrivals, service)
    if arrivals == POISSON and service <= POISSON:
        even = steady.moments(servers, busy)
        waiting = (1 - service) * even.waiting + service * plain.waiting
        variability = (1 - service) * even.variability + service
    else:
        waiting = _waiting(plain.waiting, servers, busy, arrivals, service)
        variability = _variability(busy, service)
    if not waiting or not mean:
        return Waits(0.0, 0.0, 0.0, plain.busy, plain.service, lambda time: 0.0, asked.patience)
    tail = _tail(mean / waiting, variability)
    for_ever = Waits(waiting, mean, 0.0, plain.busy, plain.service, lambda time: waiting * tail(time))
    return for_ever if asked.patience is None else _giving_up(for_ever, busy, asked.patience)


def _giving_up(for_ever: Waits, busy: float, patience: float) -> Waits:
    """Of those who wait as long as they have patience."""
    longer = for_ever.beyond(patience)
    lost = (1 - busy) * longer / (1 - busy * longer)
    stretch = (1 - lost) / (1 - longer)

    def beyond(time: float) -> float:
        return 1 - stretch * (1 - for_ever.beyond(time)) if time <= patience else lost * for_ever.beyond(time) / longer

    steps = 200
    width = patience / steps
    mean = width * sum(beyond((step + 0.5) * width) for step in range(steps))
    return Waits(beyond(0.0), mean, lost, for_ever.busy * (1 - lost), for_ever.service, beyond, patience)


def _factor(servers: int, busy: float, arrivals: float, service: float) -> float:
    """By how much the mean wait differs from that of M/M/c times the mean of both variabilities: Whitt's phi."""
    free = (1 - busy) * (servers - 1) * (math.sqrt(4 + 5 * servers) - 2) / (16 * servers * busy)
    at_most = min(0.24, free)
    varied_arrivals = 1 + at_most
    varied_service = (1 - 4 * at_most) * math.exp(-2 * (1 - busy) / (3 * busy))
    both = (arrivals + service) / 2
    steadier = min(1.0, (varied_arrivals + varied_service) / 2) ** (2 * (1 - both)) if both < 1 else 1.0
    if arrivals >= service:
        whole = 4 * arrivals - 3 * service
        return 4 * (arrivals - service) / whole * varied_arrivals + service / whole * steadier
    whole = 2 * (arrivals + service)
    return (service - arrivals) / whole * varied_service + (service + 3 * arrivals) / whole * steadier


def _waiting(of_exponential: float, servers: int, busy: float, arrivals: float, service: float) -> float:
    """The probability of waiting: Whitt's pi."""
    root, spread = math.sqrt(servers), (arrivals + service) / (1 + service)

    def of_normal(place: float) -> float:
        """M/M/c's probability, with another variability in the limit of many servers."""
        over = _normal_tail(place * (1 - busy) * root) / _normal_tail((1 - busy) * root)
        return min(1.0, of_exponential * over)

    first = busy**2 * of_normal(1 / spread) + (1 - busy**2) * of_normal(2 / (1 + arrivals))
    surplus = (servers - servers * busy - 0.5) / math.sqrt(servers * busy * spread)
    if servers < 7 or surplus <= 0.5 or arrivals >= 1:
        return min(1.0, first)
    second = arrivals * first + (1 - arrivals) * _normal_tail(surplus)
    if surplus >= 1:
        return min(1.0, second)
    share = 2 * (1 - arrivals) * (surplus - 0.5)
    return min(1.0, share * second + (1 - share) * first)


def _normal_tail(place: float) -> float:
    return max(0.5 * math.erfc(place / math.sqrt(2)), 1e-300)


def _variability(busy: float, service: float) -> float:
    """The squared coefficient of variation of the wait of those who wait, as one server has it."""
    third = 3 * service * (1 + service) if service >= 1 else (2 * service + 1) * (service + 1)
    return 2 * busy - 1 + 4 * (1 - busy) * third / (3 * (service + 1) ** 2)


def _tail(mean: float, variability: float) -> Callable[[float], float]:
    """The probability of more than a time, for a mean and a variability: of two exponential times one, or a gamma."""
    if variability > 1:
        often = (1 + math.sqrt((variability - 1) / (variability + 1))) / 2
        return lambda time: (
            often * math.exp(-2 * often * time / mean) + (1 - often) * math.exp(-2 * (1 - often) * time / mean)
        )
    shape = 1 / max(variability, 0.01)
    return lambda time: gamma.beyond(shape, shape * time / mean)
