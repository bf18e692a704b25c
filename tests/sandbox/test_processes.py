"""Ending what was started: all of it, in time, whatever it does about signals."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from poolgate.sandbox.processes import end_session, ending, session_members, wait_with_progress


def start(script: str, cwd: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sh", "-c", script], cwd=cwd, stdout=subprocess.PIPE, start_new_session=True)


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    with process.stdout:
        return process.stdout.readline()


def test_what_ignores_the_request_is_killed(tmp_path: Path) -> None:
    process = start("trap '' TERM; echo ready; sleep 60; sleep 60", tmp_path)
    first_line(process)
    end_session(process, grace=0.5)
    assert process.returncode == -9
    assert session_members(process.pid) == []


def test_each_process_is_asked_once(tmp_path: Path) -> None:
    script = "trap 'echo asked >>asked' TERM; echo ready; i=0; while [ $i -lt 20 ]; do sleep 0.05; i=$((i+1)); done"
    process = start(script, tmp_path)
    first_line(process)
    end_session(process, grace=30)
    assert process.returncode == 0
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_an_error_in_the_block_ends_the_process_as_well(tmp_path: Path) -> None:
    process = start("echo ready; sleep 60", tmp_path)
    first_line(process)
    with pytest.raises(KeyboardInterrupt), ending(process):
        raise KeyboardInterrupt
    assert session_members(process.pid) == []


def test_a_wait_says_that_it_waits_and_gives_up(tmp_path: Path) -> None:
    said: list[str] = []
    process = start("sleep 60", tmp_path)
    with ending(process):
        assert wait_with_progress(process, limit=0.7, every=0.3, report=said.append, what="sleeping") is None
    assert said[0].startswith("sleeping: 0 s so far, at most 1 s")
    first_line(process)
    quick = start("exit 3", tmp_path)
    with ending(quick):
        assert wait_with_progress(quick, limit=30, every=30, report=said.append, what="leaving") == 3
    first_line(quick)
