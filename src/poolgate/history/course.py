"""What became of each finding and each stack from audit to audit.

That a finding is not found says that it is mended only where its stack was read, and its rule ran with the options by
which it was found. In all other cases nobody knows: the finding stays as it was, and says why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from inference_pools.levels import Enforcement, Outcome
from poolgate.findings import fails
from poolgate.history.record import Audit, Found, Record, StackMet
from poolgate.judged_by import Difference, difference
from poolgate.owner import NOBODY, NOBODYS, Owners, Whose
from poolgate.report.by import ANY_CASE, OF_STACKS
from poolgate.report.reach import Blind, Unjudged


class State(StrEnum):
    """How it stands with a finding, as the last audit had it that could tell."""

    OPEN = "open"
    WAIVED = "waived"
    MENDED = "mended"
    """Looked for by the rule and the options that it was found by, and not found."""
    NOT_ASKED = "no longer asked"
    """Looked for by other options of its rule, and not found."""


LIVE: Final = frozenset((State.OPEN, State.WAIVED))


class Because(StrEnum):
    """Why a finding is there that was not there before."""

    CHANGED = ""
    """Its stack was read before, by the same rule and the same options: something changed there."""
    FIRST_READ = "its stack was not read before"
    RULE = "its rule did not run before, or by other options"


class Unread(NamedTuple):
    """A time in which a stack was not read; `until` is that of the audit with which it ended, None while it lasts."""

    standing: str
    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class Standing:
    """How it stands with a stack. `met` is the last audit that met it, `read` the last that read it.

    `standing` is as the last audit of its sources had it: `read`, `not read`, `missing`, or `vanished`, if that one did
    not meet it any more.
    """

    last: StackMet
    first: datetime
    met: Audit
    read: Audit | None = None
    standing: str = "read"
    unread: list[Unread] = field(default_factory=list)

    @property
    def since(self) -> datetime | None:
        """The time of the audit since which it is not `read`."""
        return None if self.standing == "read" else self.unread[-1].since

    def stand(self, standing: str, audit: Audit) -> None:
        """Says how it stands after an audit."""
        if standing == self.standing:
            return
        if self.standing != "read":
            self.unread[-1] = self.unread[-1]._replace(until=audit.started)
        if standing != "read":
            self.unread.append(Unread(standing, audit.started))
        self.standing = standing

    @property
    def whose(self) -> Whose:
        """Whose it is by tags of its own."""
        return self.last.whose


@dataclass(slots=True)
class Finding:
    """One finding through all audits. `last` is as it was found last.

    `first_seen` and `last_seen` are the times of audits that found it; `changed` that of the one that brought it into
    its state. `returned` is when it last came back, `mended` when it last went. `options` names those of its rule that
    it was found by.
    """

    last: Found
    state: State
    first_seen: datetime
    last_seen: datetime
    changed: datetime
    options: str
    because: Because
    mended: datetime | None = None
    returned: datetime | None = None
    fails: bool = False
    """Whether it is one to mend: mandatory, and covered by no waiver."""
    why_unknown: str = ""
    """Why the last audit of its stack's sources could not tell whether it is there; "" if it could."""
    groups: tuple[str, ...] = ()
    """What it is counted under, in each dimension."""
    stacks_behind: frozenset[str] = frozenset()
    """For one that rests on all stacks of its project: those that were read when it was found."""


Group = Callable[[Finding, "Course"], str]
"""What a finding is counted under."""


@dataclass(slots=True)
class Count:
    """How many findings of a group there were after an audit. `unknown` are those of the open ones that it could not
    look for.
    """

    open: int = 0
    mandatory: int = 0
    waived: int = 0
    unknown: int = 0

    def add(self, sort: _Sort, number: int) -> None:
        """Counts live findings of one sort."""
        if sort.is_waived:
            self.waived += number
        else:
            self.open += number
            self.mandatory += number * sort.fails
            self.unknown += number * sort.is_unknown


