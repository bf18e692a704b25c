"""What was read of a configuration file: its value, and where each part of it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from poolgate.errors import UsageError
from poolgate.lint.content import sha256

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value from the root of a document: keys of mappings, indexes of sequences."""

LineColumn: TypeAlias = tuple[int, int]
"""Line and column, from 1: a Position that costs less to make."""

Places: TypeAlias = dict[KeyPath, LineColumn]

MAX_DEPTH: Final = 100
"""Levels of nesting. Configuration has a handful; the limit keeps hostile files from exhausting the stack."""

MAX_NODES: Final = 200_000
"""Values in a document with every alias written out, so that a few lines of aliases cannot fill the memory."""


class Position(NamedTuple):
    """A place in a file; lines and columns count from 1, columns in characters."""

    line: int
    column: int


class Note(NamedTuple):
    """Something that is no error and yet reads otherwise than it was probably meant."""

    message: str
    position: Position
    path: KeyPath


class YamlError(UsageError):
    """A file that the engine would refuse, or that is too large to be looked at."""

    def __init__(self, problem: str, *, file: Path | str | None, position: Position) -> None:
        self.problem = problem
        self.file = file
        self.position = position
        super().__init__(problem, file=f"{file or '<text>'}:{position.line}:{position.column}")


class Document:
    """The first document of a file: its value, and where each part of it was written.

    The value is made of None, bool, int, float, str, list and dict. Whole floats are ints, as the engine passes
    them on, and timestamps are the text the engine makes of them. `plain` is the text of a file that holds no escapes;
    `look_up` finds the places of values and keys, where they were not noted, when they are first asked for.
    """

    __slots__ = ("_content", "_keys", "_look_up", "_values", "file", "notes", "plain", "value")

    def __init__(
        self,
        value: Any,
        file: Path | None,
        notes: tuple[Note, ...] = (),
        values: Places | None = None,
        keys: Places | None = None,
        *,
        plain: str | None = None,
        look_up: Callable[[], tuple[Places, Places]] | None = None,
        content: bytes | None = None,
    ) -> None:
        self.value = value
        self.file = file
        self.notes = notes
        self._values = values
        self._keys = keys
        self.plain = plain
        self._look_up = look_up
        self._content = content

    @property
    def digest(self) -> str:
        """The SHA-256 of the file's bytes; "" where they did not come from a file."""
        return "" if self._content is None else sha256(self._content)

    def position_of(self, path: Iterable[str | int]) -> Position | None:
        """Where the value at this path begins; None if there is no such value."""
        place = self.values.get(tuple(path))
        return Position(*place) if place else None

    def key_position_of(self, path: Iterable[str | int]) -> Position | None:
        """Where the key at the end of this path begins; None for the root, list items, and what is not there."""
        place = self.keys.get(tuple(path))
        return Position(*place) if place else None

    def nearest_position(self, path: Iterable[str | int]) -> Position:
        """Where the value is, or else the innermost value around the place where it is missing."""
        wanted = tuple(path)
        while wanted and wanted not in self.values:
            wanted = wanted[:-1]
        return Position(*self.values.get(wanted, (1, 1)))

    @property
    def values(self) -> Mapping[KeyPath, LineColumn]:
        """Line and column where each value begins, by its path."""
        return self._places()[0]

    @property
    def keys(self) -> Mapping[KeyPath, LineColumn]:
        """Line and column where each key begins, by the path that it ends."""
        return self._places()[1]

    def _places(self) -> tuple[Places, Places]:
        if self._values is None or self._keys is None:
            self._values, self._keys = self._look_up() if self._look_up else ({}, {})
        return self._values, self._keys


def scalar_text(value: str | bool | int | float | None) -> str:
    """The text the engine makes of a scalar of the configuration: null is empty, numbers are JSON's as Go spells it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else float_text(value)


def float_text(number: float) -> str:
    """A float as Go's encoding/json writes it: plain from 1e-6 up to 1e21, else with an exponent."""
    if number == 0:
        return "0"
    if 1e-6 <= abs(number) < 1e21:
        from decimal import Decimal

        plain = format(Decimal(repr(number)), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return re.sub(r"e-0(\d)$", r"e-\1", repr(number))
