"""Findings of a real preview: what the pack said to the engine, read back from the engine's events."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import inference_pools
from inference_pools import messages, platforms
from inference_pools.finding import Enforcement, Exemption, Outcome, Severity, Verdict
from inference_pools.not_judged import kind_not_judged
from inference_pools.own_checks import BLINDING, PROGRAM_RUNS, PROVIDER_CHECK
from inference_pools.policy_config import Setting
from inference_pools.resource import Resource
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.runner import identified
from inference_pools.urn import ROOT_STACK_TYPE, Urn
from inference_pools.values import Json
from inference_pools.version import PACK_VERSION
from inference_pools.view import is_judged, may_be_judged, platform_of, view
from inference_pools.waivers import exempted
from poolgate.errors import PoolgateError, UsageError
from poolgate.files import relative_to_here
from poolgate.findings import Finding, Location, Locator, Origin, Subject, Tally, subject_of
from poolgate.left_out import NOTHING as NOTHING_LEFT_OUT
from poolgate.left_out import LeftOut
from poolgate.lint.document import YamlError
from poolgate.lint.project import Project, load_project
from poolgate.lint.run import pass_over_files, project_folders
from poolgate.owner import said_of, whose
from poolgate.report.progress import Progress, silent
from poolgate.rule_set import RuleSet
from poolgate.sandbox.event_log import read_steps
from poolgate.sandbox.processes import ended_by_sigterm
from poolgate.sandbox.program_end import EARLY_END
from poolgate.sandbox.project_files import no_such_stack
from poolgate.sandbox.workspace import CommandTimeoutError, KeptSandbox, PreviewRun, ProjectUnusableError
from poolgate.sandbox.workspace import preview as run_preview
from poolgate.sources import missing_config
from poolgate.sources.environment_values import NOTHING_GIVEN, EnvironmentValues
from poolgate.sources.failures import made_twice, program_failed, provider_refused, tells_of_a_read, without_secrets
from poolgate.sources.judged_stacks import TEMPLATE, add_unreadable, add_unrun, stack_names
from poolgate.sources.languages import cannot_run
from poolgate.sources.locate import ResourceLocator, made_at, parse_position, place_of
from poolgate.sources.stack_program import StackProgram
from poolgate.sources.unjudged import NO_POOL, ONLY_READ, why_unjudged

PACK_DESCRIPTION: Final = "poolgate's own rules, in the environment that poolgate runs in."
_ENGINE_CHATTER: Final = re.compile(
    r"(?:preview|update) failed|.*: context canceled|Resource monitor has terminated, shutting down", re.DOTALL
)
"""That a run failed, and what was under way then and is broken off: now this, now that, and never the reason. The last
is of a program that made another resource when the engine had stopped already."""
_LAST_LINES: Final = 200
_JUDGED_BY: Final = re.compile(r"[^:\n]+: judged by: .*")
"""What a pack says before anything else: no last word of a program that ended."""
_ENDED: Final = re.compile(
    rf"an unhandled error occurred: (?:program exited with non-zero exit code: (?P<code>-?\d+)|{re.escape(EARLY_END)})"
)
_STACK_SUMMARY: Final = "policyAnalyzeStackSummaryEvent"
"""What an engine tells once a pack has judged the stack as a whole, whatever came of it."""
_PACK_NOT_STARTED: Final = "policy pack not started"
_KILLED: Final = (
    "See what ended it, such as a machine without memory to spare, and preview again: this one is no verdict."
)
_STOPPED: Final = "The engine stops here: `poolgate check` also judges what else the program makes."


def preview(
    path: Path,
    stack: str | None,
    rules: RuleSet,
    *,
    pack: Path | None,
    timeout: float,
    read_fixtures: Path | None,
    variables: Mapping[str, str] | None = None,
    trace_config: bool = True,
    progress: Progress = silent,
    environment: EnvironmentValues = NOTHING_GIVEN,
    left_out: LeftOut = NOTHING_LEFT_OUT,
) -> Tally:
    """Previews the stacks of a project, or of those in a tree, in the sandbox, and tells what the pack found.

    `stack` names the only one to preview.
    `timeout` is in seconds, for one stack. `variables` are added to the pack's environment. With `trace_config`,
    programs of stacks with findings are also run in process, to find the lines of the configuration where the values
    were written. `environment` has what the ESC environments of stacks supply. A project that cannot be run is a
    finding, and the run is incomplete; the others are previewed. Raises NothingMatchedError when there is no project,
    UsageError when the pack cannot be run, and for rules that poolgate's own pack does not serve.
    """
    tally = Tally()
    chosen = _chosen(tally, path, stack, left_out)
    if pack is None:
        _refuse_rules_of_others(rules)
    with (
        tempfile.TemporaryDirectory(prefix="poolgate-") as folder,
        ended_by_sigterm(),
        KeptSandbox() as kept,
    ):
        config = Path(folder) / "policy-config.json"
        config.write_text(json.dumps(rules.preview_config()), "utf-8")
        for number, (project, name) in enumerate(chosen):
            progress(number, len(chosen), f"previewing {project.name}/{name}")
            try:
                program = StackProgram.of(project, name, timeout, read_fixtures, environment)
                run = run_preview(
                    project.directory,
                    name,
                    pack or default_pack(Path(folder)),
                    config,
                    timeout=timeout,
                    read_fixtures=read_fixtures,
                    json_steps=True,
                    variables=variables,
                    config=environment.of(program.stack),
                    kept=kept,
                )
            except CommandTimeoutError as error:
                _add_timeout(tally, str(error), project.name, name)
                continue
            except (ProjectUnusableError, YamlError) as error:
                add_unrun(tally, error, project, name, Origin.PREVIEW)
                continue
            found = read_preview(run, project.directory, project.name, name)
            found = _name_all_that_stop(_name_reads(found, program), program)
            _hide_secrets(found, program)
            environment.explain(found, program.stack)
            missing_config.point_out(found, program.stack)
            if trace_config:
                _trace(found, run, program, rules.settings)
            tally.merge(found)
    progress(1, 1, "")
    environment.hide(tally, {project for project, _ in chosen})
    return tally


def _refuse_rules_of_others(rules: RuleSet) -> None:
    library = {rule.id for rule in ALL}
    own = [rule.id for rule in rules.rules if rule.id not in library and rule.scope is not Scope.PROJECT]
    added = [f"the platform {platform.name}" for platform in platforms.known() if platform not in platforms.ALL]
    if own or added:
        what = ", ".join([*own, *added])
        raise UsageError(f"poolgate's own pack does not serve {what}: name yours with --policy-pack DIR")


def _chosen(tally: Tally, path: Path, stack: str | None, left_out: LeftOut) -> list[tuple[Project, str]]:
    """The stacks to preview: of the project in a folder, or of all projects below it that have the stack.

    The tally gets the projects, what is passed over, and a finding for each project whose file cannot be read.
    """
    projects = []
    for folder in project_folders([path], tally, left_out):
        try:
            projects.append(load_project(folder))
        except YamlError as error:
            add_unreadable(tally, error, folder, Origin.PREVIEW)
    for project in [project for project in projects if project.is_template]:
        tally.pass_over("project", relative_to_here(project.directory), TEMPLATE)
        projects.remove(project)
    for project in [project for project in projects if project.runtime not in ("", "python")]:
        # One that is named itself is run all the same: the engine then tells what it lacks.
        if project.directory.resolve() != path.resolve() and (why := cannot_run(project)):
            tally.pass_over("project", relative_to_here(project.directory), why)
            projects.remove(project)
    stacks = {project: stack_names(tally, project) for project in projects}
    for project in projects:
        pass_over_files(tally, project)
    chosen = [(project, name) for project in projects for name in stacks[project] if stack in (None, name)]
    tally.projects = {project.name for project, _ in chosen}
    if projects and not chosen:
        files = ", ".join(relative_to_here(project.file) for project in projects)
        known = [name for names in stacks.values() for name in names]
        raise UsageError(no_such_stack(str(stack), known), file=files)
    return chosen


def _trace(tally: Tally, run: PreviewRun, program: StackProgram, settings: Sequence[Setting]) -> None:
    """Moves findings to the lines of the configuration that they come from, where runs in process prove it.

    Where the program does not run in process, or does not make what it made under the engine, they stay. Of a resource
    that was refused the engine tells neither place nor inputs: it gets those of the run in process, and its owner.
    """
    from poolgate.sources.certain_fix import fixing
    from poolgate.sources.trace import Ran, is_traceable, traced

    if program.project.runtime != "python":
        return
    if not any(is_traceable(finding) or _lacks_place(finding) for finding in tally.findings):
        return
    try:
        in_process = program.run()
    except PoolgateError:
        return
    made = [resource for resource in in_process.resources if resource.source_position]
    places = {resource.urn: made_at(resource, program.project.directory) for resource in made}
    refused = {resource.urn: resource.inputs for resource in in_process.resources if resource.check_failures}
    tally.findings = [
        _completed(finding, places.get(_resource_of(finding)), refused) if _lacks_place(finding) else finding
        for finding in tally.findings
    ]
    ran = Ran.of(program, in_process)
    if ran is not None:
        inputs = {step["urn"]: (step.get("newState") or {}).get("inputs") or {} for step in read_steps(run.stdout)}
        tally.findings = traced(tally.findings, [replace(ran, judged={**refused, **inputs})], fixing(settings))


def _completed(finding: Finding, place: Location | None, refused: Mapping[str, Mapping[str, Json]]) -> Finding:
    """A finding about a resource of which the engine said no more than that."""
    subject = finding.subject
    if not subject.urn:
        return finding._replace(location=place)
    made = Resource(subject.urn, subject.type, subject.name, refused.get(subject.urn, {}))
    return finding._replace(location=place, subject=subject._replace(**said_of(subject).or_else(whose(made))._asdict()))


def _name_reads(tally: Tally, program: StackProgram) -> Tally:
    """Names every read that has no answer, where the engine stops at the first and tells no line.

    A run in process goes on. Of a program that does not run in process what the engine told stays. What the engine had
    come to when it stopped is left out: it differs from run to run.
    """
    told = [finding for finding in tally.findings if finding.rule == PROGRAM_RUNS and tells_of_a_read(finding.message)]
    if not told or program.project.runtime != "python":
        return tally
    try:
        run = program.run()
    except PoolgateError:
        return tally
    reads = [entry for entry in run.log if entry.severity == "error" and tells_of_a_read(entry.message)]
    if not reads:
        return tally
    errors = [each for each in tally.findings if each.rule == PROGRAM_RUNS and not each.subject.urn]
    named = Tally(stacks=1, findings=[each for each in errors if each not in told])
    named.outcomes[Outcome.UNREADABLE] += len(named.findings)
    for entry in reads:
        place = place_of(entry.position, program.project.directory)
        named.add_finding(program_failed(entry.message.strip(), told[0].subject, place, Origin.PREVIEW))
    return named


def _name_all_that_stop(tally: Tally, program: StackProgram) -> Tally:
    """Names every resource that a provider refuses, or that is made twice: the engine stops at one, of several now at
    this, now at that.

    What the rules say of that one is then left out, as it is told of none of the others.
    """
    told = set(filter(None, map(_stops_at, tally.findings)))
    if not told or program.project.runtime != "python":
        return tally
    try:
        run = program.run()
    except PoolgateError:
        return tally
    whole_stack = Subject(urn="", type="", name="", project=program.project.name, stack=program.name)
    named = Tally(stacks=1)
    for entry in run.log:
        message = entry.message.strip()
        if entry.severity == "error" and (refused := provider_refused(message, entry.urn or "", Origin.PREVIEW)):
            named.add_finding(_stopping(refused))
        elif entry.severity == "error" and made_twice(message):
            named.add_finding(program_failed(message, whole_stack, None, Origin.PREVIEW))
    return tally if set(map(_stops_at, named.findings)) <= told else named


def _stopping(finding: Finding) -> Finding:
    """A finding about a resource that is refused, as a preview has it."""
    return finding._replace(remedy=f"{finding.remedy} {_STOPPED}")


def _hide_secrets(tally: Tally, program: StackProgram) -> None:
    """The engine hides what it takes for a secret; a declaration of Pulumi.yaml calls further texts secret."""
    hidden = program.hidden_texts
    tally.findings = [
        finding._replace(message=without_secrets(finding.message, hidden)) if finding.rule == PROGRAM_RUNS else finding
        for finding in tally.findings
    ]


def _lacks_place(finding: Finding) -> bool:
    return finding.location is None and bool(_resource_of(finding))


def _resource_of(finding: Finding) -> str:
    """The URN of the resource that a finding is about, or of those that a program made under one; "" for none."""
    return finding.subject.urn or (made_twice(finding.message) if finding.rule == PROGRAM_RUNS else "")


def _stops_at(finding: Finding) -> str:
    """The URN of the resource at which an engine stops; "" for a finding that stops none."""
    return _resource_of(finding) if finding.rule == PROVIDER_CHECK or made_twice(finding.message) else ""


def default_pack(folder: Path) -> Path:
    """The folder of poolgate's own pack: that of a checkout, else one written below `folder`.

    A written one runs in the virtual environment that poolgate itself is installed in. Raises UsageError where there
    is none: the engine starts a pack in one.
    """
    checkout = Path(inference_pools.__file__).resolve().parent.parent
    if (checkout / "PulumiPolicy.yaml").is_file():
        return checkout
    if sys.prefix == sys.base_prefix:
        raise UsageError("no policy pack is at hand: name yours with --policy-pack DIR (`poolgate init` writes one)")
    pack = folder / "pack"
    pack.mkdir(exist_ok=True)
    options = {"name": "python", "options": {"virtualenv": sys.prefix}}
    manifest = {"description": PACK_DESCRIPTION, "version": PACK_VERSION, "runtime": options}
    (pack / "PulumiPolicy.yaml").write_text(json.dumps(manifest), "utf-8")
    (pack / "__main__.py").write_text("from inference_pools.pack import serve\n\nserve()\n", "utf-8")
    return pack


def read_preview(run: PreviewRun, directory: Path, project: str, stack: str) -> Tally:
    """What one preview found. A run that failed for a reason nobody gave is itself a finding.

    How far the engine had come when a provider refused a resource, or one was made twice, differs from run to run: what
    it came to is left out. Which of the two was judged differs as well.
    """
    refused, twice = _stopped_at(run.events)
    run = _about(refused, run) if refused or twice else run
    whole_stack = Subject(urn="", type="", name="", project=project, stack=stack)
    tally = Tally(stacks=1)
    steps = {step.urn: step for step in _steps(run.stdout, directory)}
    tally.resources = len(steps) + len(refused) + len(twice)
    tally.met([platform for urn in (*refused, *twice) if (platform := platform_of(Urn.parse(urn).type))])
    read: set[str] = set()
    for made in read_steps(run.stdout):
        state: Mapping[str, Any] = made.get("newState") or {}
        urn, token = made.get("urn", ""), state.get("type", "")
        inputs, ignored = state.get("inputs") or {}, state.get("ignoreChanges") or ()
        if made.get("op") == "read" and may_be_judged(token):
            tally.pass_over("resource", urn, ONLY_READ)
            read.add(urn)
            continue
        if is_judged(token, inputs):
            tally.met([platform_of(token)])
        if made.get("op") != "read" and state.get("custom"):
            tally.leave_unjudged(urn, kind_not_judged(token))
        if why := why_unjudged(token, inputs, is_custom=bool(state.get("custom")), ignored=ignored):
            tally.pass_over("resource", urn, why)
    tally.ask_resources(f"{project}/{stack}", (said_of(step.subject) for step in steps.values()))
    if run.returncode == 0 and not tally.pools:
        tally.pass_over("stack", f"{project}/{stack}", NO_POOL)
    judged: set[str] = set()
    for event in run.events:
        if "policyEvent" in event:
            _add_policy_event(tally, event["policyEvent"], steps)
        elif "policyAnalyzeSummaryEvent" in event:
            summary = event["policyAnalyzeSummaryEvent"]
            urn, passed = summary.get("resourceUrn", ""), summary.get("passed") or ()
            tally.outcomes[Outcome.CLEAN] += len(passed)
            tally.passed(_step(urn, steps).subject if urn else whole_stack, passed)
            judged.add(urn)
        elif _STACK_SUMMARY in event:
            passed = event[_STACK_SUMMARY].get("passed") or ()
            tally.outcomes[Outcome.CLEAN] += len(passed)
            tally.passed(whole_stack, passed)
        elif event.get("diagnosticEvent", {}).get("severity") == "error":
            _add_error(tally, event["diagnosticEvent"], steps, whole_stack, directory)
    ended = _unexplained_end(run.events)
    if ended:
        tally.add_finding(program_failed(ended, whole_stack, None, Origin.PREVIEW))
    for step in steps.values():
        if may_be_judged(step.type) and step.urn not in judged | read:
            message = "the policy pack was not asked about this resource"
            tally.add_finding(program_failed(message, step.subject, step.locator.location(()), Origin.PREVIEW))
    if run.returncode == 0 and judged and not any(_STACK_SUMMARY in event for event in run.events):
        message = "the policy pack was not asked about the stack as a whole"
        tally.add_finding(program_failed(message, whole_stack, None, Origin.PREVIEW))
    if run.returncode < 0:
        _add_killed(tally, -run.returncode, whole_stack)
    elif run.returncode != 0 and not any(finding.fails for finding in tally.findings):
        words = _last_words(run)
        reason = _said(run.events) if _PACK_NOT_STARTED in words else ()  # what its Python said of it
        message = "\n".join([f"pulumi preview exited {run.returncode}: {words}", *reason])
        tally.add_finding(program_failed(message, whole_stack, None, Origin.PREVIEW))
    if not any(finding.rule in BLINDING for finding in tally.findings):
        tally.judged.add(f"{project}/{stack}")
    return tally


def _stopped_at(events: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The URNs of the resources that a provider refused, and of those that the program made twice."""
    told = (event["diagnosticEvent"] for event in events if "diagnosticEvent" in event)
    errors = [(each.get("message", "").strip(), each.get("urn", "")) for each in told if each["severity"] == "error"]
    found = (provider_refused(message, urn, Origin.PREVIEW) for message, urn in errors if urn)
    refused = dict.fromkeys(finding.subject.urn for finding in found if finding is not None)
    twice = dict.fromkeys(urn for message, _ in errors if (urn := made_twice(message)))
    return [urn for urn in refused if urn not in twice], list(twice)


