"""Ending what was started: all of it, in time, whatever it does about signals."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest

from poolgate.sandbox.processes import end_session, running, session_members, undisturbed, wait_with_progress


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
    with pytest.raises(KeyboardInterrupt), running(lambda: process):
        raise KeyboardInterrupt
    assert session_members(process.pid) == []


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_interrupt_while_the_process_starts_ends_it_as_well(tmp_path: Path, elsewhere: bool) -> None:
    """Whichever thread the signal reaches, Python raises in the main one."""
    started: list[subprocess.Popen[bytes]] = []

    def start_and_interrupt() -> subprocess.Popen[bytes]:
        started.append(start("echo ready; sleep 60", tmp_path))
        first_line(started[0])
        if elsewhere:
            sender = threading.Thread(target=signal.raise_signal, args=[signal.SIGINT])
            sender.start()
            sender.join()
        else:
            os.kill(os.getpid(), signal.SIGINT)
        return started[0]

    with pytest.raises(KeyboardInterrupt), running(start_and_interrupt):
        pytest.fail("the block began after the interrupt")
    assert session_members(started[0].pid) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_wait_says_that_it_waits_and_gives_up(tmp_path: Path) -> None:
    said: list[str] = []
    with running(partial(start, "sleep 60", tmp_path)) as process:
        assert wait_with_progress(process, limit=0.7, every=0.3, report=said.append, what="sleeping") is None
    assert said[0].startswith("sleeping: 0 s so far, at most 1 s")
    first_line(process)
    with running(partial(start, "exit 3", tmp_path)) as quick:
        assert wait_with_progress(quick, limit=30, every=30, report=said.append, what="leaving") == 3
    first_line(quick)
