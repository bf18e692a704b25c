"""A command of poolgate that something happens to: it runs in a forked process, which alone the fault befalls."""

from __future__ import annotations

import ctypes
import io
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from poolgate import cli

LIMIT: Final = 60
"""Seconds until a command counts as one that hangs."""
_OVERRIDING: Final = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root write and read what nobody may."""


class Done(NamedTuple):
    """How a command ended: with a code, or by a signal, which is then below 0."""

    code: int
    out: str
    err: str


def run(
    arguments: Sequence[str], fault: Callable[[], Any] = lambda: None, *, place: Path, stdout: Path | None = None
) -> Done:
    """Runs a command in a folder. `stdout` is where its output goes."""
    sys.stdout.flush()
    sys.stderr.flush()
    pipes = os.pipe(), os.pipe()
    process = os.fork()
    if not process:
        code = 70
        try:
            os.chdir(place)
            signal.alarm(LIMIT)
            os.dup2(os.open(stdout, os.O_WRONLY) if stdout else pipes[0][1], 1)
            os.dup2(pipes[1][1], 2)
            for descriptor in (*pipes[0], *pipes[1]):
                os.close(descriptor)
            sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", write_through=True)
            sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8", write_through=True)
            fault()
            code = _code(arguments)
        finally:
            os._exit(code)
    for _, writing in pipes:
        os.close(writing)
    said = [os.fdopen(reading, encoding="utf-8", errors="backslashreplace") for reading, _ in pipes]
    texts = []
    for stream in said:  # what is said on stderr is short, and waits in its pipe
        with stream:
            texts.append(stream.read())
    return Done(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), *texts)


def _code(arguments: Sequence[str]) -> int:
    try:
        return cli.run(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 70
    except BaseException:
        import traceback

        traceback.print_exc()
        return 70


def without_privileges() -> None:
    """Modes count, for root as for anybody: a folder that is read-only is."""
    if os.geteuid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice 32 bits
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    for number in range(3):
        sets[number] &= ~_OVERRIDING
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def largest_file(size: int) -> Callable[[], None]:
    """No file may become larger: to whoever writes it is what a full disk is."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