def _about(urns: Sequence[str], run: PreviewRun) -> PreviewRun:
    """A run with what was judged of these resources alone, and all that was said of none."""
    judged = ("policyEvent", "policyAnalyzeSummaryEvent")
    kept = [
        event
        for event in run.events
        if not any(kind in event and event[kind].get("resourceUrn", "") not in urns for kind in judged)
    ]
    return replace(run, events=kept, stdout="")


def _add_timeout(tally: Tally, message: str, project: str, stack: str) -> None:
    """A stack whose preview did not end: it fails, and the others go on."""
    subject = Subject(urn="", type="", name="", project=project, stack=stack)
    tally.stacks += 1
    tally.add_finding(program_failed(message, subject, None, Origin.PREVIEW))


def _add_killed(tally: Tally, number: int, whole_stack: Subject) -> None:
    """A stack whose engine was ended from outside: no fault of its own, and whatever was found is not all there is."""
    finding = program_failed(f"the engine was ended by {_signal(number)}", whole_stack, None, Origin.PREVIEW)
    tally.add_finding(finding._replace(remedy=_KILLED))
    tally.incomplete = max(tally.incomplete, PoolgateError.exit_code)


def _signal(number: int) -> str:
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time one
        return f"signal {number}"


@dataclass(frozen=True, slots=True)
class _Step:
    """A resource of the preview."""

    urn: str
    type: str
    locator: Locator
    inputs: Mapping[str, Json] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        return subject_of(self.urn, self.type, Urn.parse(self.urn).name, *whose(self._resource))

    @property
    def _resource(self) -> Resource:
        return Resource(self.urn, self.type, Urn.parse(self.urn).name, self.inputs)

    def identified(self, verdict: Verdict) -> Verdict:
        """A verdict about it with what makes it the same one in another run, which no message of the engine says."""
        seen = view(self._resource) if verdict.keys else None
        return verdict if seen is None else identified(verdict, seen)


