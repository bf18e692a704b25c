"""A comparison of two rule sets told to people and to machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from poolgate.findings import Finding
from poolgate.owner import Whose, said_of
from poolgate.report import safe
from poolgate.report.by import DIMENSIONS
from poolgate.report.json_parts import dumps, finding_json, terms_of
from poolgate.report.markdown import MARKER, details
from poolgate.report.reach import Stack, accounts
from poolgate.report.scope import count
from poolgate.rule_set import RuleSet
from poolgate.table import table
from poolgate.what_if.comparison import Change, Comparison, Held, Kind, Row, Stopped, stack_of

SCHEMA_VERSION: Final = "1.0"
USUAL: Final = "owner"
"""What people get a summary by who ask for no other."""
_MOST_LINES: Final = 100
"""So many lines of a kind are shown to people; CSV and JSON have all."""
_NOBODY: Final = "(not said)"
_ALWAYS: Final = (Kind.NEW, Kind.STRICTER, Kind.GONE)
"""What a summary always has a column of; of others only where there is any."""


def render(told: Comparison, format_: str, by: str | None, *, width: int | None = None) -> str:
    """The comparison as text, json, csv or markdown, summed up by a dimension; CSV without one has the findings."""
    match format_:
        case "json":
            return dumps(_json(told))
        case "csv":
            return _csv(told, by)
        case "markdown":
            return _lines(_markdown(told, by or USUAL))
        case _:
            return _lines(_text(told, by or USUAL, width))


def _lines(lines: Iterator[str]) -> str:
    return "".join(f"{safe.inert(line)}\n" for line in lines)


def _text(told: Comparison, by: str, width: int | None) -> Iterator[str]:
    if told.differences:
        yield f"{safe.one_line(_sides(told))}:"
        yield from (f"  {safe.one_line(str(one))}" for one in told.differences)
        yield ""
    heads, rows = _summary(told, by)
    if rows:
        yield from table(heads, rows, width)
        yield ""
    yield from _most([f"would be stopped: {safe.one_line(_stopped(one))}" for one in told.stopped])
    yield from _most([safe.one_line(_held(one)) for one in told.waivers])
    yield from _most([safe.one_line(_unread(one, told)) for one in told.not_read])
    for note in told.notes():
        yield f"note: {safe.one_line(note)}"
    yield safe.one_line(_headline(told))


def _most(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"and {len(lines) - _MOST_LINES} more"


def _sides(told: Comparison) -> str:
    both = told.both
    return f"{count(len(told.differences), 'difference')}, now ({_named(both.now)}) -> proposed ({_named(both.then)})"


def _named(rules: RuleSet) -> str:
    return ", ".join(layer.name for layer in rules.layers) or "defaults of the rules"


def _stopped(one: Stopped) -> str:
    return f"{one.stack.name}{_owner(one.whose)}: {count(one.findings, 'finding')} of {', '.join(one.rules)}"


def _unread(one: Stack, told: Comparison) -> str:
    return f"{one.standing}: {one.name}{_owner(told.whose(one.name))}"


def _owner(whose: Whose) -> str:
    return f" (owner {whose.owner})" if whose.owner else ""


def _held(one: Held) -> str:
    waiver, target = one.waiver, one.waiver.target
    where = " ".join(part for part in (target.stack, target.urn, target.path) if part)
    fate = f"covers {one.now} and would cover nothing" if one.now else f"covers nothing and would cover {one.then}"
    return f"waiver {waiver.ticket} of {waiver.rule} for {where}: {fate}"


def _headline(told: Comparison) -> str:
    accounted = accounts(told.stacks)
    absent = "".join(f", {accounted[name]} {name}" for name in ("not read", "missing") if accounted[name])
    numbers = ", ".join(f"{told.numbers[kind]} {kind}" for kind in _kinds(told))
    now, then = (sum(one.fails for one in side.values()) for side in (told.now, told.then))
    needed = f" ({count(len(told.to_be_waived), 'waiver')} would let them pass)" if told.to_be_waived else ""
    stacks = "stack" if accounted["read"] == 1 else "stacks"
    more = f"{len(told.stopped)} more {'stack' if len(told.stopped) == 1 else 'stacks'}"
    return (
        f"{accounted['read']} {stacks} read{absent}; by the proposed rules {numbers}, {len(told.same)} the same; "
        f"to mend {now} now and {then} then, {told.mandatory} of them not now{needed}; the next deployment of {more} "
        "would be stopped"
    )


def _kinds(told: Comparison) -> list[Kind]:
    return [kind for kind in Kind if kind in _ALWAYS or told.numbers[kind]]


def _summary(told: Comparison, by: str) -> tuple[Sequence[str], list[Sequence[str]]]:
    kinds = _kinds(told)
    heads = [by, "to mend now", "then", *kinds, "the same", "resources", "stacks", "stopped"]
    return heads, [_cells(row, kinds) for row in told.rows(by)]


def _cells(row: Row, kinds: Sequence[Kind]) -> list[str]:
    numbers = (row.to_mend_now, row.to_mend_then, *(row.changes.get(kind, 0) for kind in kinds), row.same)
    return [row.group or _NOBODY, *map(str, (*numbers, row.resources, row.stacks, row.stopped))]


def _markdown(told: Comparison, by: str) -> Iterator[str]:
    yield from (MARKER, f"### {safe.prose(_headline(told))}", "")
    heads, rows = _summary(told, by)
    yield f"| {' | '.join(map(safe.plain, heads))} |"
    yield f"|---|{'--:|' * (len(heads) - 1)}"
    for row in rows:
        yield f"| {' | '.join(map(safe.plain, row))} |"
    yield ""
    for note in told.notes():
        yield from (f"Note: {safe.prose(note)}", "")
    yield from _bullets(_sides(told) if told.differences else "", [safe.code(str(one)) for one in told.differences])
    stopped = [safe.prose(_stopped(one)) for one in told.stopped]
    yield from _bullets(f"{count(len(stopped), 'stack')} would be stopped", stopped)
    waivers = [safe.prose(_held(one)) for one in told.waivers]
    yield from _bullets(f"{count(len(waivers), 'waiver')} would cover other findings", waivers)
    unread = [safe.prose(_unread(one, told)) for one in told.not_read]
    yield from _bullets(f"{count(len(unread), 'stack')} not read", unread)
    for kind in Kind:
        yield from _bullets(f"{told.numbers[kind]} {kind}", [_bullet(one) for one in told.changes if one.kind is kind])


def _bullets(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from details(title, (f"- {line}" for line in lines[:_MOST_LINES]))
        if len(lines) > _MOST_LINES:
            yield f"{len(lines) - _MOST_LINES} more are not shown."
        yield ""


def _bullet(change: Change) -> str:
    found = change.finding
    owner = found.subject.owner
    where = safe.code(" ".join(part for part in (stack_of(found), found.subject.name) if part))
    place = f" {safe.code(found.path)}" if found.path else ""
    said = f" ({safe.prose(f'owner {owner}')})" if owner else ""
    return f"{where} {safe.code(found.rule)}{place}: {safe.prose(found.message)}{said}"


def _csv(told: Comparison, by: str | None) -> str:
    if by is None:
        rows = _csv_changes(told)
    else:
        heads, cells = _summary(told, by)
        rows = iter([heads, *cells])
    return safe.csv_of(rows)


def _csv_changes(told: Comparison) -> Iterator[Sequence[str]]:
    yield (
        *("change", "fails", "project", "stack", "type", "name", "rule", "severity", "path", "message"),
        *("enforcement_now", "enforcement_then", "outcome_now", "outcome_then", "fingerprint", "urn"),
        *Whose._fields,
    )
    for change in told.changes:
        found, subject = change.finding, change.finding.subject
        yield (
            *(str(change.kind), "true" if change.fails else "false"),
            *(subject.project, subject.stack, subject.type, subject.name),
            *(found.rule, str(found.severity), found.path, found.message),
            *(str(one.enforcement) if one else "" for one in (change.now, change.then)),
            *(str(one.outcome) if one else "" for one in (change.now, change.then)),
            *(found.fingerprint, subject.urn, *said_of(subject)),
        )


def _json(told: Comparison) -> dict[str, Any]:
    now, then = told.not_judged
    accounted = accounts(told.stacks)
    return {
        "schema_version": SCHEMA_VERSION,
        "now": _side_json(told.both.now),
        "then": _side_json(told.both.then),
        "differences": [one._asdict() for one in told.differences],
        "summary": {
            "stacks": {name: accounted[name] for name in ("read", "not read", "missing")},
            "changes": _numbers_json(told.numbers),
            "mandatory": told.mandatory,
            "same": len(told.same),
            "reworded": told.reworded,
            "not_judged": {"now": now, "then": then},
            "to_be_waived": len(told.to_be_waived),
            "stopped": len(told.stopped),
        },
        "notes": list(told.notes()),
        "changes": [_change_json(one) for one in told.changes],
        "stopped": [
            {**_stack_json(one.stack), "rules": list(one.rules), "findings": one.findings, **one.whose._asdict()}
            for one in told.stopped
        ],
        "not_read": [
            {**_stack_json(one), "standing": one.standing, **told.whose(one.name)._asdict()} for one in told.not_read
        ],
        "waivers": [_held_json(one) for one in told.waivers],
        "by": {by: [_row_json(row) for row in told.rows(by)] for by in DIMENSIONS},
    }


def _side_json(rules: RuleSet) -> dict[str, Any]:
    return {"policy_config_sha256": rules.digest, "from": [layer.name for layer in rules.layers]}


def _numbers_json(numbers: Any) -> dict[str, int]:
    return {str(kind): numbers.get(kind, 0) for kind in Kind}


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "change": str(change.kind),
        "fails": change.fails,
        "now": _finding_json(change.now),
        "then": _finding_json(change.then),
        **said_of(change.finding.subject)._asdict(),
    }


def _finding_json(finding: Finding | None) -> dict[str, Any] | None:
    return finding and finding_json(finding)


def _stack_json(stack: Stack) -> dict[str, Any]:
    return {"project": stack.project, "stack": stack.stack, "file": stack.file or None}


def _held_json(one: Held) -> dict[str, Any]:
    waiver = one.waiver
    target = {"urn": waiver.target.urn, "stack": waiver.target.stack, "path": waiver.target.path}
    return {"rule": waiver.rule, "target": target, **terms_of(waiver), "covers_now": one.now, "covers_then": one.then}


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.group,
        "to_mend_now": row.to_mend_now,
        "to_mend_then": row.to_mend_then,
        "changes": _numbers_json(row.changes),
        "mandatory": row.mandatory,
        "same": row.same,
        "resources": row.resources,
        "stacks": row.stacks,
        "stopped": row.stopped,
    }
