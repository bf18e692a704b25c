"""How long requests wait, as every formula answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from inference_pools.queueing import QueueingError


@dataclass(frozen=True, slots=True)
class Waits:
    """How long requests wait.

    `waiting` is the probability of waiting at all, `mean` the mean wait of all, those included that need not wait or
    give up. `lost` is the share that gives up. `busy` is the share of what instances take at once that they work on,
    `service` the mean time that a request takes them. `beyond` is the probability of having to wait longer than a
    time, which those who give up would have had to.
    """

    waiting: float
    mean: float
    lost: float
    busy: float
    service: float
    beyond: Callable[[float], float]
    patience: float | None = None

    @property
    def is_stable(self) -> bool:
        """Whether there is an end to the waits."""
        return math.isfinite(self.mean)

    def percentile(self, share: float) -> float:
        """The wait that a share of the requests does not exceed; the patience, where more than the rest give up."""
        if not 0 < share < 1:
            raise QueueingError(f"the share is {share:g}, expected a number above 0 and below 1")
        rest = 1 - share
        if self.waiting <= rest:
            return 0.0
        if not self.is_stable:
            return math.inf
        if self.patience is not None and self.beyond(self.patience) >= rest:
            return self.patience
        low, high = 0.0, self.mean + self.service
        while self.beyond(high) > rest:
            low, high = high, 2 * high
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.beyond(middle) > rest else (low, middle)
        return high


def never(service: float, busy: float) -> Waits:
    """Of instances that cannot keep up with those who wait for ever; `busy` is what comes, over what they can do."""
    return Waits(1.0, math.inf, 0.0, busy, service, lambda time: 1.0)
