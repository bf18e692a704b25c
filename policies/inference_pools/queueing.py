"""The M/M/c queue: how busy some servers are, and how long their customers wait.

Arrivals are a Poisson stream, service times are exponential, `servers` equal servers take from one queue in order of
arrival, and nobody leaves before being served. Times are in seconds, rates in customers a second, probabilities
between 0 and 1.

Formulas: A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in Automatic
Telephone Exchanges" (1917); I. Adan and J. Resing, "Queueing Systems", https://www.win.tue.nl/~iadan/queueing.pdf,
chapter 5. Erlang B is computed by its recursion over the number of servers, which adds and multiplies positive numbers
only: it loses no digits, however many servers there are and however near saturation they work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MAX_LOAD: Final = 1_000_000
"""The greatest offered load, in erlangs, that is computed: work grows with it, and no pool is near it."""


class QueueingError(ValueError):
    """The numbers describe no queue."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is asked of the servers: customers a second, and the mean time in seconds that one takes to be served.

    Raises QueueingError unless both are finite and above zero and their product is at most `MAX_LOAD`.
    """

    rate: float
    service: float

    def __post_init__(self) -> None:
        for what, value in (("the arrival rate", self.rate), ("the mean service time", self.service)):
            if not (math.isfinite(value) and value > 0):
                raise QueueingError(f"{what} is {value:g}, expected a number above 0")
        if not self.load <= MAX_LOAD:
            raise QueueingError(f"the offered load is {self.load:g} erlangs, the limit is {MAX_LOAD:,}")

    @property
    def load(self) -> float:
        """The offered load in erlangs: the mean number of servers that would be busy if there were enough."""
        return self.rate * self.service

    def part(self, share: float) -> Traffic:
        """A share of it, above 0 and at most 1, which chance parts from the rest."""
        return Traffic(self.rate * share, self.service)

    def __add__(self, other: Traffic) -> Traffic:
        """Both streams as one. Poisson streams add up to one; the service time is the mean over all customers."""
        rate = self.rate + other.rate
        return Traffic(rate, (self.load + other.load) / rate)


@dataclass(frozen=True, slots=True)
class Queue:
    """Traffic before a number of servers. Raises QueueingError when that is below 1."""

    traffic: Traffic
    servers: int

    def __post_init__(self) -> None:
        if self.servers < 1:
            raise QueueingError(f"the number of servers is {self.servers}, expected at least 1")

    @property
    def utilisation(self) -> float:
        """The load each server is offered. From 1 on the queue grows without limit."""
        return self.traffic.load / self.servers

    @property
    def is_stable(self) -> bool:
        """Whether the servers can keep up in the long run."""
        return self.traffic.load < self.servers

    @property
    def blocking(self) -> float:
        """Erlang B: the probability that all servers are busy if nobody could wait."""
        load, blocked = self.traffic.load, 1.0
        for server in range(1, self.servers + 1):
            blocked = load * blocked / (server + load * blocked)
            if not blocked:
                break  # below the least number that a float can say, and falling
        return blocked

    @property
    def waiting(self) -> float:
        """Erlang C: the probability that a customer has to wait. 1 when the servers cannot keep up."""
        return self._waiting(self.blocking) if self.is_stable else 1.0

    @property
    def mean_wait(self) -> float:
        """The mean wait of all customers, those who need not wait included. Infinite when the queue grows."""
        return self.waiting / self._relief if self.is_stable else math.inf

    def waits_longer_than(self, seconds: float) -> float:
        """The probability that a customer waits longer. Raises QueueingError for a time below zero."""
        if not seconds >= 0:
            raise QueueingError(f"the wait is {seconds:g} seconds, expected at least 0")
        return self.waiting * math.exp(-self._relief * seconds) if self.is_stable else 1.0

    def wait_percentile(self, share: float) -> float:
        """The wait that a share of the customers (0.95 of them, say) does not exceed.

        Infinite when the queue grows. Raises QueueingError for a share that is not above 0 and below 1.
        """
        _check_share(share)
        if not self.is_stable:
            return math.inf
        # The logarithm is below zero when more than that share need not wait at all.
        waiting = self.waiting
        return max(0.0, math.log(waiting / (1 - share)) / self._relief) if waiting else 0.0

    @property
    def _relief(self) -> float:
        """By how much the servers are faster than the arrivals, in customers a second."""
        return (self.servers - self.traffic.load) / self.traffic.service

    def _waiting(self, blocked: float) -> float:
        load = self.traffic.load
        return self.servers * blocked / (self.servers - load + load * blocked)


@dataclass(frozen=True, slots=True)
class WaitTarget:
    """What the servers must achieve: at most `excess` of the customers wait longer than `wait` seconds.

    Raises QueueingError for a wait below zero and an excess that is not above 0 and below 1.
    """

    wait: float
    excess: float

    def __post_init__(self) -> None:
        if not self.wait >= 0:
            raise QueueingError(f"the wait is {self.wait:g} seconds, expected at least 0")
        _check_share(self.excess)

    def is_met(self, queue: Queue) -> bool:
        """Whether the queue achieves it."""
        return queue.is_stable and queue.waits_longer_than(self.wait) <= self.excess


def smallest(traffic: Traffic, target: WaitTarget, *, utilisation: float = 1.0, step: int = 1) -> int:
    """The least number of servers, in steps of `step`, that meets a target and is kept no busier than `utilisation`.

    One pass of the recursion: it is as long as the number of servers. Raises QueueingError for a utilisation that is
    not above 0 and at most 1, and for a step below 1.
    """
    _check_utilisation(utilisation)
    if step < 1:
        raise QueueingError(f"the step is {step}, expected at least 1")
    load, blocked, servers = traffic.load, 1.0, 0
    while True:
        servers += 1
        blocked = load * blocked / (servers + load * blocked)
        if not blocked:
            # Below the least number that a float can say: nobody waits from here on, and only the rest decides.
            return math.ceil(max(servers, load / utilisation) / step) * step
        if servers % step or servers <= load or load > utilisation * servers:
            continue
        queue = Queue(traffic, servers)
        if queue._waiting(blocked) * math.exp(-queue._relief * target.wait) <= target.excess:
            return servers


def smallest_without_queue(traffic: Traffic, excess: float, *, utilisation: float = 1.0) -> int:
    """The least number of servers of which at most `excess` of the customers find none free, where nobody may wait,
    and which is kept no busier than `utilisation` by those that do.

    Raises QueueingError as `smallest` does, and for an excess that is not above 0 and below 1.
    """
    _check_share(excess)
    _check_utilisation(utilisation)
    load, blocked, servers = traffic.load, 1.0, 0
    while blocked:  # until it is below the least number that a float can say
        servers += 1
        blocked = load * blocked / (servers + load * blocked)
        if blocked <= excess and load * (1 - blocked) <= utilisation * servers:
            return servers
    return math.ceil(max(servers, load / utilisation))


def _check_utilisation(utilisation: float) -> None:
    if not 0 < utilisation <= 1:
        raise QueueingError(f"the utilisation is {utilisation:g}, expected a number above 0 and at most 1")


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise QueueingError(f"the share is {share:g}, expected a number above 0 and below 1")
