"""What is said on stdout and stderr: inert, and an error of its own where it cannot be said."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from poolgate import cli, streams
from poolgate.errors import UsageError
from poolgate.report.progress import progress_on
from poolgate.sandbox import engine, workspace
from reports.test_hostile import ATTACKS, orders
from reports.test_text import Terminal

ORDER: Final = "x\n::error::forged\r\n##[error]forged ##vso[task.complete]\x9b2J\u202e"


class Lost(io.StringIO):
    """A stream whose device is full."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def is_harmless(said: str) -> bool:
    """Whether a runner and a terminal only show it."""
    return not orders(said) and all(letter == "\n" or letter.isprintable() for letter in said)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# stderr is inert


@pytest.mark.parametrize("text", [*ATTACKS, ORDER])
def test_what_is_said_is_inert(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    for say in (streams.say, streams.tell, cli._say, engine._say, workspace._say):
        say(text)
    said = capsys.readouterr().err
    assert is_harmless(said)


def test_the_lines_of_one_sentence_are_told_from_those_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    streams.say("first\npoolgate: error: forged")
    assert capsys.readouterr().err == "poolgate: first\n  poolgate: error: forged\n"


def test_names_in_errors_stay_on_their_line() -> None:
    error = UsageError("is no number", file="a\nb", line=3, key="c\n::error::d")
    assert str(error) == "a\\nb:3: c\\n::error::d: is no number"


@pytest.mark.parametrize(
    "arguments",
    [
        ["lint", ORDER],
        ["lint", f"--{ORDER}"],
        [ORDER],
        ["check", "--policy-config", ORDER],
        ["check", "--policy-config", "policy.json"],
        ["check", "--rules", ORDER],
        ["lint", "--baseline", ORDER],
        ["lint", "--config", ORDER],
        ["lint", "--output", f"nowhere\0{ORDER}"],
        ["explain", ORDER],
        ["schema", ORDER],
        ["audit", ORDER],
        ["audit", "--jobs", ORDER, "x"],
        ["preview", ORDER],
        ["waivers", "list", "--waivers", ORDER],
        ["init", ORDER],
        ["diff", ORDER, ORDER],
    ],
    ids=lambda arguments: " ".join(arguments).partition("\n")[0],
)
def test_what_was_typed_gives_no_order(arguments: list[str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "policy.json").write_text(json.dumps({ORDER: {"a": 1}}))
    try:
        code = cli.run(arguments)
    except SystemExit as left:
        code = int(left.code or 0)
    captured = capsys.readouterr()
    assert code in (2, 4)
    assert "forged" in captured.err
    assert is_harmless(captured.err)
    assert not re.search(r"^\W*(?:error::)?forged", captured.err, re.MULTILINE)


def test_a_traceback_gives_no_order(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(ORDER)

    monkeypatch.setattr("poolgate.lint.run.lint", fail)
    assert cli.run(["lint", "--format", "json", "--output", "report.json"]) == 3
    said = capsys.readouterr().err
    assert "this is a bug in poolgate" in said
    assert is_harmless(said)
    report = json.loads((project / "report.json").read_text())
    assert report["error"] == {
        "exit_code": 3,
        "message": "RuntimeError, this is a bug in poolgate; nothing above may be taken for a verdict",
    }


def test_progress_gives_no_order() -> None:
    stream = Terminal()
    progress_on(stream, {})(0, 2, "##[error]forged")
    assert not orders(stream.getvalue())


# What cannot be said


@pytest.mark.parametrize("arguments", [["lint"], ["rules"], ["--help"], ["lint", "--format", "json"]])
@pytest.mark.parametrize("stream", [Lost, None], ids=["full", "closed"])
def test_a_stdout_that_is_lost(
    stream: type[Lost] | None,
    arguments: list[str],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdout", stream and stream())
    assert cli.run(arguments) == 3
    why = "No space left on device" if stream else "it is closed"
    assert capsys.readouterr().err == f"poolgate: error: stdout cannot be written: {why}\n"


@pytest.mark.parametrize("stream", [Lost, None], ids=["full", "closed"])
def test_a_stderr_that_is_lost_matters_where_something_is_to_be_said(
    stream: type[Lost] | None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream and stream())
    assert cli.run(["lint"]) == 0
    assert cli.run(["lint", "nowhere"]) == 3


def test_a_full_disk_loses_no_other_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["lint", "--also", "json=/dev/full", "--also", "csv=report.csv"]) == 3
    assert capsys.readouterr().err == "poolgate: error: /dev/full: cannot be written: No space left on device\n"
    assert (project / "report.csv").read_text().startswith("project,stack")


@pytest.mark.parametrize(
    ("redirected", "unbuffered"),
    [(">/dev/full", ""), (">/dev/full", "1"), (">&-", ""), (">&- 2>&-", ""), ("| head -c 0", "")],
)
def test_real_streams(redirected: str, unbuffered: str, project: Path) -> None:
    command = f'set -o pipefail; "{sys.executable}" -m poolgate rules --no-config --format json {redirected}'
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == (0 if "2>" in redirected else 1)
