"""`poolgate diff`: what came, went and stayed between two JSON reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from poolgate.judged_by import Difference
from poolgate.report import safe
from poolgate.report.earlier import Change
from poolgate.report.entry import Entry
from poolgate.report.json_parts import SCHEMA_VERSION, dumps
from poolgate.report.markdown import MARKER, bullet, details
from poolgate.report.safe import prose

_MOST: Final = 100
"""So many lines of a kind are shown in Markdown, which has to fit a comment."""


def render(change: Change, format_: str) -> str:
    """The change as text, json or markdown."""
    return FORMATS[format_](change)


def _text(change: Change) -> str:
    lines: list[str] = []
    for title, entries in (("new", change.new), ("gone", change.gone), *change.unknown):
        for entry in entries:
            lines.append(f"{title:<8} {_line(entry)}: {safe.one_line(entry.message)}")
    for old, new in change.changed:
        messages = f"{safe.one_line(new.message)} (was: {safe.one_line(old.message)})"
        lines.append(f"changed  {_line(new)}: {messages}")
    lines += [f"note: {safe.one_line(note)}" for note in change.notes]
    lines.append(_summary(change))
    return "".join(f"{safe.inert(line)}\n" for line in lines)


def _line(entry: Entry) -> str:
    owner = " ".join(part for part in (entry.stack, entry.name) if part)
    level = entry.outcome if entry.outcome not in ("violated",) else entry.enforcement
    place = f": {entry.path}" if entry.path else ""
    return safe.one_line(f"{level:<9}  {owner}: {entry.rule}{place}")


def _summary(change: Change) -> str:
    failing = sum(entry.fails for entry in change.new)
    new = f"{len(change.new)} new ({failing} of them to mend)" if change.new else "0 new"
    return f"{new}, {change.left}, {len(change.kept)} kept ({len(change.changed)} with another message)"


def _json(change: Change) -> str:
    value: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "summary": {
            "new": len(change.new),
            "new_failing": sum(entry.fails for entry in change.new),
            "gone": len(change.gone),
            "not_read": len(change.not_read),
            "vanished": len(change.vanished),
            "kept": len(change.kept),
            "changed": len(change.changed),
        },
        "terms": None if change.terms is None else _terms(change.terms),
        "new": [entry.raw for entry in change.new],
        "gone": [entry.raw for entry in change.gone],
        "not_read": [entry.raw for entry in change.not_read],
        "vanished": [entry.raw for entry in change.vanished],
        "changed": [{"old": old.raw, "new": new.raw} for old, new in change.changed],
    }
    return dumps(value)


def _terms(terms: Difference) -> dict[str, Any]:
    version = None if terms.version is None else dict(zip(("old", "new"), terms.version, strict=True))
    return {**terms._asdict(), "version": version}


def _markdown(change: Change) -> str:
    lines = [MARKER, f"### {_summary(change)}", ""]
    lines += _list("new", change.new) if change.new else []
    for title, entries in (("gone", change.gone), *change.unknown):
        lines += _list(title, entries) if entries else []
    for note in change.notes:
        lines += [f"{prose(note)}.", ""]
    if change.changed:
        lines += _list("changed", tuple(new for _, new in change.changed))
    return "\n".join(map(safe.inert, lines)).rstrip("\n") + "\n"


def _list(title: str, entries: tuple[Entry, ...]) -> Iterator[str]:
    yield from details(f"{len(entries)} {title}", (bullet(entry) for entry in entries[:_MOST]))
    if len(entries) > _MOST:
        yield f"{len(entries) - _MOST} more are not shown."
    yield ""


FORMATS: Final[Mapping[str, Callable[[Change], str]]] = {"text": _text, "json": _json, "markdown": _markdown}
