"""Exceptions that are made of waivers: what is written, what stays, and what has drifted apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poolgate import exemptions
from poolgate.cli import EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE, run
from poolgate.rule_set import load
from poolgate.sandbox.workspace import PreviewRun
from poolgate.sources.preview import read_preview

TYPE = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:prod::chat::{TYPE}::ranker"
OTHER = f"urn:pulumi:dev::chat::{TYPE}::ranker"

BY_HAND = """{
  "version": 2,
  "policies": {"tags-required": {"enforcementLevel": "advisory" }},
  "exceptions": {
    "EXC-1": { "reason": "by hand",   "match": [
       {"policies": ["tags-required"], "targets": ["%s"]} ] }
  }
}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-12-01")
    (tmp_path / ".git").mkdir()
    Path("policy-config.json").write_text(BY_HAND % URN)


def waiver(
    ticket: str = "OPS-1", rule: str = "capacity-bounded", expires: str = "2027-01-31", **target: str
) -> dict[str, Any]:
    return {
        "rule": rule,
        "target": target or {"urn": URN},
        "reason": "Load test",
        "owner": "ml",
        "ticket": ticket,
        "created": "2026-11-01",
        "expires": expires,
    }


def write_waivers(*waivers: dict[str, Any]) -> None:
    Path("waivers.yaml").write_text(json.dumps({"waivers": list(waivers)}))


def write_report(*covered: tuple[dict[str, Any], str, str], read: tuple[str, ...] = ("prod",)) -> None:
    """A report of an audit of stacks that were read: which waiver covers which rule at which URN."""
    findings = [
        {
            "rule": rule,
            "severity": "high",
            "enforcement": "advisory",
            "outcome": "waived",
            "message": "m",
            "remedy": "",
            "resource": {"urn": urn, "type": TYPE, "name": "ranker", "project": "chat", "stack": urn.split(":")[2]},
            "path": "",
            "location": None,
            "waiver": {**given, "target": {"urn": "", "stack": "", "path": "", **given["target"]}, "approved_by": ""},
            "fingerprint": "0" * 32 + ":1",
            "introduced_by": "state",
        }
        for given, rule, urn in covered
    ]
    stacks = [{"project": "chat", "stack": name, "file": None, "read": True, "standing": "read"} for name in read]
    report = {"schema_version": "1.7", "run": {"command": "audit"}, "stacks": stacks, "findings": findings}
    Path("report.json").write_text(json.dumps({**report, "passed_over": [], "notes": []}))


def export(*more: str, code: int = EXIT_CLEAN) -> dict[str, Any]:
    """The exceptions that were exported, by ticket; what was written by hand is where it was."""
    arguments = ["--no-config", "--waivers", "waivers.yaml", "--policy-config", "policy-config.json", *more]
    assert run(["waivers", "export", *arguments]) == code
    written = json.loads(Path("policy-config.json").read_text())
    return {id_.split(".")[1]: one for id_, one in written["exceptions"].items() if id_.startswith("waiver.")}


def test_what_names_its_resource_needs_no_report() -> None:
    write_waivers(waiver())

    exported = export()

    match = [{"policies": ["capacity-bounded"], "targets": [URN]}]
    assert exported == {"OPS-1": {"reason": "ml, OPS-1, until 2027-01-31: Load test", "match": match}}


def test_what_was_written_by_hand_stays_byte_for_byte_and_a_second_time_nothing_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_waivers(waiver(), waiver("a/b 2", expires="2027-02-28", urn=OTHER))
    before = BY_HAND % URN
    export()
    once = Path("policy-config.json").read_text()
    export()

    assert Path("policy-config.json").read_text() == once
    assert capsys.readouterr().out.endswith("policy-config.json: nothing to change, 2 exported\n")
    head, *_ = before.partition("\n  }\n}")
    assert once.startswith(head + ",\n")
    assert once.endswith("\n  }\n}\n")
    assert '"waiver.a-b-2.' in once
    write_waivers()
    export()
    assert Path("policy-config.json").read_text() == before


def test_what_was_exported_lets_pass_what_the_engine_let_pass() -> None:
    """Of the preview that Pulumi 3.276.0 was recorded with, with an exception that was written by hand."""
    events = json.loads((Path(__file__).parent / "events-3.276.0.json").read_text("utf-8"))
    told = [event["policyEvent"] for event in events]
    exempted = {(one["policyName"], one["resourceUrn"]) for one in told if one.get("exceptions")}
    write_waivers(*(waiver(f"T-{rule}", rule=rule, urn=urn) for rule, urn in exempted))
    Path("policy-config.json").write_text('{"version": 2}')
    export()
    plain = [{"policyEvent": {key: value for key, value in one.items() if key != "exceptions"}} for one in told]
    honoured, settled = (read_preview(PreviewRun(1, each, "", ""), Path(), "shop", "prod") for each in (events, plain))

    exemptions.settle(settled, "preview", load(Path("policy-config.json")))

    assert exempted
    assert [one.outcome for one in settled.findings] == [one.outcome for one in honoured.findings]