class _Sort(NamedTuple):
    """What live findings are counted by; `groups` are those of each dimension."""

    groups: tuple[str, ...]
    is_waived: bool
    fails: bool
    is_unknown: bool


class Point(NamedTuple):
    """What there was after an audit: in all, and by the groups of each dimension; `stacks` by how they stood."""

    audit: Audit
    differs: Difference | None
    total: Count
    groups: Mapping[str, Mapping[str, Count]]
    stacks: Counter[str]


@dataclass(slots=True)
class Course:
    """The course of all that audits found, as far as it was followed. `by` are the dimensions of the trend.

    `owners` say whose what was found is, as they do now: what they are told anew holds for what was found before.
    """

    by: Mapping[str, Group] = field(default_factory=dict)
    owners: Owners = NOBODYS
    findings: dict[str, Finding] = field(default_factory=dict)
    stacks: dict[str, Standing] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    _spellings: dict[tuple[str, str], str] = field(default_factory=dict)
    _live: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The fingerprints of what is open or waived, by stack."""

    @classmethod
    def of(cls, records: Iterable[Record], by: Mapping[str, Group] | None = None) -> Course:
        """The course through records, the oldest first."""
        course = cls(by or {})
        for record in records:
            course.follow(record)
        return course

    @property
    def audits(self) -> list[Audit]:
        """The audits that were followed."""
        return [point.audit for point in self.points]

    def states(self) -> dict[str, State]:
        """How it stands with each finding now."""
        return {fingerprint: finding.state for fingerprint, finding in self.findings.items()}

    def follow(self, record: Record) -> None:
        """Goes on by one audit."""
        audit = record.audit
        before = {name: standing.read for name, standing in self.stacks.items()}
        read = {stack.name for stack in record.stacks if stack.standing == "read"}
        self._meet(record)
        there = {found.fingerprint for found in record.findings if found.is_tracked}
        for found in record.findings:
            if found.is_tracked:
                self._see(found, audit, before, read)
        blind = Blind(Unjudged(one.rule, _where(one), one.outcome, one.path) for one in record.findings)
        for name in self._live:
            for fingerprint in self._live[name] - there:
                missed = self.findings[fingerprint]
                self._miss(missed, audit, read, blind)
                if missed.state not in LIVE:
                    self._live[name].discard(fingerprint)
        self.points.append(self._point(audit))

    def _meet(self, record: Record) -> None:
        audit = record.audit
        for stack in record.stacks:
            known = self.stacks.get(stack.name)
            if known is None:
                known = self.stacks[stack.name] = Standing(stack, audit.started, audit)
            is_read = stack.standing == "read"
            # What is said of a stack that was not read, or is missing, is less than what was known of it before.
            if is_read and known.last != stack:
                known.last = stack
                for fingerprint in self._live.get(stack.name, ()):
                    self._sort(self.findings[fingerprint])
            known.met = audit
            known.read = audit if is_read else known.read
            known.stand(stack.standing, audit)
        met = {stack.name for stack in record.stacks}
        for name, known in self.stacks.items():
            if name not in met and known.met.sources == audit.sources:
                known.stand("vanished", audit)

    def _see(self, found: Found, audit: Audit, before: Mapping[str, Audit | None], read: set[str]) -> None:
        state = State.WAIVED if found.is_waived else State.OPEN
        options = audit.rules.get(found.rule, "")
        known = self.findings.get(found.fingerprint)
        if known is None or known.state not in LIVE:
            because = _because(found, options, before.get(found.stack_name))
        else:
            because = known.because
        if known is None:
            known = Finding(found, state, audit.started, audit.started, audit.started, options, because)
            self.findings[found.fingerprint] = known
        elif known.state not in LIVE:
            known.returned = audit.started
        if known.state is not state:
            known.changed = audit.started
        if known.last is not found or not known.groups:
            known.last = found
            self._sort(known)
        known.state, known.last_seen = state, audit.started
        known.fails = not found.is_waived and fails(Outcome(found.outcome), Enforcement(found.enforcement))
        known.options, known.because, known.why_unknown = options, because, ""
        if found.compares:
            known.stacks_behind = frozenset(name for name in read if name.startswith(f"{found.project}/"))
        self._live[found.stack_name].add(found.fingerprint)

    def _miss(self, known: Finding, audit: Audit, read: set[str], blind: Blind) -> None:
        """What it says of a finding that is open or waived that an audit does not have it."""
        found = known.last
        stack = self.stacks.get(found.stack_name)
        if found.stack_name not in read:
            if stack and stack.standing != "read":
                known.why_unknown = f"its stack is {stack.standing}"
            return
        options = audit.rules.get(found.rule)
        if options is None:
            known.why_unknown = "its rule did not run"
        elif blind.hides(found.rule, _where(found), found.path):
            known.why_unknown = "its rule could not judge it"
        elif not known.stacks_behind <= read:
            known.why_unknown = "a stack that it was compared with was not read"
        else:
            known.state = State.MENDED if options == known.options else State.NOT_ASKED
            known.changed, known.why_unknown = audit.started, ""
            known.mended = audit.started if known.state is State.MENDED else known.mended

    def _sort(self, finding: Finding) -> None:
        finding.groups = tuple(self.group(by, finding) for by in self.by)

    def group(self, by: str, finding: Finding) -> str:
        """What a finding is counted under in a dimension. Names of people that differ in case alone are one, by the
        spelling that was met first.
        """
        return self._spelled(by, self.by[by](finding, self))

    def group_of_stack(self, by: str, stack: Standing) -> str | None:
        """The same of a stack of which nothing is found; None in a dimension that such a stack has no group in, and for
        one that has nothing that rules judge.
        """
        name_of = OF_STACKS.get(by)
        if name_of is None or stack.last.judged == "no":
            return None
        return self._spelled(by, name_of(stack.last.name, self.whose_stack(stack)))

    def _spelled(self, by: str, name: str) -> str:
        return self._spellings.setdefault((by, name.casefold()), name) if by in ANY_CASE else name

    def _point(self, audit: Audit) -> Point:
        sorts = Counter(
            _Sort(one.groups, one.state is State.WAIVED, one.fails, bool(one.why_unknown))
            for fingerprints in self._live.values()
            for one in map(self.findings.__getitem__, fingerprints)
        )
        total = Count()
        groups: dict[str, defaultdict[str, Count]] = {name: defaultdict(Count) for name in self.by}
        for sort, number in sorts.items():
            total.add(sort, number)
            for of_dimension, name in zip(groups.values(), sort.groups, strict=True):
                of_dimension[name].add(sort, number)
        before = self.points[-1].audit if self.points else None
        differs = difference(before.rules, audit.rules, (before.version, audit.version)) if before else None
        return Point(audit, differs or None, total, groups, self.standings())

    def whose(self, finding: Finding) -> Whose:
        """Whose a finding is."""
        found = finding.last
        stack = self.stacks.get(found.stack_name)
        of_stack = stack.whose if stack else NOBODY
        return self.owners.whose(found.whose, found.project, found.stack, found.urn, of_stack)

    def whose_stack(self, stack: Standing) -> Whose:
        """Whose a stack is: by its own tags, by those of its resources, then by the file of owners."""
        by_tags = stack.whose.or_else(stack.last.by_resources)
        return self.owners.whose(NOBODY, stack.last.project, stack.last.stack, of_stack=by_tags)

    def standings(self) -> Counter[str]:
        """How many stacks there are of each standing."""
        return Counter(stack.standing for stack in self.stacks.values())


def _where(found: Found) -> str:
    return found.urn or found.stack_name


def _because(found: Found, options: str, before: Audit | None) -> Because:
    if before is None:
        return Because.FIRST_READ
    return Because.CHANGED if before.rules.get(found.rule) == options else Because.RULE


def live(course: Course) -> Iterator[Finding]:
    """What is open or waived, by stack and resource."""
    found = (finding for finding in course.findings.values() if finding.state in LIVE)
    return iter(sorted(found, key=lambda one: (one.last.stack_name, one.last.name, one.last.rule, one.last.path)))
