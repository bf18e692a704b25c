"""One maker at a time: a lock on a cache folder, with a limit and a word to whoever waits."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from poolgate.errors import PoolgateError

_PROGRESS_SECONDS = 10.0


@contextmanager
def locked(directory: Path, report: Callable[[str], None], *, limit: float) -> Iterator[None]:
    """Hold the lock of a folder, so that two runs do not make the same thing; it ends with the process.

    `limit` is in seconds; PoolgateError when another run holds the lock for longer.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / ".lock").open("w")
    except OSError as error:
        why = f"{directory}: cannot be written: {error.strerror}"
        raise PoolgateError(f"{why}; XDG_CACHE_HOME names another place") from None
    with lock as handle:
        start = time.monotonic()
        told: float | None = None
        while not _take(handle.fileno()):
            now = time.monotonic()
            if now - start > limit:
                raise PoolgateError(f"another run has held {directory / '.lock'} for {limit:.0f} s")
            if told is None or now - told >= _PROGRESS_SECONDS:
                report(f"another run is busy in {directory}, waiting for it")
                told = now
            time.sleep(0.1)
        yield


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
