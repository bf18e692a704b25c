"""Tells a GUID that a machine drew from one that a person typed.

A version-4 GUID says nothing by its version bits: real ids have been seen with any, and typed ones carry a `4`.
What gives a typed one away is that most of its digits follow from those before: repeated, counted up, in pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from inference_pools.placeholders.patterns import pattern

_FORM: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
LENGTH: Final = 36
_HYPHENS: Final = 4
GUID: Final = pattern(_FORM, re.IGNORECASE)
_EMBEDDED: Final = pattern(rf"(?<![0-9a-z]){_FORM}(?![0-9a-z])", re.IGNORECASE)
# In the form of a GUID, with letters that no digit of one can be: `80d4fe69-ABCD-EFGH-a938-9250f1c8ab03`.
_IMPOSSIBLE: Final = pattern(
    r"(?=[0-9a-f-]*[g-z])[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}", re.IGNORECASE
)

# First-party applications, such as Microsoft Graph (00000003-0000-0000-c000-000000000000) and Exchange Online
# (00000002-0000-0ff1-ce00-000000000000), have ids that look typed.
# https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
# Interfaces of COM all end alike: https://learn.microsoft.com/windows/win32/com/guid-creation-and-optimizations
_WELL_KNOWN: Final = pattern(
    r"0000[0-9a-f]{4}-0000-(?:0000-c000|0ff1-ce00)-000000000000|[0-9a-f]{8}-0000-0000-c000-000000000046",
    re.IGNORECASE,
)

# GUIDs that specifications and tools print as their example: RFC 9562 (https://www.rfc-editor.org/rfc/rfc9562),
# https://en.wikipedia.org/wiki/Universally_unique_identifier;
# the last one is what Swagger UI shows for any property of format uuid.
_EXAMPLES: Final = frozenset(
    {
        "123e4567-e89b-12d3-a456-426614174000",
        "123e4567-e89b-12d3-a456-426655440000",
        "550e8400-e29b-41d4-a716-446655440000",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    }
)

# One digit eight times running: expected once in ten million random GUIDs.
_RUN: Final = pattern(r"([0-9a-f])\1{7}")

# A random GUID has about 13 of its 31 digits foretold (23 or more in one of 30,000) and 14 different digits.
_FORETOLD: Final = 23
_FEW_DIGITS: Final = 6

# Pairs of digits that follow one another in counting, either way; people also count on from 9 to 0 or to a.
_NEXT: Final = frozenset(
    first + second
    for row in ("0123456789abcdef", "1234567890", "90abcdef")
    for a, b in pairwise(row)
    for first, second in ((a, b), (b, a))
)


def is_guid(text: str) -> bool:
    """Whether the text has the form of a GUID."""
    return GUID.fullmatch(text) is not None


def embedded(text: str) -> Iterator[re.Match[str]]:
    """The GUIDs in a text that may hold other things beside them."""
    if len(text) == LENGTH:
        return GUID.finditer(text)
    return _EMBEDDED.finditer(text) if len(text) > LENGTH and text.count("-") >= _HYPHENS else iter(())


def is_impossible(text: str) -> bool:
    """Whether a text has the form of a GUID, and letters that none can have."""
    return len(text) == LENGTH and not is_guid(text) and _IMPOSSIBLE.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def is_typed(guid: str) -> bool:
    """Whether a GUID was made up: all zeros, counted up, or patterned."""
    if _WELL_KNOWN.fullmatch(guid):
        return False
    digits = guid.replace("-", "").lower()
    return (
        guid.lower() in _EXAMPLES
        or _RUN.search(digits) is not None
        or len(set(digits)) <= _FEW_DIGITS
        or _foretold(digits) >= _FORETOLD
    )


def is_one_digit(guid: str) -> bool:
    """Whether a GUID is one digit over and over."""
    return len(set(guid.replace("-", "").lower())) == 1


def _foretold(digits: str) -> int:
    """How many digits follow from the ones before: the same 1, 2, 4 or 8 back, or the next in counting."""
    return sum(
        digits[i] == digits[i - 1]
        or digits[i - 1] + digits[i] in _NEXT
        or (i > 1 and (digits[i] == digits[i - 2] or digits[i - 2] + digits[i] in _NEXT))
        or (i > 3 and digits[i] == digits[i - 4])
        or (i > 7 and digits[i] == digits[i - 8])
        for i in range(1, len(digits))
    )
