"""Programs that are run once for all tests that ask what becomes of a run, and not how it goes.

A run takes a second and imports an SDK; what a command line makes of it takes a hundredth of that.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poolgate.sources import program

_runs: dict[tuple[object, ...], program.ProgramRun] = {}


@pytest.fixture
def remembered_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same program with the same configuration in the same files is run once in a process."""
    run_program = program.run_program

    def run_once(project_dir: Path, **given: Any) -> program.ProgramRun:
        key = (project_dir, *sorted(map(repr, given.items())), *_files(project_dir))
        if key not in _runs:
            _runs[key] = run_program(project_dir, **given)
        return _runs[key]

    monkeypatch.setattr(program, "run_program", run_once)


def forget() -> None:
    """Lets the next program run, for a test of what a run does to its surroundings."""
    _runs.clear()


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """What lies in a project but for its environments, by name and digest."""
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not Path(at, name, "pyvenv.cfg").exists()]
        for file in (Path(at, name) for name in names):
            yield str(file), hashlib.sha256(file.read_bytes()).hexdigest()
