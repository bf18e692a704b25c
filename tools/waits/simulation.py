"""Requests before instances, moved through time: by SimPy, and, where a table needs millions, by a recursion.

The recursion is that of J. Kiefer and J. Wolfowitz, "On the theory of queues with many servers" (1955): who comes waits
for the server that is free first. Given the same requests, it has the waits that SimPy has, one by one
(tests/size/test_simulation.py).
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import simpy

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]
"""So many draws of a distribution with the mean 1."""


def gamma(scv: float) -> Draw:
    """Erlang's distributions and those between them."""
    return lambda chance, count: chance.gamma(1 / scv, scv, count)


def lognormal(scv: float) -> Draw:
    """Many short ones and few that are very long."""
    variance = math.log1p(scv)
    return lambda chance, count: chance.lognormal(-variance / 2, math.sqrt(variance), count)


def hyperexponential(scv: float) -> Draw:
    """One of two exponential distributions, each of which has half of the work."""
    often = (1 + math.sqrt((scv - 1) / (scv + 1))) / 2

    def draw(chance: np.random.Generator, count: int) -> Floats:
        mean = np.where(chance.random(count) < often, 1 / (2 * often), 1 / (2 * (1 - often)))
        drawn: Floats = chance.exponential(1.0, count) * mean
        return drawn

    return draw


DISTRIBUTIONS: dict[str, tuple[float, Draw]] = {
    "exponential": (1.0, lambda chance, count: chance.exponential(1.0, count)),
    "all equal": (0.0, lambda chance, count: np.ones(count)),
    "gamma 0.25": (0.25, gamma(0.25)),
    "gamma 0.5": (0.5, gamma(0.5)),
    "gamma 2": (2.0, gamma(2.0)),
    "lognormal 0.25": (0.25, lognormal(0.25)),
    "lognormal 0.5": (0.5, lognormal(0.5)),
    "lognormal 1": (1.0, lognormal(1.0)),
    "lognormal 2": (2.0, lognormal(2.0)),
    "lognormal 4": (4.0, lognormal(4.0)),
    "two exponentials 2": (2.0, hyperexponential(2.0)),
    "two exponentials 4": (4.0, hyperexponential(4.0)),
}
"""Of the times between requests, and of service times: the squared coefficient of variation, and how one is drawn."""


@dataclass(slots=True)
class Recursion:
    """The requests that come to some servers, wave after wave; `lost` are those who gave up."""

    servers: int
    patience: float = math.inf
    now: float = 0.0
    free: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = self.free or [0.0] * self.servers

    def waits(self, gaps: Floats, services: Floats) -> tuple[Floats, int]:
        """How long each waits, or until it gave up, and how many gave up."""
        free, patience, waits, lost = self.free, self.patience, [], 0
        arrived = self.now + np.cumsum(gaps)
        self.now = float(arrived[-1])
        for at, service in zip(arrived.tolist(), services.tolist(), strict=True):
            wait = free[0] - at
            if wait <= 0:
                waits.append(0.0)
                heapq.heapreplace(free, at + service)
            elif wait <= patience:
                waits.append(wait)
                heapq.heapreplace(free, free[0] + service)
            else:
                waits.append(patience)
                lost += 1
        return np.array(waits), lost


def by_simpy(gaps: Iterable[float], services: Iterable[float], servers: int, patience: float = math.inf) -> list[float]:
    """How long each of some requests waits, or until it gave up."""
    environment = simpy.Environment()
    resource = simpy.Resource(environment, capacity=servers)
    waits: list[float] = []

    def request(number: int, service: float) -> Iterator[simpy.Event]:
        arrived = environment.now
        with resource.request() as turn:
            if patience < math.inf:
                yield turn | environment.timeout(patience)
            else:
                yield turn
            waits[number] = environment.now - arrived
            if turn.triggered:
                yield environment.timeout(service)

    def arrivals() -> Iterator[simpy.Event]:
        for gap, service in zip(gaps, services, strict=True):
            yield environment.timeout(gap)
            waits.append(0.0)
            environment.process(request(len(waits) - 1, service))

    environment.process(arrivals())
    environment.run()
    return waits


