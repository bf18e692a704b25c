"""What has changed in a history since an audit, and how much of it is whose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple

from poolgate.history.course import LIVE, Count, Course, Finding, Group, Point, Standing, State
from poolgate.history.record import Audit, Record
from poolgate.owner import NOBODYS, Owners
from poolgate.report.by import OF_STACKS
from poolgate.report.scope import count

NO_NAME: Final = ""
"""The group of what no tag says to be anybody's."""


class Kind(StrEnum):
    """What became of a finding, in report order."""

    NEW = "new"
    RETURNED = "returned"
    UNWAIVED = "waiver ended"
    MENDED = "mended"
    NOT_ASKED = "no longer asked"
    WAIVED = "waived"


WORSE: Final = (Kind.NEW, Kind.RETURNED, Kind.UNWAIVED)


class Change(NamedTuple):
    """One finding that stands otherwise than it did."""

    kind: Kind
    finding: Finding


class Row(NamedTuple):
    """One group of a summary: what there is now, and how much of it has changed. `oldest` is of what is open.

    `stacks` are those with findings of the group, and its own without any; `clean` are those of the latter that were
    read, None where a group has no stacks of its own.
    """

    group: str
    now: Count
    changed: Mapping[Kind, int]
    oldest: datetime | None
    stacks: int
    clean: int | None


class Waiver(NamedTuple):
    """What covers findings, and how many. `days_left` counts from the day of the last audit; 0 is its last day.

    Of an exception of a policy config there are its id, as `exception`, and its reason: it has no owner, no ticket and
    no last day. `since` is the audit from which the first of the findings has been waived without a break, and `owners`
    are whose the findings are.
    """

    owner: str
    ticket: str
    expires: date | None
    days_left: int | None
    reason: str
    exception: str
    since: datetime
    owners: tuple[str, ...]
    findings: int
    stacks: int

    def __str__(self) -> str:
        """Until when, whose agreement it is and why, as a clause."""
        said = " ".join(filter(None, (self.owner, self.ticket and f"({self.ticket})")))
        if self.expires is None:
            until = f"by exception {self.exception}, no last day"
        elif self.days_left is not None and self.days_left < 0:
            until = f"until {self.expires}, which is past"
        else:
            until = f"until {self.expires} ({count(self.days_left or 0, 'day')} left)"
        return f"{until}{f' by {said}' if said else ''}{f': {self.reason}' if self.reason else ''}"


class Told(NamedTuple):
    """What there is to tell of a history. `base` is the audit that it is compared with; None where there is none."""

    course: Course
    base: Audit | None
    asked: str
    """What was asked for to compare with; "" for the last audit but one."""
    changes: tuple[Change, ...]
    came_and_went: int

    @property
    def last(self) -> Audit:
        """The newest audit."""
        return self.course.audits[-1]

    @property
    def points(self) -> list[Point]:
        """The audits since the one that is compared with, that one first."""
        points = self.course.points
        return points if self.base is None else points[self.course.audits.index(self.base) :]

    @property
    def fails(self) -> bool:
        """Whether something is to mend that was not, when the two are compared."""
        return any(change.kind in WORSE and change.finding.fails for change in self.changes)

    @property
    def numbers(self) -> Counter[Kind]:
        """How many findings became what."""
        return Counter(change.kind for change in self.changes)

    def absent(self) -> list[Standing]:
        """The stacks that the last audit of their sources did not read, by name."""
        stacks = self.course.stacks
        return [stacks[name] for name in sorted(stacks) if stacks[name].standing != "read"]

    def waivers(self) -> list[Waiver]:
        """What covers findings now, by its terms: what ends first at the top, exceptions, which have no end, last. What
        both a waiver and an exception cover is the waiver's.
        """
        covered: dict[tuple[str, ...], list[Finding]] = {}
        for finding in self.course.findings.values():
            found = finding.last
            if finding.state is not State.WAIVED:
                continue
            if found.waiver_expires:
                terms = (found.waiver_expires, found.waiver_owner, found.waiver_ticket, found.waiver_reason, "")
            else:
                terms = ("", "", "", found.exception_reason, found.exception)
            if any(terms):
                covered.setdefault(terms, []).append(finding)
        return [
            self._waiver(terms, findings)
            for terms, findings in sorted(covered.items(), key=lambda one: (not one[0][0], one[0]))
        ]

    def _waiver(self, terms: Sequence[str], findings: Sequence[Finding]) -> Waiver:
        expires, owner, ticket, reason, exception = terms
        last_day = date.fromisoformat(expires) if expires else None
        return Waiver(
            owner=owner,
            ticket=ticket,
            expires=last_day,
            days_left=None if last_day is None else (last_day - self.last.day).days,
            reason=reason,
            exception=exception,
            since=min(finding.changed for finding in findings),
            owners=tuple(sorted({self.course.whose(finding).owner for finding in findings} - {""})),
            findings=len(findings),
            stacks=len({finding.last.stack_name for finding in findings}),
        )

    def rows(self, by: str, *, ever: bool = False) -> list[Row]:
        """The summary by a dimension: the group with the most that is open first. `ever` has those of the past, too."""
        group = partial(self.course.group, by)
        now = self.course.points[-1].groups[by]
        past = {name for point in self.course.points for name in point.groups[by]} if ever else ()
        changed: dict[str, Counter[Kind]] = {}
        for kind, finding in self.changes:
            changed.setdefault(group(finding), Counter())[kind] += 1
        oldest: dict[str, datetime] = {}
        stacks: dict[str, set[str]] = {}
        for finding in self.course.findings.values():
            if finding.state in LIVE:
                name = group(finding)
                stacks.setdefault(name, set()).add(finding.last.stack_name)
                if finding.state is State.OPEN:
                    oldest[name] = min(oldest.get(name, finding.first_seen), finding.first_seen)
        own: dict[str, list[str]] = {}
        busy = set().union(*stacks.values())
        for known in self.course.stacks.values():
            place = None if known.last.name in busy else self.course.group_of_stack(by, known)
            if place is not None:
                own.setdefault(place, []).append(known.standing)
        return sorted(
            (
                Row(
                    name,
                    now.get(name, Count()),
                    changed.get(name, Counter()),
                    oldest.get(name),
                    len(stacks.get(name, ())) + len(own.get(name, ())),
                    own.get(name, []).count("read") if by in OF_STACKS else None,
                )
                for name in {*now, *changed, *past, *own}
            ),
            key=lambda row: (-row.now.open, -row.now.waived, row.group),
        )

    def notes(self) -> Iterator[str]:
        """Sentences on what the comparison does not say."""
        if self.base is None:
            if self.asked:
                yield f"no audit of this history is from before {self.asked}: all that was found is new"
            else:
                yield "this is the first audit of this history: all that was found is new"
        for point in self.points[0 if self.base is None else 1 :]:
            name = f"the audit of {when(point.audit.started)}"
            if point.differs:
                yield f"{name} judged by other rules than the one before: {point.differs}"
            if point.audit.day != point.audit.started.date():
                yield f"{name} judged as of {point.audit.day}"
        unknown = Counter(
            finding.why_unknown
            for finding in self.course.findings.values()
            if finding.why_unknown and finding.state in LIVE
        )
        for why, number in sorted(unknown.items()):
            yield f"{count(number, 'finding')} may be there or not: {why}"
        if self.came_and_went:
            yield f"{count(self.came_and_went, 'finding')} came and went in between"
        yield from self.course.owners.notes(self.course.stacks)


