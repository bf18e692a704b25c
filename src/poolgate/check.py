"""`poolgate check` and `poolgate lint`: stack configs and programs, without an engine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.model import Resource
from inference_pools.policy_config import Setting
from inference_pools.previous import NOTHING_KNOWN, Previous
from inference_pools.runner import judge
from inference_pools.shapes import is_pool
from poolgate.errors import NothingMatchedError
from poolgate.files import relative_to_here
from poolgate.findings import Finding, Location, Origin, Subject, Tally, subject_of
from poolgate.lint.project import Project, StackConfig, find_projects, load_project
from poolgate.lint.schema_lint import SYNTAX, LintFinding, lint_project
from poolgate.lint.yaml_reader import read_yaml
from poolgate.sandbox.project_files import SECRET_STAND_IN
from poolgate.together import Gathered, judge_projects, judge_stacks

if TYPE_CHECKING:
    from poolgate.sources.program import ProgramRun

DEFAULT_STACK = "dev"
"""The name of the stack that a project without any stack file is judged as."""


def lint(paths: Sequence[Path]) -> Tally:
    """Lints the config files of all projects under the paths. Raises NothingMatchedError when there is none."""
    tally = Tally()
    for folder in _project_folders(paths):
        _lint_into(tally, folder)
    return tally


def check(
    paths: Sequence[Path],
    settings: Sequence[Setting],
    *,
    timeout: float,
    read_fixtures: Path | None = None,
    today: date | None = None,
    previous: Previous = NOTHING_KNOWN,
) -> Tally:
    """Lints, then runs every program for every one of its stacks, and judges every resource, stack and project.

    `timeout` is in seconds, for one stack. `today` is the day to judge by, the present one in UTC by default.
    `previous` is what was deployed before, for rules that judge a change.
    Raises NothingMatchedError when there is no project, UsageError for a project that cannot be run at all.
    """
    tally = Tally()
    stacks: list[tuple[Project, str, StackConfig | None]] = []
    for folder in _project_folders(paths):
        unreadable = _lint_into(tally, folder)
        if any(file.stem == "Pulumi" for file in unreadable):
            continue
        project = load_project(folder)
        for name, file in project.stack_files.items():
            if file not in unreadable:
                stacks.append((project, name, StackConfig(name, file, read_yaml(file), project)))
        if not project.stack_files:
            stacks.append((project, DEFAULT_STACK, None))

    day = today or datetime.now(UTC).date()

    def judge_one(stack: tuple[Project, str, StackConfig | None]) -> tuple[Tally, Gathered]:
        return _judge_stack(*stack, settings, timeout=timeout, read_fixtures=read_fixtures, day=day, previous=previous)

    gathered = Gathered()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for result, seen in pool.map(judge_one, stacks):
            tally.merge(result)
            gathered.merge(seen)
    judge_projects(tally, gathered, settings, Origin.PROGRAM, day)
    tally.stacks = len(stacks)
    return tally


def _project_folders(paths: Iterable[Path]) -> list[Path]:
    folders = sorted({folder for path in paths for folder in find_projects(path)})
    if not folders:
        raise NothingMatchedError("no Pulumi.yaml under " + ", ".join(str(path) for path in paths))
    return folders


def _lint_into(tally: Tally, folder: Path) -> set[Path]:
    """Adds a project's lint findings and what was read; the files that cannot be parsed come back."""
    findings = lint_project(folder)
    unreadable = {found.file for found in findings if found.rule == SYNTAX}
    project = None if any(file.stem == "Pulumi" for file in unreadable) else load_project(folder)
    stacks = {file: name for name, file in project.stack_files.items()} if project else {}
    for file in [project.file if project else folder / "Pulumi.yaml", *stacks]:
        tally.inputs.append((relative_to_here(file), hashlib.sha256(file.read_bytes()).hexdigest()))
        tally.outcomes[Outcome.CLEAN] += file not in {found.file for found in findings}
    tally.stacks += len(stacks)
    for found in findings:
        tally.add_finding(_finding(found, project.name if project else folder.name, stacks.get(found.file, "")))
    return unreadable


