"""GitHub Actions: annotations on the lines to edit, as workflow commands, and a summary of the job.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Outcome, Severity
from poolgate.report import safe, scope
from poolgate.report.by_line import resources_in_words
from poolgate.report.places import Repositories

if TYPE_CHECKING:
    from poolgate.findings import Finding
    from poolgate.report import Report
    from poolgate.report.by_line import Group

MOST_OF_A_KIND: Final = 10
"""GitHub shows so many errors, as many warnings and as many notices of a step, and drops the rest in silence."""

_MOST_REMARKS: Final = 20
"""So many sentences on the run as a whole are told in its notice."""

_MOST_OF_A_LINE: Final = 10
"""So many different findings of a line are told in its annotation."""

_KINDS: Final = ("error", "warning", "notice")


def render(report: Report) -> str:
    """The annotations that GitHub will show, one for each line to edit, the most severe first.

    The rest is in the summary.
    """
    repositories = Repositories()
    annotated = _annotated(report)
    lines: list[str] = []
    for kind in _KINDS:
        own = _of_run(report, kind)
        of_kind = (group for group, its_kind in annotated if its_kind == kind)
        room = MOST_OF_A_KIND - len(own)
        lines += own + [_annotation(report, kind, group, repositories) for group in islice(of_kind, room)]
    return "".join(f"{line}\n" for line in lines)


def _annotated(report: Report) -> list[tuple[Group, str]]:
    """The lines to edit, each with its worst kind; what is not known yet is no edit, and by itself."""
    kinds = {finding: kind for finding in report.findings if (kind := _kind(report, finding))}
    waiting = [finding for finding in kinds if finding.outcome is Outcome.UNKNOWN and not report.fails(finding)]
    to_edit = [finding for finding in kinds if finding.outcome is not Outcome.UNKNOWN or report.fails(finding)]
    groups = [*report.lines.groups(to_edit), *report.lines.groups(waiting)]
    groups.sort(key=lambda group: -max(finding.severity.rank for finding in group.findings))
    return [(group, min((kinds[finding] for finding in group.findings), key=_KINDS.index)) for group in groups]


def _of_run(report: Report, kind: str) -> list[str]:
    """What is said of the run as a whole, in one annotation: an error where it came to no verdict, else a notice."""
    texts: Iterable[str] = ()
    if kind == "error":
        texts = filter(None, [scope.headline(report)])
    elif kind == "notice":
        texts = scope.shortened(scope.remarks(report), _MOST_REMARKS)
    said = "\n".join(map(safe.one_line, texts))
    return [f"::{kind} title=poolgate::{_data(said)}"] if said else []


def _kind(report: Report, finding: Finding) -> str | None:
    """Waived findings are not shown: somebody has seen them."""
    if report.fails(finding):
        return "error"
    if finding.outcome is Outcome.WAIVED or scope.waits(report, finding):
        return None
    is_mild = finding.outcome is Outcome.UNKNOWN or finding.severity is Severity.LOW
    return "notice" if is_mild else "warning"


def _annotation(report: Report, kind: str, group: Group, repositories: Repositories) -> str:
    first = group.findings[0]
    more = len({finding.rule for finding in group.findings}) - 1
    rules = f"{first.rule} and {more} more" if more else first.rule
    properties = {"title": f"{report.about(first).title} ({rules})"}
    place = group.place
    file = repositories.inside(place.file) if place else None
    if place and file:
        column = {"col": str(place.column)} if place.column else {}
        properties = {"file": file, "line": str(place.line), **column, **properties}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(_message(group))}"


def _message(group: Group) -> str:
    """Whose findings they are, and each of them with its remedy, which is said once where all have the same."""
    findings = group.findings
    remedies = dict.fromkeys(finding.remedy for finding in findings if finding.remedy)
    has_rules = len({finding.rule for finding in findings}) > 1
    entries = group.entries
    written = [safe.one_line(group.heading)]
    for entry in entries[:_MOST_OF_A_LINE]:
        finding = entry.first
        rule = f"{finding.rule}: " if has_rules else ""
        place = f"{finding.path}: " if finding.path else ""
        mark = "" if finding.outcome is Outcome.VIOLATED else f"[{finding.outcome}] "
        fix = [f"  Fix: {finding.remedy}"] if finding.remedy and len(remedies) > 1 else []
        of = [] if group.is_of_all(entry) else [f"  Of {resources_in_words(entry.subjects)}"]
        said = (f"{rule}{mark}{place}{finding.message}", *fix, *of)
        written += [line for part in said for line in safe.lines(part)]
    if len(entries) > _MOST_OF_A_LINE:
        written.append(f"and {len(entries) - _MOST_OF_A_LINE} more")
    if len(remedies) == 1:
        written.append(safe.one_line(f"Fix: {next(iter(remedies))}"))
    return "\n".join(written)


def _data(text: str) -> str:
    """As the runner's own toolkit escapes the text of a command; and the older way to give one has no place in it."""
    return safe.inert(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe.one_line(text)).replace(":", "%3A").replace(",", "%2C")
