"""`poolgate check` and `poolgate lint`: stack configs and programs, without an engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from inference_pools import platforms
from inference_pools.finding import Outcome
from inference_pools.given import completed
from inference_pools.not_judged import kind_not_judged
from inference_pools.policy_config import Setting
from inference_pools.previous import NOTHING_KNOWN, Previous
from inference_pools.recall import Judge
from inference_pools.resource import Resource
from inference_pools.urn import of_reference
from inference_pools.values import Json
from inference_pools.view import asks_provider, is_judged, platform_of
from poolgate.changed import UNCHANGED
from poolgate.errors import PoolgateError
from poolgate.files import relative_to_here
from poolgate.findings import Origin, Subject, Tally, subject_of
from poolgate.lint.project import Project, load_project
from poolgate.lint.run import lint_into, project_folders, unreadable_of
from poolgate.lint.schema_lint import DEFAULT as DEFAULT_LINT
from poolgate.lint.schema_lint import LintOptions
from poolgate.owner import NOBODY, Whose, whose
from poolgate.report.progress import Progress, silent
from poolgate.sources import missing_config
from poolgate.sources.environment_values import NOTHING_GIVEN, EnvironmentValues
from poolgate.sources.judged_stacks import (
    NOT_ASKED_FOR,
    add_unrun,
    chosen,
    names_of,
    refuse_unknown,
    why_not_in_process,
)
from poolgate.sources.stack_program import StackProgram, install, interpreter
from poolgate.together import Gathered, judge_projects, judge_stacks

if TYPE_CHECKING:
    from poolgate.sources.differing import Differing
    from poolgate.sources.program import ProgramRun


def check(
    paths: Sequence[Path],
    settings: Sequence[Setting],
    *,
    timeout: float,
    read_fixtures: Path | None = None,
    today: date | None = None,
    previous: Previous = NOTHING_KNOWN,
    trace_config: bool = True,
    progress: Progress = silent,
    lint_options: LintOptions = DEFAULT_LINT,
    installing: Callable[[str], None] | None = None,
    environment: EnvironmentValues = NOTHING_GIVEN,
    differing: Differing | None = None,
    met: Callable[[Gathered], None] = lambda gathered: None,
) -> Tally:
    """Lints, then runs every program for every one of its stacks, and judges every resource, stack and project.

    `timeout` is in seconds, for one stack. `today` is the day to judge by, the present one in UTC by default.
    `previous` is what was deployed before, for rules that judge a change. With `trace_config`, programs of stacks
    with findings are run again to find the lines of the configuration where the values were written. With `installing`,
    which is told of it, the virtual environments that programs lack are made. `environment` has what the ESC
    environments of stacks supply. `met` is given what rules over stacks have seen.
    With `lint_options.stacks` only stacks of these names are looked at, and no rule over all the stacks of a project is
    asked where some of its stacks are left out; UsageError where no project has one of them.
    With `differing` only stacks that differ are looked at, and the others are passed over; UsageError where git cannot
    tell.
    A project that cannot be run is a finding, and the run is incomplete; the others are judged. Programs of other
    languages are passed over. Raises NothingMatchedError when there is no project.
    """
    from poolgate.sources.program import ended_with_us
    from poolgate.standin.fixtures import load_fixtures

    load_fixtures(read_fixtures)  # what is wrong with them is said once, before anything is run
    tally = Tally()
    stacks: list[StackProgram] = []
    in_part: set[str] = set()
    folders = project_folders(paths, tally, lint_options.left_out)
    refuse_unknown(lint_options.stacks, folders)
    for folder in folders:
        options = lint_options
        if differing is not None:
            left = _those_that_differ(tally, folder, lint_options, differing)
            if left is None:
                continue
            options = left
        unreadable = unreadable_of(lint_into(tally, folder, options))
        if any(file.stem == "Pulumi" for file in unreadable):
            continue
        project = load_project(folder)
        if why := why_not_in_process(project):
            tally.pass_over("project", relative_to_here(folder), why)
            continue
        names = [
            name for name in chosen(tally, project, lint_options.stacks) if not options.stacks or name in options.stacks
        ]
        if not names:
            continue
        if len(names) < len(names_of(project)):
            in_part.add(project.name)
        try:
            if installing is not None:
                install(project, installing)
            interpreter(project)
        except PoolgateError as error:
            add_unrun(tally, error, project, "", Origin.PROGRAM)
            continue
        stacks += [
            StackProgram.of(project, name, timeout, read_fixtures, environment)
            for name in names
            if project.stack_files.get(name) not in unreadable
        ]

    day = today or datetime.now(UTC).date()
    judge, judging = Judge(settings, day), Lock()

    def judge_one(stack: StackProgram) -> tuple[Tally, Gathered, ProgramRun | None]:
        return _judge_stack(stack, settings, judge, judging, day=day, previous=previous)

    gathered = Gathered()
    runs: list[tuple[StackProgram, ProgramRun]] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool, ended_with_us():
        progress(0, len(stacks), "running programs")
        results = zip(stacks, pool.map(judge_one, stacks), strict=True)
        for number, (stack_program, (result, seen, run)) in enumerate(results, 1):
            progress(number, len(stacks), "running programs")
            tally.merge(result)
            if run is not None and not run.failed:
                tally.judged.add(f"{stack_program.project.name}/{stack_program.name}")
            gathered.merge(seen)
            if run is not None:
                runs.append((stack_program, run))
    met(gathered)
    judge_projects(tally, gathered.without(in_part), settings, Origin.PROGRAM, day)
    if in_part and settings:
        which = " and ".join(filter(None, ("--stack" * bool(lint_options.stacks), "--changed" * bool(differing))))
        tally.note(_IN_PART.format(", ".join(sorted(in_part)), f"{which} leave{'' if ' ' in which else 's'}"))
    if trace_config:
        progress(0, 1, "finding the lines of the configuration")
        _trace(tally, runs, settings)
        progress(1, 1, "")
    if differing is not None:
        tally.note(differing.sentence(is_none=not stacks))
    tally.stacks = len(stacks)
    environment.hide(tally, {stack.project for stack in stacks})
    return tally


def _those_that_differ(tally: Tally, folder: Path, options: LintOptions, differing: Differing) -> LintOptions | None:
    """The options for those of a project's stacks that differ; None when there is none, of which the tally is told."""
    try:
        project = load_project(folder)
    except PoolgateError:  # which the lint tells
        return options
    found, names = differing.of(project), names_of(project)
    asked_for = [name for name in names if not options.stacks or name in options.stacks]
    kept = [name for name in asked_for if name in found]
    for name in asked_for:
        if name not in kept:
            tally.pass_over("stack", f"{project.name}/{name}", UNCHANGED)
    if kept:
        return options if len(kept) == len(names) else options._replace(stacks=frozenset(kept))
    for name in names:
        if name not in asked_for:
            tally.pass_over("stack", f"{project.name}/{name}", NOT_ASKED_FOR)
    return None


