"""The process ends early, and yet nothing is lost: neither output, nor the exit code, nor what others do at the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import atexit, sys, threading, time
from poolgate import __main__, cli

cli.run = lambda arguments: print("said" * 50_000) or 3
{before}
sys.argv = ["poolgate", "lint"]
sys.exit(__main__.main())
"""


def run(before: str, *options: str) -> subprocess.CompletedProcess[str]:
    code = CODE.format(before=before)
    return subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("before", "also"),
    [
        ("", ""),
        ("atexit.register(print, 'at the end')", "at the end\n"),
        ("threading.Thread(target=lambda: (time.sleep(0.3), print('later'))).start()", "later\n"),
        ("sys.setprofile(lambda *_: None); atexit.register(print, 'profile')", "profile\n"),
    ],
    ids=["alone", "atexit", "thread", "profiler"],
)
def test_what_was_said_and_what_waits_is_not_lost(before: str, also: str) -> None:
    done = run(before)
    assert done.stderr == ""
    assert done.stdout == "said" * 50_000 + "\n" + also
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("before", "is_early"), [("", True), ("sys.setprofile(lambda *_: None)", False)], ids=["alone", "profiler"]
)
def test_the_interpreter_is_not_taken_apart_unless_somebody_looks(before: str, is_early: bool) -> None:
    told = "import os; os._exit = lambda code: print('left with', code)"
    assert ("left with 3" in run(f"{told}\n{before}").stdout) == is_early


def test_a_reader_that_has_gone(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text(CODE.format(before="time.sleep(0.5)"))
    process = subprocess.Popen([sys.executable, str(code)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.close()
    _, told = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "BrokenPipeError" in told
