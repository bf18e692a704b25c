"""`poolgate lint`: what is linted, and its findings in the form that every report takes.

This and all it imports is what a lint of good files costs to start; `jsonschema` and PyYAML come when they are needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from inference_pools.levels import Enforcement, Outcome, Severity
from inference_pools.own_checks import CONFIG_UNKNOWN, YAML_SYNTAX
from poolgate.errors import NothingMatchedError
from poolgate.files import is_file, relative_to_here
from poolgate.findings import Edit, Finding, Location, Origin, Subject, Tally
from poolgate.left_out import NOTHING, LeftOut
from poolgate.lint.files import NOTHING_RAN, SCHEMA, Ran, find_files, lint_file, without
from poolgate.lint.poolgate_yaml import NAME
from poolgate.lint.project import PassOver, Project, find_projects
from poolgate.lint.schema_lint import (
    ALONE,
    DEFAULT,
    Linted,
    LintFinding,
    LintOptions,
    Means,
    lint_in_full,
)

LINT: Final = "lint"
"""What a file that the schemas have nothing to say about has passed."""

_OUTCOMES: Final = {YAML_SYNTAX: Outcome.UNREADABLE, CONFIG_UNKNOWN: Outcome.UNKNOWN}


def lint(paths: Sequence[Path], options: LintOptions = DEFAULT, means: Means = ALONE, ran: Ran = NOTHING_RAN) -> Tally:
    """Lints the config files of all projects under the paths, and the other files that poolgate knows.

    `ran` are rules of a team's own that were run, by which their part of a policy config is judged. Raises
    NothingMatchedError when there is nothing to lint.
    """
    tally = Tally()
    files = find_files(paths, ran, options.left_out)
    schemas = [file for file, kind in files if kind is SCHEMA]
    others = [(file, kind) for file, kind in files if kind is not SCHEMA]
    named = [path for path in paths if path in schemas]
    folders = project_folders(without(paths, files), tally, options.left_out, needed=not (others or named))
    folders = _with_those_of(named, folders, options)
    projects: dict[Path, str] = {}
    used: list[Path] = []
    for folder in folders:
        linted = lint_into(tally, folder, options, means)
        projects[folder] = linted.project.name if linted.project else ""
        if linted.has_no_schema:
            passing_over(tally)("project", folder, NO_SCHEMA)
        used += [linted.schema_file] if linted.schema_file else []
    found = {file: lint_file(file, kind) for file, kind in others}
    for file in named:
        found.setdefault(file, [])
    if schemas or options.schemas:
        _add_unused(found, paths, schemas, used, projects, options)
    for file, findings in found.items():
        shown = relative_to_here(file)
        _count_file(tally, Subject("", "", shown, "", ""), findings)
        tally.inputs.append((shown, _digest(file) if means.with_digests else ""))
    return tally


def _with_those_of(schemas: Sequence[Path], folders: Sequence[Path], options: LintOptions) -> list[Path]:
    """The folders, and those of the projects that are judged by schemas that somebody points at, each once."""
    if not schemas:
        return list(folders)
    from poolgate.lint.schema_use import projects_of

    known = {folder.resolve(): folder for folder in folders}
    for schema in schemas:
        for folder in projects_of(schema, options):
            known.setdefault(folder.resolve(), Path(relative_to_here(folder)))
    return sorted(known.values())


def _add_unused(
    found: dict[Path, list[LintFinding]],
    paths: Sequence[Path],
    schemas: Sequence[Path],
    used: Sequence[Path],
    projects: Mapping[Path, str],
    options: LintOptions,
) -> None:
    """Adds that a schema is nobody's, as far as all that is around it was looked at."""
    from poolgate.lint.schema_use import named_for_nobody, of_no_project, unused

    whole = [path.resolve() for path in paths if not is_file(path)]

    def is_seen(folder: Path) -> bool:
        return any(folder.resolve().is_relative_to(path) for path in whole)

    seen = [file for file in schemas if file in paths or is_seen(file.absolute().parent.parent)]
    for file in unused(seen, used, options):
        found.setdefault(file, []).append(of_no_project(file))
    for file in [file for file in found if file.name == NAME and is_seen(file.parent)]:
        found[file] += named_for_nobody(file, projects)


def project_folders(
    paths: Iterable[Path], tally: Tally, left_out: LeftOut = NOTHING, *, needed: bool = True
) -> list[Path]:
    """The folders of the projects under the paths; what is not looked at is told to the tally.

    Raises NothingMatchedError when one is needed and there is none.
    """
    pass_over = passing_over(tally)
    found: set[Path] = set()
    empty = []
    for path in paths:
        below = find_projects(path, pass_over, left_out)
        found.update(below)
        if not below:
            empty.append(path)
    if not found and needed:
        raise NothingMatchedError("no Pulumi.yaml under " + ", ".join(map(str, empty)) + tally.instead())
    for path in empty if found else ():
        if not left_out.covers(path):
            pass_over("folder", path, "has no Pulumi.yaml in it")
    return sorted(found)


