"""What is counted and not listed: what is not known, with `on_unknown: ignore`, and what another rule tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.values import Json
from poolgate.errors import UsageError
from poolgate.findings import Finding, Origin, Subject, Tally
from poolgate.rule_set import RuleSet, load


def rules(folder: Path, given: Json, profile: str | None = None) -> RuleSet:
    file = folder / "policy-config.json"
    file.write_text(json.dumps({"tags-required": given}), "utf-8")
    return load(file, profile=profile)


def unknown(rule: str, enforcement: Enforcement = Enforcement.ADVISORY) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.LOW,
        enforcement=enforcement,
        outcome=Outcome.UNKNOWN,
        message="not known yet",
        remedy="",
        subject=Subject("urn", "type", "chat", "fleet", "prod"),
        keys=("tags",),
        origin=Origin.PROGRAM,
    )


def listed(given: RuleSet, *findings: Finding) -> list[Finding]:
    tally = Tally()
    for finding in findings:
        tally.add_finding(finding)
    given.unlist(tally)
    assert tally.outcomes[Outcome.UNKNOWN] == len(findings)
    return tally.findings


def test_it_is_counted_and_not_listed(tmp_path: Path) -> None:
    other = unknown("name-wellformed")
    assert listed(rules(tmp_path, {"on_unknown": "ignore"}), unknown("tags-required"), other) == [other]
    assert len(listed(rules(tmp_path, {"on_unknown": "report"}), unknown("tags-required"), other)) == 2


def test_what_fails_in_production_is_listed(tmp_path: Path) -> None:
    given = rules(tmp_path, {"on_unknown": "ignore", "production": {"on_unknown": "fail"}})
    failing = unknown("tags-required", Enforcement.MANDATORY)
    assert listed(given, unknown("tags-required"), failing) == [failing]


def test_where_production_asks_for_it_all_is_listed(tmp_path: Path) -> None:
    given = rules(tmp_path, {"on_unknown": "ignore", "production": {"on_unknown": "report"}})
    assert len(listed(given, unknown("tags-required"))) == 1


def test_the_pack_of_a_preview_tells_it_so_that_it_can_be_counted(tmp_path: Path) -> None:
    given = rules(tmp_path, {"on_unknown": "ignore"})
    assert given.preview_config()["tags-required"]["on_unknown"] == "report"
    assert given.engine_config()["tags-required"]["on_unknown"] == "ignore"


@pytest.mark.parametrize("where", ["", "production."])
def test_strict_refuses_it_by_name(tmp_path: Path, where: str) -> None:
    given = {"on_unknown": "ignore"}
    message = f"tags-required.{where}on_unknown: is 'ignore', which the profile strict does not take"
    with pytest.raises(UsageError, match=message):
        rules(tmp_path, {"production": given} if where else given, profile="strict")


WRONG = "'5 seconds' is not in ISO 8601 form; PT5S was probably meant"


def timeouts(first: Outcome, level: Enforcement = Enforcement.MANDATORY) -> list[str]:
    """The rules that still speak of a wrong notation, when the one whose business it is has this to say."""
    base = unknown("request-timeout-format", level)._replace(message=WRONG, severity=Severity.HIGH, outcome=first)
    tally = Tally()
    tally.add_finding(base)
    for rule in ("request-timeout-bounded", "probe-patience-bounded"):
        other = base._replace(rule=rule, outcome=Outcome.UNREADABLE, enforcement=Enforcement.MANDATORY)
        tally.add_finding(other)
    tally.tell_once()
    assert tally.outcomes[Outcome.UNREADABLE] == 2
    return [finding.rule for finding in tally.findings]


def test_a_wrong_notation_is_told_once() -> None:
    assert timeouts(Outcome.VIOLATED) == ["request-timeout-format"]


@pytest.mark.parametrize(
    ("outcome", "level"), [(Outcome.WAIVED, Enforcement.ADVISORY), (Outcome.VIOLATED, Enforcement.ADVISORY)]
)
def test_it_is_not_lost_where_nothing_as_strict_tells_it(outcome: Outcome, level: Enforcement) -> None:
    assert len(timeouts(outcome, level)) == 3
