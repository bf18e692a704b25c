"""Work that is shared out among processes, which are forked: without an interpreter started anew.

Whoever runs a few hundred milliseconds on end has no use for processes that take half of that to begin, nor for
`multiprocessing`, which takes longer to import than a process of a lint takes for a hundred files.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any, Final, TypeVar

from poolgate.errors import PoolgateError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_HEADER: Final = 8
"""Bytes before each object that say how many it takes."""
_MOST_AT_ONCE: Final = 1 << 20


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether a fork is safe: on macOS it is not once a system library is in use."""
    return sys.platform.startswith("linux")


def has_threads() -> bool:
    """Whether this process has threads, Python's or those of a client of networks: no fork takes them along.

    A forked process that uses such a client waits for them for ever.
    """
    try:
        return len(os.listdir("/proc/self/task")) > 1  # noqa: PTH208 - names, not paths, are what is wanted
    except OSError:
        return True


class Channel:
    """One end of a connection between two processes, through which whole objects go."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing

    def send(self, what: Any) -> None:
        """Raises BrokenPipeError when the other process has gone."""
        content = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
        for part in (len(content).to_bytes(_HEADER, "big"), content):
            left = memoryview(part)
            while left:
                left = left[os.write(self._writing, left[:_MOST_AT_ONCE]) :]

    def recv(self) -> Any:
        """What the other process sends next. Raises EOFError when it has gone."""
        return pickle.loads(self._read(int.from_bytes(self._read(_HEADER), "big")))

    def fileno(self) -> int:
        """What can be waited on for something to come."""
        return self._reading

    def close(self) -> None:
        """Closes this end."""
        os.close(self._reading)
        os.close(self._writing)

    def _read(self, size: int) -> bytearray:
        read = bytearray()
        while len(read) < size:
            part = os.read(self._reading, min(size - len(read), _MOST_AT_ONCE))
            if not part:
                raise EOFError
            read += part
        return read


class EndedError(PoolgateError):
    """A process ended before its work did, with an exit code."""

    def __init__(self, of: str, code: int) -> None:
        super().__init__(f"a process of the {of} ended before its work did, with exit code {code}")
        self.code = code


class Forked:
    """A forked process at work. `of` says in errors what it is a process of."""

    def __init__(self, of: str, work: Callable[[Any], None]) -> None:
        self._of = of
        to_there, from_here = os.pipe()
        to_here, from_there = os.pipe()
        sys.stdout.flush()  # else both would write what is waiting
        sys.stderr.flush()
        self._process = os.fork()
        if not self._process:
            os.close(from_here)
            os.close(to_here)
            _run(work, Channel(to_there, from_there))
        self._here = Channel(to_here, from_here)
        os.close(to_there)
        os.close(from_there)  # With this end open the other one would never tell that its process has gone.

    def hear(self) -> Any:
        """What it sends next. An exception in it is raised here, EndedError when it ended without a word."""
        try:
            came = self._here.recv()
        except EOFError:
            raise EndedError(self._of, self._wait()) from None
        if isinstance(came, BaseException):
            raise came
        return came

    def tell(self, what: Any) -> None:
        """Sends it something."""
        with suppress(BrokenPipeError):  # It has gone: hearing it will tell.
            self._here.send(what)

    def fileno(self) -> int:
        """What can be waited on for something to hear."""
        return self._here.fileno()

    def end(self) -> None:
        """Ends the process, whether it is done or not."""
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            self._wait()
        self._here.close()

    def _wait(self) -> int:
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        return os.waitstatus_to_exitcode(status)


def _run(work: Callable[[Channel], None], channel: Channel) -> None:
    """The whole life of a forked process: whatever the one that it came from has yet to do, it is not done twice."""
    code = 1
    try:
        work(channel)
        code = 0
    except (KeyboardInterrupt, BrokenPipeError):
        pass  # The terminal tells it to every process, and the first one answers; or that one has gone.
    except Exception as error:
        _tell_error(error, channel)
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)


def _tell_error(error: Exception, channel: Channel) -> None:
    try:
        channel.send(error)
    except BrokenPipeError:
        pass
    except Exception:  # one that cannot be sent; the other process tells of this one's end
        import traceback

        from poolgate.streams import say

        say("".join(traceback.format_exception(error)).rstrip("\n"))


def elsewhere(work: Callable[[], _Result], *, of: str) -> _Result:
    """The work's result, had from a process of its own: none of what it opens stays with this one.

    An exception in it is raised here. Raises PoolgateError when it ends without a word.
    """
    helper = Forked(of, lambda channel: channel.send(work()))
    try:
        result: _Result = helper.hear()
        return result
    finally:
        helper.end()


def _send(work: Callable[[Sequence[_Item]], Any], share: Sequence[_Item], channel: Channel) -> None:
    channel.send(work(share))


def in_shares(
    items: Sequence[_Item], work: Callable[[Sequence[_Item]], _Result], number: int, *, of: str
) -> Iterator[_Result]:
    """The work done on that many shares of equal size, in their order; the first share is this process's own.

    An exception in one of them is raised here. Raises PoolgateError when one ends without a word.
    """
    bounds = [len(items) * at // number for at in range(number + 1)]
    own, *others = (items[begin:end] for begin, end in pairwise(bounds))
    helpers = [Forked(of, partial(_send, work, share)) for share in others]
    try:
        yield work(own)
        for helper in helpers:
            yield helper.hear()
    finally:
        for helper in helpers:
            helper.end()