def test_what_changed_is_written_anew_in_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    write_waivers(waiver("A"), waiver("B", rule="tags-required"))
    export()
    write_waivers(waiver("A", expires="2027-02-01"), waiver("B", rule="tags-required"))
    capsys.readouterr()

    exported = export()

    assert list(exported) == ["A", "B"]
    assert exported["A"]["reason"] == "ml, A, until 2027-02-01: Load test"
    assert " changed: capacity-bounded at 1 URN (ml, A, until 2027-02-01: Load test)" in capsys.readouterr().out


def test_patterns_are_what_the_report_says_they_cover_whichever_day_they_ended_then() -> None:
    probes = waiver("OPS-2", rule="probe-*", stack="chat/*")
    write_waivers({**probes, "expires": "2027-02-28"})
    write_report((probes, "probe-settings-sane", URN), (probes, "probe-patience-bounded", URN), read=("prod", "dev"))

    (match,) = export("--report", "report.json")["OPS-2"]["match"]

    assert match == {"policies": ["probe-patience-bounded", "probe-settings-sane"], "targets": [URN]}


def test_what_a_report_did_not_read_stays_and_what_it_read_and_has_not_goes() -> None:
    wide = waiver("OPS-2", stack="chat/*")
    write_waivers(wide)
    write_report((wide, "capacity-bounded", URN), (wide, "capacity-bounded", OTHER), read=("prod", "dev"))
    export("--report", "report.json")
    write_report(read=("prod",))

    (match,) = export("--report", "report.json")["OPS-2"]["match"]

    assert match["targets"] == [OTHER]
    assert export()["OPS-2"]["match"] == [match]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (
            waiver(urn=URN, path="sku.capacity"),
            "an exception has no path and would let pass all",
        ),
        (waiver(stack="chat/prod"), "it names no resource by its whole URN and rule; --report tells what it covers"),
        (waiver(rule="config-schema"), "the engine has no such rule"),
        (waiver(rule="service-model-same-in-stacks"), "the engine has no such rule"),
    ],
)
def test_what_an_exception_cannot_say_is_left_out_and_named(
    entry: dict[str, Any], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_waivers(entry)

    assert export() == {}
    assert f"not exported: waivers[0] {entry['rule']} for " in (told := capsys.readouterr().err)
    assert why in told


def test_a_waiver_of_one_property_is_exported_where_that_is_asked_for() -> None:
    write_waivers(waiver(urn=URN, path="sku.capacity"))

    assert list(export("--allow-wider")) == ["OPS-1"]


@pytest.mark.parametrize(
    "entry", [waiver(expires="2026-11-30"), waiver(rule="no-plaintext-secret"), {**waiver(), "created": "2026-12-24"}]
)
def test_what_does_not_hold_is_not_exported(entry: dict[str, Any]) -> None:
    write_waivers(entry)

    assert export() == {}


def test_check_writes_nothing_and_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    write_waivers(waiver())

    assert export("--check", code=EXIT_FINDINGS) == {}
    assert " added: capacity-bounded at 1 URN" in capsys.readouterr().out
    export()
    export("--check")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_config_without_a_version_is_converted_when_that_is_asked_for(
    line_end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = '{\n\t"tags-required": {\n\t\t"enforcementLevel": "advisory"\n\t}\n}\n'.replace("\n", line_end)
    file = Path("policy-config.json")
    file.write_bytes(plain.encode())
    write_waivers(waiver())
    arguments = ["--no-config", "--waivers", "waivers.yaml", "--policy-config", "policy-config.json"]

    assert run(["waivers", "export", *arguments]) == EXIT_USAGE
    assert "engines before 3.274 refuse; --convert writes it" in capsys.readouterr().err
    assert file.read_bytes() == plain.encode()
    assert list(export("--convert")) == ["OPS-1"]
    written = file.read_bytes().decode()
    assert written.startswith('{\n\t"version": 2,\n\t"policies": {\n\t\t"tags-required": {\n'.replace("\n", line_end))
    assert written.count("\n") == written.count(line_end)
    assert str(next(one for one in load(file).settings if one.rule.id == "tags-required").enforcement) == "advisory"


@pytest.mark.parametrize(
    "config",
    [
        '{"version": 2}',
        '{"version": 2, "exceptions": {}}',
        '{\n "exceptions": {\n },\n "version": 2}',
        '{ "policies": {}, "version": 2 }\n',
    ],
)
def test_wherever_exceptions_may_stand(config: str) -> None:
    Path("policy-config.json").write_text(config)
    write_waivers(waiver())

    assert list(export()) == ["OPS-1"]
    once = Path("policy-config.json").read_text()
    export()
    assert Path("policy-config.json").read_text() == once


def test_where_the_policy_forbids_exceptions_none_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    config = '{"version": 2, "policies": {"waivers-valid": {"exceptions": "forbidden"}}}'
    Path("policy-config.json").write_text(config)
    write_waivers(waiver())
    arguments = ["--no-config", "--waivers", "waivers.yaml", "--policy-config", "policy-config.json"]

    assert run(["waivers", "export", *arguments]) == EXIT_USAGE
    assert "the policy allows no exceptions" in capsys.readouterr().err
    assert Path("policy-config.json").read_text() == config


GONE = "lets pass what no waiver in force does: "
DRIFTS: Any = [
    ([], "mandatory", "policy-config.json:7", f"{GONE}its waiver is gone"),
    (
        [waiver(expires="2026-11-30")],
        "mandatory",
        "policy-config.json:7",
        f"{GONE}its waiver has expired on 2026-11-30",
    ),
    ([{**waiver(), "owner": "x"}], "advisory", "policy-config.json:8", "its waiver says now 'x, OPS-1, until"),
    (
        [waiver(), waiver("B", rule="probe-*")],
        "advisory",
        "waivers.yaml:1",
        "has no exception in policy-config.json, though",
    ),
]


@pytest.mark.parametrize(("waivers", "level", "place", "message"), DRIFTS)
@pytest.mark.parametrize("command", ["waivers lint", "lint"])
def test_what_has_drifted_apart_is_told_with_its_line(
    command: str,
    waivers: list[dict[str, Any]],
    level: str,
    place: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("poolgate.yaml").write_text("waivers: waivers.yaml\npolicyConfig: policy-config.json\n")
    write_waivers(waiver())
    export()
    write_waivers(*waivers)
    capsys.readouterr()

    code = run([*command.split(), "--format", "json"])

    told = json.loads(capsys.readouterr().out)["findings"]
    (found,) = (one for one in told if message in one["message"])
    location = found["location"]
    assert (found["enforcement"], f"{location['file']}:{location['line']}") == (level, place)
    assert code == (EXIT_FINDINGS if level == "mandatory" else EXIT_CLEAN)


def test_what_says_the_same_has_not_drifted(capsys: pytest.CaptureFixture[str]) -> None:
    write_waivers(waiver(), waiver("P", urn=URN, path="sku.capacity"))
    export()
    capsys.readouterr()
    arguments = ["--no-config", "--waivers", "waivers.yaml", "--policy-config", "policy-config.json"]

    assert run(["waivers", "lint", *arguments]) == EXIT_CLEAN
    assert "no findings" in capsys.readouterr().out


def test_an_exception_that_names_more_than_its_waiver_has_drifted(capsys: pytest.CaptureFixture[str]) -> None:
    write_waivers(waiver())
    export()
    file = Path("policy-config.json")
    file.write_text(file.read_text().replace('"capacity-bounded"', '"capacity-bounded", "tags-required"'))
    arguments = ["--no-config", "--waivers", "waivers.yaml", "--policy-config", "policy-config.json"]

    assert run(["waivers", "lint", *arguments]) == EXIT_FINDINGS
    assert f"lets pass tags-required at {URN}, which its waiver does not cover" in capsys.readouterr().out


def test_list_has_exceptions_beside_waivers(capsys: pytest.CaptureFixture[str]) -> None:
    entry = waiver()
    write_waivers(entry)
    export()
    write_report((entry, "capacity-bounded", URN))
    report = json.loads(Path("report.json").read_text())
    report["findings"][0]["exception"] = {"id": "waiver.OPS-1.0", "reason": "r", "expires": None}
    Path("report.json").write_text(json.dumps(report))
    write_waivers({**entry, "owner": "x"})
    capsys.readouterr()
    arguments = ["--no-config", "--waivers", "waivers.yaml", "--policy-config", "policy-config.json"]

    assert run(["waivers", "list", *arguments, "--report", "report.json"]) == EXIT_CLEAN
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(row[1], row[2]) for row in rows[2:]] == [("drifted", "never"), ("no", "end")]
    assert rows[2][3:8] == ["1", "capacity-bounded", URN, "-", "-"]
    assert rows[3][3:9] == ["never", "unused", "tags-required", URN, "-", "-"]
    assert run(["waivers", "list", *arguments, "--format", "json"]) == EXIT_CLEAN
    told = json.loads(capsys.readouterr().out)
    assert [(one["kind"], one["standing"]) for one in told] == [
        ("waiver", "active"),
        ("exception", "no end"),
        ("exception", "drifted"),
    ]
    assert told[1]["location"] == {"file": "policy-config.json", "line": 5, "column": 5}
