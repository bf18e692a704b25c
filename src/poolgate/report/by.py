"""The run summed up by rule, by whose it is, by platform or by stack: how much of what was found is to mend where.

The findings of all groups are those of the summary of the run; stacks and resources may be in several groups. A stack
of which nothing was found is in the group of whoever it is of, so that it is seen how much is in order; rules and
platforms have only what was found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from inference_pools.own_checks import STATE_READABLE
from inference_pools.view import platform_of
from poolgate.owner import Whose
from poolgate.report import scope
from poolgate.report.reach import Stack, stacks_met

if TYPE_CHECKING:
    from poolgate.findings import Finding
    from poolgate.report import Report


def _stack(finding: Finding) -> str:
    """As `project/stack`; the file of a state of which neither is known."""
    subject = finding.subject
    if subject.stack:
        return f"{subject.project}/{subject.stack}"
    return subject.name if finding.rule == STATE_READABLE else ""


DIMENSIONS: Final[Mapping[str, Callable[[Finding], str]]] = {
    "rule": lambda finding: finding.rule,
    "owner": lambda finding: finding.subject.owner,
    "team": lambda finding: finding.subject.team,
    "cost-center": lambda finding: finding.subject.cost_center,
    "environment": lambda finding: finding.subject.environment.casefold(),
    "platform": lambda finding: platform_of(finding.subject.type),
    "stack": _stack,
}
"""What a run is summed up by: the same as a history."""

OF_STACKS: Final[Mapping[str, Callable[[str, Whose], str]]] = {
    "owner": lambda _, whose: whose.owner,
    "team": lambda _, whose: whose.team,
    "cost-center": lambda _, whose: whose.cost_center,
    "environment": lambda _, whose: whose.environment.casefold(),
    "stack": lambda name, _: name,
}
"""The same of a stack of which nothing was found, by its name and whose it is; rules and platforms have none."""
ANY_CASE: Final = frozenset(("owner", "team", "cost-center"))
"""What people type: names that differ in case alone are one."""


class Row(NamedTuple):
    """One group, by its name; "" for what nobody says it of. All but the last four count findings.

    `to_mend` are those that make the run fail; they are the mandatory ones, unless `--fail-on` says otherwise. `stacks`
    are those with findings of the group, and its own without any; `clean` are those of them that were read, have
    something that rules judge, and have no finding whatsoever, None where a group has no stacks of its own; `not_read`
    those that were not read, or are missing. `resources` are those with findings.
    """

    name: str
    to_mend: int
    mandatory: int
    advisory: int
    waived: int
    not_judged: int
    stacks: int
    clean: int | None
    not_read: int
    resources: int

    @property
    def numbers(self) -> tuple[int | str, ...]:
        """What is counted, in the order of COLUMNS; "" for what is not."""
        return tuple("" if number is None else number for number in self[1:])


COLUMNS: Final = tuple(name.replace("_", " ") for name in Row._fields[1:])
"""What people call it."""


class _Seen(NamedTuple):
    """What of a finding is counted: by itself, and its stack and resource."""

    numbers: tuple[int, ...]
    stack: str
    urn: str


def rows(report: Report, by: str) -> list[Row]:
    """The groups of a dimension, the one with the most to mend first."""
    return rows_by_each(report, (by,))[by]


def rows_by_each(report: Report, dimensions: Iterable[str]) -> dict[str, list[Row]]:
    """The same by each of some dimensions, for which each finding is looked at once."""
    stacks = stacks_met(report.tally)
    unread = {stack.name for stack in stacks if not stack.read}
    found: dict[str, dict[str, list[_Seen]]] = {by: defaultdict(list) for by in dimensions}
    asked = [(DIMENSIONS[by], groups) for by, groups in found.items()]
    known: dict[tuple[str, ...], tuple[int, ...]] = {}
    for finding in scope.with_one_spelling(report.findings):
        sort = (finding.outcome, finding.enforcement, finding.severity)
        numbers = known.get(sort)
        if numbers is None:
            numbers = known[sort] = (int(report.fails(finding)), *scope.numbers([finding]))
        seen = _Seen(numbers, _stack(finding), finding.subject.urn)
        for name_of, groups in asked:
            groups[name_of(finding)].append(seen)
    with_none = _with_nothing_found(report, stacks)
    return {by: sorted(_rows(by, groups, with_none, unread), key=_order) for by, groups in found.items()}


def _with_nothing_found(report: Report, stacks: Iterable[Stack]) -> list[tuple[Stack, Whose]]:
    """The stacks of which nothing was found, and whose they are; none that has nothing that rules judge."""
    left_out = {entry.name for entry in report.tally.passed_over if entry.kind == "stack"}
    left_out.update(map(_stack, report.findings), report.known.stacks if report.known else ())
    return [(stack, Whose(*report.tally.whose.get(stack.name, ()))) for stack in stacks if stack.name not in left_out]


def _rows(
    by: str, groups: Mapping[str, list[_Seen]], with_none: Iterable[tuple[Stack, Whose]], unread: set[str]
) -> Iterator[Row]:
    name_of = OF_STACKS.get(by)
    if name_of is None:
        yield from (_row(name, found, None, unread) for name, found in groups.items())
        return
    own: dict[str, set[str]] = {name: set() for name in groups}
    spelled = {name.casefold(): name for name in groups} if by in ANY_CASE else {}
    for stack, whose in with_none:
        name = name_of(stack.name, whose)
        name = spelled.setdefault(name.casefold(), name) if by in ANY_CASE else name
        own.setdefault(name, set()).add(stack.name)
    for name, of_group in own.items():
        yield _row(name, groups.get(name, []), of_group, unread)


def _row(name: str, found: list[_Seen], own: set[str] | None, unread: set[str]) -> Row:
    """`own` are the stacks of the group of which nothing was found."""
    sorts = Counter(seen.numbers for seen in found)
    columns = zip(*([number * times for number in numbers] for numbers, times in sorts.items()), strict=True)
    stacks = {seen.stack for seen in found} - {""} | (own or set())
    resources = {seen.urn for seen in found} - {""}
    to_mend, mandatory, advisory, waived, not_judged = map(sum, columns) if found else (0,) * 5
    counted = (to_mend, mandatory, advisory, waived, not_judged)
    clean = None if own is None else len(own - unread)
    return Row(name, *counted, len(stacks), clean, len(stacks & unread), len(resources))


def _order(row: Row) -> tuple[int, int, int, str]:
    return (-row.to_mend, -row.mandatory, -row.advisory, row.name)


def shown(name: str, by: str) -> str:
    """What people are told of a group: one that has no name is told, too."""
    return name or f"(no {by})"


def of_people(report: Report, by: str, *, with_zeros: bool) -> tuple[list[str], Iterator[list[str]]]:
    """The heads and the rows of a table for people; only those with something to mend for who wants to see no more.

    What is mandatory is left out where it is what is to mend; without `with_zeros`, so is what there is none of.
    """
    all_rows = [row for row in rows(report, by) if row.to_mend or not report.view.quiet]
    kept = [
        number
        for number, column in enumerate(COLUMNS)
        if (column != "mandatory" or report.fail_on is not None)
        and (with_zeros or not number or any(row.numbers[number] for row in all_rows))
    ]
    cells = ([shown(row.name, by), *(str(row.numbers[number]) for number in kept)] for row in all_rows)
    return [by, *(COLUMNS[number] for number in kept)], cells
