"""What is said on stdout and stderr: inert, as reports are, and an error of its own where it cannot be said.

A runner of a CI service reads stderr as it reads stdout. What is said there holds names and values that somebody typed,
so that no control character, forged line or order to the runner may come through.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, TextIO

from poolgate.errors import PoolgateError

_DESCRIPTORS: Final = 3

_lost: set[str] = set()
"""The streams that could not be written since `begin`."""


def begin() -> None:
    """Makes sure that there are streams: one that was closed before we started must not become the next file's.

    What is written to a closed stdout is then an error, and what to a closed stderr is lost.
    """
    _lost.clear()
    for number in range(_DESCRIPTORS):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            os.set_inheritable(opened, True)
    sys.stdout = sys.stdout or _Closed()
    sys.stderr = sys.stderr or _Closed()


class _Closed(io.TextIOBase):
    """A stream that was closed before we started."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "it is closed")


def width() -> int | None:
    """The columns that what is written to stdout may take; None where that is no terminal."""
    from poolgate.report.view import view_of

    return view_of(sys.stdout, os.environ).width


def put(text: str | Iterable[str]) -> None:
    """Writes to stdout, what its encoding lacks as an escape: a report must not end in the middle. It may come in
    pieces.

    Raises PoolgateError when it cannot.
    """
    try:
        for piece in (text,) if isinstance(text, str) else text:
            _write(sys.stdout, piece)
    except (OSError, ValueError) as error:
        raise _lose(error) from None


def flush() -> None:
    """Sees to it that all of stdout is written. Raises PoolgateError when it cannot be."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise _lose(error) from None


def say(text: str, speaker: str = "poolgate") -> None:
    """Says something on stderr, made inert. That it could not be said, `is_silenced` knows."""
    from poolgate.report.progress import CLEAR
    from poolgate.report.view import is_capable

    try:
        clear = CLEAR if is_capable(sys.stderr, os.environ) else ""
        _write(sys.stderr, f"{clear}{inert(f'{speaker}: {text}')}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        _lost.add("stderr")
        _to_nowhere(sys.stderr)


def tell(text: str) -> None:
    """Says on stderr, made inert, what is no sentence of anybody's, such as how a command is used."""
    try:
        _write(sys.stderr, "".join(f"{inert(line)}\n" for line in text.splitlines()))
        sys.stderr.flush()
    except (OSError, ValueError):
        _lost.add("stderr")
        _to_nowhere(sys.stderr)


def inert(text: str) -> str:
    """A text of one or several lines: nothing in it steers a terminal or a runner, and no line seems to be another's.

    Every line but the first is indented.
    """
    from poolgate.report import safe

    return safe.inert("\n  ".join(safe.lines(text)))


def is_silenced() -> bool:
    """Whether something that was to be said on stderr was not."""
    return "stderr" in _lost


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _lose(error: OSError | ValueError) -> PoolgateError:
    """The error for a stdout that cannot be written; what waits to be written goes nowhere, or ends the interpreter."""
    _to_nowhere(sys.stdout)
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return PoolgateError(f"stdout cannot be written: {why}")


def _to_nowhere(stream: TextIO) -> None:
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
