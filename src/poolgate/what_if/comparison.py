"""What the rules in force and those that are proposed say of one estate, finding by finding, and how much is whose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from inference_pools.finding import Outcome, Waiver
from inference_pools.own_checks import BY_ID
from inference_pools.rule import Scope
from inference_pools.runner import enabled
from inference_pools.waivers import can_be_waived
from poolgate.findings import Finding, Tally
from poolgate.owner import NOBODY, Whose
from poolgate.report.by import DIMENSIONS
from poolgate.report.reach import Blind, Stack, Unjudged, stacks_met
from poolgate.report.scope import count
from poolgate.what_if.both import Both, Sides
from poolgate.what_if.differences import Difference, differences

_JUDGED: Final = frozenset((Outcome.VIOLATED, Outcome.UNREADABLE, Outcome.WAIVED))


class Kind(StrEnum):
    """What would become of a finding, in report order."""

    NEW = "new"
    STRICTER = "stricter"
    """Found by both, and only then one that makes a run fail."""
    UNWAIVED = "waiver ended"
    GONE = "gone"
    MILDER = "milder"
    WAIVED = "waived"
    UNKNOWN = "not known"
    """Found by the rules in force; those that are proposed could not judge it."""


WORSE: Final = (Kind.NEW, Kind.STRICTER, Kind.UNWAIVED)


class Change(NamedTuple):
    """One finding that would stand otherwise: as it is now and as it would be, None where it is not found."""

    kind: Kind
    now: Finding | None
    then: Finding | None

    @property
    def finding(self) -> Finding:
        """As it would be, else as it is."""
        found = self.then or self.now
        assert found
        return found

    @property
    def fails(self) -> bool:
        """Whether it would make a run fail that it does not make fail now."""
        return bool(self.then and self.then.fails and not (self.now and self.now.fails))


class Row(NamedTuple):
    """One group of a summary. `mandatory` are the changes by which a run would fail that does not fail now.

    `resources` and `stacks` are those for which something is worse, `stopped` the stacks whose next deployment the gate
    would stop, and does not stop now.
    """

    group: str
    to_mend_now: int = 0
    to_mend_then: int = 0
    changes: Mapping[Kind, int] = {}
    mandatory: int = 0
    same: int = 0
    resources: int = 0
    stacks: int = 0
    stopped: int = 0


class Stopped(NamedTuple):
    """A stack whose next deployment the gate would stop, and does not stop now: and by which rules."""

    stack: Stack
    whose: Whose
    rules: tuple[str, ...]
    findings: int


class Held(NamedTuple):
    """A waiver, and how many findings it covers now and would cover."""

    waiver: Waiver
    now: int
    then: int


class Comparison:
    """What is found by both, once waivers and exceptions of each are settled."""

    def __init__(self, both: Both, sides: Sides) -> None:
        self.both = both
        self.differences: list[Difference] = differences(both.now, both.then)
        self._sides = sides
        self.now, self.then = (_by_fingerprint(side) for side in sides)
        blind = Blind(Unjudged(one.rule, _where(one), one.outcome, one.path) for one in sides.then.findings)
        self.changes: list[Change] = []
        self.same: list[tuple[Finding, Finding]] = []
        for fingerprint in {**self.now, **self.then}:
            now, then = self.now.get(fingerprint), self.then.get(fingerprint)
            kind = _kind(now, then, blind)
            if kind:
                self.changes.append(Change(kind, now, then))
            elif now and then and (is_told(now) or is_told(then)):
                self.same.append((now, then))
        order = list(Kind)
        self.changes.sort(key=lambda one: (order.index(one.kind), *one.finding.sort_key, one.finding.occurrence))

    @property
    def fails(self) -> bool:
        """Whether something would make a run fail that does not make it fail now."""
        return any(change.fails for change in self.changes)

    @cached_property
    def numbers(self) -> Counter[Kind]:
        """How many findings would become what."""
        return Counter(change.kind for change in self.changes)

    @cached_property
    def mandatory(self) -> int:
        """How many would make a run fail that do not make it fail now."""
        return sum(change.fails for change in self.changes)

    @cached_property
    def reworded(self) -> int:
        """How many of those that stay the same would say something else, such as another limit."""
        return sum(now.message != then.message for now, then in self.same)

    @cached_property
    def not_judged(self) -> tuple[int, int]:
        """How many judgements could not be made, and would not be."""
        now, then = (sum(one.outcome is Outcome.UNKNOWN for one in side.values()) for side in (self.now, self.then))
        return now, then

    @cached_property
    def broken(self) -> list[str]:
        """The rules of either that raised: nobody knows what they would find."""
        return sorted({one.rule for side in self._sides for one in side.findings if one.outcome is Outcome.BROKEN})

    @cached_property
    def stacks(self) -> list[Stack]:
        """All stacks that were met."""
        return stacks_met(self._sides.now)

    @property
    def not_read(self) -> list[Stack]:
        """The stacks of which nothing is known."""
        return [stack for stack in self.stacks if not stack.read]

    @cached_property
    def stopped(self) -> list[Stopped]:
        """The stacks whose next deployment the gate would stop, and does not stop now, by name."""
        met = {stack.name: stack for stack in self.stacks}
        return [
            Stopped(met[name], self.whose(name), tuple(sorted({one.rule for one in found})), len(found))
            for name, found in sorted(self._stopping.items())
        ]

    @cached_property
    def _stopping(self) -> Mapping[str, Sequence[Finding]]:
        """By what the gate would stop the stacks that it does not stop now."""
        comparing = {
            setting.rule.id
            for rules in (self.both.now, self.both.then)
            for setting in enabled(rules.settings)
            if setting.rule.scope is Scope.PROJECT  # The gate sees one stack, and runs none of these.
        }
        now: dict[str, list[Finding]] = defaultdict(list)
        then: dict[str, list[Finding]] = defaultdict(list)
        for side, by_stack in ((self.now, now), (self.then, then)):
            for one in side.values():
                if one.fails and one.rule not in comparing:
                    by_stack[stack_of(one)].append(one)
        return {name: then[name] for name in then.keys() - now.keys()}

    @cached_property
    def waivers(self) -> list[Held]:
        """The waivers that would cover nothing any more, and those that would cover something and do not now."""
        counts = [
            Counter(one.waiver for one in side.values() if one.waiver is not None) for side in (self.now, self.then)
        ]
        held = (Held(waiver, counts[0][waiver], counts[1][waiver]) for waiver in {**counts[0], **counts[1]})
        return [one for one in held if not (one.now and one.then)]

    @cached_property
    def to_be_waived(self) -> Collection[tuple[str, str]]:
        """What would have to be waived, if nothing is mended, so that no more fails than now: rules, each by stack."""
        return {
            (change.finding.rule, stack_of(change.finding))
            for change in self.changes
            if change.fails and can_be_waived(change.finding.outcome, change.finding.enforcement)
        }

    def rows(self, by: str) -> list[Row]:
        """The summary by a dimension: the group with the most that would fail first."""
        group = DIMENSIONS[by]
        changes: dict[str, list[Change]] = defaultdict(list)
        same: Counter[str] = Counter(group(then) for _, then in self.same)
        for change in self.changes:
            changes[group(change.finding)].append(change)
        now, then = (Counter(group(one) for one in side.values() if one.fails) for side in (self.now, self.then))
        stopped = defaultdict(set)
        for name, found in self._stopping.items():
            for one in found:
                stopped[group(one)].add(name)
        rows = [
            Row(
                name,
                now[name],
                then[name],
                Counter(change.kind for change in changes[name]),
                sum(change.fails for change in changes[name]),
                same[name],
                len({change.finding.subject.urn for change in changes[name] if change.kind in WORSE}),
                len({stack_of(change.finding) for change in changes[name] if change.kind in WORSE}),
                len(stopped[name]),
            )
            for name in {**now, **then, **same, **changes}
        ]
        return sorted(rows, key=lambda row: (-row.mandatory, -sum(row.changes[kind] for kind in WORSE), row.group))

    def whose(self, stack: str) -> Whose:
        """Whose a stack is, by its name."""
        return Whose(*self._sides.now.whose.get(stack, NOBODY))

    def notes(self) -> Iterator[str]:
        """Sentences on what the comparison does not say."""
        yield from self._sides.now.notes
        if not self.differences:
            yield "the proposed rules differ from those in force in nothing"
        if unread := self.not_read:
            yield f"{count(len(unread), 'stack')} not read: nothing is said of what the proposed rules would find there"
        now, then = self.not_judged
        if now or then:
            yield f"{count(now, 'judgement')} could not be made by the rules in force, {then} by those proposed"
        if self.reworded:
            yield f"{count(self.reworded, 'finding')} would stay, and say something else, such as another limit"


def stack_of(finding: Finding) -> str:
    """The stack that a finding is in, as `project/stack`."""
    return f"{finding.subject.project}/{finding.subject.stack}"


def is_told(finding: Finding) -> bool:
    """Whether it is one to compare; else it says that something could not be judged, and makes nothing fail."""
    return finding.outcome in _JUDGED or finding.fails


def _by_fingerprint(tally: Tally) -> dict[str, Finding]:
    """What rules say of stacks: not what poolgate says of files and stacks itself, nor what is wrong with waivers."""
    return {
        finding.fingerprint: finding
        for finding in tally.sorted_findings
        if finding.rule not in BY_ID and finding.subject.stack
    }


def _kind(now: Finding | None, then: Finding | None, blind: Blind) -> Kind | None:
    if then is None or not is_told(then):
        if now is None or not is_told(now):
            return None
        return Kind.MILDER if then else Kind.UNKNOWN if blind.hides(now.rule, _where(now), now.path) else Kind.GONE
    is_waived = then.outcome is Outcome.WAIVED
    if now is None or not is_told(now):
        return Kind.STRICTER if now else Kind.WAIVED if is_waived else Kind.NEW
    if now.outcome is not then.outcome and Outcome.WAIVED in (now.outcome, then.outcome):
        return Kind.WAIVED if is_waived else Kind.UNWAIVED
    if now.fails is not then.fails:
        return Kind.STRICTER if then.fails else Kind.MILDER
    return None


def _where(finding: Finding) -> str:
    return finding.subject.urn or stack_of(finding)
