"""No command that is to look at a repository only runs anything of it, and Python is not misled by its files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from init.canaries import planted


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return planted(tmp_path / "checkout", tmp_path / "ran")


def test_python_is_not_misled_by_the_current_folder(checkout: Path) -> None:
    """A folder called poolgate would be taken for us: there `-P` helps, or the command `poolgate`."""
    (checkout / "poolgate").rename(checkout / "elsewhere")
    command = [sys.executable, "-m", "poolgate", "lint", "--no-cache"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (checkout.parent / "ran").exists()