_PROVIDER: Final = "pulumi:providers:"
_IN_PART: Final = "the rules over all stacks of a project did not judge {}: {} stacks of it out"


def _trace(tally: Tally, runs: Iterable[tuple[StackProgram, ProgramRun]], settings: Sequence[Setting]) -> None:
    """Moves findings to the lines of the configuration that they come from, where that is proven."""
    from poolgate.sources.certain_fix import fixing
    from poolgate.sources.trace import Ran, traced

    programs = [ran for program, run in runs if (ran := Ran.of(program, run))]
    tally.findings = traced(tally.findings, programs, fixing(settings))


def _judge_stack(
    program: StackProgram,
    settings: Sequence[Setting],
    judge: Judge,
    judging: Lock,
    *,
    day: date,
    previous: Previous,
) -> tuple[Tally, Gathered, ProgramRun | None]:
    project = program.project
    subject = Subject(urn="", type="", name="", project=project.name, stack=program.name)
    tally = Tally()
    try:
        run = program.run()
    except PoolgateError as error:
        add_unrun(tally, error, project, program.name, Origin.PROGRAM)
        return tally, Gathered(), None
    with judging:  # Python does one thing at a time, and what is said of one stack's pools is said of the next one's.
        gathered = _judge_run(tally, run, project, subject, judge, previous)
    program.environment.explain(tally, program.stack)
    missing_config.point_out(tally, program.stack)
    judge_stacks(tally, gathered, settings, Origin.PROGRAM, day)
    return tally, gathered, run


