"""What somebody stops before its end: Ctrl-C and SIGTERM, of which the first one lets a run report what it has."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

EXIT_OF_A_SIGNAL = 128
"""Added to a signal's number, as shells do, it is the exit code of what was ended by it."""


class StoppedError(KeyboardInterrupt):
    """Somebody stopped the run by a signal that is not Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)


def signal_of(error: KeyboardInterrupt) -> signal.Signals:
    """By what somebody stopped the run."""
    return error.signal if isinstance(error, StoppedError) else signal.SIGINT


def exit_code_of(error: KeyboardInterrupt) -> int:
    """With what a run ends that somebody stopped."""
    return EXIT_OF_A_SIGNAL + signal_of(error)


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM is raised as Ctrl-C is, as StoppedError; Python would end at once, and what it began would go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: object) -> NoReturn:
    raise StoppedError(number)
