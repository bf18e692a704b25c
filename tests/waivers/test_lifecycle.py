"""A waiver's life as `check` and `audit` tell it, and what no run may hide."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from poolgate import cli
from remembered import remembered_programs
from waivers.life import ACTIVE, DAYS, ROOT, RULE, TOO_MANY, URN, Day, seen, write_project, write_state, write_waivers

__all__ = ["remembered_programs"]

pytestmark = pytest.mark.usefixtures("remembered_programs")

REPORT_SCHEMA = json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8"))


def shared_project(folder: Path, capacity: int) -> Path:
    """The same folder for every test that does not change what is in it: its program is run once."""
    return write_project(folder.parent.parent / f"life-{capacity}", capacity)


SOURCES = [pytest.param("check", shared_project, id="check"), pytest.param("audit", write_state, id="audit")]

Write = Callable[[Path, int], Path]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POOLGATE_WAIVERS", raising=False)
    monkeypatch.setenv("POOLGATE_AS_OF", ACTIVE.day)
    return write_waivers(tmp_path / "waivers.yaml")


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code = cli.run([*map(str, arguments), "--format", "json"])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, REPORT_SCHEMA, format_checker=jsonschema.FormatChecker())
    return code, report


@pytest.mark.parametrize(("command", "write"), SOURCES)
@pytest.mark.parametrize("day", DAYS, ids=lambda day: f"{day.day}-{day.capacity}")
def test_the_life_of_a_waiver(
    tmp_path: Path,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    write: Write,
    day: Day,
) -> None:
    monkeypatch.setenv("POOLGATE_AS_OF", day.day)
    code, report = run(capsys, command, write(tmp_path / "life", day.capacity), "--waivers", file)
    finding, waiver = seen(report["findings"])
    assert (finding and (finding["outcome"], finding["enforcement"])) == day.finding
    if day.waiver is None:
        assert waiver is None
    else:
        assert (waiver["enforcement"], waiver["location"]["file"]) == (day.waiver[0], "waivers.yaml")
        assert day.waiver[1] in waiver["message"]
    assert code == day.fails
    assert report["summary"]["outcomes"].get("waived", 0) == (day.finding == ("waived", "advisory"))


@pytest.mark.parametrize(("command", "write"), SOURCES)
def test_a_waived_finding_is_shown_with_its_waiver(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str], command: str, write: Write
) -> None:
    source = write(tmp_path / "life", TOO_MANY)
    _, report = run(capsys, command, source, "--waivers", file)
    finding, _ = seen(report["findings"])
    assert finding["message"] == "is 80, the limit is 50"
    assert finding["waiver"] == {
        "rule": RULE,
        "target": {"urn": "", "stack": "life/dev", "path": "sku.capacity"},
        "reason": "Load test ahead of the sale",
        "owner": "ml-platform",
        "ticket": "OPS-4711",
        "created": "2026-11-01",
        "expires": "2026-12-31",
        "approved_by": "",
    }
    assert "waivers.yaml" in {entry["name"] for entry in report["run"]["inputs"]}
    without = run(capsys, command, source, "--no-waivers")[1]
    open_, _ = seen(without["findings"])
    assert open_["fingerprint"] == finding["fingerprint"]
    assert open_["message"] == finding["message"]


@pytest.mark.parametrize(("command", "write"), SOURCES)
def test_auditors_see_what_there_would_be_without_waivers(
    tmp_path: Path,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    write: Write,
) -> None:
    config = tmp_path / "policy.json"
    config.write_text(json.dumps({"waivers-valid": {"inline": {"waivers": [INLINE]}}}))
    monkeypatch.setenv("POOLGATE_WAIVERS", str(file))
    source = write(tmp_path / "life", TOO_MANY)
    for arguments in (["--waivers", str(file)], ["--policy-config", str(config)], []):
        code, report = run(capsys, command, source, *arguments, "--no-waivers")
        finding, waiver = seen(report["findings"])
        assert code == 1
        assert (finding["outcome"], finding["enforcement"], finding["waiver"]) == ("violated", "mandatory", None)
        assert waiver is None


INLINE = {
    "rule": "capacity-*",
    "target": {"urn": URN},
    "reason": "Load test",
    "owner": "ml-platform",
    "ticket": "OPS-1",
    "created": "2026-11-01",
    "expires": "2026-12-31",
}


@pytest.mark.parametrize(("command", "write"), SOURCES)
def test_waivers_come_from_the_command_line_the_environment_or_the_policy_config(
    tmp_path: Path,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    write: Write,
) -> None:
    source = write(tmp_path / "life", TOO_MANY)
    config = tmp_path / "policy.json"
    config.write_text(json.dumps({"waivers-valid": {"inline": {"waivers": [INLINE]}}}))
    by_config = run(capsys, command, source, "--policy-config", config)
    assert seen(by_config[1]["findings"])[0]["waiver"]["target"]["urn"] == URN
    monkeypatch.setenv("POOLGATE_WAIVERS", str(file))
    by_environment = run(capsys, command, source, "--policy-config", config)
    assert seen(by_environment[1]["findings"])[0]["waiver"]["ticket"] == "OPS-4711"
    empty = tmp_path / "none.yaml"
    empty.write_text("waivers: []\n")
    by_option = run(capsys, command, source, "--waivers", empty)
    assert seen(by_option[1]["findings"])[0]["outcome"] == "violated"
    assert (by_config[0], by_environment[0], by_option[0]) == (0, 0, 1)


@pytest.mark.parametrize(("command", "write"), SOURCES)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("waivers:\n  - rule: capacity-bounded\n", "w.yaml:2:5: waivers[0].reason: is missing"),
        ("waivers: [", ": is no YAML"),
        (None, "w.yaml: cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_ends_the_run(
    tmp_path: Path,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    write: Write,
    text: str | None,
    message: str,
) -> None:
    if text is not None:
        (tmp_path / "w.yaml").write_text(text)
    assert cli.run([command, str(write(tmp_path / "life", TOO_MANY)), "--waivers", "w.yaml"]) == 2
    assert message in capsys.readouterr().err


def test_a_severity_to_fail_on_does_not_count_what_is_waived(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_state(tmp_path / "life", TOO_MANY)
    assert run(capsys, "audit", source, "--fail-on", "low", "--no-waivers")[0] == 1
    assert run(capsys, "audit", source, "--fail-on", "low", "--waivers", file)[0] == 0


def test_rules_that_were_not_run_leave_no_waiver_stale(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_state(tmp_path / "life", 3)
    for options, paths in (
        (("--select", "waivers-valid", "--select", "tags-"), []),
        (("--ignore", "capacity-bounded"), []),
        (("--ignore", "waivers-valid"), []),
        ((), ["waivers[0]"]),
    ):
        findings = run(capsys, "audit", source, "--waivers", file, *options)[1]["findings"]
        assert [one["path"] for one in findings if one["rule"] == "waivers-valid"] == paths


def test_waivers_of_other_stacks_are_not_spoken_of(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POOLGATE_AS_OF", "2027-06-01")
    file.write_text(file.read_text().replace("life/dev", "life/prod"))
    assert seen(run(capsys, "audit", write_state(tmp_path / "life", 3), "--waivers", file)[1]["findings"])[1] is None


def test_a_stack_that_could_not_be_looked_at_leaves_no_waiver_stale(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = write_project(tmp_path / "life", 3)
    (project / "__main__.py").write_text("raise SystemExit('no')\n")
    code, report = run(capsys, "check", project, "--waivers", file)
    assert code == 1
    assert {one["rule"] for one in report["findings"]} == {"program-runs"}


def test_a_stack_that_fails_may_be_the_one_that_needs_the_waiver(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_state(tmp_path / "life", 3)
    file.write_text(file.read_text().replace("life/dev", "life/*"))
    assert seen(run(capsys, "audit", folder, "--waivers", file)[1]["findings"])[1] is not None
    (folder / "prod.json").write_text('{"version": 99, "deployment": {}}')
    assert seen(run(capsys, "audit", folder, "--waivers", file)[1]["findings"])[1] is None


def test_a_program_that_fails_cannot_be_waived(tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = write_project(tmp_path / "life", 3)
    (project / "__main__.py").write_text("raise SystemExit('no')\n")
    file.write_text(file.read_text().replace("capacity-bounded", "program-runs").replace("path: sku.capacity", ""))
    assert run(capsys, "check", project, "--waivers", file)[0] == 1


@pytest.mark.parametrize("command", ["lint", "check"])
def test_what_the_lint_finds_can_be_waived(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    project = write_project(tmp_path / "life", 3)
    with (project / "Pulumi.yaml").open("a") as stream:
        stream.write("license: [x]\n")
    assert run(capsys, command, project)[0] == 1
    text = file.read_text().replace("capacity-bounded", "project-schema").replace("sku.capacity", "license")
    file.write_text(text.replace("life/dev", "life/*"))
    code, report = run(capsys, command, project, "--waivers", file)
    assert [(one["rule"], one["outcome"]) for one in report["findings"]] == [("project-schema", "waived")]
    assert report["findings"][0]["waiver"]["ticket"] == "OPS-4711"
    assert code == 0


def test_no_pool_at_all_is_no_success_for_having_waivers(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from audit import state_builder

    folder = tmp_path / "life"
    folder.mkdir()
    root = state_builder.stack_root(stack="dev", project="life")
    (folder / "life.json").write_bytes(state_builder.text(state_builder.export(root)))
    assert cli.run(["audit", str(folder), "--waivers", str(file)]) == 4
    assert "nothing that rules judge" in capsys.readouterr().err


def test_several_processes_come_to_the_same(tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_state(tmp_path / "life", TOO_MANY)
    (folder / "other.json").write_bytes((folder / "life.json").read_bytes().replace(b"life", b"other"))
    alone, together = (run(capsys, "audit", folder, "--waivers", file, "--jobs", jobs)[1] for jobs in "12")
    assert alone["findings"] == together["findings"]
    assert alone["summary"] == together["summary"]
    assert alone["summary"]["outcomes"]["waived"] == 1
