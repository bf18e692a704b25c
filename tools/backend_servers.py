"""Installs the servers that the tests of backends start: Azurite, and a server of Google Cloud Storage.

The others come with the requirements of development (moto, which is S3 there) and the system's packages (PostgreSQL).
What is built from Go is kept in poolgate's cache.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from poolgate.files import cache_directory
from poolgate.sandbox.locks import locked

TESTS: Final = Path(__file__).resolve().parent.parent / "tests" / "backends"
AZURITE: Final = TESTS / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
_PACKAGE: Final = "github.com/fsouza/fake-gcs-server"
_GO: Final = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
_LIMIT: Final = 900
"""Seconds for one step."""


def gcs_server() -> Path:
    """Where the server of Google Cloud Storage is, or will be."""
    version = re.search(rf"{_PACKAGE} (v\S+)", (TESTS / "gcs_server" / "go.mod").read_text("utf-8"))
    assert version, "go.mod names no version of it"
    return cache_directory() / "gcs-server" / version[1] / "fake-gcs-server"


def main() -> int:
    """Installs what is missing; the exit code is 1 where something cannot be had."""
    failed = _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], TESTS)
    with locked(cache_directory() / "gcs-server", print, limit=_LIMIT):
        if not gcs_server().is_file():
            print(f"building {_PACKAGE}, once")
            made = gcs_server().with_suffix(".new")
            build = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(made), _PACKAGE]
            failed = _run(build, TESTS / "gcs_server", _GO) or failed
            if made.is_file():
                made.replace(gcs_server())
    return int(failed)


def _run(command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None) -> bool:
    """Runs one step; says whether it failed."""
    program = shutil.which(command[0]) or shutil.which(command[0], path="/usr/local/go/bin")
    if program is None:
        print(f"missing: {command[0]}, which the tests of backends need", file=sys.stderr)
        return True
    environment = {**os.environ, **(variables or {})}
    return (
        subprocess.run([program, *command[1:]], cwd=folder, env=environment, check=False, timeout=_LIMIT).returncode
        != 0
    )


if __name__ == "__main__":
    sys.exit(main())