def slowed_by_simpy(
    gaps: Iterable[float], works: Iterable[float], instances: int, at_once: int, alone: float, beside: float
) -> tuple[list[float], list[float]]:
    """How long requests wait, and how long they take, on instances that several at once slow down.

    A request goes to the instance with the fewest, and takes `alone` times its work there while it is by itself,
    `beside` times while the instance is full, and on a line between.
    """
    environment = simpy.Environment()
    shared = [_Instance(environment, alone, beside, at_once) for _ in range(instances)]
    queue: deque[tuple[int, float, float]] = deque()
    waits: list[float] = []
    takes: list[float] = []

    def place(number: int, arrived: float, work: float) -> None:
        to = min(shared, key=lambda instance: len(instance.left))
        if len(to.left) == at_once:
            queue.append((number, arrived, work))
        else:
            waits[number] = environment.now - arrived
            to.add(number, work)

    def done(number: int, began: float) -> None:
        takes[number] = environment.now - began
        if queue:
            place(*queue.popleft())

    for instance in shared:
        instance.done = done

    def arrivals() -> Iterator[simpy.Event]:
        for number, (gap, work) in enumerate(zip(gaps, works, strict=True)):
            yield environment.timeout(gap)
            waits.append(0.0)
            takes.append(0.0)
            place(number, environment.now, work)

    environment.process(arrivals())
    environment.run()
    return waits, takes


class _Instance:
    """Works on all its requests at the same pace, which is that of their number."""

    def __init__(self, environment: simpy.Environment, alone: float, beside: float, at_once: int) -> None:
        self.environment, self.alone, self.at_once = environment, alone, at_once
        self.steeper = (beside - alone) / max(at_once - 1, 1)
        self.left: dict[int, tuple[float, float]] = {}
        self.since = 0.0
        self.turn = 0
        self.done: Callable[[int, float], None] = lambda number, began: None

    def add(self, number: int, work: float) -> None:
        self._catch_up()
        self.left[number] = (work, self.environment.now)
        self._go_on()

    def _pace(self) -> float:
        return 1 / (self.alone + self.steeper * (len(self.left) - 1))

    def _catch_up(self) -> None:
        if self.left:
            worked = (self.environment.now - self.since) * self._pace()
            self.left = {number: (work - worked, began) for number, (work, began) in self.left.items()}
        self.since = self.environment.now

    def _go_on(self) -> None:
        self.turn += 1
        if self.left:
            turn = self.turn
            first = min(self.left, key=lambda number: self.left[number][0])
            event = self.environment.timeout(max(self.left[first][0], 0.0) / self._pace())
            event.callbacks.append(lambda _: self._finish(first) if turn == self.turn else None)

    def _finish(self, number: int) -> None:
        self._catch_up()
        _, began = self.left.pop(number)
        self._go_on()
        self.done(number, began)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a simulation saw, each with half of its 95 % interval, by the means of 30 batches."""

    waiting: tuple[float, float]
    mean: tuple[float, float]
    percentiles: dict[float, tuple[float, float]]
    lost: tuple[float, float]


BATCHES = 30
_STUDENT = 2.045
"""Of 29 degrees of freedom, 97.5 %."""


def batched(batches: list[tuple[Floats, int]], shares: Iterable[float]) -> Measured:
    """The waits of batches one after the other, and how many of each gave up."""

    def of(values: list[float]) -> tuple[float, float]:
        return float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(len(values)) * _STUDENT

    return Measured(
        of([float(np.mean(waits > 0)) for waits, _ in batches]),
        of([float(np.mean(waits)) for waits, _ in batches]),
        {share: of([float(np.quantile(waits, share)) for waits, _ in batches]) for share in shares},
        of([lost / len(waits) for waits, lost in batches]),
    )
