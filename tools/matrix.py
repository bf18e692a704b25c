"""The tests on every engine and every Python that poolgate supports, as far as this machine has them: `make matrix`.

The engines are got as `make engine` gets one. The tests that run one have both SDKs in them
(`test_the_oldest_supported_sdk`), and both versions of azure-native (the sample stacks). A Python that is not at
hand is named as not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from poolgate.errors import PoolgateError
from poolgate.sandbox.engine import RELEASES, Engine, Release, ensure_engine

ROOT: Final = Path(__file__).resolve().parents[1]
BUILD: Final = ROOT / "build" / "matrix"
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
REQUIREMENTS: Final = ("requirements/uv.txt", "requirements/dev.txt")
PYTEST: Final = ("-m", "pytest", "-q", "-n", "3", "--dist", "worksteal", "-m")
"""Three for two processors: a test that runs an engine waits for it now and then."""
WITHOUT_ENGINE: Final = ("tests/library", "tests/rules", "tests/gate", "tests/sandbox", "tests/sources", "tests/lint")


class Row(NamedTuple):
    """What was run on one version, and how it ended: "passed", "failed", or why it was not run."""

    what: str
    outcome: str


def main(words: Sequence[str]) -> int:
    """Runs all rows, or those whose name holds one of the words, and tells of each; 1 where one failed."""
    rows = []
    for row in _rows(words):
        rows.append(row)
        _say(f"{row.what}: {row.outcome}")
    _say("\n".join(["", "the matrix:", *(f"  {row.what:16} {row.outcome}" for row in rows)]))
    return int(not rows or any(row.outcome == "failed" for row in rows))


def _rows(words: Sequence[str]) -> Iterator[Row]:
    for release in RELEASES:
        if _is_wanted(f"engine {release.version}", words):
            yield _on_engine(release)
    for version in PYTHONS:
        if _is_wanted(f"python {version}", words):
            yield _on_python(version)


def _is_wanted(what: str, words: Sequence[str]) -> bool:
    return not words or any(word in what for word in words)


def _on_engine(release: Release) -> Row:
    what = f"engine {release.version}"
    try:
        engine: Engine = ensure_engine(_say, release)
    except PoolgateError as error:
        return Row(what, f"not run: {str(error).splitlines()[0]}")
    variables = {**os.environ, "POOLGATE_ENGINE": str(engine.path)}
    return _tested(what, [sys.executable, *PYTEST, "engine", "tests"], variables)


def _on_python(version: str) -> Row:
    what = f"python {version}"
    uv = str(Path(sys.executable).with_name("uv"))
    found = find_python(version)
    if found is None:
        return Row(what, f"not run: there is no python{version} here")
    folder = BUILD / f"python-{version}"
    python = folder / "bin" / "python"
    steps = (
        [uv, "--quiet", "venv", "--clear", "--python", found, str(folder)],
        [uv, "--quiet", "pip", "sync", "--python", str(python), "--require-hashes", *REQUIREMENTS],
        [uv, "--quiet", "pip", "install", "--python", str(python), "--no-deps", "--no-build-isolation", "-e", "."],
    )
    for step in steps:
        if subprocess.run(step, cwd=ROOT, check=False).returncode:
            return Row(what, "not run: its environment cannot be made")
    return _tested(what, [str(python), *PYTEST, "not engine", *WITHOUT_ENGINE], os.environ)


def find_python(version: str) -> str | None:
    """The path of a Python of this version: the one on the PATH, or the newest that pyenv has of it; None for none.

    What pyenv puts on the PATH fails for a version that is installed and not chosen.
    """
    found = shutil.which(f"python{version}")
    if found and _said([found, "--version"]) is not None:
        return found
    newest = _said(["pyenv", "latest", version])
    folder = newest and _said(["pyenv", "prefix", newest])
    return str(Path(folder) / "bin" / f"python{version}") if folder else None


def _said(command: Sequence[str]) -> str | None:
    """What a command prints; None when it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _tested(what: str, command: Sequence[str], variables: Mapping[str, str]) -> Row:
    _say(f"{what}: {' '.join(command[1:])}")
    done = subprocess.run(command, cwd=ROOT, env=variables, check=False)
    return Row(what, "failed" if done.returncode else "passed")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
