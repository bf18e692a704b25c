"""How far long work has come: one line on a terminal, drawn anew in place. Nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, TextIO, TypeAlias

from poolgate.report.safe import inert, one_line
from poolgate.report.view import is_capable

Progress: TypeAlias = Callable[[int, int, str], None]
"""Is told how much of how much is done, and what of. When all is done the line goes away."""

CLEAR: Final = "\r\x1b[K"
_BAR: Final = 20
_INTERVAL: Final = 0.1
"""Seconds between two drawings, at least."""


def silent(done: int, total: int, what: str) -> None:
    """Shows nothing."""


def progress_on(stream: TextIO, environment: Mapping[str, str], *, quiet: bool = False) -> Progress:
    """A line on the stream, where that is a terminal and no CI service."""
    if quiet or environment.get("CI") or not is_capable(stream, environment):
        return silent
    return _Line(stream).show


class _Line:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = float("-inf")

    def show(self, done: int, total: int, what: str) -> None:
        if done >= total:
            self._stream.write(CLEAR)
            self._drawn = float("-inf")
        elif (now := time.monotonic()) - self._drawn >= _INTERVAL:
            self._drawn = now
            self._stream.write(f"{CLEAR}{_bar(done, total)} {inert(one_line(what))[:50]}")
        else:
            return
        self._stream.flush()


def _bar(done: int, total: int) -> str:
    full = _BAR * done // total
    return f"[{'#' * full}{'.' * (_BAR - full)}] {100 * done // total:3}%"
