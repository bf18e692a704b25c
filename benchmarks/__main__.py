"""`make bench`: every benchmark, or those named; with `--base`, the same work by this build and an earlier one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from benchmarks import audit, base, estate, gate, html_report, incremental, lint, mixed, start_up

ALL: Final[dict[str, Callable[[int], int]]] = {
    "start-up": start_up.main,
    "gate": gate.main,
    "audit": audit.main,
    "mixed": mixed.main,
    "lint": lint.main,
    "html": html_report.main,
    "estate": estate.main,
    "incremental": incremental.main,
}


def main() -> int:
    """Runs them one after the other; the exit code is that of the worst."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], help="which; default: all")
    parser.add_argument("--rounds", type=int, help="interleaved rounds of each (default: 5; 15 with --base)")
    parser.add_argument("--base", metavar="COMMIT", help="compare this build with that of a commit")
    arguments = parser.parse_args()
    if arguments.base:
        return base.main(arguments.base, arguments.rounds or 15)
    return max(ALL[name](arguments.rounds or 5) for name in arguments.names or ALL)


if __name__ == "__main__":
    sys.exit(main())
