"""The run summed up by rule, by whose it is, by platform or by stack: how much of what was found is to mend where.

The findings of all groups are those of the summary of the run; stacks and resources may be in several groups.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from inference_pools.own_checks import STATE_READABLE
from inference_pools.view import platform_of
from poolgate.report import scope
from poolgate.report.reach import stacks_met

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


class Row(NamedTuple):
    """One group, by its name; "" for what nobody says it of. All but the last three count findings.

    `to_mend` are those that make the run fail; they are the mandatory ones, unless `--fail-on` says otherwise. `stacks`
    and `resources` are those with findings, `not_read` those of the stacks that were not read, or are missing.
    """

    name: str
    to_mend: int
    mandatory: int
    advisory: int
    waived: int
    not_judged: int
    stacks: int
    not_read: int
    resources: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is counted, in the order of COLUMNS."""
        return tuple(self[1:])


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
    unread = {stack.name for stack in stacks_met(report.tally) if not stack.read}
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
    return {by: sorted((_row(*group, unread) for group in groups.items()), key=_order) for by, groups in found.items()}


def _row(name: str, found: list[_Seen], unread: set[str]) -> Row:
    sorts = Counter(seen.numbers for seen in found)
    columns = zip(*([number * times for number in numbers] for numbers, times in sorts.items()), strict=True)
    stacks = {seen.stack for seen in found} - {""}
    resources = {seen.urn for seen in found} - {""}
    to_mend, mandatory, advisory, waived, not_judged = map(sum, columns)
    counted = (to_mend, mandatory, advisory, waived, not_judged)
    return Row(name, *counted, len(stacks), len(stacks & unread), len(resources))


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
