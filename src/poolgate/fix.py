"""`poolgate lint --fix` and `--diff`: over all files under the paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from poolgate.files import relative_to_here
from poolgate.lint.files import SCHEMA, find_files, lint_file, without
from poolgate.lint.fix import FixedFile, fixed
from poolgate.lint.project import find_projects
from poolgate.lint.schema_lint import LintOptions, lint_in_full

_MOST_ROUNDS: Final = 5
"""A key that is put right may show that its value is wrong, too; such a row does not go on for ever."""


def fix_all(paths: Sequence[Path], options: LintOptions, say: Callable[[str], object]) -> None:
    """Puts right what is beyond doubt, and says what was done."""
    for _ in range(_MOST_ROUNDS):
        changes = _changes(paths, options)
        for change in changes:
            change.write()
            _tell(change, say, "")
        if not changes:
            return


def show_all(
    paths: Sequence[Path], options: LintOptions, write: Callable[[str], object], say: Callable[[str], object]
) -> bool:
    """Writes what `fix_all` would do first, as a diff, and tells whether there is anything to do."""
    changes = _changes(paths, options)
    for change in changes:
        write(change.diff())
        _tell(change, say, "would be ")
    return bool(changes)


def _changes(paths: Sequence[Path], options: LintOptions) -> list[FixedFile]:
    files = find_files(paths, left_out=options.left_out)
    others = without(paths, files)
    folders = sorted({folder for path in others for folder in find_projects(path, left_out=options.left_out)})
    changes: list[FixedFile] = []
    for folder in folders:
        linted = lint_in_full(folder, options)
        changes += fixed(linted.findings, linted.secrets_in)
    changes += fixed(finding for file, kind in files if kind is not SCHEMA for finding in lint_file(file, kind))
    return sorted(changes, key=lambda change: change.file)


def _tell(change: FixedFile, say: Callable[[str], object], mood: str) -> None:
    for finding in change.done:
        if finding.fix is not None:
            where = f"{relative_to_here(change.file)}:{finding.line}:{finding.column}"
            done = "renamed" if finding.fix.at_key else "changed"
            say(f"{where}: {finding.key_path}: {mood}{done} to '{finding.fix.text}'")
