"""What it buys to serve several loads with one pool, and what it costs when one of them bursts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from inference_pools.queueing import Traffic
from poolgate.size.asked import Asked
from poolgate.size.plan import Size
from poolgate.size.waits import Waits


@dataclass(frozen=True)
class Pooling:
    """Several services, each with a pool of its own, and together on one.

    `burst` is how many times as many requests one of them gets, while the number of instances stays.
    """

    apart: tuple[Size, ...]
    burst: float = 2.0
    recorded: Asked | None = None
    """All of them together as they came, where that is known: not all have their peak at once."""

    @cached_property
    def together(self) -> Size:
        """One pool for all, which meets what each wants."""
        wanted = tuple(dict.fromkeys(wanted for size in self.apart for wanted in size.wanted))
        first = self.apart[0]
        return Size(
            "one pool",
            self.recorded or combined([size.asked for size in self.apart]),
            first.at_once,
            wanted,
            price=first.price,
            gives_up=min((size.gives_up for size in self.apart if size.gives_up is not None), default=None),
        )

    @property
    def sum_apart(self) -> int:
        """The instances of a pool each."""
        return sum(size.enough for size in self.apart)

    @property
    def saved(self) -> int:
        """How many fewer one pool needs."""
        return self.sum_apart - self.together.enough

    def burst_apart(self, size: Size) -> Waits:
        """The waits of a service that bursts in a pool of its own; the others do not notice."""
        return replace(size, asked=size.asked.at_rate(size.asked.traffic.rate * self.burst)).shown(size.enough)

    def burst_together(self, size: Size) -> Waits:
        """The waits of all in one pool while a service bursts."""
        more = (self.burst - 1) * size.asked.traffic.rate
        loads = [self.recorded] if self.recorded is not None else [each.asked for each in self.apart]
        loads += [size.asked.at_rate(more)] if more else []
        return replace(self.together, asked=combined(loads)).shown(self.together.enough)


def can_be_pooled(sizes: Sequence[Size]) -> bool:
    """Whether one kind of instance serves them all: as many at once, of the same machine, where that is known."""
    return len(sizes) > 1 and len({(size.at_once, size.machine, size.price) for size in sizes}) == 1


def combined(loads: Sequence[Asked]) -> Asked:
    """All requests as one stream.

    The service times are those of a mixture, whose variability has what the means differ by in it. Streams of their own
    put together are nearer to chance than any of them: the variability of the arrivals is the mean, weighted by the
    rates (W. Whitt, "The Queueing Network Analyzer", 1983, with the weight of a stream 1). The least patience counts.
    """
    traffic = loads[0].traffic
    for load in loads[1:]:
        traffic = traffic + load.traffic
    rate, service = traffic.rate, traffic.service
    square = sum(load.traffic.rate * load.traffic.service**2 * (1 + load.service_scv) for load in loads) / rate
    arrivals = sum(load.traffic.rate * load.arrivals_scv for load in loads) / rate
    patiences = [load.patience for load in loads if load.patience is not None]
    alone = sum(load.traffic.rate * (load.alone or load.traffic.service) for load in loads) / rate
    return Asked(
        Traffic(rate, service),
        _whole(arrivals),
        _whole(square / service**2 - 1),
        min(alone, service) if any(load.alone is not None for load in loads) else None,
        min(patiences) if patiences else None,
        any(load.is_measured for load in loads),
    )


def _whole(scv: float) -> float:
    """1, where only rounding makes another number of it."""
    return 1.0 if math.isclose(scv, 1.0, rel_tol=1e-9) else max(0.0, scv)
