"""Findings by what is to be edited: one wrong line gives several, and is mended once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from inference_pools.levels import Outcome
from inference_pools.own_checks import PROGRAM_RUNS, PROVIDER_CHECK
from poolgate.findings import Origin

if TYPE_CHECKING:
    from poolgate.findings import Finding, Location, Subject

Key = tuple[str, ...]
"""What findings share that one edit mends: a line's file and number, or whose finding it is where no line is known."""

MOST_NAMED: Final = 4
"""So many resources, stacks or files are named of those that one thing is said of."""

MOST_IN_HEADING: Final = 2
"""So many resources are named in a heading, where the place has to be seen."""

_SETTLED: Final = {Outcome.WAIVED: 1, Outcome.UNKNOWN: 2}
_CONSEQUENCES: Final[Mapping[str, int]] = {PROVIDER_CHECK: 2, PROGRAM_RUNS: 3}
"""In which order they come after all others."""

_LINE: Final = "line"
_OWNER: Final = "owner"
_SHORTEST_VALUE: Final = 2
"""Characters. A shorter value stands in any message."""
_FRAME: Final = re.compile(r'\s*+(?:\| )?\s*File "')
_SOURCE: Final = re.compile(r"\s*(?:\| )?    ")


class Said(NamedTuple):
    """Findings that say the same of several resources, in report order."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that speaks for all."""
        return self.findings[0]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whom it is said of, each once."""
        return tuple(dict.fromkeys(finding.subject for finding in self.findings))


class Group:
    """The findings that one edit mends, in the order to read them in: the schema's word first, a failure last."""

    def __init__(self, key: Key, findings: tuple[Finding, ...]) -> None:
        self.key = key
        self.findings = findings

    @property
    def place(self) -> Location | None:
        """The line to edit, by the finding that says it first; None where no line is known."""
        if self.key[0] != _LINE:
            return None
        here = [finding.location for finding in self.findings if self.is_here(finding) and finding.location]
        exact = next((place for place in here if place.column is not None), here[0])
        return exact._replace(is_private=any(place.is_private for place in here))

    def is_here(self, finding: Finding) -> bool:
        """Whether a finding of the group stands at its line: a failure that follows from it stands elsewhere."""
        place = finding.location
        return place is not None and self.key[:3] == (_LINE, place.file, str(place.line))

    @cached_property
    def entries(self) -> list[Said]:
        """The findings, with what is said of several resources said once."""
        if len(self.findings) == 1:
            return [Said(self.findings)]
        same: dict[tuple[object, ...], list[Finding]] = {}
        for one in self.findings:
            about = one.location if not self.is_here(one) else None
            said = (one.rule, one.enforcement, one.outcome, one.severity, one.path, one.message, one.remedy)
            same.setdefault((*said, one.waiver, one.exemption, about), []).append(one)
        return [Said(tuple(findings)) for findings in same.values()]

    @cached_property
    def resources(self) -> tuple[Subject, ...]:
        """The resources that something is said of, each once, whichever stack they are of."""
        by_urn = {finding.subject.urn: finding.subject for finding in reversed(self.findings) if finding.subject.urn}
        return tuple(reversed(by_urn.values()))

    @property
    def resource_names(self) -> tuple[tuple[str, str], ...]:
        """What the resources are called, by type and name: in several stacks they are called the same."""
        return tuple(dict.fromkeys((subject.type, subject.name) for subject in self.resources))

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks (`project/stack`) that something is said of; of a file of none its name."""
        return tuple(dict.fromkeys(stack_of(finding.subject) for finding in self.findings))

    def is_of_all(self, entry: Said) -> bool:
        """Whether an entry is about every resource of the group, or about no resource: then none has to be named."""
        if len(self.resources) < 2:
            return True
        own = {finding.subject.urn for finding in entry.findings if finding.subject.urn}
        return not own or len(own) == len(self.resources)

    @cached_property
    def is_of_one_mind(self) -> bool:
        """Whether all that is said is about all of the resources."""
        return all(map(self.is_of_all, self.entries))

    @property
    def heading(self) -> str:
        """The stacks and the resources, counted where they are many, or not all that is said is about all of them."""
        stacks = names_in_words(self.stacks)
        if not self.resources:
            return stacks
        is_short = self.is_of_one_mind and len(self.resource_names) <= MOST_IN_HEADING
        number = len(self.resources)
        counted = f"{number} resource{'' if number == 1 else 's'}"
        return f"{stacks}: {resources_in_words(self.resources) if is_short else counted}"


class Edits(NamedTuple):
    """How much there is to edit. `others` are resources, stacks and files of whose findings no line is known."""

    lines: int
    resources: int
    others: int

    @property
    def number(self) -> int:
        """All of them."""
        return self.lines + self.resources + self.others

    def __str__(self) -> str:
        """Such as `3 lines to edit`, or the empty text where there is nothing."""
        counts = ((self.lines, "line"), (self.resources, "resource"), (self.others, "other place"))
        told = [f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counts if number]
        if not told:
            return ""
        listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
        return f"{listed} to {'edit' if self.lines else 'mend'}"


class Lines:
    """Knows of each finding of a run what is to be edited for it.

    `home` tells the file that a stack's state is in. A place in it is none to edit, and neither is its line.
    """

    def __init__(self, findings: Iterable[Finding], home: Callable[[Subject], str | None]) -> None:
        self._home = home
        self._causes: dict[Finding, Key] = {}
        findings = list(findings)
        self._is_of_states = all(finding.origin is Origin.STATE for finding in findings)
        failures = [finding for finding in findings if finding.rule == PROGRAM_RUNS]
        if failures:
            self._join(failures, [finding for finding in findings if _is_schemas(finding)])

    def key(self, finding: Finding) -> Key:
        """What one edit is named by: of a state, a line of its program, which is that of the project's own file."""
        return self._causes.get(finding) or self._own_key(finding)

    def groups(self, findings: Iterable[Finding]) -> Iterator[Group]:
        """The findings, which are in report order, by what is to be edited; a failure of a stack stands last in it."""
        for together in self._apart(findings):
            yield from self._groups(together)

    def _apart(self, findings: Iterable[Finding]) -> Iterator[Iterable[Finding]]:
        """The findings in parts of which no two have anything to edit in common: an estate has thousands, and of each
        as much would be made as it takes itself. What is to be edited for a state is of its project.
        """
        if self._is_of_states:
            yield from (of_project for _, of_project in groupby(findings, lambda finding: finding.subject.project))
        else:
            yield findings

    def _groups(self, findings: Iterable[Finding]) -> list[Group]:
        by_key: dict[Key, list[Finding]] = {}
        for finding in findings:
            by_key.setdefault(self.key(finding), []).append(finding)
        groups = [
            Group(key, tuple(found) if len(found) == 1 else tuple(sorted(found, key=_order)))
            for key, found in by_key.items()
        ]
        if any(finding.rule == PROGRAM_RUNS for group in groups for finding in group.findings):
            firsts = {group.key: by_key[group.key][0].subject for group in groups}
            groups.sort(key=lambda group: (*_stack_key(firsts[group.key]), group.findings[0].rule == PROGRAM_RUNS))
        return groups

    def edits(self, findings: Iterable[Finding]) -> Edits:
        """How much there is to edit for the findings given."""
        lines = resources = others = 0
        for together in self._apart(findings):
            for kind, owner, *_ in {self.key(finding) for finding in together}:
                lines += kind == _LINE
                resources += kind == _OWNER and bool(owner)
                others += kind == _OWNER and not owner
        return Edits(lines, resources, others)

    def _own_key(self, finding: Finding) -> Key:
        place, subject = finding.location, finding.subject
        if place is None:
            return (_OWNER, subject.urn, subject.project, subject.stack, subject.name)
        if finding.origin is not Origin.STATE:
            return (_LINE, place.file, str(place.line))
        if not place.is_shown or place.file == self._home(subject):
            return (_OWNER, subject.urn, subject.project, subject.stack, subject.name)
        return (_LINE, place.file, str(place.line), subject.project)

    def _join(self, failures: Sequence[Finding], schemas: Sequence[Finding]) -> None:
        """Puts each failure of a program to the line of its stack's configuration whose key or value it tells of.

        One that has a line of the configuration itself stays there.
        """
        for failure in failures:
            of_stack = [each for each in schemas if _stack_key(each.subject) == _stack_key(failure.subject)]
            if failure.location and any(
                each.location and each.location.file == failure.location.file for each in of_stack
            ):
                continue
            told = _raised(failure.message)
            cause = next((each for each in of_stack if any(_tells(told, word) for word in _words(each))), None)
            if cause:
                self._causes[failure] = self._own_key(cause)


