"""How the runner of a program (`program_exec`) tells that the program got to its end: by a pipe of its own.

An exit code of 0 does not tell it. `os._exit(0)`, an `exec` of something else, or a parent that leaves its forked child
behind end with 0, too, before the stack's outputs, and perhaps resources, are registered; the engine would take such a
stack for a small one.
"""

from __future__ import annotations

import contextlib
import os
from types import TracebackType
from typing import Self

from poolgate.sandbox.program_exec import EARLY_END, END_VARIABLE

__all__ = ["EARLY_END", "ProgramEnd"]


class ProgramEnd:
    """One run's pipe. The program gets `variables` and `descriptors`."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        # Whatever a program leaves behind may hold the other end: nobody waits for it.
        os.set_blocking(self._reading, False)

    @property
    def variables(self) -> dict[str, str]:
        """What is added to the program's environment."""
        return {END_VARIABLE: str(self._writing)}

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the program inherits."""
        return (self._writing,)

    def was_reached(self) -> bool:
        """Whether the runner said that nothing is outstanding; to be asked once, when its process has ended."""
        try:
            return os.read(self._reading, 16) == b"0"
        except BlockingIOError:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in (self._reading, self._writing):
            with contextlib.suppress(OSError):
                os.close(descriptor)
