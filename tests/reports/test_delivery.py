"""Where reports go: stdout, files, and what CI services offer."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from poolgate import cli
from poolgate.report import FORMATS
from poolgate.report.markdown import COMMENT, MARKER, SUMMARY
from poolgate.report.markdown import render as markdown
from reports.bad_stack import finding, report_of
from reports.test_formats import JUNIT_SCHEMA

STATES = Path(__file__).parents[1] / "audit" / "states" / "readable"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose lint finds something, in a repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: [src]\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:a: b\n")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "shop.schema.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(*arguments: str) -> int:
    return cli.run(["lint", *arguments])


def test_every_format_in_one_run(project: Path) -> None:
    arguments = [part for name in FORMATS for part in ("--format", name, "--output", f"out/{name}")]
    assert lint(*arguments) == 1
    assert sorted(file.name for file in (project / "out").iterdir()) == sorted(FORMATS)
    assert all((project / "out" / name).read_text("utf-8") for name in FORMATS)


def test_one_report_to_stdout_and_others_to_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("--format", "json", "--output", "-", "--format", "sarif", "--output", "report.sarif") == 1
    assert json.loads(capsys.readouterr().out)["schema_version"]
    assert json.loads((project / "report.sarif").read_text())["version"] == "2.1.0"
    assert not (project / "-").exists()


def test_further_reports_leave_the_first_as_it_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint() == 1
    first = capsys.readouterr().out
    assert lint("--also", "sarif=out/a.sarif", "--also", "junit=out/b.xml") == 1
    assert capsys.readouterr().out == first
    assert sorted(file.name for file in (project / "out").iterdir()) == ["a.sarif", "b.xml"]


@pytest.mark.parametrize("written", ["sarif", "sarif=", "sarif=-", "pdf=report.pdf", "=x"])
def test_a_further_report_has_a_format_and_a_file(
    written: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        lint("--also", written)
    assert "expected FORMAT=FILE with one of text, json, sarif" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--also", "json=a", "--also", "csv=a"), "several reports to one file"),
        (("--format", "json", "--format", "text"), "several --format need an --output each"),
        (("--output", "a", "--output", "b"), "give each format its file"),
        (("--format", "json", "--output", "-", "--format", "csv", "--output", "-"), "only one --output may be -"),
        (("--format", "json", "--output", "a", "--format", "csv", "--output", "a"), "several reports to one file"),
        (("--baseline", "nowhere.json"), "nowhere.json: cannot be read"),
        (("--base", "nowhere.json"), "nowhere.json: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_run(
    arguments: tuple[str, ...], problem: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(*arguments) == 2
    captured = capsys.readouterr()
    assert problem in captured.err
    assert captured.out == ""


def test_baseline_by_the_command_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("--format", "json", "--output", "old.json") == 1
    assert lint("--baseline", "old.json") == 0
    assert "no new findings, 1 known from the baseline" in capsys.readouterr().out
    (project / "Pulumi.yaml").write_text(
        "# A line above.\nname: shop\nruntime: python\nmain: [lib]\noptions: {refresh: no}\n"
    )
    assert lint("--baseline", "old.json", "--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    assert [found["path"] for found in report["findings"]] == ["options.refresh"]
    assert report["summary"]["baseline"] == {"known": 1, "changed": 0}


@pytest.mark.parametrize("further", [(), ("--also", "sarif=report.sarif")])
def test_github_gets_annotations_and_a_summary_unasked(
    further: tuple[str, ...], project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = project / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert lint(*further) == 1
    out = capsys.readouterr().out
    assert "1 mandatory and 0 advisory findings" in out
    assert out.splitlines()[-1].startswith("::error file=Pulumi.yaml,line=3,")
    assert summary.read_text("utf-8").startswith(f"before\n{MARKER}\n### ❌ poolgate lint: 1 line to edit, 1 finding\n")


@pytest.mark.parametrize(("format_", "summarized"), [("github", True), ("json", False), ("azure", False)])
def test_github_gets_what_is_asked_for(
    format_: str, summarized: bool, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    assert lint("--format", format_) == 1
    assert ("::error file=" in capsys.readouterr().out) is (format_ == "github")
    assert (project / "summary.md").exists() is summarized


def test_azure_gets_issues_and_a_summary_unasked(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TF_BUILD", "True")
    monkeypatch.setenv("AGENT_TEMPDIRECTORY", str(project))
    assert lint() == 1
    assert lint() == 1
    out = capsys.readouterr().out
    assert out.count("##vso[task.logissue type=error;sourcepath=Pulumi.yaml;linenumber=3;") == 2
    uploads = re.findall(r"^##vso\[task\.uploadsummary\](.*)$", out, re.MULTILINE)
    assert len(set(uploads)) == 2
    assert all(Path(upload).is_absolute() and MARKER in Path(upload).read_text("utf-8") for upload in uploads)


def test_no_service_no_annotations(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint() == 1
    out = capsys.readouterr().out
    assert "::error" not in out
    assert "##vso" not in out


def test_annotations_are_the_ten_most_severe_of_a_kind() -> None:
    from inference_pools.finding import Severity
    from poolgate.findings import Location
    from poolgate.report import render

    def at(line: int) -> Location:
        return Location("Pulumi.dev.yaml", line)

    found = [finding(path=f"low{number}", severity=Severity.LOW, location=None) for number in range(3)]
    lines_of_one = [finding("rule", path="x", severity=Severity.MEDIUM, location=at(line)) for line in range(4, 24)]
    worst = finding("zz-worst", severity=Severity.CRITICAL, location=at(3))
    lines = render(report_of([*found, *lines_of_one, worst]), "github").splitlines()
    assert len(lines) == 10
    assert "(zz-worst)" in lines[0]
    assert all("low" not in line for line in lines)


@pytest.mark.parametrize("limit", [COMMENT, SUMMARY])
def test_markdown_fits(limit: int) -> None:
    many = [finding(path=f"path{number}", message="ä" * 200) for number in range(5000)]
    text = markdown(report_of(many), limit)
    assert len(text.encode()) <= limit
    shown = text.count("<br>") + text.count("  - ")
    left_out = int(re.search(r"^(\d+) further findings did not fit", text, re.MULTILINE)[1])  # type: ignore[index]
    assert shown + left_out == 5000
    assert text.count("<details") == text.count("</details>")


@pytest.mark.parametrize("limit", [COMMENT, SUMMARY])
def test_short_markdown_leaves_nothing_out(limit: int) -> None:
    assert "did not fit" not in markdown(report_of(), limit)


def test_stdout_that_lacks_letters(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert lint("--format", "markdown") == 1
    stream.seek(0)
    assert "\\u274c poolgate lint" in stream.read()


@pytest.mark.parametrize("state", sorted(STATES.iterdir()), ids=lambda state: state.name)
def test_junit_of_an_audit_names_what_passed(state: Path, tmp_path: Path) -> None:
    plain, named = tmp_path / "report.json", tmp_path / "report.xml"
    cli.run(["audit", str(state), "--format", "json", "--output", str(plain)])
    cli.run(["audit", str(state), "--also", f"junit={named}"])
    document = etree.parse(named)
    JUNIT_SCHEMA.assertValid(document)
    clean = json.loads(plain.read_text())["summary"]["outcomes"].get("clean", 0)
    assert sum(len(case) == 0 for case in document.iter("testcase")) == clean
    assert clean or "without-latest" in state.name


def test_junit_of_an_audit_is_the_same_from_more_processes(tmp_path: Path) -> None:
    files = [tmp_path / jobs for jobs in ("1", "2")]
    for file in files:
        cli.run(["audit", str(STATES), "--jobs", file.name, "--format", "junit", "--output", str(file)])
    alone, together = (re.sub(r' (time|timestamp)="[^"]*"', "", file.read_text()) for file in files)
    assert alone == together


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_scripts_of_their_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["completions", shell]) == 0
    script = capsys.readouterr().out
    for word in ("check", "audit", "baseline", "sarif", "capacity-bounded"):
        assert word in script
    if shell == "bash":
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_commands_options_and_choices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["completions", "bash"]) == 0
    script = tmp_path / "poolgate.bash"
    script.write_text(capsys.readouterr().out)

    def complete(*words: str) -> set[str]:
        line = " ".join(f"'{word}'" for word in words)
        driver = (
            f"source '{script}'; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
            "$(complete -p poolgate | sed -E 's/.*-F ([^ ]+) .*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(
            ["bash", "-c", driver],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        return {word.strip() for word in done.stdout.splitlines()}

    assert {"check", "completions"} <= complete("poolgate", "c")
    assert "--baseline" in complete("poolgate", "check", "--b")
    assert "sarif" in complete("poolgate", "check", "--format", "s")
    assert "capacity-bounded" in complete("poolgate", "explain", "cap")
    assert "capacity-bounded" in complete("poolgate", "audit", "--ignore", "cap")
    assert "strict" in complete("poolgate", "check", "--profile", "s")
    assert complete("poolgate", "rules", "--platform", "azure-m") == {"azure-models"}