def pass_over_files(tally: Tally, project: Project) -> None:
    """Tells the tally of files that look like a stack's and are read by nobody."""
    for kind, path, why in project.passed_over:
        passing_over(tally)(kind, path, why)


def passing_over(tally: Tally) -> PassOver:
    """What keeps in a tally that a file or a folder is not looked at."""

    def pass_over(kind: str, path: Path, why: str) -> None:
        # The path itself is shown, not what it leads to where it is a link.
        shown = path if path.name in ("", "..") else Path(relative_to_here(path.parent)) / path.name
        tally.pass_over(kind, str(shown), why)

    return pass_over


def lint_into(tally: Tally, folder: Path, options: LintOptions, means: Means = ALONE) -> Linted:
    """Adds a project's lint findings and what was read; what the lint says of it comes back."""
    linted = lint_in_full(folder, options, means)
    project = linted.project
    by_file: dict[Path, list[LintFinding]] = {}
    for finding in linted.findings:
        by_file.setdefault(finding.file, []).append(finding)
    unreadable = unreadable_of(linted)
    stacks = {file: name for name, file in options.stack_files_of(project).items()} if project else {}
    name = project.name if project else folder.name
    tally.projects.add(name)
    if project:
        pass_over_files(tally, project)
    folders: dict[str, tuple[str, frozenset[str]]] = {}
    for file in [project.file, *stacks] if project else sorted(unreadable):
        subject = Subject("", "", _shown(file, folders), name, stacks.get(file, ""))
        _count_file(tally, subject, by_file.get(file, ()), folder)
        digest = linted.digests.get(file) or _digest(file) if means.with_digests else ""
        tally.inputs.append((subject.name, digest))
    tally.stacks += len(stacks)
    return linted


NO_SCHEMA: Final = "has no schema, so that of what its stacks configure only the form is judged"
"""What is said of a project of which nobody knows what it may configure."""


def unreadable_of(linted: Linted) -> set[Path]:
    """The files of a project that cannot be parsed."""
    return {finding.file for finding in linted.findings if finding.rule == YAML_SYNTAX}


def _shown(file: Path, folders: dict[str, tuple[str, frozenset[str]]]) -> str:
    """As `relative_to_here`, which is slow, and which most files of a folder need be asked only once for."""
    folder, name = os.path.split(file)
    if folder not in folders:
        with os.scandir(folder or os.curdir) as entries:
            links = frozenset(entry.name for entry in entries if entry.is_symlink())
        shown = relative_to_here(Path(folder))
        folders[folder] = "" if shown == os.curdir else f"{shown}{os.sep}", links
    before, links = folders[folder]
    return relative_to_here(file) if name in links else f"{before}{name}"


def _digest(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()


def _count_file(tally: Tally, subject: Subject, findings: Sequence[LintFinding], within: Path | None = None) -> None:
    """Adds what the lint says of one file."""
    shown = subject.name
    if not findings:
        tally.outcomes[Outcome.CLEAN] += 1
        tally.passed(subject, [LINT])
    about = Subject("", "", "", subject.project, subject.stack) if subject.project else subject
    edits = _edits(findings, within)
    for found in findings:
        tally.add_finding(_finding(found, about, shown, edits.get(found)))


def _edits(findings: Sequence[LintFinding], within: Path | None) -> Mapping[LintFinding, Edit]:
    """What puts the findings of one file right, as far as that is certain; no line is told that nobody may see.

    A file that is not `within` the folder of the project it belongs to, is somebody else's as well.
    """
    fixable = [finding for finding in findings if finding.fix and not finding.is_private]
    if not fixable or (within is not None and not fixable[0].file.resolve().is_relative_to(within.resolve())):
        return {}
    from poolgate.lint.fix import edits_of

    return edits_of(fixable[0].file, fixable)


def _finding(found: LintFinding, subject: Subject, file: str, edit: Edit | None) -> Finding:
    is_error = found.severity == "error"
    return Finding(
        rule=found.rule,
        severity=Severity.HIGH if is_error else Severity.LOW,
        enforcement=Enforcement.MANDATORY if is_error else Enforcement.ADVISORY,
        outcome=_OUTCOMES.get(found.rule, Outcome.VIOLATED),
        message=found.message,
        remedy="",
        subject=subject,
        keys=found.keys,
        origin=Origin.CONFIG,
        location=Location(file, found.line, found.column, found.is_private),
        edit=edit,
        is_setting=True,
    )
