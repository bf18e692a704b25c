"""What `poolgate rules`, `explain`, `schema` and `policy-config` say."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

from inference_pools.rule import Rule
from inference_pools.rules import ALL
from poolgate.errors import UsageError
from poolgate.own_source import Sketch

_SCHEMA_SUFFIX: Final = ".schema.json"


def rules_table(rules: Sequence[Rule[Any]] = ALL, not_run: Sequence[Sketch] = ()) -> str:
    """The rules, a line each; of those that were not run what their source tells."""
    rows = [("rule", "severity", "enforcement", "what it asks")]
    rows += [(rule.id, str(rule.severity), str(rule.enforcement), rule.title) for rule in rules]
    rows += [(one.id, one.severity or "?", one.enforcement or "?", one.title or "?") for one in not_run]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = (
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    )
    return "\n".join(lines) + "\n"


def rules_json(rules: Sequence[Rule[Any]] = ALL, not_run: Sequence[Sketch] = ()) -> str:
    """The rules with all that is known of them; of those that were not run what their source tells, else null."""
    described = [*(_described(rule) for rule in rules), *(_sketched(one) for one in not_run)]
    return json.dumps(described, indent=2) + "\n"


def explain(rule_id: str, rules: Sequence[Rule[Any]] = ALL, not_run: Sequence[Sketch] = ()) -> str:
    """One rule, in full; one that was not run as its source tells it.

    Raises UsageError, with the nearest name, when there is none.
    """
    rule = next((rule for rule in rules if rule.id == rule_id), None)
    if rule is None:
        sketch = next((one for one in not_run if one.id == rule_id), None)
        if sketch is not None:
            return "\n".join(_sketch_explained(sketch)) + "\n"
        near = difflib.get_close_matches(rule_id, [*(rule.id for rule in rules), *(one.id for one in not_run)], n=1)
        raise UsageError(f"no rule is called {rule_id!r}" + (f"; did you mean {near[0]}?" if near else ""))
    return "\n".join(_explanation(rule)) + "\n"


def schema_text(name: str) -> str:
    """A schema by its name. Raises UsageError when there is none."""
    from poolgate.lint.schema_store import packaged_folder

    folder = packaged_folder()
    names = sorted(file.name.removesuffix(_SCHEMA_SUFFIX) for file in folder.glob(f"*{_SCHEMA_SUFFIX}"))
    if name not in names:
        raise UsageError(f"no schema is called {name!r}; there are {', '.join(names)}")
    return (folder / f"{name}{_SCHEMA_SUFFIX}").read_text(encoding="utf-8")


def _described(rule: Rule[Any]) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": str(rule.severity),
        "enforcement": str(rule.enforcement),
        "why": rule.why,
        "remedy": rule.remedy.format_map(rule.with_options({}).in_words()),
        "options": {name: option.schema() for name, option in rule.options.items()},
        "scope": str(rule.scope),
        "controls": list(rule.controls),
        "waivable": rule.waivable,
        "since": rule.since,
        "source": rule.source,
    }


def _sketched(one: Sketch) -> dict[str, Any]:
    told = {
        "title": one.title,
        "severity": one.severity,
        "enforcement": one.enforcement,
        "why": one.why,
        "remedy": one.remedy,
        "options": None,
        "scope": one.scope,
        "controls": None,
        "waivable": one.waivable,
        "since": one.since,
        "source": one.source,
    }
    return {"id": one.id, **{name: None if value == "" else value for name, value in told.items()}}


def _sketch_explained(one: Sketch) -> Iterator[str]:
    yield f"{one.id}: {one.title}" if one.title else one.id
    yield f"severity {one.severity or 'not known'}, {one.enforcement or 'level not known'}"
    if one.why:
        yield ""
        yield from textwrap.wrap(one.why, 100)
    if one.remedy:
        yield ""
        yield from textwrap.wrap(f"Fix: {one.remedy}", 100)
    yield ""
    yield f"A rule of your own, made at {one.file}:{one.line}. It was not run: this is what its source tells."
    if one.source:
        yield f"Source: {one.source}"


def _explanation(rule: Rule[Any]) -> Iterator[str]:
    yield f"{rule.id}: {rule.title}"
    yield f"severity {rule.severity}, {rule.enforcement}, since {rule.since}"
    yield ""
    yield from textwrap.wrap(rule.why, 100)
    yield ""
    yield from textwrap.wrap(f"Fix: {rule.remedy.format_map(rule.with_options({}).in_words())}", 100)
    yield ""
    yield "Options:"
    for name, option in rule.options.items():
        yield f"  {name} (default {json.dumps(option.json_default)})"
        choices = f" One of {', '.join(option.choices)}." if option.choices else ""
        yield from textwrap.wrap(option.doc + choices, 96, initial_indent="    ", subsequent_indent="    ")
    yield ""
    if rule.fix:
        yield "The level remediate puts it right."
    if not rule.waivable:
        yield "No waiver covers what it finds."
    if rule.controls:
        yield f"Controls, by analogy: {', '.join(rule.controls)}"
    yield f"Source: {rule.source}"
