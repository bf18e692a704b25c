"""What a preview's events say, without the engine."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference_pools.finding import Outcome
from inference_pools.policy_config import default_settings
from inference_pools.rules import ALL
from poolgate.check import check
from poolgate.errors import UsageError
from poolgate.rule_set import RuleSet
from poolgate.sandbox.program_end import EARLY_END
from poolgate.sandbox.workspace import CommandTimeoutError, PreviewRun
from poolgate.sources import preview
from poolgate.sources.preview import read_preview
from poolgate.sources.program import LogEntry, ProgramRun
from poolgate.sources.stack_program import StackProgram
from poolgate.sources.unjudged import NO_POOL, ONLY_READ

ENDED = ("error", "an unhandled error occurred: program exited with non-zero exit code: 3\n")


def failures(*diagnostics: tuple[str, str]) -> list[str]:
    events = [{"diagnosticEvent": {"severity": severity, "message": text}} for severity, text in diagnostics]
    run = PreviewRun(1, events, "", "error: preview failed")
    return [finding.message for finding in read_preview(run, Path(), "shop", "dev").findings]


MONITOR_GONE = ("error", "Resource monitor has terminated, shutting down\n")


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], "the program ended with exit code 3"),
        (
            [("info", "out\n"), ("info#err", "Traceback:\n\n"), ("info#err", "  no SDK\n\n")],
            "the program ended with exit code 3\nTraceback:\n  no SDK",
        ),
        ([("info#err", "old thing\n"), ("error", "please set the region\n")], "please set the region"),
        ([("error", "failed to run remediation: context canceled\n")], "the program ended with exit code 3"),
        ([MONITOR_GONE], "the program ended with exit code 3"),
        ([("error", "please set the region\n"), MONITOR_GONE], "please set the region"),
    ],
)
def test_the_end_of_a_program_is_told_once_and_in_its_own_words(before: list[tuple[str, str]], expected: str) -> None:
    assert failures(*before, ENDED, ("error", "preview failed")) == [expected]


EARLY = ("error", f"an unhandled error occurred: {EARLY_END}\n")


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], [EARLY_END]),
        ([("info#err", "bye\n")], [f"{EARLY_END}\nbye"]),
        ([("error", "please set the region\n")], ["please set the region", EARLY_END]),
    ],
)
def test_an_early_end_with_code_0_is_told_whatever_else_is(before: list[tuple[str, str]], expected: list[str]) -> None:
    assert failures(*before, EARLY, ("error", "preview failed")) == expected


@pytest.mark.parametrize(("times", "expected"), [(0, [EARLY_END]), (1, [EARLY_END]), (2, [])])
def test_the_engine_tells_of_outputs_that_were_never_registered(times: int, expected: list[str]) -> None:
    """Where another language host than ours runs the program, nobody else does."""
    told = {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack"}}}
    run = PreviewRun(0, [*[told] * times, {"summaryEvent": {}}], "", "")
    assert [finding.message for finding in read_preview(run, Path(), "shop", "dev").findings] == expected


def test_a_preview_that_does_not_end_fails_its_own_stack_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("dev", "prod"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")

    def run(project: Path, stack: str, *_: object, **__: object) -> PreviewRun:
        if stack == "dev":
            raise CommandTimeoutError("`pulumi preview` did not end within 8 s and was ended")
        return PreviewRun(0, [], "", "")

    monkeypatch.setattr(preview, "run_preview", run)
    rules = RuleSet(default_settings(ALL), None)
    tally = preview.preview(tmp_path, None, rules, pack=tmp_path, timeout=8, read_fixtures=None)
    (finding,) = tally.findings
    assert (tally.stacks, finding.subject.stack, finding.rule) == (2, "dev", "program-runs")
    assert "did not end within 8 s" in finding.message


def test_rules_that_no_pack_serves_are_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    own = replace(ALL[0], id="shop-capacity-in-zones")
    rules = RuleSet(default_settings((*ALL, own)), None)
    with pytest.raises(UsageError, match="does not serve shop-capacity-in-zones: name yours with --policy-pack DIR"):
        preview.preview(tmp_path, None, rules, pack=None, timeout=8, read_fixtures=None)


def test_reads_without_an_answer_are_all_named_by_a_run_in_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nconfig: {password: {type: string, secret: true, default: in-the-clear}}\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    monkeypatch.chdir(tmp_path)
    said = [("error", 'Preview failed: unknown stack "a/b/c"'), ("error", "KeyError: 'in-the-clear'")]
    events = [{"diagnosticEvent": {"severity": severity, "message": text}} for severity, text in said]
    reads = [f"reading {name} would ask Azure, which this sandbox does not. Answer it thus." for name in "ab"]
    log = tuple(LogEntry("error", text, position=("__main__.py", line, None)) for line, text in enumerate(reads, 3))
    token = "azure-native:machinelearningservices:InferencePool"
    step = {"op": "create", "urn": f"urn:pulumi:dev::shop::{token}::new", "newState": {"type": token, "custom": True}}
    came_to = json.dumps({"steps": [step]})
    monkeypatch.setattr(preview, "run_preview", lambda *_, **__: PreviewRun(1, events, came_to, ""))
    monkeypatch.setattr(StackProgram, "run", lambda _: ProgramRun((), log, {}, 0, failed=True))
    rules = RuleSet(default_settings(ALL), None)
    tally = preview.preview(tmp_path, None, rules, pack=tmp_path, timeout=8, read_fixtures=None)
    assert [(finding.message, str(finding.location)) for finding in tally.findings] == [
        ("KeyError: '[secret]'", "None"),
        ("reading a would ask Azure, which this sandbox does not", "__main__.py:3"),
        ("reading b would ask Azure, which this sandbox does not", "__main__.py:4"),
    ]
    assert {finding.remedy for finding in tally.findings[1:]} == {"Answer it thus."}
    # How far the engine comes before it stops differs from run to run.
    assert (tally.stacks, tally.resources, tally.pools, tally.judged) == (1, 0, 0, set())


POOL = "azure-native:machinelearningservices:InferencePool"


def _problem(name: str) -> dict[str, Any]:
    message = f"{POOL} resource '{name}' has a problem: missing required property 'sku'"
    return {"severity": "error", "message": message, "urn": f"urn:pulumi:dev::shop::{POOL}::{name}"}


def test_what_the_engine_had_come_to_when_a_resource_was_refused_is_left_out() -> None:
    """It is more or less in each run: programs make resources several at a time."""
    event = {"policyName": "tags-required", "enforcementLevel": "mandatory", "message": "Tags\ntags: lacks owner"}
    urns = {name: f"urn:pulumi:dev::shop::{POOL}::{name}" for name in ("before", "refused")}
    events = [{"policyEvent": {**event, "resourceUrn": urn}} for urn in urns.values()]
    events += [{"policyAnalyzeSummaryEvent": {"resourceUrn": urn, "passed": ["a"]}} for urn in urns.values()]
    step = {"op": "create", "urn": urns["before"], "newState": {"type": POOL, "custom": True}}
    run = PreviewRun(1, [*events, {"diagnosticEvent": _problem("refused")}], json.dumps({"steps": [step]}), "")
    tally = read_preview(run, Path(), "shop", "dev")
    assert [(finding.rule, finding.subject.name) for finding in tally.findings] == [
        ("tags-required", "refused"),
        ("provider-check", "refused"),
    ]
    assert (tally.resources, tally.pools, tally.outcomes[Outcome.CLEAN], tally.judged) == (1, 1, 1, set())


def test_of_two_resources_under_one_name_none_was_judged() -> None:
    """It is now the one, now the other, and more or less of what else there is."""
    urns = [f"urn:pulumi:dev::shop::{POOL}::{name}" for name in ("twice", "before")]
    message = f"Duplicate resource URN '{urns[0]}'; try giving it a unique name"
    error = {"diagnosticEvent": {"severity": "error", "message": message, "urn": urns[0]}}
    found = {"policyName": "tags-required", "enforcementLevel": "mandatory", "message": "Tags\ntags: lacks owner"}
    for count in range(3):
        events = [{"policyEvent": {**found, "resourceUrn": urn}} for urn in urns[:count]]
        events += [{"policyAnalyzeSummaryEvent": {"resourceUrn": urn, "passed": ["a"]}} for urn in urns[:count]]
        steps = [{"op": "create", "urn": urn, "newState": {"type": POOL, "custom": True}} for urn in urns[:count]]
        run = PreviewRun(1, [*events, error], json.dumps({"steps": steps}), "")
        tally = read_preview(run, Path(), "shop", "dev")
        assert [(finding.rule, finding.message, finding.location) for finding in tally.findings] == [
            ("program-runs", message, None)
        ]
        assert (tally.resources, tally.pools, tally.outcomes[Outcome.CLEAN], tally.judged) == (1, 1, 0, set())


def test_of_several_resources_that_are_refused_a_run_in_process_names_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    problems = {name: _problem(name) for name in ("one", "other")}
    log = tuple(LogEntry("error", each["message"], each["urn"]) for each in problems.values())
    monkeypatch.setattr(StackProgram, "run", lambda _: ProgramRun((), log, {}, 0, failed=True))
    rules = RuleSet(default_settings(ALL), None)
    told = []
    for name in problems:
        events = [{"diagnosticEvent": problems[name]}]
        monkeypatch.setattr(preview, "run_preview", lambda *_, events=events, **__: PreviewRun(1, events, "", ""))
        told.append(preview.preview(tmp_path, None, rules, pack=tmp_path, timeout=8, read_fixtures=None))
    assert told[0] == told[1]
    assert [finding.subject.name for finding in told[0].findings] == ["one", "other"]


def test_a_pool_that_is_only_read_is_passed_over() -> None:
    token = "azure-native:machinelearningservices:InferencePool"
    step = {"op": "read", "urn": f"urn:pulumi:dev::shop::{token}::old", "newState": {"type": token, "custom": True}}
    tally = read_preview(PreviewRun(0, [], json.dumps({"steps": [step]}), ""), Path(), "shop", "dev")
    assert (tally.findings, tally.pools) == ([], 0)
    assert [each.why for each in tally.passed_over] == [ONLY_READ, NO_POOL]


REFUSED = """
import pulumi

