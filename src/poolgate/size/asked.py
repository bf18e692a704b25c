"""What is asked of some instances, and what they are: the numbers that every formula here begins with."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from inference_pools.queueing import QueueingError, Traffic

POISSON = 1.0
"""The variability of what comes independently of each other, and of exponential service times."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests, and the time that one takes an instance which works on as many as it takes at once.

    `arrivals_scv` and `service_scv` are squared coefficients of variation: the variance over the squared mean, of the
    times between requests and of the service times. `alone` is the service time of a request that has an instance for
    itself; None where that is no shorter. `patience` is how long a request waits until it gives up; None where it waits
    for ever. `is_measured` says that service times were recorded: nobody knows them to be exponential, whatever their
    variability. Times are in seconds.
    """

    traffic: Traffic
    arrivals_scv: float = POISSON
    service_scv: float = POISSON
    alone: float | None = None
    patience: float | None = None
    is_measured: bool = False

    def __post_init__(self) -> None:
        for what, scv in (("arrivals", self.arrivals_scv), ("service times", self.service_scv)):
            if not (math.isfinite(scv) and scv >= 0):
                raise QueueingError(f"the variability of the {what} is {scv:g}, expected a number, 0 or more")
        if self.patience is not None and not self.patience >= 0:
            raise QueueingError(f"the patience is {self.patience:g} seconds, expected at least 0")
        if self.alone is not None and not 0 < self.alone <= self.traffic.service:
            raise QueueingError(
                f"the service time alone is {self.alone:g} seconds, expected more than 0 and at most "
                f"{self.traffic.service:g}, the service time beside others"
            )

    @property
    def is_markov(self) -> bool:
        """Whether requests come, and are served, as the exact formulas want it."""
        return self.arrivals_scv == self.service_scv == POISSON

    def at_rate(self, rate: float) -> Asked:
        """The same requests, more or fewer of them."""
        return replace(self, traffic=Traffic(rate, self.traffic.service))


@dataclass(frozen=True, slots=True)
class Instances:
    """So many instances, each of which takes so many requests at once."""

    number: int
    at_once: int = 1

    def __post_init__(self) -> None:
        for what, value in (("number of instances", self.number), ("number of requests at once", self.at_once)):
            if value < 1:
                raise QueueingError(f"the {what} is {value}, expected at least 1")

    @property
    def servers(self) -> int:
        """How many requests they work on at once, at most."""
        return self.number * self.at_once

    def work_done(self, requests: int, asked: Asked) -> float:
        """Requests a second that they get done while so many are there, spread as evenly as can be.

        The time that one takes grows in a line, from that of one alone to that of a full instance.
        """
        full, service, alone = self.at_once, asked.traffic.service, asked.alone
        if requests >= self.servers:
            return self.servers / service
        if alone is None or full == 1:
            return requests / service

        def done(each: int) -> float:
            return each / (alone + (service - alone) * (each - 1) / (full - 1)) if each else 0.0

        each, fuller = divmod(requests, self.number)
        return fuller * done(each + 1) + (self.number - fuller) * done(each)
