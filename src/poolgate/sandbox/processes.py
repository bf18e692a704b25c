"""Child processes that cannot outlive or outwait us: bounded waits, whole sessions ended together.

The engine puts each of its plugins in a process group of its own, so ending the engine's group would leave
them behind. Everything it starts stays in its *session*, though: a command is started in a new session, and
the whole session is ended with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, Protocol

from poolgate.errors import PoolgateError
from poolgate.sandbox import session_watch
from poolgate.sandbox.session_watch import session_members

GRACE_SECONDS = 5.0
"""How long a session may take to end after being asked, before it is killed."""

_POLL_SECONDS = 0.05
_TAIL_LINES = 15


class _Watch:
    """Tells a process that outlives us which sessions to end if we are killed (`session_watch`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def tell(self, what: str) -> None:
        """Without a process to tell, as little as before is done: nobody's run fails for that."""
        with self._lock, contextlib.suppress(OSError):
            if self._process is None:
                self._process = subprocess.Popen(
                    # Isolated: neither the folder nor the user's environment has a say in what it imports.
                    [sys.executable, "-I", "-S", session_watch.__file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    start_new_session=True,
                )
            assert self._process.stdin is not None
            os.write(self._process.stdin.fileno(), f"{what}\n".encode())


_watch: Final = _Watch()


class Leader(Protocol):
    """A process that leads a session."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired after so many seconds."""


def watch_session(process: Leader) -> None:
    """From now on the session that a process leads is ended even if we are killed."""
    _watch.tell(f"+{process.pid}")


def forget_session(process: Leader) -> None:
    """The session has ended: another may get its number."""
    _watch.tell(f"-{process.pid}")


def _signal_all(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def end_session(process: Leader, *, grace: float = GRACE_SECONDS) -> None:
    """End a process that was started with `start_new_session=True`, and everything it started.

    Asks with SIGTERM, kills after `grace` seconds, and gives up after as long again: what is left then cannot
    be ended by anyone (it hangs in the kernel). Returns at once when nothing is left.
    """
    with undisturbed():
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + grace
            told: set[int] = set()  # once each: the engine takes a second signal for an order to drop everything
            while members := set(session_members(process.pid)):
                if time.monotonic() > deadline:
                    break
                _signal_all(members - told, number)
                told |= members
                time.sleep(_POLL_SECONDS)
                process.poll()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
        forget_session(process)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Holds back Ctrl-C and SIGTERM until the block has ended: an impatient second one must leave nothing behind.

    Not by the mask of the thread: another thread would take the signal, and Python raises in the main one all the
    same; and a process started in the block would inherit it. Other threads are never disturbed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        held.append(number)

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if handler not in (signal.SIG_IGN, None):  # None: by other means than Python's, which cannot be put back
                before[number] = handler
                signal.signal(number, hold)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in dict.fromkeys(held):
            signal.raise_signal(late)


@contextlib.contextmanager
def running(start: Callable[[], subprocess.Popen[bytes]]) -> Iterator[subprocess.Popen[bytes]]:
    """The process that `start` starts in a session of its own; nothing of that is left after the block.

    That holds whatever happens, an interrupt included, even one that comes while the process is being started: it
    waits until there is something to end.
    """
    process = None
    try:
        with undisturbed():
            process = start()
            watch_session(process)
        yield process
    finally:
        if process is not None:
            end_session(process)


def wait_with_progress(
    process: subprocess.Popen[bytes],
    *,
    limit: float,
    every: float,
    report: Callable[[str], None],
    what: str,
) -> int | None:
    """Wait for a process, saying every `every` seconds that it still runs.

    Returns its exit code, or None when `limit` seconds have passed; it still runs then.
    """
    start = time.monotonic()
    while True:
        remaining = limit - (time.monotonic() - start)
        if remaining <= 0:
            return None
        try:
            return process.wait(min(every, remaining))
        except subprocess.TimeoutExpired:
            report(f"{what}: {time.monotonic() - start:.0f} s so far, at most {limit:.0f} s")


def run_or_fail(
    command: Sequence[str],
    *,
    what: str,
    cwd: Path | None,
    env: Mapping[str, str] | None,
    limit: float,
    every: float,
    report: Callable[[str], None],
    progress: str = "",
) -> None:
    """Run a command to its end, saying every `every` seconds that it still runs; `progress` names it there.

    Raises PoolgateError with its last output when it fails, or has not ended after `limit` seconds.
    """
    with tempfile.TemporaryFile() as output:
        with running(
            lambda: subprocess.Popen(
                list(command),
                cwd=cwd,
                env=None if env is None else dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        ) as process:
            code = wait_with_progress(process, limit=limit, every=every, report=report, what=progress or what)
        if code == 0:
            return
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()[-_TAIL_LINES:]
    failure = f"did not end within {limit:.0f} s" if code is None else f"failed with exit code {code}"
    raise PoolgateError("\n    ".join([f"{what} {failure}", *lines]))


@contextlib.contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does, so that nothing is left behind. In the main thread, which gets the signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + signal.SIGTERM)

    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
