"""How many instances a recorded day takes: at its peak, and over the hours where they are scaled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from inference_pools.queueing import Traffic, WaitTarget
from poolgate.size.day import Bucket, Day, rises
from poolgate.size.plan import Size

_ALIKE: Final = 50
"""Loads are told apart by a fiftieth, upwards: a month has thousands of buckets."""


@dataclass(frozen=True)
class Replay:
    """What the requests of the peak would have waited, one by one, before so many instances."""

    instances: int
    waits: Sequence[float]

    @property
    def waiting(self) -> float:
        """The share that has to wait."""
        return sum(wait > 0 for wait in self.waits) / len(self.waits)

    @property
    def mean(self) -> float:
        """The mean wait."""
        return math.fsum(self.waits) / len(self.waits)

    def percentile(self, share: float) -> float:
        """The wait that a share does not exceed."""
        return self.waits[min(len(self.waits) - 1, math.ceil(share * len(self.waits)) - 1)]

    def beyond(self, time: float) -> float:
        """The share that waits longer."""
        return sum(wait > time for wait in self.waits) / len(self.waits)

    def meets(self, target: WaitTarget) -> bool:
        """Whether as many as are wanted wait no longer."""
        return self.beyond(target.wait) <= target.excess


@dataclass(frozen=True)
class Daily:
    """A record, sized. `size` is that of the peak; a new instance takes `delay` seconds to be there."""

    day: Day
    size: Size
    peak: Bucket
    delay: float = 0.0

    @cached_property
    def needed(self) -> tuple[int, ...]:
        """How many instances are enough in each bucket."""
        found: dict[tuple[int, float], int] = {}
        return tuple(self._needed(bucket, found) for bucket in self.day.buckets)

    def _needed(self, bucket: Bucket, found: dict[tuple[int, float], int]) -> int:
        """At least one: a pool that is not there answers nobody."""
        if bucket is self.peak:
            return self.size.enough
        if not bucket.requests:
            return 1
        service = bucket.service(self.size.asked.traffic.service)
        if not service:
            return 1
        step = math.ceil(math.log(bucket.rate) * _ALIKE)
        key = (step, float(f"{service:.2g}"))
        if key not in found:
            rate = math.exp(step / _ALIKE)
            alone = self.size.asked.alone
            asked = replace(
                self.size.asked, traffic=Traffic(rate, service), alone=None if alone is None else min(alone, service)
            )
            found[key] = replace(self.size, asked=asked).enough
        return min(found[key], self.size.enough) if bucket.rate <= self.peak.rate else found[key]

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """How many have to be there in each bucket, so that those that come later are not missed meanwhile."""
        return tuple(rises(self.needed, math.ceil(self.delay / self.day.length)))

    @property
    def least(self) -> int:
        """The minimum to scale from."""
        return min(self.kept)

    @property
    def most(self) -> int:
        """The maximum to scale to."""
        return max(self.kept)

    @property
    def mean(self) -> float:
        """How many there are on average."""
        return sum(self.kept) / len(self.kept)

    @property
    def ahead(self) -> int:
        """By how many the need grows, at most, while a new instance is on its way."""
        return max(kept - needed for kept, needed in zip(self.kept, self.needed, strict=True))

    @cached_property
    def replay(self) -> Replay | None:
        """The peak as it was recorded; None where no service times are."""
        waits = self.day.replayed(self.peak, self.size.enough * self.size.at_once, self.size.asked.patience)
        return Replay(self.size.enough, waits) if waits else None
