"""What `size` says is enough is what `capacity-meets-load` says is: on every example of the rule, on all platforms."""

from __future__ import annotations

import argparse
import re
from typing import Final

import pytest

from inference_pools.rules.capacity_meets_load import capacity_meets_load
from poolgate.findings import Tally
from poolgate.size.project import report_of
from poolgate.size.report import Report
from poolgate.together import Gathered
from rules.fixture_files import TODAY, Fixture, fixtures

EXAMPLES: Final = [fixture for fixture in fixtures() if fixture.rule == capacity_meets_load.id]
_NUMBER: Final = re.compile(r"the smallest (?:capacity )?that would do is ([\d,]+)")


def report(fixture: Fixture) -> Report:
    gathered = Gathered()
    for resource in fixture.resources:
        gathered.add(resource, None)  # type: ignore[arg-type]  # nothing asks where it is
    asked = ("arrivals_scv", "service_scv", "service_time_alone", "patience", "utilisation", "wait", "percentile")
    given = argparse.Namespace(**dict.fromkeys(asked), burst=2.0)
    return report_of(gathered, Tally(), fixture.settings(), given, TODAY)


@pytest.mark.parametrize("fixture", EXAMPLES, ids=[fixture.id for fixture in EXAMPLES])
def test_the_same_number_is_enough(fixture: Fixture) -> None:
    own = [verdict for verdict in fixture.verdicts() if verdict.rule == capacity_meets_load.id]
    told = [(verdict, number[1]) for verdict in own if (number := _NUMBER.search(verdict.message))]
    found = report(fixture)

    assert {int(number.replace(",", "")) for _, number in told} <= {size.enough for size in found.sizes}
    assert any(size.serves is False for size in found.sizes) is any(
        verdict.enforcement == capacity_meets_load.enforcement for verdict, _ in told
    )


def test_there_are_examples_of_both_kinds_and_of_what_has_no_queue() -> None:
    numbers = [
        number for fixture in EXAMPLES for verdict in fixture.verdicts() if (number := _NUMBER.search(verdict.message))
    ]
    assert len(numbers) > 20
    assert any("turned away" in number.string for number in numbers)
