"""Judges states one after the other, and holds no more than one of them at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Final

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.policy_config import Setting
from inference_pools.reader import format_path
from inference_pools.rule import Scope
from inference_pools.runner import enabled, judge, printable
from poolgate.audit.listing import StateFile, list_states
from poolgate.errors import NothingMatchedError
from poolgate.findings import Finding, Location, Origin, Subject, Tally, subject_of
from poolgate.sources.state import (
    LARGEST_STATE,
    Deployment,
    NotAStateError,
    StateError,
    StateResource,
    pools,
    read,
    refuse_large,
)
from poolgate.together import Gathered, judge_projects, judge_stacks

UNREADABLE_RULE: Final = "state-readable"
"""What a state that cannot be read is reported under. No rule can be asked about it, so it is none of them."""

_REMEDY: Final = "Write the state anew (pulumi stack export --file FILE), or leave this file out of the audit."

Report = Callable[[str], None]


def audit(
    paths: Sequence[str], settings: Sequence[Setting], *, report: Report | None = None, today: date | None = None
) -> Tally:
    """Judges every pool in every state under the paths.

    A state that cannot be read is a finding, and the others go on. JSON that lies in a searched folder and is
    something else is passed over; how much of it there was is told to `report`. `stacks` counts the states that
    could be read. Raises UsageError for paths that are not there, NothingMatchedError when there is no state at all.
    """
    files = list_states(paths)
    day = today or datetime.now(UTC).date()
    compares = any(setting.rule.scope is Scope.PROJECT for setting in enabled(settings))
    tally, gathered = Tally(), Gathered()
    passed_over = 0
    for file in files:
        one = audit_one(file, settings, day)
        if one is None:
            passed_over += 1
            continue
        tally.merge(one[0])
        if compares:
            gathered.merge(one[1])
    judge_projects(tally, gathered, settings, Origin.STATE, day)
    if passed_over and report:
        report(f"passed over {passed_over} JSON {'file' if passed_over == 1 else 'files'} that hold no state")
    if not tally.stacks and not tally.findings:
        where = ", ".join(paths)
        looked_at = f"none of {len(files)} JSON files is one" if files else "no JSON files"
        raise NothingMatchedError(f"no state of a stack in {where or 'no path'}: {looked_at}")
    return tally


def audit_one(file: StateFile, settings: Sequence[Setting], today: date | None = None) -> tuple[Tally, Gathered] | None:
    """What there is to say of one state, all of it or only that it cannot be read; None if it is no state.

    Its pools come along, for rules that compare stacks.
    """
    tally, gathered = Tally(), Gathered()
    deployment: Deployment | None = None
    try:
        data = _content(file)
        tally.inputs.append((printable(file.name), hashlib.sha256(data).hexdigest()))
        deployment = read(data, file.name)
        found = list(pools(deployment))
    except StateError as error:
        if isinstance(error, NotAStateError) and not file.expected:
            return None
        tally.add_finding(_unreadable(file, error, deployment))
        return tally, gathered
    tally.stacks = 1
    tally.resources = deployment.live_resources
    tally.pools = len(found)
    for pool in found:
        gathered.add(pool.resource, pool)
        tally.add(judge(settings, pool.resource, today=today), _subject(pool), Origin.STATE, locate=pool)
    judge_stacks(tally, gathered, settings, Origin.STATE, today)
    return tally, gathered


def _content(file: StateFile) -> bytes:
    """The file's bytes. Raises StateError when they cannot be had, or are too many."""
    if file.unlistable:
        raise StateError(file.name, f"cannot be searched: {file.unlistable}")
    try:
        with file.path.open("rb") as stream:
            data = stream.read(LARGEST_STATE + 1)
    except OSError as error:
        raise StateError(file.name, f"cannot be read: {error.strerror}") from None
    refuse_large(data, file.name)
    return data


def _subject(pool: StateResource) -> Subject:
    """Names are data: one with control characters must not forge a line of a report."""
    resource = pool.resource
    return subject_of(printable(resource.urn), resource.type, printable(resource.name))


def _unreadable(file: StateFile, error: StateError, deployment: Deployment | None) -> Finding:
    """The finding that stands for a whole state; its stack is as the state says, else as the backend's folders do."""
    name = printable(file.name)
    stack = (deployment and deployment.stack) or file.stack
    project = (deployment and deployment.project) or file.project
    return Finding(
        rule=UNREADABLE_RULE,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.UNREADABLE,
        message=printable(f"{error.message} (in {file.name})"),
        remedy=_REMEDY,
        subject=Subject(urn="", type="", name=name, project=printable(project), stack=printable(stack)),
        path=printable(format_path(error.keys)),
        origin=Origin.STATE,
        location=None if error.line is None else Location(name, error.line, error.column),
    )
