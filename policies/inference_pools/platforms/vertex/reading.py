"""How Vertex AI's properties are read: counts that may be texts, durations as `600s`, maps that may be JSON text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from inference_pools.reader import Leaf, UnreadableError
from inference_pools.readings import number_in_text

_SECONDS: Final = re.compile(r"(-?\d+(?:\.\d{1,9})?)s", re.ASCII)


def some(leaf: Leaf) -> int | None:
    """A count; None for 0 too, where none of a thing is what it may be scaled down to."""
    return number_in_text(leaf) or None


def or_else(beside: str) -> Callable[[Leaf], int | None]:
    """Reads a count, and where it is left out the one beside it that counts for it then."""

    def read(leaf: Leaf) -> int | None:
        found = number_in_text(leaf)
        if found is not None or not leaf.supported:
            return found
        return number_in_text(Leaf(leaf.root, (*leaf.keys[:-1], beside), True, leaf.reads))

    return read


def seconds(leaf: Leaf) -> timedelta | None:
    """A duration as the API writes one: `600s`, `3.5s`, never `PT10M`. Raises UnreadableError for any other text.

    https://protobuf.dev/reference/protobuf/google.protobuf/#duration
    """
    text = leaf.text()
    if text is None:
        return None
    found = _SECONDS.fullmatch(text)
    if found is None:
        raise UnreadableError(leaf.keys, f"is {text!r}, expected a number of seconds such as '600s'")
    try:
        return timedelta(seconds=float(found[1]))
    except OverflowError:
        raise UnreadableError(leaf.keys, f"is {text!r}, longer than any time that there is") from None


def in_seconds(duration: timedelta) -> str:
    """A duration as a number of seconds."""
    return f"{duration.total_seconds():g}"


def whole_seconds(leaf: Leaf) -> timedelta | None:
    """A duration that is a number of seconds."""
    number = number_in_text(leaf)
    try:
        return None if number is None else timedelta(seconds=number)
    except OverflowError:
        raise UnreadableError(leaf.keys, f"is {number}, longer than any time that there is") from None
