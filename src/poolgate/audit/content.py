"""The bytes of a state's file, whatever kind of file it is: as many and for as long as a state may take.

A pipe gives what someone writes into it, for which there is no other limit than these: `poolgate audit <(pulumi stack
export)` is read to its end, a writer that has no end is not. A socket and a device are no place for a state; they are
not even opened, which alone does something to some devices. Nobody meets one of them in a folder (see `listing`), but
a file may become one before it is read.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from typing import Final

from poolgate.audit.listing import StateFile, special
from poolgate.sources import state
from poolgate.sources.state import StateError, refuse_large

LONGEST_WAIT: Final = 600
"""Seconds that a pipe is given to come to its end. Exporting the largest of states takes a tenth of it."""

_STEP: Final = 1024 * 1024


def content(file: StateFile) -> bytes:
    """The file's bytes. Raises StateError when they cannot be had, are too many, or do not come."""
    if file.unlistable:
        raise StateError(file.name, f"cannot be searched: {file.unlistable}")
    try:
        found = file.path.stat()
        if stat.S_ISREG(found.st_mode):
            data = _of_file(file)
        elif stat.S_ISFIFO(found.st_mode):
            data = _of_stream(file)
        elif stat.S_ISCHR(found.st_mode):
            data = _of_device(file, found.st_rdev)
        else:
            kind = special(found.st_mode) or "is a folder"
            raise StateError(file.name, f"{kind}, where a state in a file or a pipe is expected")
    except OSError as error:
        raise StateError(file.name, f"cannot be read: {error.strerror}") from None
    refuse_large(data, file.name)
    return data


def _of_file(file: StateFile) -> bytes:
    with open(_opened(file), "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        # A read of so many bytes as may come, not as come, would set that much memory aside each time.
        data = stream.read(min(size, state.LARGEST_STATE) + 1)
        if rest := stream.read(1):  # A file that has grown, or of those the system makes up, has more than it said.
            data += rest + stream.read(max(state.LARGEST_STATE - len(data), 0))
    return data


def _of_device(file: StateFile, number: int) -> bytes:
    """What is typed at the terminal of this process, and nothing from the null device."""
    if number == _device(os.devnull):
        return b""
    if sys.stdin is not None and sys.stdin.isatty() and number in (_device(0), _device("/dev/tty")):
        return _of_stream(file)
    raise StateError(file.name, "is a device, where a state in a file or a pipe is expected")


def _device(path: str | int) -> int:
    return os.stat(path).st_rdev  # noqa: PTH116 - a descriptor is no path


def _of_stream(file: StateFile) -> bytes:
    """All bytes until the end, or until there are more than are read."""
    import select

    end = time.monotonic() + LONGEST_WAIT
    data = bytearray()
    descriptor = _opened(file)
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while len(data) <= state.LARGEST_STATE:
            # Before someone writes, a pipe that is not waited on seems to be at its end.
            events = waiting.poll(max(0, end - time.monotonic()) * 1000)
            if not events:
                raise StateError(file.name, f"has not come to its end within {LONGEST_WAIT} seconds")
            step = os.read(descriptor, _STEP)
            if not step:
                break
            data += step
    finally:
        os.close(descriptor)
    return bytes(data)


def _opened(file: StateFile) -> int:
    """A descriptor to read from. Opening waits for nobody, not even for the one who is to write into a pipe."""
    return os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
