"""Work that is shared out among processes, which are forked: without an interpreter started anew.

Whoever runs a few hundred milliseconds on end has no use for processes that take half of that to begin.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from poolgate.errors import PoolgateError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether a fork is safe: on macOS it is not once a system library is in use."""
    return sys.platform.startswith("linux")


class Forked:
    """A forked process at work. `of` says in errors what it is a process of."""

    def __init__(self, of: str, work: Callable[[Connection], None]) -> None:
        context = get_context("fork")
        self._of = of
        self._here, there = context.Pipe()
        self._process: BaseProcess = context.Process(target=_run, args=(work, there), daemon=True)
        self._process.start()
        there.close()  # With this end open the other one would never tell that its process has gone.

    def hear(self) -> Any:
        """What it sends next. An exception in it is raised here, PoolgateError when it ended without a word."""
        try:
            came = self._here.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            raise PoolgateError(
                f"a process of the {self._of} ended before its work did, with exit code {code}"
            ) from None
        if isinstance(came, BaseException):
            raise came
        return came

    def tell(self, what: Any) -> None:
        """Sends it something."""
        with suppress(BrokenPipeError):  # It has gone: hearing it will tell.
            self._here.send(what)

    def end(self) -> None:
        """Ends the process, whether it is done or not."""
        self._process.terminate()
        self._process.join()
        self._here.close()


def _run(work: Callable[[Connection], None], connection: Connection) -> None:
    try:
        work(connection)
    except KeyboardInterrupt:
        return  # The terminal tells it to every process; the first one answers.
    except Exception as error:
        connection.send(error)


def _send(work: Callable[[Sequence[_Item]], Any], share: Sequence[_Item], connection: Connection) -> None:
    connection.send(work(share))


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
