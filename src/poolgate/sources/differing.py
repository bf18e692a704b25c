"""Which stacks differ from a commit: `check --changed` runs these, and passes over the others.

What a program reads is not known before it has run, so more is run than would have to be: a stack differs with anything
in its project's folder but the files of other stacks, with its own file wherever that lies, and with anything that lies
outside of all projects, unless poolgate.yaml says which of that they share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from poolgate.changed import MOST_SHOWN, Since
from poolgate.errors import UsageError
from poolgate.files import relative_to_here
from poolgate.git import Git, top_of
from poolgate.lint.project import PROJECT_FILES, Project
from poolgate.lint.schema_files import find_project_schema
from poolgate.sources.judged_stacks import names_of

_DEFAULT_BRANCH: Final = (
    *(f"refs/remotes/origin/{name}" for name in ("HEAD", "main", "master")),
    *(f"refs/heads/{name}" for name in ("main", "master")),
)
_DEEPER: Final = (
    "let the checkout fetch the whole history (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0; "
    "Azure Pipelines: fetchDepth: 0), or `git fetch` it"
)
_INSTALLING: Final = ("pyproject.toml", "uv.lock", "poetry.lock", "requirements")
"""How files begin by which environments of programs below their folder are made."""


def start_of(written: str, change: Since | None) -> Since:
    """Where the comparison begins: what is written after --changed, else where a pull request does, else the default
    branch.
    """
    if written:
        return Since((written,), written, _DEEPER)
    return change or Since(_DEFAULT_BRANCH, "the default branch", _DEEPER)


class _Compared(NamedTuple):
    """A repository, the commit that it was compared with, and what differs, in whole paths."""

    commit: str
    files: Sequence[Path]


class Differing:
    """The stacks that differ, of projects in one repository or several. Raises UsageError where git cannot tell.

    `judged_by` are files and folders that every verdict follows from. `shared` are those outside of the projects that
    programs read; None where nobody has said which.
    """

    def __init__(self, since: Since, judged_by: Iterable[Path], shared: Iterable[Path] | None) -> None:
        self._since = since
        self._judged_by = {path for file in judged_by for path in (file.parent.resolve() / file.name, file.resolve())}
        self._shared = None if shared is None else [path.resolve() for path in shared]
        self._compared: dict[Path, _Compared] = {}
        self._for_all: dict[Path, None] = {}

    def of(self, project: Project) -> list[str]:
        """The names of the project's stacks that differ, in order."""
        folder = project.directory.resolve()
        top = top_of(folder)
        compared = self._compared.get(top) or self._compared.setdefault(top, self._compare(top))
        names = names_of(project)
        own = {path: name for name, file in project.stack_files.items() for path in (_whole(file), file.resolve())}
        schema = find_project_schema(project.directory, project.name)
        around = _Around(folder, project.main.resolve(), schema.resolve() if schema else None, top)
        found: set[str] = set()
        for file in compared.files:
            if file in own:
                found.add(own[file])
            elif around.has(file):
                return names
            elif self._concerns_all(file, around, compared.files):
                self._for_all[file] = None
                return names
        return [name for name in names if name in found]

    def sentence(self, *, is_none: bool) -> str:
        """What a report says of it; `is_none` when no stack differs."""
        commits = ", ".join(dict.fromkeys(compared.commit[:12] for compared in self._compared.values()))
        which = (
            "no stack differs from {}, so that none was judged"
            if is_none
            else "judged were the stacks that differ from {}"
        )
        said = "--changed: " + which.format(f"{self._since.name} ({commits})")
        if self._for_all:
            shown = [relative_to_here(file) for file in self._for_all]
            more = f" and {len(shown) - MOST_SHOWN} more" if len(shown) > MOST_SHOWN else ""
            differ = "differs" if len(shown) == 1 else "differ"
            said += f"; for all of them {', '.join(shown[:MOST_SHOWN])}{more} {differ}, outside of the projects"
        return said

    def _compare(self, top: Path) -> _Compared:
        git = Git(top)
        base = next(filter(None, (git.base(commit) for commit in self._since.commits)), None)
        if base is None:
            advice = f"; {self._since.advice}" if self._since.advice else ""
            raise UsageError(f"--changed: {self._since.name!r} is no commit of this clone that it goes back to{advice}")
        names = git.differing(base)
        if names is None:
            raise UsageError(f"--changed: git cannot compare {self._since.name!r} with what is here")
        return _Compared(base, [top / name for name in sorted(names)])

    def _concerns_all(self, file: Path, around: _Around, files: Sequence[Path]) -> bool:
        if any(file.is_relative_to(path) for path in self._judged_by):
            return True
        if self._shared is None:
            return not _is_of_another(file, around, files)
        return any(file.is_relative_to(path) or path.is_relative_to(file) for path in self._shared)


class _Around(NamedTuple):
    """What a project has of its own: its folder, its program, its schema; and the repository that it lies in."""

    folder: Path
    main: Path
    schema: Path | None
    top: Path

    def has(self, file: Path) -> bool:
        """Whether a file, or a repository within this one, is part of the project."""
        if any(file.is_relative_to(path) or path.is_relative_to(file) for path in (self.folder, self.main)):
            return True
        if file.name.startswith(_INSTALLING) and self.folder.is_relative_to(file.parent):
            return True
        return file == self.schema


def _whole(file: Path) -> Path:
    return file.parent.resolve() / file.name


def _is_of_another(file: Path, around: _Around, files: Sequence[Path]) -> bool:
    """Whether a file lies in the folder of another project, one that is there or one that was."""
    gone = {each.parent for each in files if each.name in PROJECT_FILES}
    for folder in file.parents:
        if folder == around.top.parent or around.folder.is_relative_to(folder):
            return False
        if folder in gone or any((folder / name).is_file() for name in PROJECT_FILES):
            return True
    return False
