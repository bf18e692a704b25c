"""An audit that somebody stops reports what it has, marked as a part: what it had not come to is no clean stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from audit.state_builder import export, pool, provider, slow_pool_inputs, stack_root, text, urn

LIMIT: Final = 60.0


def state(project: str) -> bytes:
    slow = pool("ranker", slow_pool_inputs(), urn=urn(pool()["type"], "ranker", project=project))
    return text(export(stack_root(project=project), provider(), slow))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state that is read, and two that never come; the first bytes of a pipe are looked at by nobody."""
    (tmp_path / "read.json").write_bytes(state("read"))
    for name in ("first", "second"):
        os.mkfifo(tmp_path / name)
    return tmp_path


def open_to_write(pipe: Path) -> int:
    """Once somebody reads it."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < end, f"nobody reads {pipe.name}"
            time.sleep(0.01)


@contextmanager
def waiting(folder: Path, jobs: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """An audit that has judged the state, and waits for as many pipes as it has processes."""
    sources = [str(folder / name) for name in ("read.json", "first", "second")]
    command = [sys.executable, "-m", "poolgate", "audit", "--no-config", f"--jobs={jobs}", *options, *sources]
    with ExitStack() as stack:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        stack.callback(process.wait)
        stack.callback(process.kill)
        for name in ("first", "second")[:jobs]:
            stack.callback(os.close, open_to_write(folder / name))
        yield process


def stopped(folder: Path, by: signal.Signals, jobs: int, *options: str) -> tuple[int, str, str]:
    with waiting(folder, jobs, *options) as process:
        process.send_signal(by)
        out, err = process.communicate(timeout=LIMIT)
        return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(("by", "jobs"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 2)])
def test_what_is_done_is_reported_as_a_part(folder: Path, by: signal.Signals, jobs: int, interruptible: None) -> None:
    code, out, _ = stopped(folder, by, jobs, "--format=json")
    report = json.loads(out)
    assert code == 128 + by
    assert report["summary"]["conclusion"] == "incomplete"
    assert report["summary"]["partial"] == {"by": by.name, "judged": 1, "states": 3}
    assert report["summary"]["accounts"] == {"read": 1, "not read": 2, "missing": 0, "under way": 0}
    assert {stack["file"]: stack["standing"] for stack in report["stacks"]} == {
        str(folder / "read.json"): "read",
        str(folder / "first"): "not read",
        str(folder / "second"): "not read",
    }
    assert {finding["rule"] for finding in report["findings"]} >= {"request-timeout-bounded"}


FORMATS: Final = ("text", "json", "sarif", "junit", "github", "azure", "markdown", "csv", "html")


def test_every_format_says_so_and_so_does_an_audit_that_is_asked_to_exit_0(folder: Path, interruptible: None) -> None:
    also = [f"--also={name}={folder / f'report.{name}'}" for name in FORMATS]
    code, out, _ = stopped(folder, signal.SIGINT, 1, "--exit-zero", *also)
    assert code == 130
    said = "stopped by SIGINT when 1 of 3 states had been judged"
    assert f"partial: {said}; nothing is known of the others" in " ".join(out.split())
    silent = [name for name in FORMATS if said not in " ".join((folder / f"report.{name}").read_text("utf-8").split())]
    assert silent == ["json"]  # It says so by members.


def test_a_part_is_not_added_to_a_history_and_misses_no_stack(folder: Path, interruptible: None) -> None:
    (folder / "expected").write_text("read/prod\nothers/prod\n")
    code, out, _ = stopped(
        folder, signal.SIGINT, 1, f"--history={folder / 'history'}", f"--expect={folder / 'expected'}", "--format=json"
    )
    report = json.loads(out)
    assert (code, report["summary"]["accounts"]["missing"]) == (130, 0)
    assert "nothing is added to the history: what was not read would be gone from it" in report["notes"]
    assert not list((folder / "history").rglob("*.parquet"))


def test_a_part_says_of_how_many_states_it_remembered_and_is_not_remembered(
    folder: Path, tmp_path: Path, interruptible: None
) -> None:
    code, out, _ = stopped(folder, signal.SIGINT, 1, f"--cache={tmp_path / 'cache'}", "--format=json")
    report = json.loads(out)
    assert (code, report["summary"]["partial"]["judged"], report["run"]["remembered"]) == (130, 1, 0)
    assert not list((tmp_path / "cache").glob("*"))


def test_what_a_part_does_not_find_is_not_gone(folder: Path, interruptible: None) -> None:
    for name in ("first", "second"):
        (folder / name).unlink()
        (folder / name).write_bytes(state(name))
    before = audited(folder, [folder / name for name in ("first", "second")])
    for name in ("first", "second"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    (folder / "before.json").write_text(before)
    _, out, _ = stopped(folder, signal.SIGINT, 1, "--format=json")
    (folder / "after.json").write_text(out)
    command = [sys.executable, "-m", "poolgate", "diff", "--format=json", "before.json", "after.json"]
    told: Any = json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout)
    assert told["gone"] == []
    assert {finding["resource"]["project"] for finding in told["not_read"]} == {"first", "second"}


def audited(folder: Path, sources: Sequence[Path]) -> str:
    command = [sys.executable, "-m", "poolgate", "audit", "--no-config", "--format=json", *map(str, sources)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