def when(moment: datetime) -> str:
    """A time as it is told, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M}"


def tell(
    records: Iterable[Record], since: date | None, by: Mapping[str, Group], owners: Owners = NOBODYS
) -> Told | None:
    """What there is to tell of a history; None of one without audits.

    It is compared with the last audit before a day, or with the last but one. `owners` say whose what was found is.
    """
    course = Course(by, owners)
    start = None if since is None else datetime.combine(since, time(), UTC)
    before: dict[str, State] = {}
    base: Audit | None = None
    for record in records:
        if course.points and (start is None or course.points[-1].audit.started < start):
            before, base = course.states(), course.points[-1].audit
        course.follow(record)
    if not course.points:
        return None
    if start is not None and course.points[-1].audit.started < start:  # Nothing has been audited since.
        before, base = course.states(), course.points[-1].audit
    changes, came_and_went = [], 0
    for fingerprint, finding in course.findings.items():
        was = before.get(fingerprint)
        kind = _kind(was, finding, base)
        if kind:
            changes.append(Change(kind, finding))
        came_and_went += was is None and finding.state not in LIVE
    order = list(Kind)
    changes.sort(key=lambda one: (order.index(one.kind), *_place(one.finding)))
    return Told(course, base, "" if since is None else since.isoformat(), tuple(changes), came_and_went)


def _place(finding: Finding) -> tuple[str, ...]:
    found = finding.last
    return found.stack_name, found.name, found.rule, found.path, found.fingerprint


def _kind(was: State | None, finding: Finding, base: Audit | None) -> Kind | None:
    was_live = was in LIVE
    match finding.state:
        case State.OPEN:
            if was is None:
                return Kind.NEW
            if was is State.WAIVED:
                return Kind.UNWAIVED
            came_back = finding.returned is not None and base is not None and finding.returned > base.started
            return Kind.RETURNED if not was_live or came_back else None
        case State.WAIVED:
            return None if was is State.WAIVED else Kind.WAIVED
        case State.MENDED:
            return Kind.MENDED if was_live else None
        case State.NOT_ASKED:
            return Kind.NOT_ASKED if was_live else None


DIMENSIONS: Final[Mapping[str, Group]] = {
    "rule": lambda finding, _: finding.last.rule,
    "owner": lambda finding, course: course.whose(finding).owner,
    "team": lambda finding, course: course.whose(finding).team,
    "cost-center": lambda finding, course: course.whose(finding).cost_center,
    "environment": lambda finding, course: course.whose(finding).environment.casefold(),
    "platform": lambda finding, _: finding.last.platform,
    "stack": lambda finding, _: finding.last.stack_name,
}
"""What findings can be counted by."""
