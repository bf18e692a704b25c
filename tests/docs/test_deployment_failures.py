"""Each line of docs/deployment-failures.md is true: the example is found, by the rule that the line names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from inference_pools.finding import Outcome
from rules.fixture_files import fixtures

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "deployment-failures.md"


class Line(NamedTuple):
    """A line of the table."""

    number: int
    what: str
    threads: str
    rule: str
    examples: tuple[str, ...]


def lines() -> list[Line]:
    rows = (row.strip(" |").split(" | ") for row in PAGE.read_text("utf-8").splitlines() if row.startswith("| "))
    found = [row for row in rows if row[0].isdecimal()]
    return [
        Line(int(number), what, threads, rule.strip("`"), tuple(re.findall(r"`([^`]+)`", examples)))
        for number, what, threads, rule, examples in found
    ]


LINES: Final = lines()


def test_none_is_left_out() -> None:
    assert sorted({line.number for line in LINES}) == list(range(1, 16))
    assert all(line.examples for line in LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.number}-{line.rule}")
def test_the_rule_finds_the_failure(line: Line) -> None:
    for name in line.examples:
        (example,) = (one for one in fixtures() if one.id == f"{line.rule}/bad/{name}")
        found = [verdict for verdict in example.verdicts() if verdict.rule == line.rule]
        assert Outcome.VIOLATED in {verdict.outcome for verdict in found}, name
    assert any(one.good for one in fixtures() if one.rule == line.rule)
