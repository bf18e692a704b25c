"""The engine's log of events, line by line JSON, as `pulumi preview --event-log FILE` writes it.

What the readers of events count on is looked at here once, so that a log that is damaged, or of an engine that writes
another one, is an error with its line and never a preview that passed.

Source of the format: pulumi/pulumi `sdk/go/common/apitype/events.go`, v3.255.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from poolgate.errors import PoolgateError

_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "policyEvent": ("resourceUrn", "policyName", "enforcementLevel", "message", "severity"),
    "policyAnalyzeSummaryEvent": ("resourceUrn",),
    "policyAnalyzeStackSummaryEvent": (),
    "resOutputsEvent": (),
    "diagnosticEvent": ("urn", "message", "severity"),
}
"""The events that are read, with what is a text in them where it is there."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "policyEvent": ("policyName", "enforcementLevel", "message"),
    "diagnosticEvent": ("message", "severity"),
}
_LEVELS: Final = ("advisory", "mandatory", "remediate", "disabled")


def read_events(text: str) -> list[dict[str, Any]]:
    """The events of a log, in order. Raises PoolgateError, with the line, for what the engine does not write."""
    events = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        event = _decoded(line)
        wrong = _wrong(event) if isinstance(event, dict) else "is no JSON object"
        if wrong or not isinstance(event, dict):
            raise PoolgateError(f"the engine's event log cannot be read: line {number} {wrong}")
        events.append(event)
    return events


def read_steps(text: str) -> list[dict[str, Any]]:
    """The steps of `pulumi preview --json`; none when it was not given the time to print them.

    Raises PoolgateError for what the engine does not write.
    """
    if not text.strip():
        return []
    document = _decoded(text)
    steps = document.get("steps") or [] if isinstance(document, dict) else None
    if not isinstance(steps, list) or not all(map(_is_step, steps)):
        raise PoolgateError("the engine's JSON cannot be read: expected an object with steps")
    return steps


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _wrong(event: Mapping[str, Any]) -> str:
    """What keeps an event from being read; "" for one that can be, or that nobody reads."""
    for kind, texts in _TEXTS.items():
        if kind not in event:
            continue
        content = event[kind]
        if not isinstance(content, dict):
            return f"has a {kind} that is no object"
        for name in texts:
            value = content.get(name)
            if not isinstance(value, str) and (name in content or name in _NEEDED.get(kind, ())):
                return f"has a {kind} whose {name} is no text"
        passed = content.get("passed")
        if passed is not None and not (isinstance(passed, list) and all(isinstance(name, str) for name in passed)):
            return f"has a {kind} whose passed is no list of texts"
        exceptions = content.get("exceptions") or []
        if not isinstance(exceptions, list) or not all(map(_is_exception, exceptions)):
            return f"has a {kind} whose exceptions are no list of exceptions"
        if kind == "policyEvent" and content["enforcementLevel"] not in _LEVELS:
            return "has a policyEvent of a level that is none"
    return ""


def _is_exception(exception: Any) -> bool:
    return isinstance(exception, dict) and all(isinstance(exception.get(name, ""), str) for name in ("id", "reason"))


def _is_step(step: Any) -> bool:
    if not isinstance(step, dict) or not isinstance(step.get("urn", ""), str):
        return False
    state = step.get("newState") or {}
    if not isinstance(state, dict) or not isinstance(state.get("type", ""), str):
        return False
    if not isinstance(state.get("sourcePosition"), str | None):
        return False
    depends = state.get("propertyDependencies") or {}
    if not isinstance(state.get("inputs") or {}, dict) or not isinstance(depends, dict):
        return False
    return all(map(_is_names, depends.values()))


def _is_names(value: Any) -> bool:
    return isinstance(value, list | None) and all(isinstance(name, str) for name in value or ())
