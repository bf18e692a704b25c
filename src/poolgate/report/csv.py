"""A table with a line for each finding, for spreadsheets and databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from poolgate.report import safe

if TYPE_CHECKING:
    from poolgate.findings import Finding
    from poolgate.report import Report

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
}


def render(report: Report) -> str:
    """The findings as CSV (RFC 4180, lines end in LF), with a line of headings."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for finding in report.findings:
        writer.writerow(_cell(value(finding)) for value in _COLUMNS.values())
    return safe.inert(stream.getvalue())


def _cell(value: object) -> str:
    return safe.cell("\n".join(safe.lines(str(value))))
