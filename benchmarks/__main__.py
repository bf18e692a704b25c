"""`make bench`: every benchmark, or those named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from benchmarks import audit, gate, html_report, lint, start_up

ALL: Final[dict[str, Callable[[int], int]]] = {
    "start-up": start_up.main,
    "gate": gate.main,
    "audit": audit.main,
    "lint": lint.main,
    "html": html_report.main,
}


def main() -> int:
    """Runs them one after the other; the exit code is that of the worst."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], help="which; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each (default: 5)")
    arguments = parser.parse_args()
    return max(ALL[name](arguments.rounds) for name in arguments.names or ALL)


if __name__ == "__main__":
    sys.exit(main())
