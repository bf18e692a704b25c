"""What a poolgate.yaml leaves out, under `exclude`: folders and files that are nobody's to judge here.

A pattern without a slash is the name of a folder or a file anywhere below the poolgate.yaml, one with a slash the way
to it from there. `*`, `?` and `[…]` stand for characters of one name, `**` for any number of folders. What is left out
is so with all that is in it, and whether it is met or named: hooks name what they are given. A state behind a network
lies below no poolgate.yaml: its way begins at the folder of the backend's stacks, as in `PROJECT/STACK.json`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

WHY: Final = "is left out by poolgate.yaml"
"""What is said of it, as a clause."""


class LeftOut:
    """The patterns of one poolgate.yaml; without any nothing is left out."""

    def __init__(self, folder: Path = Path(), patterns: Iterable[str] = ()) -> None:
        self.patterns = tuple(patterns)
        self._folder = folder

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def covers(self, path: Path | str) -> bool:
        """Whether a path, or a folder that it is in, is left out."""
        if not self.patterns:
            return False
        try:
            parts = Path(os.path.abspath(path)).relative_to(self._root).parts  # noqa: PTH100 - `..` is taken as written
        except ValueError:
            return False
        return self.covers_way(parts)

    def covers_way(self, parts: Sequence[str]) -> bool:
        """Whether that is left out which such folders lead to from where the patterns begin."""
        return any(_fits(pattern, tuple(parts[:end])) for end in range(1, len(parts) + 1) for pattern in self._split)

    @cached_property
    def _root(self) -> str:
        return os.path.abspath(self._folder)  # noqa: PTH100

    @cached_property
    def _split(self) -> list[tuple[str, ...]]:
        return [_steps(pattern) for pattern in self.patterns]


NOTHING: Final = LeftOut()


def _steps(pattern: str) -> tuple[str, ...]:
    steps = PurePosixPath(pattern.strip("/")).parts
    return steps if "/" in pattern.rstrip("/") else ("**", *steps)


def _fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether a pattern is that of a path: all places in it that the path may have led to are gone through at once."""
    from fnmatch import fnmatchcase

    at = _onward(pattern, {0})
    for part in parts:
        reached = {place for place in at if place < len(pattern) and pattern[place] == "**"}
        reached |= {
            place + 1
            for place in at
            if place < len(pattern) and pattern[place] != "**" and fnmatchcase(part, pattern[place])
        }
        at = _onward(pattern, reached)
    return len(pattern) in at


def _onward(pattern: tuple[str, ...], places: set[int]) -> set[int]:
    """The places, and those behind a `**` that stands for no folder."""
    found = set(places)
    for place in sorted(places):
        while place < len(pattern) and pattern[place] == "**":
            place += 1
            found.add(place)
    return found
