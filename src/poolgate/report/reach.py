"""How far a run got: which stacks and files it read. What it does not find in others may still be there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from inference_pools.levels import Outcome, printable
from inference_pools.own_checks import STACK_EXPECTED, STATE_READABLE
from poolgate.findings import Origin

if TYPE_CHECKING:
    from poolgate.findings import Tally
    from poolgate.report.entry import Entry


class Fate(StrEnum):
    """What became of a finding that a later report does not have."""

    GONE = "gone"
    NOT_READ = "not read"
    """Its stack was met and not read, or not to its end: nobody knows."""
    VANISHED = "vanished"
    """Its stack was not met at all."""


class Stack(NamedTuple):
    """A stack that a run met. `file` is where it is written, "" where that is not known.

    Of a state that could not be read project and stack may be "". `is_missing` says that it was expected and not met
    at all. `update` is what tells that an update of it is under way or was broken off: `locked`, `pending`.
    """

    project: str
    stack: str
    file: str
    read: bool
    is_missing: bool = False
    update: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As `project/stack`; its file where neither is known."""
        return f"{self.project}/{self.stack}" if self.project or self.stack else self.file

    @property
    def standing(self) -> str:
        """What became of it in the run."""
        if self.is_missing:
            return "missing"
        return "read" if self.read else "not read"


STANDINGS: Final = ("read", "not read", "missing")
"""What may have become of a stack."""


class Reach(NamedTuple):
    """What a run met. `stacks` is None where a report does not tell, as those before 1.3 do not.

    `is_part` says that it was the run of a shard: what it did not meet others did.
    """

    stacks: Mapping[str, Stack] | None
    files: Collection[str] = frozenset()
    passed_over: Collection[str] = frozenset()
    is_part: bool = False


def stacks_met(tally: Tally) -> list[Stack]:
    """The stacks that a run met, by name: those that it read to the end, and those that it knows of otherwise."""
    unnamed = {one.subject.name for one in tally.findings if one.rule == STATE_READABLE and not one.subject.stack}
    judged = {printable(name) for name in tally.judged}
    left = () if tally.partial is None else tally.partial.unread
    unnamed |= {file for _, stack, file in left if not stack}
    not_reached = {f"{project}/{stack}": file for project, stack, file in left if stack}
    judged -= not_reached.keys()
    files = {printable(name): file for name, file in tally.homes.items() if "/" in name} | not_reached
    unread = {f"{one.subject.project}/{one.subject.stack}": one.subject for one in tally.findings if one.subject.stack}
    missing = {f"{one.subject.project}/{one.subject.stack}" for one in tally.findings if one.rule == STACK_EXPECTED}
    under_way = {printable(name): tuple(sorted(told)) for name, told in tally.under_way.items()}
    met = [Stack("", "", file, read=False) for file in sorted(unnamed)]
    for name in sorted({*judged, *files, *unread}):
        project, _, stack = name.partition("/")
        subject = unread.get(name)
        file = files.get(name) or (subject.name if subject and not subject.urn else "")
        met.append(Stack(project, stack, file, name in judged, name in missing, under_way.get(name, ())))
    return met


def accounts(stacks: Iterable[Stack]) -> dict[str, int]:
    """How many stacks were read, not read and missing; of how many an update is under way or was broken off."""
    counts = {"read": 0, "not read": 0, "missing": 0, "under way": 0}
    for stack in stacks:
        counts[stack.standing] += 1
        counts["under way"] += bool(stack.update)
    return counts


def reach_of(tally: Tally) -> Reach:
    """What a run of this process met."""
    return Reach(
        {stack.name: stack for stack in stacks_met(tally)},
        frozenset(name for name, _ in tally.inputs),
        frozenset(entry.name for entry in tally.passed_over),
    )


def reach_in(report: Mapping[str, Any]) -> Reach:
    """What the run behind a JSON report met. What is malformed in it counts as not told."""

    def texts(values: Any, key: str) -> frozenset[str]:
        entries = values if isinstance(values, list) else ()
        return frozenset(
            text for entry in entries if isinstance(entry, dict) and isinstance(text := entry.get(key), str)
        )

    run = report.get("run")
    files = texts(run.get("inputs") if isinstance(run, dict) else (), "name")
    passed_over = texts(report.get("passed_over"), "name")
    stacks = report.get("stacks")
    is_part = report.get("shard") is not None
    if not isinstance(stacks, list):
        return Reach(None, files, passed_over, is_part)
    met = [
        Stack(
            *(entry["project"], entry["stack"], file if isinstance(file := entry.get("file"), str) else ""),
            read=entry.get("read") is True,
            is_missing=entry.get("standing") == "missing",
        )
        for entry in stacks
        if isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in ("project", "stack"))
    ]
    return Reach({stack.name: stack for stack in met}, files, passed_over, is_part)


