"""What a search for placeholders returns."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """Who is to replace the text: a person, or another tool."""

    PLACEHOLDER = "placeholder"
    """Nobody replaces it any more: the value is unfinished."""

    INTERPOLATION = "interpolation"
    """A template language replaces it later: a Terraform or Bicep reference, a function call."""


class Placeholder(NamedTuple):
    """One piece of a value that stands for another."""

    kind: Kind
    text: str
    """The piece as it is written in the value, escapes and all."""
    slot: str | None
    """What stands at this place in a real value, when that is known: `the subscription id`."""
    style: str
    """The short, stable name of the way it is written: `braces`, `typed-guid`, `slot`."""
    suggestion: str
    """What belongs there, as an instruction."""
