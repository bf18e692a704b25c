"""Ctrl-C and SIGTERM end a run at once, with the programs that run for it; SIGKILL leaves none of them behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

LIMIT = 60.0
PROGRAM = """
import os, subprocess, time

child = subprocess.Popen(["sleep", "600"])
with open("{pid}.new", "w") as file:
    file.write(f"{{os.getpid()}} {{child.pid}}")
os.rename("{pid}.new", "{pid}")
time.sleep(600)
"""


def wait_until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
@pytest.mark.parametrize("command", ["check", pytest.param("preview", marks=pytest.mark.engine)])
def test_nothing_is_waited_for_and_nothing_left(
    command: str, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    project, temporary, pid = tmp_path / "project", tmp_path / "temporary", tmp_path / "pid"
    for folder in (project, temporary):
        folder.mkdir()
    options = f"  options:\n    virtualenv: {sys.prefix}\n"
    (project / "Pulumi.yaml").write_text(f"name: hangs\nruntime:\n  name: python\n{options}")
    (project / "Pulumi.dev.yaml").write_text("config: {}\n")
    (project / "__main__.py").write_text(PROGRAM.format(pid=pid))
    process = subprocess.Popen(
        [sys.executable, "-m", "poolgate", command, "--no-config", "--timeout=600", str(project)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        assert wait_until(pid.exists), "the program was not started"
        process.send_signal(number)
        _, errors = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert process.returncode == code, errors
    assert b"Traceback" not in errors
    pids = [int(word) for word in pid.read_text().split()]
    assert wait_until(lambda: not any(map(is_running, pids)))
    assert number is signal.SIGKILL or list(temporary.glob("poolgate-*")) == []