def _finding(found: LintFinding, project: str, stack: str) -> Finding:
    is_error = found.severity == "error"
    return Finding(
        rule=found.rule,
        severity=Severity.HIGH if is_error else Severity.LOW,
        enforcement=Enforcement.MANDATORY if is_error else Enforcement.ADVISORY,
        outcome=Outcome.UNREADABLE if found.rule == SYNTAX else Outcome.VIOLATED,
        message=found.message,
        remedy="",
        subject=Subject(urn="", type="", name="", project=project, stack=stack),
        path=found.key_path,
        origin=Origin.CONFIG,
        location=Location(relative_to_here(found.file), found.line, found.column),
    )


def _judge_stack(
    project: Project,
    name: str,
    stack: StackConfig | None,
    settings: Sequence[Setting],
    *,
    timeout: float,
    read_fixtures: Path | None,
    day: date,
    previous: Previous,
) -> tuple[Tally, Gathered]:
    from poolgate.sources.failures import program_failed
    from poolgate.sources.program import run_program

    subject = Subject(urn="", type="", name="", project=project.name, stack=name)
    tally = Tally()
    if project.runtime != "python":
        message = f"is a {project.runtime or 'nameless'} program, and only Python programs run in process"
        tally.add_finding(program_failed(message, subject, None, Origin.PROGRAM))
        return tally, Gathered()
    run = run_program(
        project.directory,
        project=project.name,
        stack=name,
        config=_config(project, stack),
        secret_keys=stack.secret_keys if stack else (),
        python=_interpreter(project),
        program=project.main,
        timeout=timeout,
        read_fixtures=read_fixtures,
        after_check_failure="continue",
    )
    gathered = _judge_run(tally, run, project, subject, settings, day, previous)
    judge_stacks(tally, gathered, settings, Origin.PROGRAM, day)
    return tally, gathered


def _config(project: Project, stack: StackConfig | None) -> dict[str, str]:
    """What the program gets as its configuration; for a secret, the text that the sandbox gives it, too."""
    if stack is not None:
        return stack.effective(SECRET_STAND_IN)
    return {key: entry.text(SECRET_STAND_IN) for key, entry in project.declared.items()}


def _interpreter(project: Project) -> Path:
    """The interpreter of the project's virtual environment. Raises UsageError, with the way to make it."""
    from poolgate.sandbox.environments import EnvironmentMissingError, missing_message, read_options

    options = read_options(project.directory, project.runtime_options)
    python = options.python()
    if not python.exists():
        raise EnvironmentMissingError(missing_message(options, project.directory, project.file.name))
    return python


def _judge_run(
    tally: Tally,
    run: ProgramRun,
    project: Project,
    subject: Subject,
    settings: Sequence[Setting],
    day: date,
    previous: Previous,
) -> Gathered:
    from poolgate.sources.failures import program_failed, provider_refused
    from poolgate.sources.locate import ResourceLocator

    gathered = Gathered()
    for made in run.resources:
        if made.type.startswith("pulumi:providers:"):
            continue
        place = None
        if made.source_position:
            file, line, column = made.source_position
            place = Location(relative_to_here(project.directory / file), line, column)
        tally.resources += 1
        tally.pools += is_pool(made.type)
        resource = Resource(
            urn=made.urn,
            type=made.type,
            name=made.name,
            properties=made.inputs,
            provider_version=made.provider_version or None,
            protect=bool(made.protect),
            previous=previous.inputs(made.urn),
        )
        locator = ResourceLocator(place, made.property_dependencies)
        gathered.add(resource, locator)
        verdicts = judge(settings, resource, today=day)
        tally.add(verdicts, subject_of(made.urn, made.type, made.name), Origin.PROGRAM, locate=locator)
    for entry in run.log:
        if entry.severity == "error":
            place = gathered.location(entry.urn or "")
            refused = provider_refused(entry.message.strip(), entry.urn or "", Origin.PROGRAM, place)
            tally.add_finding(refused or program_failed(entry.message.strip(), subject, place, Origin.PROGRAM))
    if run.failed and not any(entry.severity == "error" for entry in run.log):
        message = f"the program exited {run.exit_code} and said nothing"
        tally.add_finding(program_failed(message, subject, None, Origin.PROGRAM))
    return gathered
