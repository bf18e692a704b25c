"""Runs of a character that hide a value, and ellipses that leave one out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inference_pools.placeholders.patterns import pattern

_ELLIPSIS: Final = pattern(r"…|(?<!\.)\.{3,}(?!\.)")
# `1...10` and `v1.2...v1.3` are ranges, and `Loading...` is a word that trails off.
_NOT_ELIDED: Final = pattern(r"[0-9]\.{3}v?[0-9]|^[A-Z]?[a-z]+(?:\.{3}|…)$")

# A mask may cover part of a segment: `5b69b3594XXX`, `aks-xxxxxxx-21457229`, `9bf8c7a8-xxxx-xxxx-xxxx-ab76976c4bf8`.
_MASK: Final = pattern(
    r"(?<![^\W\d_])(?:x{3,}|X{3,})(?![^\W\d_])"
    r"|x{5,}|X{5,}"
    r"|\*{3,}|[•●█▒]{2,}|\?{3,}"
    r"|(?:(?<![^\W_])(?:x{1,2}-){2,8}x{1,2}(?![^\W_]))"
    r"|^(?:xx-xx|XX-XX)$"
    r"|^(?P<letter>[A-Za-z])(?P=letter){3,}$"
    r"|^(?P<group>[A-Za-z0-9])(?P=group){2,}(?:-(?P=group){2,})+$"
    # Amazon's documentation puts EXAMPLE among the digits of an id.
    r"|[0-9][0-9A-Za-z]{0,40}EXAMPLE|EXAMPLE[0-9]"
    r"|^(?:\#{3,}|_{3,}|-{3,}|~{3,})$"
    r"|^(?:(?P<of_one>[A-Za-z0-9])(?P=of_one){2,}(?:-|$)){3,}$"
    # Letters counted up in groups, and versions and addresses of nothing but letters.
    r"|(?i:(?<![^\W_])(?:abcd-efgh|efgh-ijkl)(?![^\W_]))"
    r"|^(?i:v?x\.y\.z|x\.x\.x(?:\.x)?|[0-9]{1,3}\.(?:x|[0-9]{1,3})\.x\.x)$"
)
_PROSE_MASK: Final = pattern(r"(?<!\w)(?:x{3,}|X{4,})(?!\w)|\*{4,}|[•●█▒]{3,}")

# A day or a minute that nobody filled in: `nightly-YYYYMMDD`, `backup-yyyy-mm-dd`.
_DATE: Final = pattern(
    r"(?<![^\W\d_])(?:(?:YYYY-?MM-?DD|(?:DD-?MM|MM-?DD)-?YYYY)(?:[T_-]?HH-?MM(?:-?SS)?)?"
    r"|(?:yyyy-?mm-?dd|(?:dd-?mm|mm-?dd)-?yyyy)(?:[t_-]?hh-?mm(?:-?ss)?)?)(?![^\W\d_])"
)


# What every mask holds that does not begin with one character three times; most text has none of it and is looked at
# no further. Each alternative begins with a letter of its own, so that the rest is skipped in one loop.
_HINT: Final = pattern(
    r"x(?:xx|-[xX]|x-)|X(?:XX|-[xX]|X-)|\.(?:\.\.|[xyXY]\.)|\*\*\*|\?\?\?|•|●|█|▒|…|e[fF][gG][hH]|E(?:XAMPLE|[fF][gG][hH])"
)


def find(segment: str) -> re.Match[str] | None:
    """The mask or ellipsis in a segment, if any."""
    if not _may_mask(segment):
        return None
    if ("…" in segment or "..." in segment) and not _NOT_ELIDED.search(segment):
        return _ELLIPSIS.search(segment)
    return _MASK.search(segment)


def _may_mask(text: str) -> bool:
    return (len(text) > 2 and text[0] == text[1] == text[2]) or _HINT.search(text) is not None


def span(segment: str) -> tuple[int, int]:
    """From the first mask in a segment to the end of the last: `xxxxxxxx-xxxx-xxxx` is one."""
    places = [found.span() for found in _MASK.finditer(segment)]
    found = find(segment)
    if found is None or not places:
        return found.span() if found else (0, 0)
    return min(places)[0], max(end for _, end in places)


def style(segment: str) -> str | None:
    """What a segment's mask is called."""
    found = find(segment)
    if found is None:
        return None
    return "ellipsis" if found[0][0] in "…." else "mask"


def date(segment: str) -> re.Match[str] | None:
    """The letters of a date in a segment, if any; where they are all of a value, they may well be a format."""
    return _DATE.search(segment) if "YYYY" in segment or "yyyy" in segment else None


def in_prose(text: str) -> Iterator[re.Match[str]]:
    """The masks in a sentence, where three dots and three stars are punctuation."""
    return _PROSE_MASK.finditer(text) if _may_mask(text) else iter(())
