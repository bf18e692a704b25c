"""`poolgate lint` and `poolgate check` with `--fix` and `--diff`: over all files under the paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from poolgate.errors import UsageError
from poolgate.files import relative_to_here
from poolgate.findings import Edit, Finding, Tally
from poolgate.lint.files import SCHEMA, find_files, lint_file, without
from poolgate.lint.fix import FixedFile, edited, fixed, text_of
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


# ---------------------------------------------------------------------------------------------------------------
# What a check finds, by schemas and by rules
# ---------------------------------------------------------------------------------------------------------------


def check_and_fix(
    judge: Callable[[], Tally], findings_to_mend: Callable[[Tally], Iterable[Finding]], say: Callable[[str], object]
) -> Tally:
    """Judges, puts right what is beyond doubt, and judges again, until there is nothing more; the last verdict.

    Says each change, and notes their number with the verdict. `findings_to_mend` are those of a verdict that nobody has
    agreed to live with. Raises UsageError for a file that cannot be written, or has changed meanwhile.
    """
    tally = judge()
    made: Counter[str] = Counter()
    for _ in range(_MOST_ROUNDS):
        changes = list(_edits_by_file(findings_to_mend(tally)))
        if not changes:
            break
        for file, edits in changes:
            _with_edits(file, edits).write()
            for edit in edits:
                say(_told(edit, ""))
            made[relative_to_here(file)] += len(edits)
        tally = judge()
    if made:
        number = sum(made.values())
        places = ", ".join(f"{file} ({count})" for file, count in sorted(made.items()))
        tally.note(f"--fix made {number} {'change' if number == 1 else 'changes'}: {places}. This is what is left.")
    return tally


def show_edits(
    findings: Iterable[Finding],
    options: LintOptions,
    write: Callable[[str], object],
    say: Callable[[str], object],
) -> bool:
    """Writes what `check_and_fix` would do first, as a diff, and tells whether there is anything to do."""
    changes = list(_edits_by_file(findings))
    for file, edits in changes:
        write(_with_edits(file, edits, _private_lines(file, options)).diff())
        for edit in edits:
            say(_told(edit, "would be "))
    return bool(changes)


def _edits_by_file(findings: Iterable[Finding]) -> Iterator[tuple[Path, list[Edit]]]:
    """What puts the findings right, each once, from the top of each file; nothing where two want different texts."""
    places: dict[tuple[str, int, int], set[Edit]] = {}
    for finding in findings:
        if (edit := finding.edit) is not None:
            places.setdefault((edit.file, edit.line, edit.column), set()).add(edit)
    by_file: dict[str, list[Edit]] = {}
    for (file, _, _), edits in sorted(places.items()):
        if len(edits) == 1:
            by_file.setdefault(file, []).extend(edits)
    for file, agreed in by_file.items():
        yield Path(file), agreed


def _with_edits(file: Path, edits: Sequence[Edit], private: frozenset[int] = frozenset()) -> FixedFile:
    before = text_of(file)
    try:
        after = edited(before, edits)
    except ValueError:
        raise UsageError("has changed since it was read", file=file) from None
    return FixedFile(file, before, after, (), private)


def _private_lines(file: Path, options: LintOptions) -> frozenset[int]:
    """The lines of a project's file that nobody may see."""
    lines = range(1, len(text_of(file).splitlines()) + 1)
    places = [lint_in_full(folder, options).secrets_in(file.absolute()) for folder in find_projects(file)]
    return frozenset(line for line in lines if any(place.hides(line) for place in places))


def _told(edit: Edit, mood: str) -> str:
    where = f"{edit.file}:{edit.line}:{edit.column}"
    return f"{where}: {edit.replaced}: {mood}{'renamed' if edit.is_key else 'changed'} to {edit.text}"
