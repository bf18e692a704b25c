"""Shares the batches of an audit out among processes.

The processes are forked, without an interpreter started anew: at half a second for a whole fleet, a start would
cost more than the second processor gives. Each is given one batch after the other, so that none waits for another
that has the longer ones. One that dies or takes too long is replaced.
"""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from poolgate.audit.batches import Batch, Part, Work
from poolgate.audit.course import USUAL_LIMIT, Course, GiveUp, Task
from poolgate.forked import Channel, EndedError, Forked, can_fork, processors

WORTH_A_PROCESS: Final = 8 * 1024**2
"""Bytes. One process judges so many in the time that another takes to begin."""


def number_of_processes(batches: Sequence[Batch], jobs: int | None) -> int:
    """How many processes are worth it, where nobody says how many there are to be."""
    if jobs is None:
        jobs = min(processors(), 1 + sum(batch.size for batch in batches) // WORTH_A_PROCESS) if can_fork() else 1
    return max(1, min(jobs, len(batches)))


class Processes:
    """So many forked processes. A batch may take `limit` seconds, and a second for each MiB."""

    def __init__(self, number: int, limit: float = USUAL_LIMIT) -> None:
        self._number = number
        self._limit = limit

    def __call__(self, batches: Sequence[Batch], work: Work, give_up: GiveUp) -> Generator[tuple[int, Part]]:
        """An exception in one of them is raised here."""
        course = Course(batches, give_up, self._limit)
        pool = _Pool(course, work)
        try:
            for _ in range(self._number):
                pool.grow()
            while not course.is_over:
                pool.share_out()
                for helper in pool.heard_of():
                    yield from pool.outcome(helper)
        finally:
            pool.end()


@dataclass(slots=True)
class _AtWork:
    task: Task
    until: float


@dataclass(slots=True)
class _Pool:
    course: Course
    work: Work
    idle: list[Forked] = field(default_factory=list)
    at_work: dict[Forked, _AtWork] = field(default_factory=dict)

    def grow(self) -> None:
        """Adds a process."""
        self.idle.append(Forked("audit", self._serve))

    def share_out(self) -> None:
        """Gives all that have nothing to do a task, as far as there are any."""
        while self.idle and (task := self.course.take()):
            helper = self.idle.pop()
            self.at_work[helper] = _AtWork(task, time.monotonic() + self.course.seconds(task))
            helper.tell(task)

    def heard_of(self) -> list[Forked]:
        """Those that have something to say or are out of time, once there is one."""
        until = min(each.until for each in self.at_work.values())
        ready, _, _ = select.select([*self.at_work], (), (), max(0.0, until - time.monotonic()))
        now = time.monotonic()
        return [*ready, *(helper for helper, each in self.at_work.items() if each.until < now and helper not in ready)]

    def outcome(self, helper: Forked) -> Iterator[tuple[int, Part]]:
        """What became of the task of one of them."""
        task = self.at_work.pop(helper).task
        if not select.select([helper], (), (), 0)[0]:
            self._replace(helper)
            yield from self.course.failed(task, f"it was not judged within {self.course.seconds(task):.0f} seconds")
            return
        try:
            part: Part = helper.hear()
        except EndedError as error:
            self._replace(helper)
            yield from self.course.failed(task, f"the process that judged it was ended {_by(error.code)}")
        except MemoryError:
            self._replace(helper)
            yield from self.course.failed(task, "there was not enough memory to judge it")
        except BaseException:
            self.idle.append(helper)
            raise
        else:
            self.idle.append(helper)
            yield from self.course.judged(task, part)

    def end(self) -> None:
        """Ends all processes."""
        for helper in (*self.idle, *self.at_work):
            helper.end()

    def _replace(self, helper: Forked) -> None:
        helper.end()
        self.grow()

    def _serve(self, channel: Channel) -> None:
        """What a process does: it hears what to judge, and sends what there is to say of it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # The first one ends it, having heard of all that is done.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with suppress(EOFError):
            while True:
                channel.send(self.work(self.course.batch(channel.recv())))


def _by(code: int) -> str:
    """By what a process was ended, by its exit code."""
    if code >= 0:
        return f"by itself, with exit code {code}"
    name = signal.Signals(-code).name if -code in {each.value for each in signal.Signals} else f"signal {-code}"
    return f"by {name}{', as a system does that has no memory left' if -code == signal.SIGKILL else ''}"