def fate_of(entry: Entry, old: Reach, new: Reach) -> Fate:
    """What became of a finding of an old report that the new one does not have."""
    if entry.introduced_by == Origin.CONFIG or not entry.has_stack:
        return _fate_of_file(entry.file, old, new)
    if new.stacks is None:
        return Fate.NOT_READ
    names = _stacks_behind(entry, old) if _compares_stacks(entry.rule) else {entry.stack}
    fates = {_fate_of_stack(name, old, new.stacks, new) for name in names}
    own = _fate_of_stack(entry.stack, old, new.stacks, new)
    return own if own is not Fate.GONE or fates == {Fate.GONE} else Fate.NOT_READ


def _fate_of_file(file: str, old: Reach, new: Reach) -> Fate:
    """A file is looked for only among those that were read before: not every report names what it read."""
    if file not in old.files or not new.files or file in new.files:
        return Fate.GONE
    return Fate.NOT_READ if new.is_part or file in new.passed_over else Fate.VANISHED


def _fate_of_stack(name: str, old: Reach, met: Mapping[str, Stack], new: Reach) -> Fate:
    if name in met and not met[name].is_missing:
        return Fate.GONE if met[name].read else Fate.NOT_READ
    if new.is_part:
        return Fate.NOT_READ
    before = (old.stacks or {}).get(name)
    is_seen = before is not None and before.file and (before.file in new.passed_over or _is_unread(before.file, met))
    return Fate.NOT_READ if is_seen or name in new.passed_over else Fate.VANISHED


def _is_unread(file: str, met: Mapping[str, Stack]) -> bool:
    return any(stack.file == file and not stack.read for stack in met.values())


def _stacks_behind(entry: Entry, old: Reach) -> set[str]:
    """The stacks that a finding about several of a project may rest on: all of the project that were there."""
    project, _, _ = entry.stack.partition("/")
    return {entry.stack, *(stack.name for stack in (old.stacks or {}).values() if stack.project == project)}


class Unjudged(NamedTuple):
    """That a judgement could not be made: by a rule, on a resource or in a stack, at a path."""

    rule: str
    where: str
    outcome: str
    path: str


class Blind:
    """What a run could not judge. What it does not find there may be there all the same."""

    def __init__(self, findings: Iterable[Unjudged]) -> None:
        self._paths: dict[tuple[str, str], list[str]] = {}
        for rule, where, outcome, path in findings:
            if outcome in _UNJUDGED:
                path = "" if outcome == Outcome.BROKEN or _is_environment(path) else path
                self._paths.setdefault((rule, where), []).append(path)

    def hides(self, rule: str, where: str, path: str) -> bool:
        """Whether a finding of a rule, on a resource or in a stack, may be there."""
        return any(path.startswith(one) for one in self._paths.get((rule, where), ()))


_UNJUDGED: Final = frozenset((Outcome.UNKNOWN, Outcome.UNREADABLE, Outcome.BROKEN))


def _is_environment(path: str) -> bool:
    """Whether a path may be that of the tag which says the environment: without it a rule that has other options in
    production judges nothing at all.
    """
    from inference_pools import platforms
    from inference_pools.context import ENVIRONMENT_TAGS
    from inference_pools.path import parse_path

    try:
        bag, *within = parse_path(path) or ("",)
    except ValueError:  # the path of a setting, as people write it in a file
        return False
    bags = {one for platform in platforms.known() for one in (platform.merged_tags, platform.own_tags)}
    tag = within[0] if within else None
    return bag in bags and (not isinstance(tag, str) or tag.casefold() in ENVIRONMENT_TAGS)


def _compares_stacks(rule: str) -> bool:
    from inference_pools.rule import Scope
    from inference_pools.rules import ALL

    return any(known.id == rule and known.scope is Scope.PROJECT for known in ALL)


NOT_TOLD: Final = "the new report does not say which stacks were read: write it anew with this poolgate"
