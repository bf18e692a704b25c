"""Asks what is known of vulnerabilities in all that is pinned here: packages of Python and npm, programs built of Go.

`make vulnerabilities`. It needs the databases of PyPI, npm and Go; where one cannot be asked that is no good news, and
the exit code is 1 as where something is found.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from poolgate.sandbox.engine import require_engine

ROOT: Final = Path(__file__).resolve().parent.parent
_GOVULNCHECK: Final = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"
_LIMIT: Final = 900
"""Seconds for one question."""


class Question(NamedTuple):
    """What is asked, with which command, and where."""

    of: str
    command: Sequence[str]
    folder: Path = ROOT


def questions(root: Path = ROOT, programs: Sequence[Path] = ()) -> Iterator[Question]:
    """One for each file of pins below a folder, and for each program."""
    pip_audit = (str(Path(sys.executable).with_name("pip-audit")), "--strict", "--disable-pip", "--require-hashes")
    for pins in sorted(
        [*root.glob("requirements/*.txt"), *root.glob("*/requirements.txt"), *root.glob("*/*/requirements.txt")]
    ):
        yield Question(str(pins.relative_to(root)), (*pip_audit, "--progress-spinner=off", "--requirement", str(pins)))
    for pins in sorted([*root.glob("*/package-lock.json"), *root.glob("*/*/package-lock.json")]):
        yield Question(str(pins.relative_to(root)), ("npm", "audit", "--package-lock-only"), pins.parent)
    for program in programs:
        yield Question(program.name, ("go", "run", _GOVULNCHECK, "-mode=binary", str(program)))


def ask(asked: Sequence[Question], say: Callable[[str], None] = print) -> int:
    """Puts all questions, whatever one of them is answered. Returns 1 unless nothing is known to each."""
    bad = 0
    for question in asked:
        try:
            done = subprocess.run(
                question.command,
                cwd=question.folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=_LIMIT,
            )
            answer, failed = done.stdout, done.returncode != 0
        except (OSError, subprocess.TimeoutExpired) as error:
            answer, failed = str(error), True
        say(f"{question.of}: {'found, or could not be asked:' if failed else 'nothing known'}")
        if failed:
            bad += 1
            say("  " + answer.strip().replace("\n", "\n  "))
    say(f"{len(asked)} asked, {bad} with an answer to be read")
    return 1 if bad or not asked else 0


if __name__ == "__main__":
    sys.exit(ask([*questions(programs=[require_engine().path])]))
