"""One page with a history: how it stands, the trend, what changed, each finding (`web/fleet`, built into `page`)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from inference_pools.version import __version__
from poolgate.history.changes import Told
from poolgate.history.course import Finding, State
from poolgate.report import web_page
from poolgate.report.catalogue import abouts

_FIRST: Final = "owner"
"""What is summed up by, as long as nobody chooses."""
_TREND: Final = "trend"


def render(told: Told, value: Mapping[str, Any], by: str | None) -> str:
    """The page. The same history gives the same bytes. `by` is what it sums up by at first.

    `value` is what `--format json` tells of the history.
    """
    return web_page.render(
        __package__, "poolgate history", __version__, to_data(told, value, by),
        without="`poolgate history` tells the same in text, Markdown, CSV and JSON.",
    )  # fmt: skip


def to_data(told: Told, value: Mapping[str, Any], by: str | None) -> dict[str, Any]:
    """What JSON tells, in fewer bytes, and what the page needs beside it.

    Each text of a finding is written once and named by its number; a trend is written as runs, a value and how often it
    comes in a row.
    """
    texts: dict[str, int] = {}
    kinds = {change.finding.last.fingerprint: str(change.kind) for change in told.changes}
    findings = [_finding(told, finding, kinds) for finding in (*value["findings"], *value["ended"])]
    columns = list(findings[0]) if findings else []
    rows = [
        [None if text is None else texts.setdefault(text, len(texts)) for text in finding.values()]
        for finding in findings
    ]
    known = abouts()
    data = {
        "version": __version__,
        "first_by": by or _FIRST,
        **{name: value[name] for name in ("since", "summary", "notes", "audits", "stacks", "waivers")},
        "by": {name: [_group(row) for row in groups] for name, groups in value["by"].items()},
        "rules": [
            {
                "id": rule,
                "title": known[rule].title,
                "why": known[rule].why,
                "remedy": known[rule].remedy,
                "source": known[rule].source if known[rule].source.startswith("https://") else "",
            }
            for rule in sorted({finding.last.rule for finding in told.course.findings.values()})
            if rule in known
        ],
        "columns": columns,
        "findings": rows,
        "texts": list(texts),
    }
    return {name: web_page.seen(inner) for name, inner in data.items()}


def _finding(told: Told, value: Mapping[str, str | None], kinds: Mapping[str, str]) -> dict[str, str | None]:
    """A finding as JSON has it, with what became of it and what it is counted under."""
    finding = told.course.findings[str(value["fingerprint"])]
    return {
        **value,
        "status": _status(finding),
        "change": kinds.get(finding.last.fingerprint, ""),
        **{f"by {name}": group for name, group in zip(told.course.by, finding.groups, strict=True)},
    }


def _status(finding: Finding) -> str:
    if finding.state is not State.OPEN:
        return str(finding.state)
    return "to mend" if finding.fails else "advisory"


def _group(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _runs(value) if name.startswith(_TREND) else value for name, value in row.items()}


def _runs(values: list[int]) -> list[int]:
    return [part for value, run in groupby(values) for part in (value, len(list(run)))]