def _judge_run(
    tally: Tally,
    run: ProgramRun,
    project: Project,
    subject: Subject,
    judge: Judge,
    previous: Previous,
) -> Gathered:
    from poolgate.sandbox.program_exec import UNSET_VARIABLES
    from poolgate.sources.failures import program_failed, provider_refused
    from poolgate.sources.locate import ResourceLocator, made_at, place_of
    from poolgate.sources.unjudged import NO_POOL, ONLY_READ, why_unjudged

    gathered = Gathered()
    owners: dict[str, Whose] = {}
    providers: dict[str, Mapping[str, Json]] = {}
    for made in run.resources:
        if made.type.startswith(_PROVIDER):
            given = platforms.given_by(made.type.removeprefix(_PROVIDER))
            providers[made.urn] = completed(made.inputs, given, os.environ)
            continue
        tally.resources += 1
        if made.external and is_judged(made.type, made.inputs):
            tally.pass_over("resource", made.urn, ONLY_READ)
            continue
        if is_judged(made.type, made.inputs):
            tally.met([platform_of(made.type)])
        if made.custom and not made.external:
            tally.leave_unjudged(made.urn, kind_not_judged(made.type))
        if why := why_unjudged(made.type, made.inputs, is_custom=made.custom, ignored=made.ignore_changes):
            tally.pass_over("resource", made.urn, why)
        resource = Resource(
            urn=made.urn,
            type=made.type,
            name=made.name,
            properties=made.inputs,
            provider_version=made.provider_version or None,
            protect=bool(made.protect),
            previous=previous.inputs(made.urn),
            depends=made.property_dependencies,
            dependencies=made.dependencies,
            ignore_changes=tuple(made.ignore_changes),
            provider=providers.get(of_reference(made.provider)) if asks_provider(made.type) else None,
        )
        locator = ResourceLocator(made_at(made, project.directory), made.property_dependencies)
        gathered.add(resource, locator)
        judged = judge.judge(resource)
        owners[made.urn] = whose(resource)
        about = subject_of(made.urn, made.type, made.name, *owners[made.urn])
        tally.add(judged.reported, about, Origin.PROGRAM, locate=locator)
        tally.count(Outcome.CLEAN, len(judged.clean))
        tally.count(Outcome.NOT_APPLICABLE, judged.not_applicable)
        tally.passed(about, judged.clean)
    tally.ask_resources(f"{project.name}/{subject.stack}", (owners[urn] for urn in gathered.pools if urn in owners))
    if not tally.pools and not run.failed:
        tally.pass_over("stack", f"{project.name}/{subject.stack}", NO_POOL)
    for entry in run.log:
        if entry.message.startswith(UNSET_VARIABLES):
            names = entry.message.removeprefix(UNSET_VARIABLES)
            tally.note(
                f"{project.name} asks for environment variables that are not set here: {names}. Where the program does "
                "without them, another stack is judged than the one that is deployed; set them for the check, to any "
                "fit values, or lay the .env file there that has them."
            )
        if entry.severity == "error":
            place = place_of(entry.position, project.directory) or gathered.location(entry.urn or "")
            urn = entry.urn or ""
            refused = provider_refused(entry.message.strip(), urn, Origin.PROGRAM, place, owners.get(urn, NOBODY))
            tally.add_finding(refused or program_failed(entry.message.strip(), subject, place, Origin.PROGRAM))
    if run.failed and not any(entry.severity == "error" for entry in run.log):
        message = f"the program exited {run.exit_code} and said nothing"
        tally.add_finding(program_failed(message, subject, None, Origin.PROGRAM))
    return gathered
