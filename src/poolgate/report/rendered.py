"""A report between the two of whoever makes it and whoever writes it: whole, and yet not held in memory.

What cannot be rendered must not have been written in part, so that all of it is made before any of it goes anywhere.
Of an estate that is as much again as all that was found. What is more than fits into a few pages lies in a file that
has no name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Final

MOST_HELD: Final = 256 * 1024
"""Characters."""
_ENCODING: Final = ("utf-8", "surrogatepass")


class Rendered:
    """The pieces of a report, all of which have been made. They are given as they came, or some of them as one."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._file: IO[bytes] | None = None
        self._blocks: list[int] = []
        """Bytes of what lies in the file, in the order in which it lies there."""
        self._held: list[str] = []
        self._may_lie_elsewhere = True
        size = 0
        for piece in pieces:
            self._held.append(piece)
            size += len(piece)
            if size > MOST_HELD and self._may_lie_elsewhere:
                self._put_down()
                size = 0

    def __iter__(self) -> Iterator[str]:
        if self._file is not None:
            self._file.seek(0)
            for size in self._blocks:
                yield self._file.read(size).decode(*_ENCODING)
        yield from self._held

    def _put_down(self) -> None:
        """Writes what is held to the file. Where there is no room for one it stays, and so does what comes after it."""
        import tempfile  # of which a short report has no need

        block = "".join(self._held).encode(*_ENCODING)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="poolgate-", buffering=0)  # noqa: SIM115
            if self._file.write(block) == len(block):
                self._blocks.append(len(block))
                self._held.clear()
                return
        except OSError:
            pass
        self._may_lie_elsewhere = False
