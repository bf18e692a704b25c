"""Which stacks of a project `check` and `preview` judge: the same ones, with the same words for what they pass over."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from poolgate.errors import PoolgateError, UsageError
from poolgate.files import relative_to_here
from poolgate.findings import Location, Origin, Subject, Tally
from poolgate.lint.document import YamlError
from poolgate.lint.project import Project, load_project
from poolgate.sandbox.project_files import no_such_stack
from poolgate.sources.failures import program_failed

DEFAULT_STACK: Final = "dev"
"""The name of the stack that a project without any stack file is judged as."""

TEMPLATE: Final = "is a template, of which `pulumi new` makes projects; `poolgate lint` judges it"
"""Why a template is passed over."""

NOT_ASKED_FOR: Final = "is none of those that --stack names"
"""Why a stack is passed over."""

_UNRUN: Final = "Until that is mended nothing of it is judged, and the run exits {code} whatever else is found."


def stack_names(tally: Tally, project: Project) -> list[str]:
    """The stacks to judge; for a project without a stack file one without configuration, which the tally is told.

    A stack need not have a file, so that such a project is not one without stacks.
    """
    tally.lives_in(project.name, "", relative_to_here(project.file))
    for name, stack_file in project.stack_files.items():
        tally.lives_in(project.name, name, relative_to_here(stack_file))
    if project.stack_files:
        return names_of(project)
    file = relative_to_here(project.file)
    tally.note(
        f"{file}: no stack has a file, so the project is judged as a stack {DEFAULT_STACK} without configuration of "
        f"its own; write Pulumi.{DEFAULT_STACK}.yaml where that is not what it is deployed with."
    )
    return names_of(project)


def names_of(project: Project) -> list[str]:
    """The names of a project's stacks; of one without a stack file the name that it is judged under."""
    return list(project.stack_files) or [DEFAULT_STACK]


def refuse_unknown(wanted: Iterable[str], folders: Iterable[Path]) -> None:
    """Raises UsageError for a stack that none of the projects in these folders has.

    Where the file of one cannot be read nothing is refused: the stack may be of that one.
    """
    try:
        projects = [load_project(folder) for folder in folders]
    except YamlError:
        return
    known = [name for project in projects for name in names_of(project)]
    for name in wanted:
        if name not in known:
            files = ", ".join(relative_to_here(project.file) for project in projects)
            raise UsageError(no_such_stack(name, known), file=files)


def chosen(tally: Tally, project: Project, wanted: Collection[str]) -> list[str]:
    """The stacks to judge of those that `stack_names` has: all, or the ones that are wanted; the tally is told the
    others.
    """
    if not wanted:
        return stack_names(tally, project)
    kept = [name for name in names_of(project) if name in wanted]
    for name in names_of(project):
        if name not in wanted:
            tally.pass_over("stack", f"{project.name}/{name}", NOT_ASKED_FOR)
    return [name for name in stack_names(tally, project) if name in kept] if kept else []


def why_not_in_process(project: Project) -> str:
    """Why the project's program is not run in process, as a clause; "" where it can be."""
    if project.is_template:
        return TEMPLATE
    if project.runtime == "python":
        return ""
    if not project.runtime:
        return "names no runtime, so that nothing can run it"
    article = "an" if project.runtime[0] in "aeiou" else "a"
    return f"is {article} {project.runtime} program, and only Python runs in process; `poolgate preview` judges it"


def add_unrun(tally: Tally, error: PoolgateError, project: Project, stack: str, origin: Origin) -> None:
    """Adds a project, or one of its stacks, that could not be run at all: the run goes on and is incomplete."""
    file, position = project.file, project.document.nearest_position(("runtime",))
    is_unread = isinstance(error, YamlError) and isinstance(error.file, Path)
    if isinstance(error, YamlError) and isinstance(error.file, Path):
        file, position = error.file, error.position
    place = Location(relative_to_here(file), position.line, position.column, is_private=is_unread)
    _add(tally, error, Subject("", "", "", project.name, stack), place, origin)


def add_unreadable(tally: Tally, error: YamlError, folder: Path, origin: Origin) -> None:
    """Adds a project whose Pulumi.yaml cannot be read: the run goes on and is incomplete."""
    file = error.file if isinstance(error.file, Path) else folder
    place = Location(relative_to_here(file), error.position.line, error.position.column, is_private=True)
    _add(tally, error, Subject("", "", "", folder.name, ""), place, origin)


def _add(tally: Tally, error: PoolgateError, subject: Subject, place: Location, origin: Origin) -> None:
    finding = program_failed(str(error), subject, place, origin)
    tally.add_finding(finding._replace(remedy=_UNRUN.format(code=error.exit_code)))
    tally.incomplete = max(tally.incomplete, error.exit_code)
