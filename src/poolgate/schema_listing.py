"""`poolgate schema`: all schemas there are, each with what it judges: poolgate's own and those of the projects here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from inference_pools.near_words import closest
from poolgate.errors import UsageError
from poolgate.files import is_file, read_text, relative_to_here
from poolgate.lint.project import Project, find_projects, load_project
from poolgate.lint.schema_files import SCHEMAS, SUFFIX, packaged_folder
from poolgate.lint.schema_lint import LintOptions

_JUDGES: Final[Mapping[str, str]] = {
    "diff": "what `poolgate diff --format json` prints",
    "history": "what `poolgate history --format json` prints",
    "policy-config": "policy configs",
    "owners": "owners.yaml",
    "online-endpoint": "nothing by itself: schemas of projects refer to its parts",
    "pool": "nothing by itself: schemas of projects refer to its parts",
    "poolgate": "poolgate.yaml",
    "pulumi-policy": "PulumiPolicy.yaml",
    "pulumi-project": "Pulumi.yaml",
    "pulumi-stack": "Pulumi.<stack>.yaml, all but what is configured",
    "report": "what `--format json` prints",
    "sagemaker-endpoint": "nothing by itself: schemas of projects refer to its parts",
    "vertex-endpoint": "nothing by itself: schemas of projects refer to its parts",
    "waivers": "waivers.yaml",
    "what-if": "what `poolgate what-if --format json` prints",
}
"""What each schema that comes with poolgate judges, by its name."""


class Listed(NamedTuple):
    """A schema: the name that `poolgate schema` takes, its file, and what it judges."""

    name: str
    file: Path
    judges: str
    by: str = ""
    """What leads to it; "" for one that comes with poolgate."""


def listing(options: LintOptions, root: Path) -> list[Listed]:
    """The schemas that come with poolgate, those of the projects in a folder, and those that are named for none."""
    shipped = [Listed(name, packaged_folder() / f"{name}{SUFFIX}", judges) for name, judges in _JUDGES.items()]
    return [*shipped, *_of_projects(options, root)]


def _of_projects(options: LintOptions, root: Path) -> Iterator[Listed]:
    used: set[Path] = set()
    for folder in find_projects(root, left_out=options.left_out):
        try:
            project = load_project(folder)
        except UsageError:  # the lint says what is wrong with it
            continue
        file = options.schema_of(project)
        if file is not None:
            used.add(file.resolve())
            yield Listed(project.name, file, _files_of(project), _by(file, options))
    for key, file in options.schemas.items():
        if file.resolve() not in used:
            yield Listed(Path(key).name, file, "nothing: no project here is called so", "poolgate.yaml")


def _files_of(project: Project) -> str:
    """The files whose configuration a project's schema judges."""
    files = [relative_to_here(file) for file in (*project.stack_files.values(), project.file)]
    return ", ".join(files)


def _by(file: Path, options: LintOptions) -> str:
    named = {each.resolve() for each in options.schemas.values()}
    return "poolgate.yaml" if file.resolve() in named else f"in a folder {SCHEMAS}"


def as_text(listed: Sequence[Listed]) -> Iterator[str]:
    """The schemas, a line each, with the files that each judges."""
    rows = [(one.name, f"{relative_to_here(one.file)} ({one.by})" if one.by else "poolgate's own") for one in listed]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for one, (name, where) in zip(listed, rows, strict=True):
        missing = "" if is_file(one.file) else " (there is no such file)"
        yield f"{name.ljust(widths[0])}  {where.ljust(widths[1])}  {one.judges}{missing}"


def text_of(name: str, listed: Sequence[Listed]) -> str:
    """A schema by its name; one that comes with poolgate goes before that of a project.

    Raises UsageError, with the names there are, for one that is not there.
    """
    found = next((one for one in listed if one.name == name), None)
    if found is None:
        names = list(dict.fromkeys(one.name for one in listed))
        raise UsageError(f"no schema is called {name!r}{closest(name, names)}; there are {', '.join(names)}")
    text = read_text(found.file)
    if found.by:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            raise UsageError("is no JSON; `poolgate lint` shows where", file=relative_to_here(found.file)) from None
    return text
