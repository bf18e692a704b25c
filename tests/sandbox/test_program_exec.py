"""The program's runner by itself, with a Pulumi SDK of our own making: old settings, no SDK, every end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from poolgate.sandbox.language_host import PROGRAM_EXEC

# What the runner uses of the SDK, with the settings of before `organization` and `root_directory`.
OLD_SDK = """
import json, os, sys
from types import SimpleNamespace

class RunError(Exception):
    pass

log = SimpleNamespace(error=lambda message: print("ERROR", message))
"""
OLD_RUNTIME = """
import json, os

class Settings:
    def __init__(self, project, stack, monitor=None, engine=None, parallel=None, dry_run=None):
        self.seen = dict(locals())
        del self.seen["self"]

def get_config_env():
    return json.loads(os.environ.get("PULUMI_CONFIG", "{}"))

def get_config_secret_keys_env():
    return json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]"))

def set_all_config(config, secret_keys):
    print("CONFIG", json.dumps([config, secret_keys]))

def configure(settings):
    print("SETTINGS", json.dumps(settings.seen, sort_keys=True))

async def run_in_stack(program):
    program()
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program with the runner, as the language host would."""
    sdk = tmp_path / "sdk" / "pulumi"
    (sdk / "runtime").mkdir(parents=True)
    (sdk / "__init__.py").write_text(OLD_SDK)
    (sdk / "runtime" / "__init__.py").write_text(OLD_RUNTIME)
    folder = tmp_path / "program"
    folder.mkdir()

    def start(program: str | None, *arguments: str, name: str = "__main__.py", entry: str = ".") -> object:
        if program is not None:
            (folder / name).write_text(textwrap.dedent(program))
        given = ["--project", "app", "--stack", "dev", "--dry_run", "true", "--parallel", "4", "--organization", "o"]
        return subprocess.run(
            [sys.executable, "-S", str(PROGRAM_EXEC), *given, "--pwd", str(folder), entry, *arguments],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(sdk.parent),
                "PULUMI_CONFIG": '{"app:a": "1"}',
                "PULUMI_CONFIG_SECRET_KEYS": '["app:a"]',
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


def test_an_sdk_that_lacks_newer_settings_gets_the_ones_it_has(run: Run) -> None:
    done = run("import sys\nprint('ARGS', sys.argv)\n", "one", "two")
    assert (done.returncode, done.stderr) == (0, "")
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert json.loads(lines["SETTINGS"]) == {
        "project": "app",
        "stack": "dev",
        "monitor": None,
        "engine": None,
        "parallel": 4,
        "dry_run": True,
    }
    assert json.loads(lines["CONFIG"]) == [{"app:a": "1"}, ["app:a"]]
    assert lines["ARGS"] == "['.', 'one', 'two']"


@pytest.mark.parametrize(
    ("program", "code", "output"),
    [
        ("import pulumi\nraise pulumi.RunError('set the region')\n", 1, "ERROR set the region\n"),
        ("import sys\nsys.exit(7)\n", 7, ""),
        ("import nothing_like_it\n", 32, "No module named 'nothing_like_it'"),
        ("def broken(:\n", 32, "SyntaxError"),
        (None, 32, "unable to find main python program `__main__.py`"),
    ],
)
def test_each_end_has_its_code(run: Run, program: str | None, code: int, output: str) -> None:
    done = run(program)
    assert done.returncode == code
    assert output in done.stdout
    assert done.stderr == ""


def test_a_traceback_begins_in_the_program(run: Run) -> None:
    done = run("from helper import broken\n\nbroken()\n", name="app.py", entry="app.py")
    assert "No module named 'helper'" in done.stdout
    done = run(
        """
        def broken():
            return {}["key"]

        broken()
        """
    )
    assert done.returncode == 32
    assert done.stdout.count("Traceback (most recent call last)") == 1
    shown = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("File ")]
    assert [line.rpartition(", in ")[2] for line in shown] == ["<module>", "broken"]


def test_without_the_sdk_the_remedy_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(PROGRAM_EXEC), "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot be imported by {sys.executable}" in done.stderr
    assert "`pulumi install` in the project does" in done.stderr
