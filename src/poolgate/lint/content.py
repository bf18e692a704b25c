"""The bytes of a file that is linted, and their digest. What is too large, or does not come to an end, is not read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 5_000_000
"""Bytes in a file; the largest stack files are some hundreds of kilobytes."""


LONGEST_WAIT: Final = 60.0
"""Seconds that a pipe is given to come to its end. Files that are met in a folder are regular ones."""

_MOST_AT_FIRST: Final = 65_536


def digest_of(file: Path) -> str:
    """The SHA-256 of a file, as its Document has it; "" if the file cannot be read, or is too large to be."""
    try:
        content = content_of(file)
    except OSError:
        return ""
    return sha256(content) if len(content) <= MAX_BYTES else ""


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes in hexadecimal. `hashlib` is imported by those who ask only."""
    import hashlib

    return hashlib.sha256(content).hexdigest()


def content_of(file: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file, one more than the most if there are more.

    Raises OSError when they cannot be had; a pipe that somebody names is given LONGEST_WAIT seconds to come to its end.
    """
    descriptor = os.open(file, _FLAGS)  # Path.open costs several times as much, and waits for the writer of a pipe
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            return _of_stream(descriptor, mode, most)
        start = os.read(descriptor, _MOST_AT_FIRST)
        if len(start) < _MOST_AT_FIRST:
            return start
        # A buffer of the size of the limit takes longer to come by than most files take to read.
        parts, left = [start], most + 1 - len(start)
        while left > 0 and (part := os.read(descriptor, min(left, _STEP))):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_STEP: Final = 1 << 20


def _of_stream(descriptor: int, mode: int, most: int) -> bytes:
    """What comes out of a pipe or a device until its end, or until there is more than is wanted."""
    import select
    import time

    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    end = time.monotonic() + LONGEST_WAIT
    data = bytearray()
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    while len(data) <= most:
        # Before someone writes, a pipe that is not waited on seems to be at its end.
        if not waiting.poll(max(0, end - time.monotonic()) * 1000):
            raise OSError(errno.ETIMEDOUT, f"has not come to its end within {LONGEST_WAIT:g} seconds")
        part = os.read(descriptor, _STEP)
        if not part:
            break
        data += part
    return bytes(data)
