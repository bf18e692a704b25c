"""Ends a run over a pattern that takes exponential time, in a schema that is not ours.

Python's regular expressions look for signals while they search, so that a timer can interrupt one; it costs nothing
until it rings. What interrupts is not how long a lint takes, which large files may: it is one and the same search,
under way at one ring and still at the next.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from poolgate.errors import UsageError

PATIENCE: Final = 0.75
"""Seconds of processor time that one search of a pattern may take; at most twice as many pass."""

_LONGEST_SHOWN: Final = 80


@contextmanager
def refusing_slow_patterns(schema_file: Path | None) -> Iterator[None]:
    """Within it a search that does not end raises UsageError, which names the schema and the pattern.

    Without a schema of the project's own there is no such pattern. Where there are no such timers, and in another
    thread than the first, there is no limit.
    """
    if schema_file is None or not hasattr(signal, "setitimer"):
        yield
        return
    last: list[Any] = []

    def ring(_signal: int, frame: FrameType | None) -> None:
        nonlocal last
        pattern = _searched(frame)
        now = [frame, *map(id, frame.f_locals.values())] if frame is not None and pattern is not None else []
        if now and now == last:
            raise UsageError(
                f"the pattern {_shown(pattern)} takes exponential time on a value that is configured; "
                "write it so that no part of a text can match it in two ways, such as ^[a-z]+$ for ^([a-z]+)+$",
                file=schema_file,
            )
        last = now

    try:
        before = signal.signal(signal.SIGVTALRM, ring)
    except ValueError:  # in another thread
        yield
        return
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _searched(frame: FrameType | None) -> str | None:
    """The pattern that the innermost function is searching for, if it is."""
    if frame is None:
        return None
    found = None
    for value in frame.f_locals.values():
        owner = getattr(value, "__self__", value)  # the bound method of a compiled pattern, or the pattern
        if isinstance(owner, re.Pattern):
            found = str(owner.pattern)
    is_search = frame.f_code.co_filename == re.__file__
    written = frame.f_locals.get("pattern")
    return found or (written if is_search and isinstance(written, str) else None)


def _shown(pattern: str | None) -> str:
    text = ascii(pattern)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
