"""The formulas and the simulations that they are held to agree, and the simulations are SimPy's."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tools.waits.grid import CELLS, Cell, simulate
from tools.waits.simulation import DISTRIBUTIONS, Recursion, by_simpy, slowed_by_simpy

SEEDED = np.random.default_rng(20261130)
COUNT = 4000


@pytest.mark.parametrize(
    ("servers", "busy", "service", "patience"),
    [(1, 0.8, "exponential", float("inf")), (7, 0.9, "lognormal 2", float("inf")), (5, 1.1, "all equal", 0.6)],
)
def test_the_recursion_has_the_waits_of_simpy(servers: int, busy: float, service: str, patience: float) -> None:
    gaps = SEEDED.exponential(1 / (busy * servers), COUNT)
    services = DISTRIBUTIONS[service][1](SEEDED, COUNT)

    waits, lost = Recursion(servers, patience).waits(gaps, services)

    simulated = np.array(by_simpy(gaps.tolist(), services.tolist(), servers, patience))
    assert np.allclose(waits, simulated, rtol=0, atol=1e-7)
    assert (waits > 0).mean() > 0.3
    assert lost == (0 if patience == float("inf") else (simulated >= patience - 1e-9).sum())
    assert (lost > 0) == (patience < float("inf"))


def test_instances_that_nothing_slows_down_are_servers() -> None:
    gaps, services = SEEDED.exponential(1 / 5, COUNT), SEEDED.exponential(1.0, COUNT)

    waits, takes = slowed_by_simpy(gaps.tolist(), services.tolist(), 3, 2, 1.0, 1.0)

    expected, _ = Recursion(6).waits(gaps, services)
    assert np.allclose(waits, expected, atol=1e-7)
    assert np.allclose(takes, services, atol=1e-7)


def test_two_at_once_slow_each_other_down() -> None:
    """One comes at 1, one at 2: the first is alone for a second, then both are half as fast."""
    waits, takes = slowed_by_simpy([1, 1, 1], [2, 2, 1], 1, 2, 1.0, 2.0)

    assert takes[0] == 3
    assert waits == [0, 0, 1]


SAMPLE = (
    Cell(64, 0.5),
    Cell(4, 1.0, patience=1.0),
    Cell(1, 0.5, service="all equal"),
    Cell(16, 0.7, service="gamma 0.25"),
)


@pytest.mark.parametrize("cell", SAMPLE, ids=str)
def test_a_part_of_the_table_is_what_is_simulated_now(cell: Cell) -> None:
    row = simulate(cell, 600_000)

    assert "off" not in row.verdicts
    assert row.verdicts.count("holds") >= 3
    assert cell in CELLS
