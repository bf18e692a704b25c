"""One page with all that a run found, to filter, sort and search (`web/report`, built into `report/page`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from inference_pools.finding import Outcome
from poolgate.owner import said_of
from poolgate.report import scope, web_page
from poolgate.report.by_platform import of_several_clouds
from poolgate.report.json_parts import exception_json, terms_of

if TYPE_CHECKING:
    from poolgate.findings import Finding, Location, Subject
    from poolgate.report import Report
    from poolgate.report.catalogue import About
    from poolgate.report.earlier import Change

COLUMNS: Final = (
    "rule", "severity", "enforcement", "outcome", "status", "subject", "path", "message", "remedy", "file", "line",
    "column", "related", "from", "waiver", "exception", "origin", "fingerprint", "change", "edit",
)  # fmt: skip
"""What each row of `findings` has, in this order; `web/report/data.ts` reads it by these names.

`edit` is a number that those have in common which one edit mends; null for a finding that is alone.
"""

TO_MEND: Final = "to mend"
ADVISORY: Final = "advisory"
NOT_JUDGED: Final = "not judged"
_STATUSES: Final = {Outcome.UNKNOWN: NOT_JUDGED, Outcome.WAIVED: "waived"}

_GONE: Final = 500
"""As many findings that are gone are named; the rest is counted."""


def render(report: Report) -> str:
    """The page. The same input gives the same bytes, but for the time when the run began."""
    return web_page.render(
        __package__, _title(report), report.version, to_data(report),
        without="The text, Markdown and CSV reports need none.",
    )  # fmt: skip


def _title(report: Report) -> str:
    projects = sorted(report.tally.projects)
    about = f" of {projects[0]}" if len(projects) == 1 else ""
    return f"poolgate {report.command}{about}"


# ---------------------------------------------------------------------------------------------------------------
# What the page is told
# ---------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Table:
    """Values that many findings have, each written once and named by its number."""

    rows: list[Any] = field(default_factory=list)
    _numbers: dict[Any, int] = field(default_factory=dict)

    def number(self, key: Any, make: Callable[[], Any]) -> int:
        """The number of a value, which is made when it is new."""
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self.rows.append(make())
        return self._numbers[key]

    def text(self, text: str) -> int:
        """The number of a text."""
        return self.number(text, lambda: text)


def to_data(report: Report) -> dict[str, Any]:
    """The report as the page reads it. A finding is a row of COLUMNS; texts, rules and subjects are named by number."""
    tally, known = report.tally, report.known
    tables = _Tables()
    marks = _marks(report.change)
    rows = [
        tables.row(report, finding, marks, None if len(findings) == 1 else number)
        for number, findings in enumerate(_together(report))
        for finding in findings
    ]
    data: dict[str, Any] = {
        "title": _title(report),
        "version": report.version,
        "command": report.command,
        "started": report.started,
        "projects": sorted(tally.projects),
        "stacks": tally.stacks,
        "resources": tally.resources,
        "pools": tally.pools,
        "clean": tally.outcomes[Outcome.CLEAN],
        "edits": str(report.edits),
        "conclusion": str(report.conclusion),
        "headline": scope.headline(report),
        "notes": [*filter(None, [scope.unjudged(report)]), *tally.notes, *map(str, of_several_clouds(report))],
        "passed_over": [
            *map(list, tally.passed_over),
            *(["resource", left.urn, f"is of the kind {left.kind}, which no rule judges"] for left in tally.not_judged),
        ],
        "fail_on": None if report.fail_on is None else str(report.fail_on),
        "known": None if known is None else {"number": known.number, "changed": known.changed},
        "change": None if report.change is None else _change(report.change),
        "columns": COLUMNS,
        "rules": tables.rules.rows,
        "subjects": tables.subjects.rows,
        "texts": tables.texts.rows,
        "waivers": tables.waivers.rows,
        "exceptions": tables.exceptions.rows,
        "findings": rows,
    }
    return {name: web_page.seen(value) for name, value in data.items()}


def _together(report: Report) -> Iterator[tuple[Finding, ...]]:
    """The findings, those together that one edit of a line mends.

    What is waived or not judged is no work, and must not go under in what is.
    """
    for group in report.lines.groups(scope.with_one_spelling(report.findings)):
        if group.place is None:
            yield from ((finding,) for finding in group.findings)
        else:
            for _, same in groupby(group.findings, key=lambda finding: _STATUSES.get(finding.outcome, "")):
                yield tuple(same)


@dataclass(slots=True)
class _Tables:
    rules: _Table = field(default_factory=_Table)
    subjects: _Table = field(default_factory=_Table)
    texts: _Table = field(default_factory=_Table)
    waivers: _Table = field(default_factory=_Table)
    exceptions: _Table = field(default_factory=_Table)

    def row(self, report: Report, finding: Finding, marks: dict[str, str], edit: int | None) -> list[Any]:
        """One finding, as COLUMNS has it."""
        place, waiver, exemption = finding.location, finding.waiver, finding.exemption
        fingerprint = finding.fingerprint
        return [
            self.rules.number(finding.rule, lambda: _rule(report.about(finding))),
            str(finding.severity),
            str(finding.enforcement),
            str(finding.outcome),
            status_of(report, finding),
            self.subjects.number(finding.subject, lambda: _subject(finding.subject)),
            self.texts.text(finding.path),
            finding.message,
            self.texts.text(finding.remedy),
            None if place is None else self.texts.text(place.file),
            None if place is None else place.line,
            None if place is None else place.column,
            [self._place(other) for other in finding.related],
            [self.texts.text(urn) for urn in finding.from_resources],
            None if waiver is None else self.waivers.number(waiver, lambda: terms_of(waiver)),
            None if exemption is None else self.exceptions.number(exemption, lambda: exception_json(exemption)),
            str(finding.origin),
            fingerprint,
            marks.get(fingerprint, ""),
            edit,
        ]

    def _place(self, place: Location) -> list[int | None]:
        return [self.texts.text(place.file), place.line, place.column]


def status_of(report: Report, finding: Finding) -> str:
    """What is to be done about a finding: by what the run was told to fail on."""
    if report.fails(finding):
        return TO_MEND
    return _STATUSES.get(finding.outcome, ADVISORY)


def _rule(about: About) -> dict[str, Any]:
    return {
        "id": about.id,
        "title": about.title,
        "why": about.why,
        "remedy": about.remedy,
        "source": about.source if about.source.startswith("https://") else "",
        "tags": list(about.tags),
    }


def _subject(subject: Subject) -> list[str]:
    return [subject.urn, subject.type, subject.name, subject.project, subject.stack, *said_of(subject)]


def _marks(change: Change | None) -> dict[str, str]:
    """What the other report says of each fingerprint."""
    if change is None:
        return {}
    changed = {new.fingerprint for _, new in change.changed}
    kept = {new.fingerprint: "changed" if new.fingerprint in changed else "kept" for _, new in change.kept}
    return kept | {entry.fingerprint: "new" for entry in change.new}


def _change(change: Change) -> dict[str, Any]:
    return {
        "new": len(change.new),
        "changed": len(change.changed),
        "kept": len(change.kept),
        "gone": len(change.gone),
        "gone_first": [
            [entry.rule, entry.stack, entry.name, entry.path, entry.message] for entry in change.gone[:_GONE]
        ],
    }
