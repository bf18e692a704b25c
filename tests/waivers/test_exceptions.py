"""Exceptions of a policy config in a run: an exempted finding is waived, and says by what."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from inference_pools.finding import Enforcement, Exemption, Outcome, Severity, Target, Waiver
from inference_pools.values import Json
from poolgate import exemptions
from poolgate.cli import EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE, run
from poolgate.errors import UsageError
from poolgate.findings import Finding, Origin, Subject, Tally
from poolgate.rule_set import RuleSet, load
from poolgate.sandbox.workspace import PreviewRun
from poolgate.sources.preview import read_preview

TYPE = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:prod::fleet::{TYPE}::chat"
ROOT_URN = "urn:pulumi:prod::fleet::pulumi:pulumi:Stack::fleet-prod"


def rules(folder: Path, *targets: str, policies: tuple[str, ...] = ("capacity-bounded",), **levels: Json) -> RuleSet:
    """The rules of a file with one exception."""
    match = [{"policies": list(policies), "targets": list(targets)}]
    config = {"version": 2, "policies": levels, "exceptions": {"EXC-1": {"reason": "load test", "match": match}}}
    file = folder / "policy-config.json"
    file.write_text(json.dumps(config, indent=1), "utf-8")
    return load(file)


def tally(
    outcome: Outcome = Outcome.VIOLATED, enforcement: Enforcement = Enforcement.MANDATORY, urn: str = URN
) -> Tally:
    """One finding in a stack that was looked at."""
    subject = Subject(urn, TYPE if urn else "", "chat", "fleet", "prod")
    found = Finding(
        rule="capacity-bounded",
        severity=Severity.HIGH,
        enforcement=enforcement,
        outcome=outcome,
        message="is 999, the limit is 50",
        remedy="Lower it.",
        subject=subject,
        keys=("sku", "capacity"),
        origin=Origin.PROGRAM,
    )
    made = Tally(stacks=1, pools=1)
    made.add_finding(found)
    made.judged.add("fleet/prod")
    return made


@pytest.mark.parametrize("command", ["check", "preview", "audit"])
def test_an_exempted_violation_is_waived_by_its_exception(tmp_path: Path, command: str) -> None:
    made = tally()

    exemptions.settle(made, command, rules(tmp_path, URN))

    (found,) = made.findings
    assert (found.outcome, found.enforcement) == (Outcome.WAIVED, Enforcement.ADVISORY)
    assert (found.message, found.exemption) == ("is 999, the limit is 50", Exemption("EXC-1", "load test"))
    assert made.outcomes == {Outcome.WAIVED: 1}
    assert list(made.notes) == [
        "1 finding is exempted by exceptions of the policy config, which have no end date (EXC-1), not mended."
    ]
    assert found.fingerprint == tally().findings[0].fingerprint


WAIVER = Waiver("capacity-bounded", Target(URN), "r", "o", "t", date(2026, 11, 1), date(2027, 1, 31))


def test_what_a_waiver_covers_as_well_has_both(tmp_path: Path) -> None:
    made = tally(Outcome.WAIVED, Enforcement.ADVISORY)
    made.findings[0] = made.findings[0]._replace(waiver=WAIVER)

    exemptions.settle(made, "check", rules(tmp_path, URN))

    assert made.findings[0].agreed == "waived until 2027-01-31 by o: r; exempted by EXC-1, no end date: load test"
    assert made.outcomes == {Outcome.WAIVED: 1}
    assert next(iter(made.notes)).endswith("(EXC-1), not mended. A waiver covers it, too.")


NEEDS_WAIVER: Json = {"waivers-valid": {"exceptions": "with-waiver"}}


def test_where_a_waiver_is_needed_an_exception_alone_lets_nothing_pass(tmp_path: Path) -> None:
    made = tally()

    exemptions.settle(made, "check", rules(tmp_path, URN, **NEEDS_WAIVER))

    violation, about = made.findings
    assert (violation.outcome, violation.exemption, violation.fails) == (Outcome.VIOLATED, None, True)
    assert about.message == f"lets nothing pass: no waiver in force covers capacity-bounded at {URN}"
    assert (about.path, about.fails) == ("exceptions.EXC-1.match[0].targets[0]", True)
    assert str(about.location).endswith("policy-config.json:17:7")


def test_where_a_waiver_is_needed_one_with_a_waiver_does(tmp_path: Path) -> None:
    made = tally(Outcome.WAIVED, Enforcement.ADVISORY)
    made.findings[0] = made.findings[0]._replace(waiver=WAIVER)

    exemptions.settle(made, "check", rules(tmp_path, URN, **NEEDS_WAIVER))

    (found,) = made.findings
    assert found.exemption is not None


@pytest.mark.parametrize("command", ["check", "lint", "audit", "policy-config"])
def test_where_they_are_forbidden_one_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(UsageError, match="allows no exceptions"):
        rules(tmp_path, URN, **{"waivers-valid": {"exceptions": "forbidden", "enforcementLevel": "disabled"}})
    file = tmp_path / "policy-config.json"
    named = [str(file)] if command == "lint" else ["--policy-config", str(file)]
    (tmp_path / "exports").mkdir()
    arguments = {"lint": ["--no-cache"], "audit": [str(tmp_path / "exports")], "check": [str(tmp_path)]}

    code = run([command, "--no-config", *arguments.get(command, []), *named])

    out, err = capsys.readouterr()
    assert code == (EXIT_FINDINGS if command == "lint" else EXIT_USAGE)
    assert f"{file}:10" in out + err
    assert "exceptions.EXC-1: the policy allows no exceptions (waivers-valid.exceptions: forbidden)" in out + err


def test_what_names_no_resource_is_exempted_at_the_stack(tmp_path: Path) -> None:
    made = tally(urn="")

    exemptions.settle(made, "check", rules(tmp_path, ROOT_URN))

    assert made.findings[0].outcome is Outcome.WAIVED


@pytest.mark.parametrize(
    ("outcome", "enforcement"),
    [(Outcome.BROKEN, Enforcement.MANDATORY), (Outcome.UNKNOWN, Enforcement.ADVISORY)],
)
def test_what_cannot_be_waived_stays(tmp_path: Path, outcome: Outcome, enforcement: Enforcement) -> None:
    made = tally(outcome, enforcement)

    exemptions.settle(made, "check", rules(tmp_path, URN))

    assert made.findings == tally(outcome, enforcement).findings


def unused(made: Tally) -> list[tuple[str, str, Enforcement]]:
    return [(one.path, one.message, one.enforcement) for one in made.findings if one.rule == "waivers-valid"]


def test_a_target_that_lets_nothing_pass_is_a_finding_on_its_line(tmp_path: Path) -> None:
    made = tally()

    exemptions.settle(made, "preview", rules(tmp_path, URN, f"{URN}2"))

    path = "exceptions.EXC-1.match[0].targets[1]"
    assert unused(made) == [
        (path, f"exempts nothing: none of its policies found anything at {URN}2", Enforcement.ADVISORY)
    ]
    assert str(made.findings[1].location).endswith("policy-config.json:14:7")


def test_it_fails_where_stale_waivers_fail(tmp_path: Path) -> None:
    made = tally()
    options = {"waivers-valid": {"on_stale": "fail"}}

    exemptions.settle(made, "check", rules(tmp_path, URN, f"{URN}2", **options))

    assert [level for *_, level in unused(made)] == [Enforcement.MANDATORY]


@pytest.mark.parametrize(("command", "number"), [("check", 1), ("preview", 0), ("audit", 0)])
def test_a_stack_that_the_project_does_not_have(tmp_path: Path, command: str, number: int) -> None:
    made = tally()

    exemptions.settle(made, command, rules(tmp_path, URN, URN.replace("prod", "prdo")))

    assert len(unused(made)) == number


def test_it_is_said_of_nothing_that_was_not_looked_at(tmp_path: Path) -> None:
    made = tally()
    made.judged.clear()

    exemptions.settle(made, "check", rules(tmp_path, f"{URN}2"))

    assert unused(made) == []


def policy_event(**more: Any) -> dict[str, Any]:
    message = "Capacity\nsku.capacity: is 999, the limit is 50\nLower it.\n"
    event = {"resourceUrn": URN, "policyName": "capacity-bounded", "message": message, "severity": "high"}
    return {"policyEvent": {**event, "enforcementLevel": "mandatory", **more}}


def read(event: dict[str, Any], code: int) -> Tally:
    return read_preview(PreviewRun(code, [event], "", ""), Path(), "fleet", "prod")


def test_the_events_of_an_engine_that_honours_exceptions_say_the_same(tmp_path: Path) -> None:
    honoured = read(policy_event(exceptions=[{"id": "EXC-1", "reason": "load test"}]), 0)
    settled = read(policy_event(), 1)
    exemptions.settle(settled, "preview", rules(tmp_path, URN))

    assert honoured.findings == settled.findings
    assert honoured.outcomes == settled.outcomes == {Outcome.WAIVED: 1}


def test_a_recording_of_the_engine_holds_both_ways_together(tmp_path: Path) -> None:
    """A preview of the sample single-pool by Pulumi 3.276.0, with a policy config of version 2."""
    events = json.loads((Path(__file__).parent / "events-3.276.0.json").read_text("utf-8"))
    plain = [{"policyEvent": {k: v for k, v in e["policyEvent"].items() if k != "exceptions"}} for e in events]
    urn = events[0]["policyEvent"]["resourceUrn"]
    honoured, settled = (read_preview(PreviewRun(1, told, "", ""), Path(), "shop", "prod") for told in (events, plain))
    exemptions.settle(settled, "preview", rules(tmp_path, urn))

    assert plain != events
    assert honoured.findings == settled.findings
    assert {finding.rule: finding.outcome for finding in honoured.findings} == {
        "capacity-bounded": Outcome.WAIVED,
        "tags-required": Outcome.VIOLATED,
    }


def test_the_engine_exempts_a_broken_rule_in_vain() -> None:
    event = policy_event(
        message="Capacity\n[broken] this resource: the rule failed\n", exceptions=[{"id": "EXC-1", "reason": "x"}]
    )

    assert read(event, 0).findings[0].outcome is Outcome.BROKEN


def test_the_engine_is_given_the_config_without_exceptions(tmp_path: Path) -> None:
    found = rules(tmp_path, URN, **{"capacity-bounded": {"maximum": 7}})

    assert found.engine_config()["capacity-bounded"]["maximum"] == 7
    assert "version" not in found.engine_config()


def test_the_config_in_force_is_printed_with_its_exceptions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules(tmp_path, URN, **{"capacity-bounded": {"maximum": 7}})
    file = str(tmp_path / "policy-config.json")

    assert run(["policy-config", "--no-config", "--policy-config", file]) == EXIT_CLEAN

    printed = json.loads(capsys.readouterr().out)
    assert printed["policies"]["capacity-bounded"]["maximum"] == 7
    assert printed["exceptions"] == json.loads(Path(file).read_text("utf-8"))["exceptions"]
    (tmp_path / "printed.json").write_text(json.dumps(printed), "utf-8")
    again = load(tmp_path / "printed.json")
    assert again.exceptions == load(Path(file)).exceptions


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        ('"tags-required": "advisory",', 2, 'tags-required: the engine reads no rule that stands beside "version"'),
        ('"polices": {},', 2, "polices: no such key; did you mean policies?"),
        ('"policies": {"all": 5},', 2, "all: is 5, expected a level or an object"),
        ('"exceptions": {"E": {"reason": "r",\n"until": 1}},', 3, "exceptions.E.until: no such key"),
    ],
)
def test_what_the_engine_passes_over_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, line: int, message: str
) -> None:
    file = tmp_path / "policy-config.json"
    file.write_text(f'{{\n{change}\n"version": 2}}', "utf-8")

    assert run(["policy-config", "--no-config", "--policy-config", str(file)]) == EXIT_USAGE
    assert f"{file}:{line}: {message}" in capsys.readouterr().err
    assert run(["lint", "--no-config", "--no-cache", str(file)]) == EXIT_FINDINGS
    assert f"{file}:{line}:" in capsys.readouterr().out


def test_a_good_one_is_clean_to_the_lint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules(tmp_path, URN, **{"capacity-bounded": {"maximum": 7}})

    assert run(["lint", "--no-config", "--no-cache", str(tmp_path / "policy-config.json")]) == EXIT_CLEAN
