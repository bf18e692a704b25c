"""Threads that wait for a network in place of the main one, which Ctrl-C then reaches at once.

Those of `concurrent.futures` would be waited for when the process ends, however long a server takes to give up on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Final, TypeVar

_Result = TypeVar("_Result")

_STEP: Final = 0.5
"""Seconds of one wait."""


class Threads:
    """So many threads, which do what they are given in its order and end with the process, if not before."""

    def __init__(self, number: int) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._number = number
        for _ in range(number):
            threading.Thread(target=self._run, daemon=True).start()

    def begin(self, work: Callable[[], _Result]) -> Future[_Result]:
        """What will be the work's result, or its error."""
        future: Future[_Result] = Future()

        def do() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        self._work.put(do)
        return future

    def end(self) -> None:
        """Takes no more work; what has begun is not waited for."""
        for _ in range(self._number):
            self._work.put(None)

    def _run(self) -> None:
        while do := self._work.get():
            do()


def result_of(future: Future[_Result]) -> _Result:
    """What a future has in the end. An interrupt that comes just as a wait begins is seen at the next."""
    while True:
        try:
            return future.result(_STEP)
        except TimeoutError:
            if future.done():  # of the work itself, or it ended meanwhile
                return future.result()


def meanwhile(work: Callable[[], _Result]) -> _Result:
    """The work's result, had from a thread of its own."""
    threads = Threads(1)
    try:
        return result_of(threads.begin(work))
    finally:
        threads.end()
