"""Writing and reading of files, so that nothing is ever half written, and nothing replaced that is no file."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from inference_pools.levels import printable
from poolgate.errors import PoolgateError, UsageError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE})
"""What is no fault of whoever named the file."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
"""What the place is at fault for, whatever was to be written there."""
UNFINISHED: Final = ".poolgate-"
"""What the name of a file begins with until it is written whole."""
_ABANDONED: Final = 3600
"""Seconds after which a file that is not finished never will be."""
_FOR_A_READER: Final = 30.0
"""Seconds that a FIFO is given to find one who reads it."""
LONGEST_WAIT: Final = 600
"""Seconds that a pipe is given to come to its end. Exporting the largest of states takes a tenth of it."""
LARGEST_TEXT: Final = 512 * 1024**2
"""Bytes of a text that is read whole. The report of a fleet with all its clean judgements has a tenth of it."""
_STEP: Final = 1024**2
_SPECIAL: Final = (
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISDIR, "is a folder"),
)


def write_atomically(path: Path, text: str | Iterable[str]) -> None:
    """Replaces the content of a regular file at once, or leaves it as it was; a new one is there whole or not at all.

    A link stays one: its target is what is meant. What is there and no regular file, such as a device or a FIFO, is
    written to and stays what it is. A file keeps its mode, and its owner where that can be. The text may come in
    pieces.
    Raises UsageError when it cannot be written, PoolgateError when there is no room, or nobody to read it.
    """
    content = (piece.encode("utf-8", "backslashreplace") for piece in ((text,) if isinstance(text, str) else text))
    try:
        there = _stat(path)
        if there is None or (stat.S_ISREG(there.st_mode) and not _is_ours(there)):
            _replace(Path(os.path.realpath(path)), content, there)
        else:
            _write_into(path, content, there)
    except OSError as error:
        if error.errno in _FULL:
            raise PoolgateError(f"{path}: cannot be written: {error.strerror}") from None
        raise UsageError(f"cannot be written: {error.strerror}", file=path) from None
    except ValueError:  # a NUL in the name
        raise UsageError("is no name of a file", file=path) from None


def closed_to_us(place: Path) -> OSError:
    """Why nothing can be written where `os.access` says so: the file system is read-only, or rights are missing."""
    number = errno.EROFS if os.statvfs(place).f_flag & os.ST_RDONLY else errno.EACCES
    return OSError(number, os.strerror(number))


