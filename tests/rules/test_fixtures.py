"""Every fixture does what its folder says."""

from __future__ import annotations

import pytest

from inference_pools.finding import Outcome, Verdict
from inference_pools.path import Keys, parse_path
from inference_pools.rules import ALL
from rules.fixture_files import ALSO, Fixture, also, fixtures

FIXTURES = fixtures()
GOOD = [fixture for fixture in FIXTURES if fixture.good]
BAD = [fixture for fixture in FIXTURES if not fixture.good]
IDS = {rule.id for rule in ALL}
_UNREAD = (Outcome.UNKNOWN, Outcome.UNREADABLE)


@pytest.mark.parametrize("fixture", GOOD, ids=lambda fixture: fixture.id)
def test_a_good_one_is_clean_for_every_rule(fixture: Fixture) -> None:
    verdicts = fixture.verdicts()
    reported = [verdict for verdict in verdicts if verdict.outcome.reported and verdict.waiver is None]

    assert not fixture.expect
    assert not fixture.also
    assert reported == [], "\n".join(
        f"{verdict.rule} reports {fixture.id}, which is good: {verdict.path}: {verdict.message}" for verdict in reported
    )
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
    others = [verdict for verdict in verdicts if verdict.outcome.reported and verdict.rule != fixture.rule]
    unnamed = {v.rule for v in others if not waits_as_well(v, fixture)} - set(fixture.named())

    assert fixture.expect
    assert own == fixture.expect
    assert not unnamed, "\n".join(
        f"{rule} reports it, too. Where that is right, say why in tests/rules/{rule}/{ALSO}: `{fixture.id}: …`"
        for rule in sorted(unnamed)
    )
    assert set(fixture.named()) <= {verdict.rule for verdict in others}
    assert all(reason.strip() for reason in fixture.named().values())
    assert [verdict for verdict in verdicts if verdict.outcome is Outcome.BROKEN] == []


def waits_as_well(verdict: Verdict, fixture: Fixture) -> bool:
    """Whether a rule says no more than that it cannot read what the example's own rule cannot read, either."""
    told = fixture.told(verdict)
    return told["outcome"] in _UNREAD and any(
        found["outcome"] in _UNREAD
        and found.get("resource") == told.get("resource")
        and _one_holds_the_other(parse_path(found["path"]), verdict.keys)
        for found in fixture.expect
    )


def _one_holds_the_other(one: Keys, other: Keys) -> bool:
    return one[: len(other)] == other or other[: len(one)] == one


def test_what_a_rule_says_of_other_rules_examples_is_about_examples() -> None:
    ids = {fixture.id for fixture in BAD}

    assert {(rule, id_) for rule, reasons in also().items() for id_ in reasons if id_ not in ids} == set()
    assert set(also()) <= IDS


@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
@pytest.mark.parametrize("rule", sorted(IDS))
def test_the_most_telling_one_comes_first(rule: str, good: bool) -> None:
    """docs/rules.md prints the first of each folder."""
    names = [fixture.path.stem for fixture in FIXTURES if fixture.rule == rule and fixture.good is good]

    assert [name for name in names if name.startswith("1-")] == names[:1]
