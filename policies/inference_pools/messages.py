"""A verdict as the text of a policy diagnostic, and back.

A policy event of the engine carries a message and nothing else of ours, so the message is both what a person
reads in Pulumi's output and what `poolgate preview` reads back. `parse` is the inverse of `compose`, but for the
waiver and the exception of a waived verdict, of which the message says no more than a person needs.

The engine prints it into the log of a CI run. Names and values in it may be what somebody typed, and must give no order
to the runner: Azure's agent obeys `##vso[…]` and `##[…]` wherever they stand in a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from inference_pools.finding import EXEMPTED_BY, WAIVED_UNTIL, Outcome, Verdict
from inference_pools.path import PATTERN, Keys, parse_path

WHOLE: Final = "this resource"
"""Stands where the path would, when a verdict is about the resource as a whole."""

_ORDER: Final = re.compile(r"#(\\*)#(?=(?:vso)?\[)", re.IGNORECASE)
_NO_ORDER: Final = re.compile(r"#\\(\\*)#(?=(?:vso)?\[)", re.IGNORECASE)

_LINE: Final = re.compile(
    rf"(?:\[(?P<outcome>unreadable|broken|waived)\] )?(?P<path>{WHOLE}|{PATTERN}): (?P<message>.*)", re.ASCII
)
_PLACE: Final = rf"(?:{WHOLE}|{PATTERN})"
_UNKNOWN: Final = re.compile(rf"\[unknown\] (?P<reason>.*): (?P<paths>{_PLACE}(?:, {_PLACE})*)", re.ASCII)
_ONE_PLACE: Final = re.compile(_PLACE, re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """What a message says of one place."""

    outcome: Outcome
    keys: Keys
    message: str
    remedy: str


def compose(verdicts: Sequence[Verdict]) -> Iterator[tuple[Verdict, str]]:
    """The diagnostics of one rule: a message each, with the verdict that gives it its resource and its level.

    Unknown values are gathered in one message a resource and reason, since a preview may have many of them.
    """
    for verdict in verdicts:
        if verdict.outcome.reported and verdict.outcome is not Outcome.UNKNOWN:
            yield verdict, inert(_line(verdict))
    unknown = sorted((verdict for verdict in verdicts if verdict.outcome is Outcome.UNKNOWN), key=_resource_and_reason)
    for (_, reason), group in groupby(unknown, key=_resource_and_reason):
        members = list(group)
        paths = ", ".join(verdict.path or WHOLE for verdict in members)
        yield members[0], inert(f"[unknown] {reason}: {paths}")


def inert(text: str) -> str:
    """The text with a backslash in what a CI runner takes for an order. Where there is one, there is one more."""
    return _ORDER.sub(r"#\1\\#", text)


def _resource_and_reason(verdict: Verdict) -> tuple[str, str]:
    return verdict.urn, verdict.message


def parse(message: str) -> Iterable[Part]:
    """The parts of a message that `compose` made. Raises ValueError for any other text."""
    first, _, remedy = _NO_ORDER.sub(r"#\1#", message).partition("\n")
    unknown = _UNKNOWN.fullmatch(first)
    if unknown:
        reason = unknown["reason"]
        return [Part(Outcome.UNKNOWN, _keys(place), reason, "") for place in _ONE_PLACE.findall(unknown["paths"])]
    match = _LINE.fullmatch(first)
    if not match:
        raise ValueError(f"no message of this pack: {first!r}")
    outcome = Outcome(match["outcome"]) if match["outcome"] else Outcome.VIOLATED
    for note in (WAIVED_UNTIL, EXEMPTED_BY):
        if outcome is Outcome.WAIVED and remedy.startswith(note):
            remedy = remedy.partition("\n")[2]
    return [Part(outcome, _keys(match["path"]), match["message"], remedy)]


def _keys(place: str) -> Keys:
    return () if place == WHOLE else parse_path(place)


def _line(verdict: Verdict) -> str:
    mark = "" if verdict.outcome is Outcome.VIOLATED else f"[{verdict.outcome}] "
    notes = "".join(f"\n{agreed.note}" for agreed in (verdict.waiver, verdict.exemption) if agreed)
    remedy = f"\n{verdict.remedy}" if verdict.remedy else ""
    return f"{mark}{verdict.path or WHOLE}: {verdict.message}{notes}{remedy}"
