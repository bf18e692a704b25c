"""How many instances are enough, what the loss of one does, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from inference_pools.queueing import QueueingError, WaitTarget
from poolgate.size.asked import Asked, Instances
from poolgate.size.formulas import waits
from poolgate.size.held import why_not_held
from poolgate.size.money import Price
from poolgate.size.waits import Waits

ANY_WAIT: Final = 1e9
"""Seconds that nobody waits."""
MOST: Final = 2_000_000
"""No more instances are tried: nothing that serves models has so many."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be achieved: at most `target.excess` of the requests wait longer than `target.wait`, and no instance
    is busier than `busiest`.
    """

    target: WaitTarget
    busiest: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.busiest <= 1:
            raise QueueingError(f"the utilisation is {self.busiest:g}, expected a number above 0 and at most 1")

    @property
    def waits_any(self) -> bool:
        """Whether any wait will do, because only a utilisation is wanted."""
        return self.target.wait >= ANY_WAIT

    @property
    def share(self) -> float:
        """The share of the requests that must not wait longer."""
        return 1 - self.target.excess

    def is_met(self, found: Waits) -> bool:
        """Whether these waits will do. Who gives up is not served in time, however early that is."""
        wait = self.target.wait if found.patience is None else min(self.target.wait, found.patience)
        is_soon = found.is_stable and found.beyond(wait) <= self.target.excess
        return is_soon and (found.busy <= self.busiest or self.busiest == 1)


@dataclass(frozen=True)
class Size:
    """How large a pool should be. `wanted` are all that have to be achieved at once; `least` and `most` are what is
    configured, between which it is scaled; both are the same where it is not, and None where nothing is.

    `gives_up` is after how many seconds what serves the requests gives them up, where nobody names a patience. What is
    enough is so if none is given up: those who give up make a pool look fast that is too small. What is seen of any
    number of instances has it.
    """

    name: str
    asked: Asked
    at_once: int
    wanted: tuple[Wanted, ...]
    least: int | None = None
    most: int | None = None
    price: Price | None = None
    machine: str = ""
    gives_up: float | None = None

    @property
    def seen(self) -> Asked:
        """What is asked, with the patience that requests have."""
        return self.asked if self.gives_up is None else replace(self.asked, patience=self.gives_up)

    def shown(self, instances: int) -> Waits:
        """The waits before so many instances as they are seen, where the least patience counts."""
        return waits(self.seen, Instances(instances, self.at_once))

    def at(self, instances: int) -> Waits:
        """The waits before so many instances."""
        return waits(self.asked, Instances(instances, self.at_once))

    def is_met(self, instances: int) -> bool:
        """Whether so many are enough for all that is wanted."""
        return instances > 0 and self._is_met_by(self.at(instances))

    def _is_met_by(self, found: Waits) -> bool:
        return all(wanted.is_met(found) for wanted in self.wanted)

    @cached_property
    def enough(self) -> int:
        """The smallest number of instances that is enough."""
        return smallest(self.is_met, first=max(1, round(self.asked.traffic.load / self.at_once)))

    @property
    def after_a_loss(self) -> int:
        """The smallest number of which one may be lost."""
        return self.enough + 1

    @property
    def serves(self) -> bool | None:
        """Whether the most that is configured is enough; None where nothing is configured."""
        return None if self.most is None else self.most >= self.enough

    @property
    def doubt(self) -> str:
        """Why the formula is not known to hold here, as a clause; "" where it was held to a simulation."""
        instances = Instances(self.enough, self.at_once)
        return why_not_held(self.asked, instances) or why_not_held(self.seen, instances)


def smallest(will_do: Callable[[int], bool], first: int) -> int:
    """The smallest number that will do, of which every larger one will do too; `first` is where to look first."""
    low, high = 0, first
    while not will_do(high):
        if high >= MOST:
            raise QueueingError(f"{MOST:,} instances would not be enough")
        low, high = high, min(MOST, high + max(1, high // 8, 2 * (high - low)))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if will_do(middle) else (middle, high)
    return high
