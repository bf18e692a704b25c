"""Findings of a real preview: what the pack said to the engine, read back from the engine's events."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import inference_pools
from inference_pools import messages
from inference_pools.finding import Enforcement, Outcome, Severity, Verdict
from inference_pools.shapes import is_pool
from poolgate.errors import NothingMatchedError, PoolgateError, UsageError
from poolgate.findings import Locator, Origin, Subject, Tally, subject_of
from poolgate.lint.project import load_project
from poolgate.rule_set import RuleSet
from poolgate.sandbox.workspace import PreviewRun
from poolgate.sandbox.workspace import preview as run_preview
from poolgate.sources.failures import program_failed, provider_refused
from poolgate.sources.locate import ResourceLocator, parse_position

PACK_NAME: Final = "poolgate"
_ENGINE_CHATTER: Final = ("preview failed", "update failed")


def preview(
    path: Path,
    stack: str | None,
    rules: RuleSet,
    *,
    pack: Path | None,
    timeout: float,
    read_fixtures: Path | None,
    variables: Mapping[str, str] | None = None,
) -> Tally:
    """Previews one stack, or every stack of a project, in the sandbox, and tells what the pack found.

    `timeout` is in seconds, for one stack. `variables` are added to the pack's environment. Raises UsageError when
    the project or the pack cannot be run.
    """
    project = load_project(path)
    stacks = [stack] if stack else list(project.stack_files)
    if not stacks:
        raise NothingMatchedError(f"{project.file}: the project has no Pulumi.<stack>.yaml")
    unknown = [name for name in stacks if name not in project.stack_files]
    if unknown:
        known = ", ".join(project.stack_files) or "none"
        raise UsageError(f"has no stack {unknown[0]!r}; its stacks: {known}", file=project.file)
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="poolgate-") as folder:
        config = Path(folder) / "policy-config.json"
        config.write_text(json.dumps(rules.engine_config()), "utf-8")
        for name in stacks:
            run = run_preview(
                project.directory,
                name,
                pack or default_pack(),
                config,
                timeout=timeout,
                read_fixtures=read_fixtures,
                json_steps=True,
                variables=variables,
            )
            tally.merge(read_preview(run, project.directory, project.name, name))
    return tally


def default_pack() -> Path:
    """The folder of poolgate's own pack. Raises UsageError when only the library is installed, not the pack."""
    folder = Path(inference_pools.__file__).resolve().parent.parent
    if (folder / "PulumiPolicy.yaml").is_file():
        return folder
    raise UsageError("no policy pack is at hand: name yours with --policy-pack DIR")


def read_preview(run: PreviewRun, directory: Path, project: str, stack: str) -> Tally:
    """What one preview found. A run that failed for a reason nobody gave is itself a finding."""
    whole_stack = Subject(urn="", type="", name="", project=project, stack=stack)
    tally = Tally(stacks=1)
    steps = {step.urn: step for step in _steps(run.stdout, directory)}
    tally.resources = len(steps)
    tally.pools = sum(is_pool(step.type) for step in steps.values())
    judged: set[str] = set()
    for event in run.events:
        if "policyEvent" in event:
            _add_policy_event(tally, event["policyEvent"], steps)
        elif "policyAnalyzeSummaryEvent" in event:
            summary = event["policyAnalyzeSummaryEvent"]
            tally.outcomes[Outcome.CLEAN] += len(summary.get("passed") or ())
            judged.add(summary.get("resourceUrn", ""))
        elif event.get("diagnosticEvent", {}).get("severity") == "error":
            _add_error(tally, event["diagnosticEvent"], steps, whole_stack, directory)
    for step in steps.values():
        if is_pool(step.type) and step.urn not in judged:
            message = "the policy pack was not asked about this resource"
            tally.add_finding(program_failed(message, step.subject, step.locator.location(""), Origin.PREVIEW))
    if run.returncode != 0 and not any(finding.fails for finding in tally.findings):
        message = f"pulumi preview exited {run.returncode}: {_last_words(run)}"
        tally.add_finding(program_failed(message, whole_stack, None, Origin.PREVIEW))
    return tally


@dataclass(frozen=True, slots=True)
class _Step:
    """A resource of the preview."""

    urn: str
    type: str
    locator: Locator

    @property
    def subject(self) -> Subject:
        return subject_of(self.urn, self.type, self.urn.rsplit("::", 1)[-1])


def _steps(stdout: str, directory: Path) -> Iterator[_Step]:
    """The resources of `pulumi preview --json`, with their places in the program."""
    if not stdout.strip():
        return
    try:
        steps = json.loads(stdout).get("steps") or []
    except json.JSONDecodeError as error:
        raise PoolgateError(f"the engine's JSON cannot be read: {error}") from None
    for step in steps:
        state: Mapping[str, Any] = step.get("newState") or {}
        urn = step.get("urn", "")
        place = parse_position(state.get("sourcePosition"), directory)
        yield _Step(urn, state.get("type", ""), ResourceLocator(place, state.get("propertyDependencies") or {}))


def _add_policy_event(tally: Tally, event: Mapping[str, Any], steps: Mapping[str, _Step]) -> None:
    urn = event.get("resourceUrn", "")
    step = steps.get(urn) or _Step(urn, _type_in(urn), Locator())
    tally.add(_verdicts(event, urn), step.subject, Origin.PREVIEW, locate=step.locator)


def _verdicts(event: Mapping[str, Any], urn: str) -> Iterable[Verdict]:
    """The verdicts behind one policy event; that of a policy which is not ours is taken as it stands."""
    _, _, message = event["message"].rstrip("\n").partition("\n")
    try:
        parts = messages.parse(message)
    except ValueError:
        parts = [messages.Part(Outcome.VIOLATED, "", message or event["message"].strip(), "")]
    severity = event.get("severity")
    return [
        Verdict(
            rule=event["policyName"],
            outcome=part.outcome,
            urn=urn,
            path=part.path,
            message=part.message,
            remedy=part.remedy,
            severity=Severity(severity) if severity in set(Severity) else Severity.MEDIUM,
            enforcement=Enforcement(event["enforcementLevel"]),
        )
        for part in parts
    ]


def _add_error(
    tally: Tally, event: Mapping[str, Any], steps: Mapping[str, _Step], whole_stack: Subject, directory: Path
) -> None:
    message = event.get("message", "").strip()
    if message in _ENGINE_CHATTER:
        return
    urn = event.get("urn", "")
    refused = provider_refused(message, urn, Origin.PREVIEW)
    step = steps.get(urn)
    place = step.locator.location("") if step else None
    tally.add_finding(refused or program_failed(message, whole_stack, place, Origin.PREVIEW))


def _type_in(urn: str) -> str:
    """The type that a URN names: the last of its type chain."""
    parts = urn.split("::")
    return parts[2].rsplit("$", 1)[-1] if len(parts) > 3 else ""


def _last_words(run: PreviewRun) -> str:
    lines = [line for line in (run.stderr or run.stdout).splitlines() if line.strip()]
    return re.sub(r"\s+", " ", " ".join(lines[-3:])) or "it said nothing"
