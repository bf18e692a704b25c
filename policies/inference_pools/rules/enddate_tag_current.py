"""What is needed for a while only says until when, and goes then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from inference_pools.context import Context
from inference_pools.durations import humanize
from inference_pools.facets import Tags
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Judgement, Option, Options, rule

# Pulumi hands over a date that stands unquoted in a stack's configuration as `2026-01-02 00:00:00 +0000 UTC`.
_DATE: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?\s?(?:Z|[+-]\d\d:?\d\d)?(?: UTC)?", re.ASCII
)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_OTHER: Final = re.compile(r"(?P<first>\d{1,2})[./-](?P<second>\d{1,2})[./-](?P<year>\d{4})", re.ASCII)


@rule(
    Tags,
    id="enddate-tag-current",
    title="The end date lies ahead",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Remove the resource, or set the tag to the day until which it is needed, as YYYY-MM-DD.",
    options={
        "names": Option(
            ("enddate", "end-date", "expires", "expiry", "expirydate", "expiry-date"),
            "The tags that hold an end date, compared without regard to case.",
        ),
        "longest": Option(timedelta(days=180), "How far ahead the date may lie outside production."),
        "too_far": Option(
            "advisory",
            "The level for a date further ahead than that.",
            choices=("advisory", "mandatory", "disabled"),
        ),
        "required": Option(False, "Whether what is not production must have one of the tags."),
    },
    since="2026.12",
)
def enddate_tag_current(tags: Tags, options: Options, context: Context) -> Iterator[Judgement]:
    """A trial that nobody ends is capacity that stays warm for no one; the day was known when it was made."""
    written = tags.names
    dated = [written[name.casefold()] for name in options.names if name.casefold() in written]
    for name in dated:
        yield _one(tags, name, options, context)
    if options.required and not dated:
        yield _required(options, context)


def _required(options: Options, context: Context) -> Iterator[Finding]:
    if not context.is_production:
        remedy = f"Give it the tag {options.names[0]} with the day until which it is needed."
        yield Finding("", f"lacks {options.names[0]}, and {context.environment} is no production", remedy)


def _one(tags: Tags, name: str, options: Options, context: Context) -> Iterator[Finding]:
    text = (tags.value(name) or "").strip()
    if not text:
        yield Finding(name, "has no value")
        return
    day = _read(text)
    if day is None:
        yield _unreadable(name, text)
        return
    ahead = day - context.today
    if ahead < timedelta(0):
        yield Finding(name, f"is {day}, {humanize(-ahead)} ago")
    elif ahead > options.longest and options.too_far != "disabled" and not context.is_production:
        limit = humanize(options.longest)
        latest = context.today + options.longest
        yield Finding(
            name,
            f"is {day}, {humanize(ahead)} ahead; outside production the limit is {limit}",
            f"Set it to {latest} or sooner, and later again if it is still needed then.",
            Enforcement(options.too_far),
        )


def _read(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(match["date"]) if match else None
    except ValueError:
        return None


def _unreadable(name: str, text: str) -> Finding:
    """Why a text is no date, and the date where only one can be meant."""
    if _DATE.fullmatch(text):
        return Finding(name, f"is {text!r}, a day that no calendar has")
    days = {day for day in map(_read, _in_our_form(text)) if day is not None}
    if len(days) > 1:
        both = " or ".join(sorted(map(str, days)))
        return Finding(name, f"is {text!r}, which is {both}", f"Write it as one of {both}.")
    remedy = f"Write it as {days.pop()}." if days else "Write it as YYYY-MM-DD, for example 2027-03-31."
    return Finding(name, f"is {text!r}, which is no date in the form YYYY-MM-DD", remedy)


def _in_our_form(text: str) -> tuple[str, ...]:
    """What may be meant by a date in another form, as YYYY-MM-DD."""
    compact, other = _COMPACT.fullmatch(text), _OTHER.fullmatch(text)
    if compact:
        return ("-".join(compact.groups()),)
    if other is None:
        return ()
    year, first, second = other["year"], int(other["first"]), int(other["second"])
    return (f"{year}-{second:02}-{first:02}", f"{year}-{first:02}-{second:02}")
