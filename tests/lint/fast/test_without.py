"""Without the folder `lint/fast` every lint finds the same."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolgate.lint.schema_lint import LintFinding, lint_project
from poolgate.lint.schema_store import load_schema
from poolgate.lint.shortcuts import shortcuts

ROOT = Path(__file__).parents[3]
SAMPLES = sorted(file.parent for file in ROOT.glob("stacks/*/Pulumi.yaml"))
AGREEMENT = ("test_schema_lint.py", "test_messages.py")
"""The tests of what a lint says; they know of no folder."""

VALUES = (
    "[]",
    "{a: 1}",
    "012",
    "yes",
    "0.5",
    "-1",
    "PT0S",
    '"\\u00e9"',
    "",
    "&a x",
    "Standard_",
    "{secure: v1:x}",
    "x: y",
)


def spoilt(text: str, random_: random.Random) -> str:
    """A stack's file in which two lines went wrong: another value, another key, another level, or none at all."""
    lines = text.split("\n")
    for _ in range(2):
        at = random_.randrange(1, len(lines))
        value = random_.choice(VALUES)
        changes = (
            [f"{lines[at].partition(': ')[0]}: {value}"],
            [re.sub(r"(\w)(?=: )", r"\1s", lines[at], count=1)],
            [f"  {lines[at]}"],
            [],
            [lines[at], lines[at]],
        )
        lines[at : at + 1] = random_.choices(changes, weights=(6, 2, 1, 2, 1))[0]
    return "\n".join(lines)


def projects(folder: Path) -> list[Path]:
    """The samples, each with as many stacks again as went wrong somewhere."""
    random_ = random.Random(8)
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    for sample in SAMPLES:
        (folder / sample.name).mkdir()
        for file in sorted(sample.glob("Pulumi*.yaml")):
            shutil.copy(file, folder / sample.name)
        stacks = sorted(sample.glob("Pulumi.*.yaml"))
        for number in range(16):
            text = spoilt(random_.choice(stacks).read_text("utf-8"), random_)
            (folder / sample.name / f"Pulumi.s{number}.yaml").write_text(text, "utf-8")
    return [folder / sample.name for sample in SAMPLES]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    shortcuts.cache_clear()
    load_schema.cache_clear()


def findings(folders: list[Path]) -> list[LintFinding]:
    shortcuts.cache_clear()
    load_schema.cache_clear()
    return [finding for folder in folders for finding in lint_project(folder)]


def test_the_findings_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = projects(tmp_path)
    fast = findings(folders)
    assert shortcuts().plain_document("a: 1", None, None) is not None
    monkeypatch.setitem(sys.modules, "poolgate.lint.fast", None)

    slow = findings(folders)

    assert shortcuts().plain_document("a: 1", None, None) is None
    assert slow == fast
    assert len({finding.file for finding in fast}) > 40
    assert len({finding.message for finding in fast}) > 40


def test_the_tests_of_the_lint_pass() -> None:
    script = "import sys; sys.modules['poolgate.lint.fast'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    files = [str(ROOT / "tests" / "lint" / name) for name in AGREEMENT]
    command = [sys.executable, "-c", script, "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
