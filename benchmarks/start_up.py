"""How long `poolgate --version` takes, beside an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import interleaved, show


def main(rounds: int) -> int:
    """Prints the table."""
    command = Path(sys.executable).with_name("poolgate")
    sides = {
        "poolgate --version": lambda: _run(str(command), "--version"),
        "python -c pass": lambda: _run(sys.executable, "-c", "pass"),
    }
    print("start-up, seconds")
    show(interleaved(sides, rounds * 4), "python -c pass")
    return 0


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
