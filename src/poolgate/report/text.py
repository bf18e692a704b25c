"""The report for people: by stack and resource, then what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Enforcement, Outcome

if TYPE_CHECKING:
    from poolgate.findings import Finding, Subject
    from poolgate.report import Report

_LABEL_WIDTH: Final = 10
_INDENT: Final = " " * (_LABEL_WIDTH + 4)


def render(report: Report) -> str:
    """All findings, then one line that sums up what was looked at."""
    lines: list[str] = []
    for subject, group in groupby(report.tally.sorted_findings, key=lambda finding: finding.subject):
        lines += [*_of_subject(subject, list(group)), ""]
    lines.append(_summary(report))
    return "\n".join(lines) + "\n"


def _of_subject(subject: Subject, findings: list[Finding]) -> Iterator[str]:
    """A heading, then the findings; a place that all of them share stands in the heading."""
    places = {finding.location for finding in findings}
    shared = places.pop() if len(places) == 1 else None
    yield _heading(subject) + (f" ({shared})" if shared else "")
    unknown = [finding for finding in findings if finding.outcome is Outcome.UNKNOWN]
    for finding in findings:
        if finding.outcome is not Outcome.UNKNOWN:
            yield from _one(finding, show_place=shared is None)
    for key, group in groupby(sorted(unknown, key=_unknown_key), key=_unknown_key):
        yield from _unknown(key[0], list(group), show_place=shared is None)


def _heading(subject: Subject) -> str:
    stack = "/".join(part for part in (subject.project, subject.stack) if part)
    kind = subject.type.rsplit(":", 1)[-1]
    return f"{stack}: {kind} {subject.name}" if subject.urn else stack or subject.name


def _unknown_key(finding: Finding) -> tuple[str, str, str]:
    return (finding.path, finding.message, finding.enforcement)


def _one(finding: Finding, *, show_place: bool) -> Iterator[str]:
    place = f"{finding.path}: " if finding.path else ""
    mark = "" if finding.outcome is Outcome.VIOLATED else f"[{finding.outcome}] "
    yield f"  {_label(finding)}  {finding.rule}: {mark}{place}{finding.message}"
    if finding.remedy:
        yield f"{_INDENT}fix: {finding.remedy}"
    if show_place and finding.location:
        yield f"{_INDENT}at:  {finding.location}"


def _unknown(path: str, findings: list[Finding], *, show_place: bool) -> Iterator[str]:
    """What could not be judged at one place, whichever rules wanted it."""
    first = findings[0]
    rules = ", ".join(dict.fromkeys(finding.rule for finding in findings))
    yield f"  {_label(first)}  [unknown] {path}: {first.message}; not judged by {rules}"
    if first.from_resources:
        yield f"{_INDENT}may come from {', '.join(first.from_resources)}"
    if show_place and first.location:
        yield f"{_INDENT}at:  {first.location}"


def _label(finding: Finding) -> str:
    return f"{finding.enforcement:<{_LABEL_WIDTH}}"


def _summary(report: Report) -> str:
    tally = report.tally
    pools = f"{_count(tally.pools, 'pool')} of {_count(tally.resources, 'resource')}"
    looked_at = f"{_count(tally.stacks, 'stack')}, {pools}"
    judged = f"{tally.outcomes[Outcome.CLEAN]} judgements clean"
    if not tally.findings:
        return f"{looked_at}: {judged}, no findings"
    failing = sum(finding.fails for finding in tally.findings)
    unknown = tally.outcomes[Outcome.UNKNOWN]
    advisory = sum(
        finding.enforcement is Enforcement.ADVISORY and finding.outcome is not Outcome.UNKNOWN
        for finding in tally.findings
    )
    return f"{looked_at}: {failing} mandatory and {advisory} advisory findings, {unknown} not judged, {judged}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
