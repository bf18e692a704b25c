"""What of each batch has been judged and what has not, whoever judges: the part of an executor that knows no processes.

Whoever judges a batch may die of it, or not come to an end. It is then judged once more, by another; then in halves,
down to the one state that it is about, which is a finding that says what happened. The others go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

from poolgate.audit.batches import Batch, Part, Work
from poolgate.audit.listing import StateFile

USUAL_LIMIT: Final = 600.0
"""Seconds for a batch, beyond what its bytes take: a server that does not answer is given up before."""
_BYTES_A_SECOND: Final = 1024**2
"""So slowly comes the slowest state."""

GiveUp = Callable[[StateFile, str], Part]
"""What there is to say of a state that nobody can judge, and why."""


class Executor(Protocol):
    """Judges batches, with whatever it has: each once, unless whoever judges it fails."""

    def __call__(self, batches: Sequence[Batch], work: Work, give_up: GiveUp) -> Generator[tuple[int, Part]]:
        """The number of each batch and what there is to say of it, in any order, until all have been judged."""


class Task(NamedTuple):
    """A batch to judge, by its number, or a run of its states. `runs` is how often it was begun before."""

    number: int
    begin: int
    end: int
    runs: int = 0


class Course:
    """The tasks of an executor, and what became of them."""

    def __init__(self, batches: Sequence[Batch], give_up: GiveUp, limit: float = USUAL_LIMIT) -> None:
        self._batches = batches
        self._give_up = give_up
        self._limit = limit
        self._waiting = deque(Task(number, 0, len(batch.files)) for number, batch in enumerate(batches))
        self._pieces: dict[int, dict[int, Part]] = {}
        self._unjudged = {number: len(batch.files) for number, batch in enumerate(batches)}

    @property
    def is_over(self) -> bool:
        """Whether all is judged."""
        return not self._unjudged

    def take(self) -> Task | None:
        """What is to be judged next; None while there is nothing that nobody is at."""
        return self._waiting.popleft() if self._waiting else None

    def batch(self, task: Task) -> Batch:
        """The states of a task."""
        return self._batches[task.number].between(task.begin, task.end)

    def seconds(self, task: Task) -> float:
        """How long it may take."""
        return self._limit + self.batch(task).size / _BYTES_A_SECOND

    def put_back(self, task: Task) -> None:
        """Takes back a task that nobody began."""
        self._waiting.appendleft(task)

    def judged(self, task: Task, part: Part) -> Iterator[tuple[int, Part]]:
        """Takes what was said of a task; gives the batch that is whole with it, if any."""
        pieces = self._pieces.setdefault(task.number, {})
        pieces[task.begin] = part
        self._unjudged[task.number] -= task.end - task.begin
        if not self._unjudged[task.number]:
            del self._unjudged[task.number], self._pieces[task.number]
            first, *others = (pieces[begin] for begin in sorted(pieces))
            for other in others:
                first.merge(other)
            yield task.number, first

    def failed(self, task: Task, why: str) -> Iterator[tuple[int, Part]]:
        """Has a task judged anew, or in halves; gives up a single state that nobody comes to the end of.

        `why` is what happened, as a clause about the state.
        """
        files = self.batch(task).files
        once = any(file.head is None for file in files)  # Read again it would be another, or empty.
        if not (once or task.runs):
            self._waiting.appendleft(task._replace(runs=1))
        elif len(files) > 1:
            middle = (task.begin + task.end) // 2
            halves = [Task(task.number, *bounds, runs=1) for bounds in pairwise((task.begin, middle, task.end))]
            self._waiting.extendleft(reversed(halves))
        else:
            yield from self.judged(task, self._give_up(files[0], why))


def in_this_process(batches: Sequence[Batch], work: Work, give_up: GiveUp) -> Generator[tuple[int, Part]]:
    """One after the other, without another process that could take over."""
    yield from enumerate(map(work, batches))
