"""The scales that reports and levels are ordered by."""

from __future__ import annotations

from inference_pools.finding import Enforcement, Outcome, Severity


def test_severities_in_words_and_from_mild_to_grave() -> None:
    assert [str(severity) for severity in sorted(Severity, key=lambda severity: severity.rank)] == [
        "low",
        "medium",
        "high",
        "critical",
    ]
    assert Severity.LOW.rank == 0


def test_enforcements_are_those_of_pulumi() -> None:
    assert [str(level) for level in Enforcement] == ["advisory", "mandatory", "remediate", "disabled"]


def test_what_is_only_counted() -> None:
    assert {str(outcome): outcome.reported for outcome in Outcome} == {
        "clean": False,
        "violated": True,
        "unknown": True,
        "unreadable": True,
        "broken": True,
        "waived": True,
        "not applicable": False,
    }


def test_members_hash_as_the_texts_they_equal() -> None:
    assert {Outcome.CLEAN, Severity.LOW, Enforcement.ADVISORY} == {"clean", "low", "advisory"}
