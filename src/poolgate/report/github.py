"""GitHub Actions: annotations on the lines to edit, as workflow commands, and a summary of the job.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Outcome, Severity
from poolgate.report import safe, scope
from poolgate.report.places import Repositories

if TYPE_CHECKING:
    from poolgate.findings import Finding
    from poolgate.report import Report

MOST_OF_A_KIND: Final = 10
"""GitHub shows so many errors, as many warnings and as many notices of a step, and drops the rest in silence."""

_MOST_REMARKS: Final = 20
"""So many sentences on the run as a whole are told in its notice."""

_KINDS: Final = ("error", "warning", "notice")


def render(report: Report) -> str:
    """The annotations that GitHub will show, the most severe first. The rest is in the summary."""
    findings = sorted(report.findings, key=lambda finding: -finding.severity.rank)
    repositories = Repositories()
    lines: list[str] = []
    for kind in _KINDS:
        own = _of_run(report, kind)
        of_kind = _gathered(finding for finding in findings if _kind(report, finding) == kind)
        room = MOST_OF_A_KIND - len(own)
        lines += own + [_annotation(report, kind, group, repositories) for group in islice(of_kind, room)]
    return "".join(f"{line}\n" for line in lines)


def _of_run(report: Report, kind: str) -> list[str]:
    """What is said of the run as a whole, in one annotation: an error where it came to no verdict, else a notice."""
    texts: Iterable[str] = ()
    if kind == "error":
        texts = filter(None, [scope.headline(report)])
    elif kind == "notice":
        texts = scope.shortened(scope.remarks(report), _MOST_REMARKS)
    said = "\n".join(map(safe.one_line, texts))
    return [f"::{kind} title=poolgate::{_data(said)}"] if said else []


def _gathered(findings: Iterable[Finding]) -> Iterable[Sequence[Finding]]:
    """The findings, those of one rule about one resource and line together: there is room for few annotations."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.subject, finding.location), []).append(finding)
    return groups.values()


def _kind(report: Report, finding: Finding) -> str | None:
    """Waived findings are not shown: somebody has seen them."""
    if report.fails(finding):
        return "error"
    if finding.outcome is Outcome.WAIVED or scope.waits(report, finding):
        return None
    is_mild = finding.outcome is Outcome.UNKNOWN or finding.severity is Severity.LOW
    return "notice" if is_mild else "warning"


def _annotation(report: Report, kind: str, findings: Sequence[Finding], repositories: Repositories) -> str:
    finding = findings[0]
    properties = {"title": f"{report.about(finding).title} ({finding.rule})"}
    place = finding.location
    file = repositories.inside(place.file) if place else None
    if place and file:
        column = {"col": str(place.column)} if place.column else {}
        properties = {"file": file, "line": str(place.line), **column, **properties}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(_message(findings))}"


def _message(findings: Sequence[Finding]) -> str:
    """Whose findings they are, and each of them with its remedy, which is said once where all have the same."""
    subject = findings[0].subject
    stack = "/".join(part for part in (subject.project, subject.stack) if part)
    owner = " ".join(part for part in (stack, subject.name) if part)
    remedies = dict.fromkeys(finding.remedy for finding in findings if finding.remedy)
    written = [safe.one_line(owner)]
    for finding in findings:
        place = f"{finding.path}: " if finding.path else ""
        mark = "" if finding.outcome is Outcome.VIOLATED else f"[{finding.outcome}] "
        fix = [f"  Fix: {finding.remedy}"] if finding.remedy and len(remedies) > 1 else []
        written += [line for part in (f"{mark}{place}{finding.message}", *fix) for line in safe.lines(part)]
    if len(remedies) == 1:
        written.append(safe.one_line(f"Fix: {next(iter(remedies))}"))
    return "\n".join(written)


def _data(text: str) -> str:
    """As the runner's own toolkit escapes the text of a command; and the older way to give one has no place in it."""
    return safe.inert(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe.one_line(text)).replace(":", "%3A").replace(",", "%2C")
