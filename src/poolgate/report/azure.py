"""Azure Pipelines: issues on the timeline of the build, as logging commands.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Outcome
from poolgate.report import safe, scope
from poolgate.report.places import Repositories

if TYPE_CHECKING:
    from poolgate.findings import Finding
    from poolgate.report import Report

_SUMMARY: Final = "task.uploadsummary"


def render(report: Report) -> str:
    """An error for each finding that fails the run, a warning for each other violation, the most severe first.

    What could not be judged and what is waived would be noise here; the summary has them.
    """
    findings = sorted(report.findings, key=lambda finding: (not report.fails(finding), -finding.severity.rank))
    repositories = Repositories()
    shown = (finding for finding in findings if report.fails(finding) or _is_violation(finding))
    issues = "".join(f"{_issue(report, finding, repositories)}\n" for finding in shown)
    said = scope.headline(report)
    stopped = f"{_command('task.logissue', {'type': 'error'}, safe.one_line(f'poolgate: {said}'))}\n" if said else ""
    remarks = "".join(f"{safe.inert(safe.one_line(f'poolgate: {text}'))}\n" for text in scope.remarks(report))
    return stopped + issues + remarks


def upload_summary(file: Path) -> str:
    """The command that shows a Markdown file on the summary page of the build."""
    return f"{_command(_SUMMARY, {}, str(file))}\n"


def _is_violation(finding: Finding) -> bool:
    return finding.outcome in (Outcome.VIOLATED, Outcome.UNREADABLE)


def _issue(report: Report, finding: Finding, repositories: Repositories) -> str:
    properties = {"type": "error" if report.fails(finding) else "warning"}
    place = finding.location
    file = repositories.inside(place.file) if place else None
    if place and file:
        column = {"columnnumber": str(place.column)} if place.column else {}
        properties |= {"sourcepath": file, "linenumber": str(place.line), **column}
    properties["code"] = finding.rule
    return _command("task.logissue", properties, _message(finding))


def _message(finding: Finding) -> str:
    subject = finding.subject
    stack = "/".join(part for part in (subject.project, subject.stack) if part)
    owner = " ".join(part for part in (stack, subject.name) if part)
    place = f"{finding.path}: " if finding.path else ""
    mark = "" if finding.outcome is Outcome.VIOLATED else f"[{finding.outcome}] "
    fix = f". Fix: {finding.remedy}" if finding.remedy else ""
    return safe.one_line(f"{finding.rule}: {owner}: {mark}{place}{finding.message}{fix}")


def _command(name: str, properties: dict[str, str], text: str) -> str:
    written = "".join(f"{key}={_property(value)};" for key, value in properties.items())
    return f"##vso[{name}{' ' if written else ''}{written}]{_data(text)}"


def _data(text: str) -> str:
    """As the agent's own task library escapes it, percent signs in the way of its own."""
    return safe.inert(text).replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe.one_line(text)).replace("]", "%5D").replace(";", "%3B")
