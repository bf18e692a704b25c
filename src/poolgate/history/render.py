"""A history told to people and to machines: what has changed, how it stands with the stacks, and the trend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from poolgate.history.changes import Change, Kind, Row, Told, Waiver, when
from poolgate.history.course import LIVE, Count, Course, Finding, Point, Standing, State
from poolgate.history.record import Found
from poolgate.report import safe
from poolgate.report.by import shown
from poolgate.report.json_parts import dumps
from poolgate.report.markdown import MARKER, details
from poolgate.report.scope import count
from poolgate.table import table

SCHEMA_VERSION: Final = "1.2"
_MOST_AUDITS: Final = 6
"""So many columns a trend has for people; CSV and JSON have all audits."""
_MOST_WAIVERS: Final = 10
"""So many waivers are told in text: those that end first."""
_MOST_OWNERS: Final = 3
_MOST_LINES: Final = 100
"""So many lines of a kind are shown in Markdown, which has to fit a comment."""


def render(told: Told, format_: str, by: str | None, *, trend: bool = False, width: int | None = None) -> str:
    """The history in a format; with `by` the summary of a dimension, with `trend` its course."""
    match format_:
        case "html":
            from poolgate.history import html

            return html.render(told, as_json(told), by)
        case "svg":
            from poolgate.history import svg

            return svg.render(told, by)
        case "json":
            return dumps(as_json(told))
        case "csv":
            return _csv(told, by, trend=trend)
        case "markdown":
            return _lines(_markdown(told, by))
        case _:
            return _lines(_text(told, by, width))


def _lines(lines: Iterator[str]) -> str:
    return "".join(f"{safe.inert(line)}\n" for line in lines)


def _text(told: Told, by: str | None, width: int | None) -> Iterator[str]:
    if by is None:
        for change in told.changes:
            yield _told(change, told)
    else:
        yield from table(*_summary(told, by), width, has_names=True)
        yield ""
        yield f"open findings by {by}, of the last audits:"
        yield from table(*_trend(told, by), width, has_names=True)
    yield from [""] if by or told.changes else []
    if by is None and len(told.course.points) > 1:
        yield "open findings, of the last audits:"
        yield from table(*_trend(told, None), width)
        yield ""
    waivers = told.waivers()
    for waiver in waivers[:_MOST_WAIVERS]:
        yield safe.one_line(_waived(waiver))
    if len(waivers) > _MOST_WAIVERS:
        yield f"waived: {len(waivers) - _MOST_WAIVERS} more waivers and exceptions, which end later; JSON has them"
    for stack in told.absent():
        yield safe.one_line(_absent(stack))
    for note in told.notes():
        yield f"note: {safe.one_line(note)}"
    yield safe.one_line(_headline(told))


def _told(change: Change, told: Told) -> str:
    """One line for each finding: what became of it, what is wrong, whose it is, since when."""
    finding, found = change.finding, change.finding.last
    where = " ".join(part for part in (found.stack_name, found.name) if part)
    place = f": {found.path}" if found.path else ""
    owner = told.course.whose(finding).owner
    said = [*([f"owner {owner}"] if owner else []), *_since(change, told)]
    return safe.one_line(
        f"{change.kind:<15}  {found.enforcement:<9}  {where}: {found.rule}{place}: {found.message} ({', '.join(said)})"
    )


def _since(change: Change, told: Told) -> Iterator[str]:
    finding = change.finding
    yield f"first seen {when(finding.first_seen)}"
    match change.kind:
        case Kind.MENDED | Kind.NOT_ASKED:
            yield f"last seen {when(finding.last_seen)}"
        case Kind.RETURNED if finding.mended:
            yield f"mended {when(finding.mended)}"
        case Kind.WAIVED:
            yield _terms(finding.last)
    if change.kind in (Kind.NEW, Kind.RETURNED) and finding.because and told.base:
        yield str(finding.because)


def _terms(found: Found) -> str:
    """What covers a finding, and why."""
    told = []
    if found.waiver_expires:
        by = " ".join(filter(None, (found.waiver_owner, found.waiver_ticket and f"({found.waiver_ticket})")))
        why = f": {found.waiver_reason}" if found.waiver_reason else ""
        told.append(f"waived until {found.waiver_expires}{f' by {by}' if by else ''}{why}")
    if found.exception:
        told.append(f"exception {found.exception}: {found.exception_reason}")
    return ", ".join(told) or "waived"


def _absent(stack: Standing) -> str:
    since = f" since {when(stack.since)}" if stack.since else ""
    read = f"last read {when(stack.read.started)}" if stack.read else "never read"
    return f"{stack.standing}: {stack.last.name}{since}, {read}"


def _waived(waiver: Waiver) -> str:
    owners = ", ".join(waiver.owners[:_MOST_OWNERS])
    rest = f" and {len(waiver.owners) - _MOST_OWNERS} more" if len(waiver.owners) > _MOST_OWNERS else ""
    whose = f" of {owners}{rest}" if owners else ""
    what = f"{count(waiver.findings, 'finding')} in {count(waiver.stacks, 'stack')}{whose}"
    return f"waived {waiver} ({what}, since {when(waiver.since)})"


def _headline(told: Told) -> str:
    numbers = ", ".join(f"{told.numbers[kind]} {kind}" for kind in Kind if told.numbers[kind] or kind in _ALWAYS)
    now = told.points[-1].total
    unknown = f" ({now.unknown} of them not known)" if now.unknown else ""
    stacks = told.course.standings()
    absent = "".join(f", {stacks[name]} {name}" for name in ("not read", "missing", "vanished") if stacks[name])
    since = f"since the audit of {when(told.base.started)}" if told.base else "in all"
    return (
        f"{count(len(told.course.points), 'audit')}, {stacks.total()} stacks: {stacks['read']} read{absent}; {since}: "
        f"{numbers}; now {now.open} open{unknown}, {now.mandatory} of them to mend, {now.waived} waived"
    )


_ALWAYS: Final = (Kind.NEW, Kind.RETURNED, Kind.MENDED)


def _summary(told: Told, by: str) -> tuple[Sequence[str], list[Sequence[str]]]:
    heads = [by, "open", "to mend", "waived", "not known", *map(str, _ALWAYS), "stacks", "clean", "oldest"]
    return heads, [_cells(row, by) for row in told.rows(by)]


def _cells(row: Row, by: str) -> list[str]:
    now, changed = row.now, row.changed
    numbers = (now.open, now.mandatory, now.waived, now.unknown, *(changed.get(kind, 0) for kind in _ALWAYS))
    return [
        shown(row.group, by),
        *map(str, (*numbers, row.stacks)),
        "" if row.clean is None else str(row.clean),
        f"{row.oldest:%Y-%m-%d}" if row.oldest else "",
    ]


def _trend(told: Told, by: str | None) -> tuple[Sequence[str], list[Sequence[str]]]:
    """What was open after each of the last audits. One that judged by other rules than the one before has a star."""
    points = told.course.points[-_MOST_AUDITS:]
    heads = [by or "", *(f"{when(point.audit.started)}{'*' if point.differs else ''}" for point in points)]
    if by is None:
        whats: tuple[tuple[str, Callable[[Count], int]], ...] = (
            ("open", lambda one: one.open),
            ("to mend", lambda one: one.mandatory),
            ("waived", lambda one: one.waived),
        )
        return heads, [[what, *(str(number(point.total)) for point in points)] for what, number in whats]
    groups = sorted({name for point in points for name in point.groups[by]})
    rows = [[shown(name, by), *(str(_open(point, by, name)) for point in points)] for name in groups]
    return heads, sorted(rows, key=lambda row: (-int(row[-1]), row[0]))


def _open(point: Point, by: str, name: str) -> int:
    counted = point.groups[by].get(name)
    return counted.open if counted else 0


def _markdown(told: Told, by: str | None) -> Iterator[str]:
    yield from (MARKER, f"### {safe.prose(_headline(told))}", "")
    if by is not None:
        yield from _markdown_table(*_summary(told, by))
        yield from (f"Open findings by {by}, of the last audits:", "")
    yield from _markdown_table(*_trend(told, by))
    for note in told.notes():
        yield from (f"Note: {safe.prose(note)}", "")
    if waivers := told.waivers():
        shown = (f"- {safe.prose(_waived(waiver))}" for waiver in waivers[:_MOST_LINES])
        yield from details(f"{len(waivers)} waivers and exceptions", shown)
        yield ""
    if absent := told.absent():
        yield from details(
            f"{count(len(absent), 'stack')} not read", (f"- {safe.prose(_absent(one))}" for one in absent)
        )
        yield ""
    if by is not None:
        return
    for kind in Kind:
        of_kind = [change for change in told.changes if change.kind is kind]
        if of_kind:
            shown = (_bullet(change, told) for change in of_kind[:_MOST_LINES])
            yield from details(f"{len(of_kind)} {kind}", shown)
            if len(of_kind) > _MOST_LINES:
                yield f"{len(of_kind) - _MOST_LINES} more are not shown."
            yield ""


def _markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(safe.plain, heads))} |"
    yield f"|---|{'--:|' * (len(heads) - 1)}"
    for row in rows:
        yield f"| {' | '.join(map(safe.plain, row))} |"
    yield ""


def _bullet(change: Change, told: Told) -> str:
    found, owner = change.finding.last, told.course.whose(change.finding).owner
    said = ", ".join([*([f"owner {owner}"] if owner else []), *_since(change, told)])
    place = f" {safe.code(found.path)}" if found.path else ""
    where = safe.code(" ".join(part for part in (found.stack_name, found.name) if part))
    return f"- {where} {safe.code(found.rule)}{place}: {safe.prose(found.message)} ({safe.prose(said)})"


_OF_FINDING: Final = (
    *("project", "stack", "type", "name", "rule", "severity", "enforcement", "path", "message", "platform"),
    *("waiver_owner", "waiver_ticket", "waiver_expires", "waiver_reason", "waiver_created", "waiver_approved_by"),
    *("exception", "exception_reason", "fingerprint", "urn"),
)


def _csv(told: Told, by: str | None, *, trend: bool) -> str:
    if by is None:
        rows = _csv_findings(told)
    elif trend:
        rows = _csv_trend(told, by)
    else:
        heads, cells = _summary(told, by)
        rows = iter([heads, *cells])
    return safe.csv_of(rows)


def _csv_findings(told: Told) -> Iterator[Sequence[str]]:
    """What is there now, and what has changed."""
    kinds = {change.finding.last.fingerprint: change.kind for change in told.changes}
    heads: list[str] | None = None
    for finding in _listed(told):
        kind = kinds.get(finding.last.fingerprint)
        value = {"change": str(kind or ""), **_finding_json(finding, told.course)}
        if heads is None:
            heads = list(value)
            yield heads
        yield ["" if cell is None else str(cell) for cell in value.values()]
    if heads is None:
        yield ["change", "state"]


def _csv_trend(told: Told, by: str) -> Iterator[Sequence[str]]:
    yield ["audit", by, "open", "to mend", "waived", "not known", "other rules than before"]
    for point in told.course.points:
        for name, now in sorted(point.groups[by].items()):
            numbers = map(str, (now.open, now.mandatory, now.waived, now.unknown))
            yield [point.audit.started.isoformat(), name, *numbers, str(point.differs or "")]


def _listed(told: Told) -> list[Finding]:
    changed = {change.finding.last.fingerprint for change in told.changes}
    return [one for one in _by_place(told.course) if one.state in LIVE or one.last.fingerprint in changed]


def _by_place(course: Course) -> list[Finding]:
    """All findings that there ever were."""
    found = course.findings.values()
    return sorted(found, key=lambda one: (one.last.stack_name, one.last.name, one.last.rule, one.last.fingerprint))


def _finding_json(finding: Finding, course: Course) -> dict[str, str | None]:
    return {
        "state": str(finding.state),
        "first_seen": finding.first_seen.isoformat(),
        "last_seen": finding.last_seen.isoformat(),
        "mended": _time(finding.mended),
        "returned": _time(finding.returned),
        "because": str(finding.because),
        "waived_since": _time(finding.changed) if finding.state is State.WAIVED else None,
        "unknown": finding.why_unknown,
        **{name: getattr(finding.last, name) for name in _OF_FINDING},
        **course.whose(finding)._asdict(),
    }


def as_json(told: Told) -> dict[str, Any]:
    """All that there is to tell, as `--format json` prints it."""
    course, now = told.course, told.points[-1].total
    return {
        "schema_version": SCHEMA_VERSION,
        "since": _time(told.base.started if told.base else None),
        "summary": {
            "audits": len(course.points),
            "stacks": _stacks_json(course.standings()),
            "changes": {str(kind): told.numbers[kind] for kind in Kind},
            "came_and_went": told.came_and_went,
            **_count_json(now),
        },
        "notes": list(told.notes()),
        "audits": [_point_json(point) for point in course.points],
        "stacks": [_stack_json(course.stacks[name], course) for name in sorted(course.stacks)],
        "changes": [{"change": str(kind), **_finding_json(finding, course)} for kind, finding in told.changes],
        "findings": [_finding_json(finding, course) for finding in _by_place(course) if finding.state in LIVE],
        "ended": [_finding_json(finding, course) for finding in _by_place(course) if finding.state not in LIVE],
        "waivers": [_waiver_json(waiver) for waiver in told.waivers()],
        "by": {by: [_row_json(told, by, row) for row in told.rows(by, ever=True)] for by in course.by},
    }


def _waiver_json(waiver: Waiver) -> dict[str, Any]:
    expires = waiver.expires.isoformat() if waiver.expires else None
    return {**waiver._asdict(), "expires": expires, "since": _time(waiver.since), "owners": list(waiver.owners)}


def _count_json(now: Count) -> dict[str, int]:
    return {"open": now.open, "mandatory": now.mandatory, "waived": now.waived, "unknown": now.unknown}


def _point_json(point: Point) -> dict[str, Any]:
    audit, differs = point.audit, point.differs
    return {
        "audit": audit.id,
        "started": audit.started.isoformat(),
        "day": audit.day.isoformat(),
        "version": audit.version,
        "policy_config_sha256": audit.policy_config or None,
        "sources": list(audit.sources),
        "rules": len(audit.rules),
        "differs": None
        if differs is None
        else {
            "rules_added": list(differs.added),
            "rules_removed": list(differs.removed),
            "options_changed": list(differs.options),
            "version_before": differs.version[0] if differs.version else None,
        },
        "stacks": _stacks_json(point.stacks),
        **_count_json(point.total),
    }


def _stacks_json(standings: Mapping[str, int]) -> dict[str, int]:
    return {name: standings.get(name, 0) for name in ("read", "not read", "missing", "vanished")}


def _stack_json(stack: Standing, course: Course) -> dict[str, Any]:
    return {
        "project": stack.last.project,
        "stack": stack.last.stack,
        "file": stack.last.file or None,
        "standing": stack.standing,
        "since": _time(stack.since),
        "first_met": stack.first.isoformat(),
        "last_read": _time(stack.read.started if stack.read else None),
        "unread": [
            {"standing": time.standing, "since": time.since.isoformat(), "until": _time(time.until)}
            for time in stack.unread
        ],
        **course.whose_stack(stack)._asdict(),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _row_json(told: Told, by: str, row: Row) -> dict[str, Any]:
    changed: Mapping[Kind, int] = row.changed
    counts = [point.groups[by].get(row.group, Count()) for point in told.course.points]
    return {
        "name": row.group,
        **_count_json(row.now),
        "changes": {str(kind): changed.get(kind, 0) for kind in Kind},
        "stacks": row.stacks,
        "clean": row.clean,
        "oldest": _time(row.oldest),
        "trend": [one.open for one in counts],
        "trend_mandatory": [one.mandatory for one in counts],
        "trend_waived": [one.waived for one in counts],
        "trend_unknown": [one.unknown for one in counts],
    }
