"""The cells of the table: what is simulated, and how far a formula is from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from tools.waits.simulation import BATCHES, DISTRIBUTIONS, Measured, Recursion, batched, slowed_by_simpy

from inference_pools.queueing import Traffic
from poolgate.size.asked import Asked, Instances
from poolgate.size.formulas import waits
from poolgate.size.waits import Waits

CLOSE: Final = 0.05
OF_SERVICE: Final = 0.01
"""A formula holds within 5 %, or within 1 % of the service time; a probability within 5 % or one point of a hundred."""
TOLD: Final = 0.02
"""The simulation tells where half of its own 95 % interval is below 2 % of what it measures, or half a point."""
MEASURES: Final = ("waiting", "mean", "p95", "p99", "lost")


class Cell(NamedTuple):
    """What is simulated. Service times are 1 on average, `alone` where instances take several requests at once."""

    instances: int
    busy: float
    arrivals: str = "exponential"
    service: str = "exponential"
    patience: float = math.inf
    at_once: int = 1
    alone: float = 1.0

    @property
    def asked(self) -> Asked:
        """As the formulas are asked."""
        return Asked(
            Traffic(self.busy * self.instances * self.at_once, 1.0),
            DISTRIBUTIONS[self.arrivals][0],
            DISTRIBUTIONS[self.service][0],
            self.alone if self.at_once > 1 else None,
            None if math.isinf(self.patience) else self.patience,
            is_measured=self.service != "exponential",
        )

    @property
    def at_hand(self) -> Instances:
        """As the formulas are told."""
        return Instances(self.instances, self.at_once)


class Row(NamedTuple):
    """A cell, with what a simulation of so many requests measured and what the formula says."""

    cell: Cell
    requests: int
    simulated: tuple[tuple[float, float], ...]

    @property
    def formula(self) -> tuple[float, ...]:
        """In the order of the measures."""
        return told_by(waits(self.cell.asked, self.cell.at_hand))

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Of each measure: `holds`, `off`, or "" where the simulation does not tell."""
        return tuple(map(_verdict, MEASURES, self.formula, self.simulated))

    @property
    def told(self) -> list[str]:
        """As a line of the table."""
        numbers = _flat(self.simulated)
        return [*map(str, self.cell), str(self.requests), *(f"{number:.6g}" for number in numbers)]

    @classmethod
    def read(cls, line: Mapping[str, str]) -> Row:
        """Of a line of the table."""
        cell = Cell(
            int(line["instances"]), float(line["busy"]), line["arrivals"], line["service"], float(line["patience"]),
            int(line["at_once"]), float(line["alone"]),
        )  # fmt: skip
        simulated = tuple((float(line[name]), float(line[f"{name} ±"])) for name in MEASURES)
        return cls(cell, int(line["requests"]), simulated)


def heads() -> list[str]:
    """Of the table."""
    return [*Cell._fields, "requests", *(head for name in MEASURES for head in (name, f"{name} ±"))]


def _flat(pairs: tuple[tuple[float, float], ...]) -> Iterator[float]:
    """One number after the other."""
    return (number for pair in pairs for number in pair)


def told_by(found: Waits) -> tuple[float, ...]:
    """A formula's answer, in the order of the measures."""
    return found.waiting, found.mean, found.percentile(0.95), found.percentile(0.99), found.lost


def _verdict(measure: str, formula: float, simulated: tuple[float, float]) -> str:
    value, half = simulated
    close = max(CLOSE * value, OF_SERVICE)
    if half > max(TOLD * value, OF_SERVICE / 2):
        return ""
    return "holds" if abs(formula - value) <= close else "off"


_SLOWLY: Final = 1_000_000
"""Requests of a cell that SimPy moves through time itself."""
_SERVERS: Final = (1, 4, 16, 64)
_STEADIER: Final = ("all equal", "gamma 0.25", "lognormal 0.25", "gamma 0.5", "lognormal 0.5")
_VARIED: Final = ("lognormal 1", "gamma 2", "lognormal 2", "two exponentials 2", "lognormal 4", "two exponentials 4")