def forget_unfinished(folder: Path) -> None:
    """Removes from a folder of poolgate's own what runs that were killed have not finished. That of others at work is
    younger.
    """
    for left in folder.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > _ABANDONED:
                left.unlink()


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _replace(target: Path, content: Iterable[bytes], there: os.stat_result | None) -> None:
    import tempfile

    if there is not None and not os.access(target, os.W_OK):
        raise closed_to_us(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=UNFINISHED)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(content)
            if there is not None:
                with suppress(OSError):  # of another user
                    os.chown(stream.fileno(), there.st_uid, there.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(there.st_mode) if there else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _is_ours(there: os.stat_result) -> bool:
    """Whether the file is what stdout or stderr goes to: to replace it would lose what they have written."""
    return _descriptor(there) is not None


def _descriptor(there: os.stat_result) -> int | None:
    for number in (1, 2):
        with suppress(OSError):
            if os.path.samestat(os.fstat(number), there):
                return number
    return None


def _write_into(path: Path, content: Iterable[bytes], there: os.stat_result) -> None:
    ours = _descriptor(there)
    if ours is not None:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        descriptor = os.dup(ours)
    else:
        descriptor = _opened(path, there)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for piece in content:
            rest = memoryview(piece)
            while rest:
                rest = rest[file.write(rest) or 0 :]


def _opened(path: Path, there: os.stat_result) -> int:
    """A descriptor to write with. Nobody may ever read a FIFO, so that it is waited for within a limit."""
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC
    if not stat.S_ISFIFO(there.st_mode):
        return os.open(path, flags)
    import time

    until = time.monotonic() + _FOR_A_READER
    while True:
        try:
            descriptor = os.open(path, flags | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() >= until:
                raise OSError(errno.ENXIO, "nobody reads it") from None
            time.sleep(0.05)
        else:
            os.set_blocking(descriptor, True)
            return descriptor


def no_room(error: OSError) -> str:
    """What to say of an error that a disk is at fault for, wherever it came up; "" of any other."""
    if error.errno == errno.ENOENT and error.filename is None and "temporary directory" in str(error.strerror):
        return "no folder for temporary files can be written to: name one in TMPDIR that has room"
    if error.errno not in _NO_ROOM:
        return ""
    place = f"{printable(os.fsdecode(error.filename))}: " if isinstance(error.filename, str | bytes) else ""
    return f"{place}cannot be written: {error.strerror}"


def cache_directory(environ: Mapping[str, str] | None = None) -> Path:
    """Where poolgate keeps what is costly to make: `$XDG_CACHE_HOME/poolgate`, or `~/.cache/poolgate`.

    Whoever has no home, as in a container under a number that has no name, has no cache: nothing is at that place, and
    nothing can be made there.
    """
    environ = os.environ if environ is None else environ
    base = environ.get("XDG_CACHE_HOME", "")
    # The XDG specification tells to ignore a relative path.
    if base.startswith("/"):
        return Path(base) / "poolgate"
    home = os.path.expanduser("~")  # noqa: PTH111 - a Path raises where there is none
    return Path(home, ".cache", "poolgate") if home.startswith("/") else Path(os.devnull, "poolgate")


class UnreadError(Exception):
    """A file's content could not be had; the message is why, as a clause that can follow the file's name."""


def read_text(path: Path) -> str:
    """The file's text. Raises UsageError when there is none to be had."""
    try:
        return read_bytes(path, LARGEST_TEXT).decode("utf-8-sig")
    except UnreadError as error:
        raise UsageError(str(error), file=path) from None
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8 text", file=path) from None


def parse_json(text: str, file: Path | str) -> Any:
    """The value of a JSON text that is of a file. Raises UsageError, with the line, for what is none."""
    import json  # which those that read other texts have no need of

    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"is no JSON: {error.msg}", file=file, line=error.lineno) from None
    except (RecursionError, ValueError):
        raise UsageError("is nested too deep, or has a number of thousands of digits", file=file) from None


def read_bytes(path: Path | str, most: int) -> bytes:
    """The file's bytes: as many and for as long as there may be. Raises UnreadError.

    A pipe gives what someone writes into it, for which there is no other limit than these: what a command substitution
    has is read to its end, a writer that has no end is not. A socket and a device are not even opened, which alone
    does something to some devices; a terminal is, where it is the one of this process.
    """
    try:
        # Python never gives back what it takes to know the parts of each of thousands of Paths.
        found = os.stat(path)  # noqa: PTH116
        if stat.S_ISREG(found.st_mode):
            data = _of_file(path, most)
        elif stat.S_ISFIFO(found.st_mode) or _is_terminal(found):
            data = _of_stream(path, most)
        elif found.st_rdev == _device(os.devnull):
            return b""
        else:
            raise UnreadError(f"{special(found.st_mode)}, where a file or a pipe is expected")
    except OSError as error:
        raise UnreadError(f"cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL in the name
        raise UnreadError("is no name of a file") from None
    if len(data) > most:
        raise UnreadError(f"is larger than {most // 1024**2} MiB")
    return data


def special(mode: int) -> str:
    """What is there that is no regular file, in words; else "". `mode` is its `st_mode`."""
    return next((words for is_so, words in _SPECIAL if is_so(mode)), "")


def _of_file(path: Path | str, most: int) -> bytes:
    with open(_to_read(path), "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        # A read of so many bytes as may come, not as come, would set that much memory aside each time.
        data = stream.read(min(size, most) + 1)
        if rest := stream.read(1):  # A file that has grown, or of those the system makes up, has more than it said.
            data += rest + stream.read(max(most - len(data), 0))
    return data


def _is_terminal(found: os.stat_result) -> bool:
    if not stat.S_ISCHR(found.st_mode) or sys.stdin is None or not sys.stdin.isatty():
        return False
    return found.st_rdev in (_device(0), _device("/dev/tty"))


def _device(path: str | int) -> int:
    return os.stat(path).st_rdev  # noqa: PTH116 - a descriptor is no path


def _of_stream(path: Path | str, most: int) -> bytes:
    """All bytes until the end, or until there are too many."""
    import select
    import time

    end = time.monotonic() + LONGEST_WAIT
    data = bytearray()
    descriptor = _to_read(path)
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while len(data) <= most:
            # Before someone writes, a pipe that is not waited on seems to be at its end.
            if not waiting.poll(max(0, end - time.monotonic()) * 1000):
                raise UnreadError(f"has not come to its end within {LONGEST_WAIT} seconds")
            step = os.read(descriptor, _STEP)
            if not step:
                break
            data += step
    finally:
        os.close(descriptor)
    return bytes(data)


def _to_read(path: Path | str) -> int:
    """A descriptor to read from. Opening waits for nobody, not even for the one who is to write into a pipe."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


# A Path raises for a name that is too long for a file, or that nobody may look at; to these it is none.
def is_file(path: Path) -> bool:
    """Whether there is a file."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def is_there(path: Path) -> bool:
    """Whether there is anything."""
    return os.path.exists(path)  # noqa: PTH110


def relative_to_here(path: Path) -> str:
    """The path as a user would type it: relative when it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
