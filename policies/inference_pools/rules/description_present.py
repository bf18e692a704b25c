"""A resource says what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import Description
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule

_SAYS_NOTHING: Final = frozenset(
    ("-", "none", "n/a", "na", "null", "nil", "empty", "description", "no description", "test", "x", "foo", "asdf")
)
"""Texts that are written to fill a field."""


@rule(
    Description,
    id="description-present",
    title="The description says what the resource is for",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Write in description what the resource does and for whom, for example: Scores card payments for fraud.",
    options={
        "required": Option(
            (),
            "The types that must have a description. With none named, only a description that is written is judged.",
            choices=("pool", "group", "endpoint", "deployment", "reasoning engine"),
        ),
        "words": Option(1, "The least number of words."),
    },
    since="2026.12",
)
def description_present(description: Description, options: Options) -> Iterator[Finding]:
    """Who finds a pool on the bill, or in an alert at night, has its name, its tags and this."""
    text = description.text
    if text is None:
        if description.of in options.required:
            yield Finding("text", "is missing")
        return
    words = text.split()
    if not words:
        yield Finding("text", "is empty")
    elif " ".join(words).rstrip(".!").casefold() in _SAYS_NOTHING:
        yield Finding("text", f"is {text!r}, which says nothing")
    elif len(words) < options.words:
        yield Finding("text", f"has {len(words)} word{'s' if len(words) > 1 else ''}, the least is {options.words}")