def stack_of(subject: Subject) -> str:
    """The stack that a subject is of, as `project/stack`; of a file, its name."""
    return "/".join(part for part in (subject.project, subject.stack) if part) or subject.name


def resources_in_words(subjects: Iterable[Subject], *, with_stacks: bool = False, most: int | None = MOST_NAMED) -> str:
    """The resources by type and name, as many as are named, such as `InferencePool a, b, InferenceGroup c and 2 more`.

    `with_stacks` says that they are of several stacks, and each is named with its own.
    """
    found: dict[tuple[str, str], None] = {}
    for subject in subjects:
        if subject.urn:
            kind = subject.type.rpartition(":")[2]
            found[(f"{stack_of(subject)} {kind}" if with_stacks else kind, subject.name)] = None
    told: list[str] = []
    before = ""
    for kind, name in list(found)[:most]:
        told.append(name if kind == before else f"{kind} {name}")
        before = kind
    return _joined(told, len(found))


def names_in_words(names: Sequence[str], most: int | None = MOST_NAMED) -> str:
    """The first names, and how many there are beside them."""
    return _joined(names[:most], len(names))


def _joined(told: Sequence[str], number: int) -> str:
    rest = number - len(told)
    return ", ".join(told) + (f" and {rest} more" if rest else "")


def _order(finding: Finding) -> tuple[int, int, bool, int]:
    """What a reader wants to know first: what the schema asks, then the rules, then what fails because of it."""
    rank = 0 if _is_schemas(finding) else _CONSEQUENCES.get(finding.rule, 1)
    return _SETTLED.get(finding.outcome, 0), rank, not finding.fails, -finding.severity.rank


def _is_schemas(finding: Finding) -> bool:
    """Whether the lint says it of a file, not a rule of a resource."""
    return finding.origin is Origin.CONFIG and not finding.subject.urn


def _stack_key(subject: Subject) -> tuple[str, str]:
    return subject.project, subject.stack


def _raised(message: str) -> str:
    """What a traceback ends with, without the lines of the program; any other message as it is."""
    lines = message.splitlines()
    last = max((number for number, line in enumerate(lines) if _FRAME.match(line)), default=-1)
    rest = lines[last + 1 :]
    while last >= 0 and rest and _SOURCE.match(rest[0]):
        rest = rest[1:]
    return "\n".join(rest)


def _words(finding: Finding) -> Iterator[str]:
    """By what a message tells of a line of the configuration: its key, and the value that is written there."""
    from poolgate.report.frame import word_at

    if finding.keys:
        yield finding.path
        yield str(finding.keys[-1]).rpartition(":")[2]
    if finding.location and (value := word_at(finding.location)):
        yield value


def _tells(text: str, word: str) -> bool:
    return len(word) >= _SHORTEST_VALUE and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
