"""Runs a command on a project many times: every run has to write the same bytes, but for when it ran and how long.

`python tools/same_bytes.py --runs 100` previews what an engine stops at, now sooner, now later: a resource that the
provider refuses, and two under one name. PROJECT names others, `--command check` runs them in process. 1 where two runs
differ, with the first lines that do.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Final

from poolgate.sandbox.engine import require_engine

ROOT: Final = Path(__file__).resolve().parent.parent
PROJECTS: Final = ROOT / "tests" / "identity" / "projects"
STOPPING: Final = [PROJECTS / name for name in ("shape-a-checked", "made-twice")]
FORMATS: Final = ("json", "markdown", "github", "csv")
"""Beside the text on stdout."""
OF_THE_RUN: Final = ("started", "duration_seconds")
"""What a report says of the run itself."""
LIMIT: Final = 300
"""Seconds for one run."""
SHOWN_LINES: Final = 30


def main() -> int:
    """Runs, counts, and tells; 1 where one project has more than one digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", type=Path, nargs="*", metavar="PROJECT", default=STOPPING)
    parser.add_argument("--command", choices=("preview", "check"), default="preview")
    parser.add_argument("--runs", type=int, default=100)
    arguments = parser.parse_args()
    return max(_tried(project, arguments.command, arguments.runs) for project in arguments.projects)


def _tried(project: Path, command: str, runs: int) -> int:
    told: dict[str, str] = {}
    counts = Counter[str]()
    for _ in range(runs):
        text = written(project, command)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        told.setdefault(digest, text)
        counts[digest] += 1
    by = f" on {require_engine().version}" if command == "preview" else ""
    found = ", ".join(f"{digest} {count} times" for digest, count in counts.most_common())
    print(f"{command} of {project.name}{by}: {runs} runs, digests: {found}", flush=True)
    first, *others = told.values()
    for other in others:
        lines = difflib.unified_diff(first.splitlines(), other.splitlines(), "one", "another", n=2, lineterm="")
        print("\n".join(islice(lines, SHOWN_LINES)))
    return int(bool(others))


def written(project: Path, command: str) -> str:
    """Exit code and reports of one run, without what is of the run itself."""
    with tempfile.TemporaryDirectory(prefix="poolgate-same-") as folder:
        files = {format_: Path(folder) / format_ for format_ in FORMATS}
        run = [sys.executable, "-m", "poolgate", command, str(project), "--no-config"]
        run += [f"--also={format_}={file}" for format_, file in files.items()]
        variables = {**os.environ, "POOLGATE_AS_OF": "2026-12-01"}
        done = subprocess.run(run, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
        texts = {format_: file.read_text("utf-8") for format_, file in files.items() if file.is_file()}
    if set(texts) != set(FORMATS):
        sys.exit(f"{project}: poolgate {command} exited {done.returncode} without a report: {done.stderr}")
    report = json.loads(texts.pop("json"))
    for key in OF_THE_RUN:
        del report["run"][key]
    parts = [f"exit code {done.returncode}", json.dumps(report, indent=1), *texts.values(), done.stdout, done.stderr]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
