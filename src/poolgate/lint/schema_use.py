"""Which schemas are used by which projects: a schema that changes is judged by the projects, one of nobody is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from inference_pools.own_checks import CONFIG_SCHEMA, POOLGATE_SCHEMA
from poolgate.lint.content import content_of
from poolgate.lint.document import YamlError
from poolgate.lint.messages import Problem
from poolgate.lint.project import find_projects, load_project
from poolgate.lint.schema_files import SUFFIX, packaged_folder
from poolgate.lint.schema_lint import LintFinding, LintOptions, located
from poolgate.lint.yaml_reader import read_yaml


def projects_of(schema: Path, options: LintOptions) -> list[Path]:
    """The folders of the projects whose schema a file is, or leads to it."""
    here = schema.absolute()
    is_named = any(here.samefile(other) for other in options.schemas.values() if other.is_file())
    root = options.root if is_named and options.root else here.parent.parent
    folders = []
    for folder in find_projects(root, left_out=options.left_out):
        try:
            used = options.schema_of(load_project(folder))
        except YamlError:
            continue
        if used is not None and (used.samefile(schema) or _leads_to(used, schema)):
            folders.append(folder)
    return folders


def _leads_to(used: Path, schema: Path) -> bool:
    return used.resolve().parent == schema.resolve().parent and f'"{schema.name}'.encode() in _content(used)


def _content(file: Path) -> bytes:
    try:
        return content_of(file)
    except OSError:
        return b""


def unused(schemas: Sequence[Path], used: Collection[Path], options: LintOptions) -> Iterator[Path]:
    """The schemas of a project's configuration, by their look, that are none of those that are used, or named."""
    known = {file.resolve() for file in (*used, *options.schemas.values())}
    texts = {file.parent: b"" for file in known}
    for file in known:
        texts[file.parent] += _content(file)
    for schema in schemas:
        file, name = schema.resolve(), schema.name.removesuffix(SUFFIX)
        if file in known or (packaged_folder() / schema.name).is_file():
            continue
        is_led_to = f'"{schema.name}'.encode() in texts.get(file.parent, b"")
        # Others keep schemas in folders of this name, too: ours has keys with the namespace of the project.
        if not is_led_to and f'"{name}:'.encode() in _content(schema):
            yield schema


def of_no_project(schema: Path) -> LintFinding:
    """That a schema judges nothing."""
    name = schema.name.removesuffix(SUFFIX)
    message = f"no project uses this schema; it would be that of a project '{name}' in this folder's parent or below it"
    return LintFinding(schema, 1, 1, CONFIG_SCHEMA, (), message, "warning")


def named_for_nobody(file: Path, projects: Mapping[Path, str]) -> Iterator[LintFinding]:
    """What a poolgate.yaml says of the schemas of projects that are not there; `projects` are folders and names."""
    try:
        document = read_yaml(file)
    except YamlError:
        return
    schemas = document.value.get("schemas") if isinstance(document.value, dict) else None
    if not isinstance(schemas, dict):
        return
    folders = {folder.resolve() for folder in projects}
    for key in schemas:
        is_there = (file.parent / key).resolve() in folders if "/" in key else key in projects.values()
        if not is_there:
            what = "no project is in this folder" if "/" in key else f"no project is called '{key}'"
            problem = Problem(("schemas", key), f"{what}, so that its schema judges nothing", at_key=True)
            yield located(document, POOLGATE_SCHEMA, problem, "warning")
