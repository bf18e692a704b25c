"""A table with a line for each finding, or for each group of a summary, for spreadsheets and databases.

What is to be said of the run as a whole comes last, on lines of its own that have no rule and no group: their
outcome says what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from inference_pools.urn import Urn
from inference_pools.view import platform_of
from poolgate.report import safe, scope
from poolgate.report.json_parts import NEVER

if TYPE_CHECKING:
    from poolgate.findings import Finding, NotJudged
    from poolgate.report import Report

_ROWS_AT_ONCE: Final = 200
_COLUMNS: Final[Mapping[str, Callable[[Finding], object]]] = {
    "project": lambda finding: finding.subject.project,
    "stack": lambda finding: finding.subject.stack,
    "type": lambda finding: finding.subject.type,
    "name": lambda finding: finding.subject.name,
    "rule": lambda finding: finding.rule,
    "severity": lambda finding: finding.severity,
    "enforcement": lambda finding: finding.enforcement,
    "outcome": lambda finding: finding.outcome,
    "path": lambda finding: finding.path,
    "message": lambda finding: finding.message,
    "remedy": lambda finding: finding.remedy,
    "file": lambda finding: finding.location.file if finding.location else "",
    "line": lambda finding: finding.location.line if finding.location else "",
    "column": lambda finding: (finding.location and finding.location.column) or "",
    "waiver_owner": lambda finding: finding.waiver.owner if finding.waiver else "",
    "waiver_ticket": lambda finding: finding.waiver.ticket if finding.waiver else "",
    "waiver_expires": lambda finding: finding.waiver.expires.isoformat() if finding.waiver else "",
    "introduced_by": lambda finding: finding.origin,
    "fingerprint": lambda finding: finding.fingerprint,
    "urn": lambda finding: finding.subject.urn,
    "owner": lambda finding: finding.subject.owner,
    "platform": lambda finding: platform_of(finding.subject.type),
    "team": lambda finding: finding.subject.team,
    "cost_center": lambda finding: finding.subject.cost_center,
    "environment": lambda finding: finding.subject.environment,
    "exception": lambda finding: finding.exemption.id if finding.exemption else "",
    "exception_reason": lambda finding: finding.exemption.reason if finding.exemption else "",
    "exception_expires": lambda finding: NEVER if finding.exemption else "",
}


def pieces(report: Report) -> Iterator[str]:
    """The findings as CSV (RFC 4180, lines end in LF), with a line of headings."""
    heads, rows = _findings(report) if report.view.by is None else _summed_up(report, report.view.by)
    last = ([cells.get(name, "") for name in heads] for cells in _of_run(report))
    written = (map(str, row) for row in chain([heads], rows, last))
    while some := safe.csv_of(islice(written, _ROWS_AT_ONCE)):
        yield some


def _findings(report: Report) -> tuple[Sequence[str], Iterator[Iterable[object]]]:
    """A line for each finding, and the headings."""
    found = scope.with_one_spelling(report.findings)
    return tuple(_COLUMNS), ((value(finding) for value in _COLUMNS.values()) for finding in found)


def _summed_up(report: Report, by: str) -> tuple[Sequence[str], Iterator[Iterable[object]]]:
    """A line for each group in place of those, and the headings; the last two are of the run as a whole."""
    from poolgate.report.by import COLUMNS, rows, shown

    found = rows(report, by)
    return (by, *COLUMNS, "outcome", "message"), ((shown(row.name, by), *row.numbers, "", "") for row in found)


def _of_run(report: Report) -> Iterator[dict[str, str]]:
    """That the run came to no verdict, its notes, and what was passed over: by the reason, or each by its name."""
    if said := scope.headline(report):
        yield {"outcome": str(report.conclusion), "message": said}
    for resource in report.tally.not_judged:
        yield _cells_of(resource)
    for note in (*([str(report.known)] if report.known else []), *report.tally.notes):
        yield {"outcome": "note", "message": note}
    if report.view.verbose:
        for entry in report.tally.passed_over:
            yield {"outcome": "passed over", "type": entry.kind, "name": entry.name, "message": entry.why}
    else:
        for passed in scope.reasons(report):
            yield {"outcome": "passed over", "type": passed.kind, "message": str(passed)}


def _cells_of(resource: NotJudged) -> dict[str, str]:
    """A resource that serves models and that no rule judges."""
    urn = Urn.parse(resource.urn)
    message = f"{resource.kind} serves models, and no rule judges it"
    return {
        **{"outcome": "not judged", "project": urn.project, "stack": urn.stack, "type": urn.type, "name": urn.name},
        **{"message": message, "urn": resource.urn},
    }
