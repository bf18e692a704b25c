"""conftest, the peer of the audit: built from its Go module, run with rules in Rego."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import measure
from benchmarks.fleet import Truth
from benchmarks.measure import Cost
from poolgate.errors import PoolgateError
from poolgate.files import cache_directory

VERSION: Final = "v0.71.1"
RULES: Final = Path(__file__).parent / "rego"
_MODULE: Final = "github.com/open-policy-agent/conftest"
_BUILD_LIMIT: Final = 1800


def conftest() -> Path:
    """The command, built now if it is not in the cache. Raises PoolgateError when it cannot be had."""
    folder = cache_directory() / "benchmarks" / f"conftest-{VERSION}"
    if not (folder / "conftest").exists():
        go = shutil.which("go")
        if go is None:
            raise PoolgateError(f"conftest {VERSION} is built from its Go module, and there is no `go` on PATH")
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-trimpath"}
        try:
            subprocess.run([go, "install", f"{_MODULE}@{VERSION}"], env=environment, check=True, timeout=_BUILD_LIMIT)
        except subprocess.SubprocessError as error:
            raise PoolgateError(f"conftest {VERSION} cannot be built: {error}") from error
    return folder / "conftest"


def run(command: Path, files: Sequence[Path]) -> tuple[str, Cost]:
    """What conftest prints of the files, with all rules. Raises RuntimeError when it fails."""
    arguments = [str(command), "test", "--output=json", "--no-color", f"--policy={RULES}", *map(str, files)]
    return measure.run(arguments, ends_with=(0, 1))


def findings(printed: str) -> frozenset[Truth]:
    """The findings in what it printed."""
    failures = (failure for file in json.loads(printed) for failure in file.get("failures", []))
    return frozenset(Truth(*(failure["metadata"][key] for key in Truth._fields)) for failure in failures)
