"""A command of poolgate that something happens to: it runs in a forked process, which alone the fault befalls."""

from __future__ import annotations

import ctypes
import datetime
import errno
import io
import os
import resource
import signal
import sys
import time
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


def read_only_file_system(place: Path) -> Callable[[], None]:
    """Nothing below a folder can be written, as where it is mounted read-only; to root, too, who may write anywhere."""
    changing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    changes = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate")

    def is_below(path: Any) -> bool:
        return isinstance(path, (str, os.PathLike)) and Path(path).absolute().is_relative_to(place)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event in changes or (event == "open" and arguments[2] & changing)
        if writes and is_below(arguments[0]):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), os.fspath(arguments[0]))

    def fault() -> None:
        access, statvfs = os.access, os.statvfs

        def told(path: Any) -> os.statvfs_result:
            values = list(statvfs(path))
            values[8] |= os.ST_RDONLY if is_below(path) else 0
            return os.statvfs_result(values)

        def may(path: Any, mode: int, **more: Any) -> bool:
            return access(path, mode, **more) and not (mode & os.W_OK and is_below(path))

        os.access, os.statvfs = may, told  # type: ignore[assignment]
        sys.addaudithook(refuse)

    return fault


def clock(years: int) -> Callable[[], None]:
    """The clock is ahead by some years, or behind: to whoever asks Python for the time or the day."""
    ahead, real, times = datetime.timedelta(days=365 * years), datetime.datetime, (time.time, time.time_ns)

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return real.now(tz) + ahead

    def fault() -> None:
        for name, module in [*sys.modules.items()]:
            if name.partition(".")[0] in ("poolgate", "inference_pools") and vars(module).get("datetime") is real:
                module.datetime = Shifted  # type: ignore[attr-defined]
        datetime.datetime = Shifted  # type: ignore[misc]
        time.time = lambda: times[0]() + ahead.total_seconds()
        time.time_ns = lambda: times[1]() + int(ahead.total_seconds()) * 10**9

    return fault


def largest_file(size: int) -> Callable[[], None]:
    """No file may become larger: to whoever writes it is what a full disk is."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