def _steps(stdout: str, directory: Path) -> Iterator[_Step]:
    """The resources of a preview, with their places in the program."""
    for step in read_steps(stdout):
        state: Mapping[str, Any] = step.get("newState") or {}
        urn = step.get("urn", "")
        place = parse_position(state.get("sourcePosition"), directory)
        locator = ResourceLocator(place, state.get("propertyDependencies") or {})
        yield _Step(urn, state.get("type", ""), locator, state.get("inputs") or {})


def _step(urn: str, steps: Mapping[str, _Step]) -> _Step:
    """The step of a resource; of one that has none, what its URN says."""
    return steps.get(urn) or _Step(urn, Urn.parse(urn).type, Locator())


def _add_policy_event(tally: Tally, event: Mapping[str, Any], steps: Mapping[str, _Step]) -> None:
    urn = event.get("resourceUrn", "")
    step = _step(urn, steps)
    verdicts = [step.identified(verdict) for verdict in _verdicts(event, urn)]
    tally.add(verdicts, step.subject, Origin.PREVIEW, locate=step.locator)


def _verdicts(event: Mapping[str, Any], urn: str) -> Iterable[Verdict]:
    """The verdicts behind one policy event; that of a policy which is not ours is taken as it stands."""
    _, _, message = event["message"].rstrip("\n").partition("\n")
    try:
        parts = messages.parse(message)
    except ValueError:
        parts = [messages.Part(Outcome.VIOLATED, (), message or event["message"].strip(), "")]
    severity = event.get("severity")
    exemption = _exemption(event)
    verdicts = [
        Verdict(
            rule=event["policyName"],
            outcome=part.outcome,
            urn=urn,
            keys=part.keys,
            message=part.message,
            remedy=part.remedy,
            severity=Severity(severity) if severity in set(Severity) else Severity.MEDIUM,
            enforcement=Enforcement(event["enforcementLevel"]),
        )
        for part in parts
    ]
    return [exempted(verdict, exemption) for verdict in verdicts]


