"""Every fixture does what its folder says."""

from __future__ import annotations

import pytest

from inference_pools.finding import Outcome
from inference_pools.rules import ALL
from rules.fixture_files import Fixture, fixtures

FIXTURES = fixtures()
GOOD = [fixture for fixture in FIXTURES if fixture.good]
BAD = [fixture for fixture in FIXTURES if not fixture.good]
IDS = {rule.id for rule in ALL}


@pytest.mark.parametrize("fixture", GOOD, ids=lambda fixture: fixture.id)
def test_a_good_one_is_clean_for_every_rule(fixture: Fixture) -> None:
    verdicts = fixture.verdicts()

    assert not fixture.expect
    assert not fixture.also
    assert [verdict for verdict in verdicts if verdict.outcome.reported and verdict.waiver is None] == []
    assert {verdict.rule for verdict in verdicts} == IDS


@pytest.mark.parametrize("fixture", BAD, ids=lambda fixture: fixture.id)
def test_a_bad_one_trips_its_own_rule_and_those_that_it_names(fixture: Fixture) -> None:
    verdicts = fixture.verdicts()
    # What a rule has nothing to say about is listed only where it is the only resource.
    own = [
        fixture.told(verdict)
        for verdict in verdicts
        if verdict.rule == fixture.rule and (len(fixture.resources) == 1 or verdict.outcome.reported)
    ]
    others = {verdict.rule for verdict in verdicts if verdict.outcome.reported} - {fixture.rule}

    assert fixture.expect
    assert own == fixture.expect
    assert others == set(fixture.also)
    assert all(reason.strip() for reason in fixture.also.values())
    assert [verdict for verdict in verdicts if verdict.outcome is Outcome.BROKEN] == []


@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
@pytest.mark.parametrize("rule", sorted(IDS))
def test_the_most_telling_one_comes_first(rule: str, good: bool) -> None:
    """docs/rules.md prints the first of each folder."""
    names = [fixture.path.stem for fixture in FIXTURES if fixture.rule == rule and fixture.good is good]

    assert [name for name in names if name.startswith("1-")] == names[:1]
