"""The table of formulas against simulation is whole, and where poolgate says that a formula holds it does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tools.waits.__main__ import read
from tools.waits.grid import CELLS, MEASURES, Row
from tools.waits.page import page

from poolgate.size.held import why_not_held

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read(DOCS / "waits.csv")


def test_the_table_has_every_cell(rows: list[Row]) -> None:
    assert [row.cell for row in rows] == list(CELLS)


def test_where_a_formula_is_said_to_hold_it_does(rows: list[Row]) -> None:
    off = [
        (row.cell, measure)
        for row in rows
        for measure, verdict in zip(MEASURES, row.verdicts, strict=True)
        if verdict == "off" and not why_not_held(row.cell.asked, row.cell.at_hand)
    ]

    assert off == []


def test_enough_of_what_is_said_to_hold_was_told_by_the_simulation(rows: list[Row]) -> None:
    held = [row for row in rows if not why_not_held(row.cell.asked, row.cell.at_hand)]

    assert len(held) > 80
    assert sum(row.verdicts.count("holds") for row in held) > 0.95 * len(MEASURES) * len(held)


def test_beyond_it_some_formula_is_off(rows: list[Row]) -> None:
    """What is said not to be known to hold does not, somewhere: the words are no mere caution."""
    doubted = [row for row in rows if why_not_held(row.cell.asked, row.cell.at_hand)]

    assert sum("off" in row.verdicts for row in doubted) > 0.3 * len(doubted)


def test_the_page_is_the_table(rows: list[Row]) -> None:
    assert (DOCS / "waits.md").read_text("utf-8") == page(rows)