def _cells() -> Iterator[Cell]:
    for servers, busy in product(_SERVERS, (0.5, 0.7, 0.9)):
        yield Cell(servers, busy)
    for servers, busy, patience in product(_SERVERS, (0.8, 1.0, 1.3), (0.1, 1.0)):
        yield Cell(servers, busy, patience=patience)
    for service, servers, busy in product(_STEADIER, (*_SERVERS, 256), (0.5, 0.7, 0.9)):
        yield Cell(servers, busy, service=service)
    for service, servers in product(_STEADIER, (*_SERVERS, 256)):
        yield Cell(servers, 0.3, service=service)
    for service, servers, busy in product(_VARIED, _SERVERS, (0.7, 0.9)):
        yield Cell(servers, busy, service=service)
    for arrivals, service, servers, busy in product(
        ("gamma 0.5", "lognormal 2", "two exponentials 2"), ("all equal", "exponential"), _SERVERS, (0.7, 0.9)
    ):
        yield Cell(servers, busy, arrivals, service)
    for service, servers, busy, patience in product(
        ("all equal", "lognormal 0.5", "lognormal 2"), (4, 16), (0.7, 0.9), (0.2, 1.0)
    ):
        yield Cell(servers, busy, service=service, patience=patience)
    for instances, at_once, busy in product((1, 4), (4, 8), (0.6, 0.85)):
        yield Cell(instances, busy, at_once=at_once, alone=0.4)


CELLS: Final = tuple(_cells())


def simulate(cell: Cell, most: int) -> Row:
    """As many requests as tell, in steps, and no more than `most`; the same ones every time."""
    seed = crc32(repr(cell).encode())
    measured, requests = (_slowed if cell.at_once > 1 else _plain)(cell, np.random.default_rng(seed), most)
    percentiles = measured.percentiles
    simulated = (measured.waiting, measured.mean, percentiles[0.95], percentiles[0.99], measured.lost)
    return Row(cell, requests, simulated)


def _plain(cell: Cell, chance: np.random.Generator, most: int) -> tuple[Measured, int]:
    gaps, services = DISTRIBUTIONS[cell.arrivals][1], DISTRIBUTIONS[cell.service][1]
    queue = Recursion(cell.instances, cell.patience)
    rate = cell.busy * cell.instances

    def next_(count: int) -> tuple[np.ndarray, int]:
        return queue.waits(gaps(chance, count) / rate, services(chance, count))

    size = 20_000
    next_(5 * size)
    batches = [next_(size) for _ in range(BATCHES)]
    while True:
        measured = batched(batches, (0.95, 0.99))
        requests = BATCHES * size
        row = Row(cell, requests, (measured.waiting, measured.mean, *measured.percentiles.values(), measured.lost))
        if all(row.verdicts) or 2 * requests > most:
            return measured, requests
        # Twice as many: each batch is joined with the next, and as many new ones are made.
        joined = [
            (np.concatenate([one[0], other[0]]), one[1] + other[1])
            for one, other in zip(batches[::2], batches[1::2], strict=True)
        ]
        size *= 2
        batches = joined + [next_(size) for _ in range(BATCHES - len(joined))]


def _slowed(cell: Cell, chance: np.random.Generator, most: int) -> tuple[Measured, int]:
    requests = min(_SLOWLY, most)
    rate = cell.busy * cell.instances * cell.at_once
    found, _ = slowed_by_simpy(
        (chance.exponential(1 / rate, requests)).tolist(), chance.exponential(1.0, requests).tolist(),
        cell.instances, cell.at_once, cell.alone, 1.0,
    )  # fmt: skip
    kept = np.array(found[requests // 20 :])
    return batched([(batch, 0) for batch in np.array_split(kept, BATCHES)], (0.95, 0.99)), requests
