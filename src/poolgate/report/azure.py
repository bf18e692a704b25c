"""Azure Pipelines: issues on the timeline of the build, as logging commands.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Outcome
from poolgate.report import safe, scope
from poolgate.report.by_line import resources_in_words
from poolgate.report.places import Repositories

if TYPE_CHECKING:
    from poolgate.findings import Finding
    from poolgate.report import Report
    from poolgate.report.by_line import Group, Said

_MOST_OF_A_LINE: Final = 10
"""So many different findings of a line are told in its issue."""
_SUMMARY: Final = "task.uploadsummary"


def render(report: Report) -> str:
    """An error for each line to edit that fails the run, a warning for each other, the most severe first.

    What could not be judged and what is waived would be noise here; the summary has them.
    """
    shown = (finding for finding in report.findings if report.fails(finding) or _is_violation(finding))
    groups = sorted(report.lines.groups(shown), key=lambda group: _urgency(report, group))
    repositories = Repositories()
    issues = "".join(f"{_issue(report, group, repositories)}\n" for group in groups)
    said = scope.headline(report)
    stopped = f"{_command('task.logissue', {'type': 'error'}, safe.one_line(f'poolgate: {said}'))}\n" if said else ""
    remarks = "".join(f"{safe.inert(safe.one_line(f'poolgate: {text}'))}\n" for text in scope.remarks(report))
    return stopped + issues + remarks


def upload_summary(file: Path) -> str:
    """The command that shows a Markdown file on the summary page of the build."""
    return f"{_command(_SUMMARY, {}, str(file))}\n"


def _is_violation(finding: Finding) -> bool:
    return finding.outcome in (Outcome.VIOLATED, Outcome.UNREADABLE)


def _urgency(report: Report, group: Group) -> tuple[bool, int]:
    fails = any(map(report.fails, group.findings))
    return not fails, -max(finding.severity.rank for finding in group.findings if report.fails(finding) or not fails)


def _issue(report: Report, group: Group, repositories: Repositories) -> str:
    properties = {"type": "error" if any(map(report.fails, group.findings)) else "warning"}
    place = group.place
    file = repositories.inside(place.file) if place else None
    if place and file:
        column = {"columnnumber": str(place.column)} if place.column else {}
        properties |= {"sourcepath": file, "linenumber": str(place.line), **column}
    properties["code"] = group.findings[0].rule
    return _command("task.logissue", properties, _message(group))


def _message(group: Group) -> str:
    """All that is said of the line, one sentence after the other: an issue has no lines."""
    entries = group.entries
    told = [_told(group, entry) for entry in entries[:_MOST_OF_A_LINE]]
    said = f"{entries[0].first.rule}: {group.heading}: {told[0]}"
    for entry, text in zip(entries[1:], told[1:], strict=False):
        said += f"{'' if said.endswith('.') else '.'} Also {entry.first.rule}: {text}"
    more = len(entries) - len(told)
    return safe.one_line(f"{said} And {more} more." if more else said)


def _told(group: Group, entry: Said) -> str:
    finding = entry.first
    place = f"{finding.path}: " if finding.path else ""
    mark = "" if finding.outcome is Outcome.VIOLATED else f"[{finding.outcome}] "
    of = "" if group.is_of_all(entry) else f" (of {resources_in_words(entry.subjects)})"
    fix = f". Fix: {finding.remedy}" if finding.remedy else ""
    return f"{mark}{place}{finding.message}{of}{fix}"


def _command(name: str, properties: dict[str, str], text: str) -> str:
    written = "".join(f"{key}={_property(value)};" for key, value in properties.items())
    return f"##vso[{name}{' ' if written else ''}{written}]{_data(text)}"


def _data(text: str) -> str:
    """As the agent's own task library escapes it, percent signs in the way of its own."""
    return safe.inert(text).replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe.one_line(text)).replace("]", "%5D").replace(";", "%3B")
