"""Checks samples that must be rejected: the findings of each are exactly those of its `expected.json`.

A finding with `"only": "check"` is one that a preview, which looks at one stack at a time, cannot have.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

KEYS = ("rule", "outcome", "enforcement", "path", "message")


def main() -> int:
    """Runs poolgate on each sample and compares; 1 when one of them is not rejected as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path, nargs="+", metavar="SAMPLE")
    parser.add_argument("--preview", action="store_true", help="use the real engine")
    arguments = parser.parse_args()
    command = "preview" if arguments.preview else "check"
    return max([_compare(sample, command) for sample in arguments.samples])


def _compare(sample: Path, command: str) -> int:
    expected = json.loads((sample / "expected.json").read_text("utf-8"))
    code, found = _findings(sample, command, expected["as_of"])
    meant = [entry for entry in expected["findings"] if entry.get("only", command) == command]
    wanted = sorted((_reduced(entry) for entry in meant), key=_order)
    surplus = [entry for entry in found if entry not in wanted]
    missing = [entry for entry in wanted if entry not in found]
    for title, entries in (("not expected", surplus), ("missing", missing)):
        for entry in entries:
            print(f"{title}: {json.dumps(entry)}", file=sys.stderr)
    if surplus or missing or code != 1:
        print(
            f"{sample}: poolgate {command} exited {code}, expected 1 with the findings listed",
            file=sys.stderr,
        )
        return 1
    print(f"{sample}: rejected by poolgate {command} as it must be, with {_counted(found)}")
    return 0


def _counted(found: list[dict[str, Any]]) -> str:
    """How much was found, in the words of poolgate's own last line: what is not known is no finding there."""
    unknown = sum(entry["outcome"] == "unknown" for entry in found)
    number = len(found) - unknown
    return f"{number} finding{'s' * (number != 1)}" + (f", and {unknown} not judged" if unknown else "")


def _findings(sample: Path, command: str, as_of: str) -> tuple[int, list[dict[str, Any]]]:
    run = [sys.executable, "-m", "poolgate", command, str(sample), "--format", "json"]
    environment = {**os.environ, "POOLGATE_AS_OF": as_of}
    finished = subprocess.run(run, env=environment, stdout=subprocess.PIPE, text=True, timeout=900, check=False)
    try:
        report = json.loads(finished.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{sample}: poolgate {command} exited {finished.returncode} without a report")
    return finished.returncode, sorted((_reduced(entry) for entry in report["findings"]), key=_order)


def _reduced(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in KEYS}


def _order(entry: dict[str, Any]) -> str:
    return json.dumps(entry, sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())