def _exemption(event: Mapping[str, Any]) -> Exemption | None:
    """The exception of a policy config by which an engine from 3.274 on let a violation pass, the first of several."""
    exceptions = event.get("exceptions") or ()
    return next((Exemption(one.get("id", ""), one.get("reason", "")) for one in exceptions), None)


def _add_error(
    tally: Tally, event: Mapping[str, Any], steps: Mapping[str, _Step], whole_stack: Subject, directory: Path
) -> None:
    message = event.get("message", "").strip()
    if _ENGINE_CHATTER.fullmatch(message) or _ENDED.fullmatch(message):
        return
    urn = event.get("urn", "")
    refused = provider_refused(message, urn, Origin.PREVIEW)
    if refused is not None:
        tally.add_finding(_stopping(refused))
        return
    step = steps.get(urn)
    place = step.locator.location(()) if step else None
    tally.add_finding(program_failed(message, whole_stack, place, Origin.PREVIEW))


def _unexplained_end(events: Sequence[Mapping[str, Any]]) -> str:
    """That the program ended, and its last words on stderr; "" when it did not, or an error has told why.

    An end with exit code 0 is told in any case: whatever else is wrong, what is missing was never seen.
    """
    what, is_told = "", False
    for event in events:
        diagnostic = event.get("diagnosticEvent", {})
        message = diagnostic.get("message", "").rstrip("\n")
        ended = _ENDED.fullmatch(message)
        if ended:
            what = f"the program ended with exit code {ended['code']}" if ended["code"] else EARLY_END
        elif diagnostic.get("severity") == "error" and not _ENGINE_CHATTER.fullmatch(message):
            is_told = True
    if not what and _lacks_outputs(events):
        what = EARLY_END
    if not what or (is_told and what != EARLY_END):
        return ""
    return "\n".join([what, *_said(events)])


def _said(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """The last lines that program and pack wrote to stderr."""
    told = (event["diagnosticEvent"] for event in events if "diagnosticEvent" in event)
    said = [each.get("message", "").rstrip("\n") for each in told if each.get("severity") == "info#err"]
    return [line for line in said[-_LAST_LINES:] if line.strip() and not _JUDGED_BY.fullmatch(line)]


def _lacks_outputs(events: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the engine was content, and the stack's outputs were never registered: it tells of them last.

    For language hosts other than ours, to which every exit code of 0 is a good end. The engine tells of a stack's
    outputs when it is registered, and again when they are.
    """
    is_summed_up, told, errors = False, 0, False
    for event in events:
        state = event.get("resOutputsEvent", {}).get("metadata")
        told += isinstance(state, dict) and state.get("type") == ROOT_STACK_TYPE
        is_summed_up = is_summed_up or "summaryEvent" in event
        errors = errors or event.get("diagnosticEvent", {}).get("severity") == "error"
    return is_summed_up and not errors and told < 2


def _last_words(run: PreviewRun) -> str:
    lines = [line for line in (run.stderr or run.stdout).splitlines() if line.strip()]
    return re.sub(r"\s+", " ", " ".join(lines[-3:])) or "it said nothing"
