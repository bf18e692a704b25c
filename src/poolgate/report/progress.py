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
_SOONEST: Final = 2.0
"""Seconds after which a rate says something."""
_WIDTH: Final = 51
"""Characters behind the bar: with it they fit a line of 80."""
_MINUTE, _HOUR = 60, 3600
_MANY: Final = 10
"""So many a second are told without a fraction."""


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
        self._begun: tuple[float, int] | None = None
        """When it was first told of the work, and how much of it was done by then."""

    def show(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if done >= total:
            self._stream.write(CLEAR)
            self._drawn, self._begun = float("-inf"), None
        else:
            self._begun = self._begun or (now, done)
            if now - self._drawn < _INTERVAL:
                return
            self._drawn = now
            since, before = self._begun
            told = f"{_course(done, total, done - before, now - since)}: {one_line(what)}"
            self._stream.write(f"{CLEAR}{_bar(done, total)} {inert(told)[:_WIDTH]}")
        self._stream.flush()


def _bar(done: int, total: int) -> str:
    full = _BAR * done // total
    return f"[{'#' * full}{'.' * (_BAR - full)}] {100 * done // total:3}%"


def _course(done: int, total: int, lately: int, seconds: float) -> str:
    """How many of how many; how fast they come and when the last one will, once that can be told."""
    counted = f"{done} of {total}"
    if lately <= 0 or seconds < _SOONEST:
        return counted
    rate = lately / seconds
    return f"{counted}, {rate:.{0 if rate >= _MANY else 1}f}/s, {_duration((total - done) / rate)} left"


def _duration(seconds: float) -> str:
    """In the unit of which there are a few."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.0f} h"