pulumi.CustomResource("azure-native:machinelearningservices:InferencePool", "chat", {
    "inferencePoolName": pulumi.Config().require("name"), "resourceGroupName": "rg", "workspaceName": "mlw",
    "location": "westeurope", "tags": {"owner": "ml-platform"}, "inferencePoolProperties": {"nodeSkuType": "x"},
})
"""


def test_what_the_provider_refuses_has_the_resources_owner_and_the_line_of_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: shop\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:name: '!! no name !!'\n")
    (tmp_path / "__main__.py").write_text(REFUSED)
    monkeypatch.chdir(tmp_path)
    in_process = check([tmp_path], default_settings(ALL), timeout=60)
    token = "azure-native:machinelearningservices:InferencePool"
    reason = "'inferencePoolName' does not match expression '^[a-zA-Z0-9][a-zA-Z0-9\\-_]{0,254}$'"
    message = f"{token} resource 'chat' has a problem: {reason}"
    event = {
        "diagnosticEvent": {"severity": "error", "message": message, "urn": f"urn:pulumi:dev::shop::{token}::chat"}
    }
    monkeypatch.setattr(preview, "run_preview", lambda *_, **__: PreviewRun(1, [event], "", ""))
    previewed = preview.preview(
        tmp_path, None, RuleSet(default_settings(ALL), None), pack=tmp_path, timeout=60, read_fixtures=None
    )
    for tally in (in_process, previewed):
        (finding,) = (finding for finding in tally.findings if finding.rule == "provider-check")
        assert (finding.message, finding.subject.owner) == (reason, "ml-platform")
        assert finding.location is not None
        assert (finding.location.file, finding.location.line) == ("Pulumi.dev.yaml", 2)
