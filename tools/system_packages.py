"""Sees to programs that come from the system's packages: a browser, Node.js, a database.

`python tools/system_packages.py chromium npm` installs what is missing where it can (as root, with apt-get), and else
says what to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_LIMIT = 900
"""Seconds for one call of apt-get."""
_PACKAGES = {"initdb": "postgresql"}
"""Of Debian, by the program, where they are not called alike."""


def find(program: str) -> str | None:
    """Where a program is. Those of PostgreSQL, of which there may be several versions, Debian keeps off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return shutil.which(program) or next(filter(None, (shutil.which(program, path=str(at)) for at in versions)), None)


def main(programs: list[str]) -> int:
    """Returns 1 when a program is missing and cannot be installed here."""
    missing = [_PACKAGES.get(program, program) for program in programs if find(program) is None]
    if not missing:
        return 0
    names = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"missing: {names}. On Debian: sudo apt-get install --no-install-recommends {names}", file=sys.stderr)
        return 1
    print(f"installing {names} with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(["apt-get", "--quiet", *arguments], env=environment, check=False, timeout=_LIMIT)
        if done.returncode != 0:
            print(f"apt-get {arguments[0]} failed; install by hand: {names}", file=sys.stderr)
            return 1
    still = [program for program in programs if find(program) is None]
    if still:
        print(f"apt-get installed the packages, but not the programs: {' '.join(still)}", file=sys.stderr)
    return 1 if still else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
