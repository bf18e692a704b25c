"""ISO 8601 durations as Azure Resource Manager takes them, and what was probably meant by those it refuses.

Accepted is what both ends of the wire read alike: the XML Schema `duration` that .NET services parse
(https://www.w3.org/TR/xmlschema-2/#duration) without years and months, whose length is not fixed, and without a
sign. isodate, the library of Microsoft's Python client, does the reading.
"""

from __future__ import annotations

import re
from datetime import timedelta

import isodate

_ACCEPTED = re.compile(r"P(?=\d|T\d)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?", re.ASCII)

_UNITS = {
    "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "milliseconds": 0.001,
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400,
}  # fmt: skip
_NUMBER_AND_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_LONGEST = timedelta(days=36500)
_AMBIGUOUS = 1000


class DurationError(ValueError):
    """The text is no duration that Azure and Microsoft's clients read alike.

    `reason` is why, as a predicate; `meant` is the likely intention.
    """

    def __init__(self, text: str, reason: str, meant: str | None = None) -> None:
        hint = f"; {meant} was probably meant" if meant else ""
        super().__init__(f"{text!r} {reason}{hint}")
        self.reason = reason
        self.meant = meant


def parse(text: str) -> timedelta:
    """The duration that `text` says. Raises DurationError with the reason and, where it can, a correction."""
    if _ACCEPTED.fullmatch(text):
        try:
            duration: timedelta = isodate.parse_duration(text)
        except (OverflowError, isodate.ISO8601Error):
            raise DurationError(text, "is too long to be a duration") from None
        if duration > _LONGEST:
            raise DurationError(text, "is longer than a century")
        return duration
    raise _refusal(text)


def canonical(text: str) -> str | None:
    """The accepted spelling of the same duration, where there is no doubt what it says; None for all others.

    That is so for lower-case letters, blanks around, a decimal comma and weeks: the units are all there.
    """
    candidate = text.strip().upper().replace(",", ".")
    weeks = re.fullmatch(r"P(\d{1,4})W", candidate, re.ASCII)
    if weeks:
        candidate = f"P{7 * int(weeks[1])}D"
    try:
        parse(candidate)
    except DurationError:
        return None
    return candidate


def format_iso(duration: timedelta) -> str:
    """The canonical ISO 8601 form: `PT1M30S`."""
    text: str = isodate.duration_isoformat(duration)
    return "PT0S" if text == "P0D" else text


def humanize(duration: timedelta) -> str:
    """The duration in words: `1 minute 30 seconds`."""
    seconds = duration.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:g} milliseconds"
    whole, fraction = divmod(seconds, 1)
    parts: list[str] = []
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count:.0f} {name}{'s' if count != 1 else ''}")
    rest = whole + fraction
    if rest:
        parts.append(f"{rest:g} second{'s' if rest != 1 else ''}")
    return " ".join(parts)


def _refusal(text: str) -> DurationError:
    """Why the text is refused, most telling reason first."""
    stripped = text.strip()
    upper = stripped.upper()
    if stripped != text and _ACCEPTED.fullmatch(upper):
        return DurationError(text, "has blanks around it", _usable(upper))
    if not stripped:
        return DurationError(text, "is empty", None)
    if stripped[0] in "+-" and _ACCEPTED.fullmatch(upper[1:]):
        return DurationError(text, "has a sign, and a timeout has none", _usable(upper[1:]))
    if not upper.startswith("P"):
        return _not_iso(text, stripped)
    if upper != stripped:
        return DurationError(text, "has lower-case letters", _corrected(upper))
    if re.fullmatch(r"P\d+W", stripped, re.ASCII):
        return DurationError(text, "counts weeks, which Azure does not read", _corrected(upper))
    if re.match(r"P[\d.,]+[YM]|P.*Y", stripped):
        reason = "counts years or months, whose length is not fixed"
        minutes = re.fullmatch(r"P(\d+)M", stripped)
        return DurationError(text, reason, f"PT{minutes[1]}M (minutes stand after a T)" if minutes else None)
    return DurationError(text, "is no ISO 8601 duration", _corrected(upper))


def _corrected(upper: str) -> str | None:
    """The likely intention behind something that begins with P: a missing T, a decimal comma, PT1.5H, a T too many.

    All but the first are read by isodate.
    """
    candidates = (upper, "PT" + upper[1:])
    found = next((candidate for candidate in candidates if _ACCEPTED.fullmatch(candidate)), None)
    if found:
        return _usable(found)
    try:
        duration = isodate.parse_duration(upper)
    except (ValueError, OverflowError):
        # isodate also reads dates written as durations, and lets the errors of `datetime` through.
        return None
    is_fixed = isinstance(duration, timedelta) and timedelta(0) < duration <= _LONGEST
    return format_iso(duration) if is_fixed else None


def _usable(text: str) -> str | None:
    """What has the form of a duration, unless it is too long to be proposed."""
    try:
        parse(text)
    except DurationError:
        return None
    return text


def _not_iso(text: str, stripped: str) -> DurationError:
    """A duration in another notation: a bare number, `30s`, `5000ms`, `00:00:30`, `T30S`."""
    if _ACCEPTED.fullmatch("P" + stripped.upper()):
        return DurationError(text, "lacks the leading P", _usable("P" + stripped.upper()))
    number = _NUMBER_AND_UNIT.fullmatch(stripped)
    if number and not number[2]:
        # 30 is seconds, as people write them; 5000 may be seconds, or milliseconds as in Azure's other APIs.
        is_plain = float(number[1]) < _AMBIGUOUS
        return DurationError(text, "has no unit", format_iso(_seconds(float(number[1]))) if is_plain else None)
    if number and number[2].lower() in _UNITS:
        meant = format_iso(_seconds(float(number[1]) * _UNITS[number[2].lower()]))
        return DurationError(text, "is not in ISO 8601 form", meant)
    clock = _CLOCK.fullmatch(stripped)
    if clock and clock[3]:
        hours, minutes, seconds = (int(part) for part in clock.groups())
        meant = format_iso(timedelta(hours=hours, minutes=minutes, seconds=seconds))
        return DurationError(text, "is a .NET time span, not an ISO 8601 duration", meant)
    return DurationError(text, "is no ISO 8601 duration", None)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=min(seconds, _LONGEST.total_seconds()))
