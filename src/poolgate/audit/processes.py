"""Shares the batches of an audit out among processes.

The processes are forked, without an interpreter started anew: at half a second for a whole fleet, a start would
cost more than the second processor gives. Each is given one batch after the other, so that none waits for another
that has the longer ones. What they say is handed on in the order of the batches, so that the report is the same
however many processes there were.
"""

from __future__ import annotations

import select
from collections.abc import Generator, Sequence
from functools import partial
from typing import Final

from poolgate.audit.batches import Batch, Part, Work
from poolgate.forked import Channel, Forked, can_fork, processors

WORTH_A_PROCESS: Final = 8 * 1024**2
"""Bytes. One process judges so many in the time that another takes to begin."""


def number_of_processes(batches: Sequence[Batch], jobs: int | None) -> int:
    """How many processes are worth it, where nobody says how many there are to be."""
    if jobs is None:
        jobs = min(processors(), 1 + sum(batch.size for batch in batches) // WORTH_A_PROCESS) if can_fork() else 1
    return max(1, min(jobs, len(batches)))


def in_parts(batches: Sequence[Batch], work: Work, jobs: int | None = None) -> Generator[Part]:
    """The work done on all batches, in their order, by so many processes; by default as many as it is worth.

    An exception in one of them is raised here. Raises PoolgateError when one ends without a word.
    """
    number = number_of_processes(batches, jobs)
    if number == 1:
        yield from map(work, batches)
        return
    waiting = iter(range(len(batches)))
    at_work: dict[Forked, int] = {}
    done: dict[int, Part] = {}
    following = 0
    try:
        for _ in range(number):
            helper = Forked("audit", partial(_serve, batches, work))
            at_work[helper] = next(waiting)
            helper.tell(at_work[helper])
        while following < len(batches):
            ready, _, _ = select.select([*at_work], (), ())
            for helper in ready:
                done[at_work[helper]] = helper.hear()
                at_work[helper] = next(waiting, -1)
                if at_work[helper] < 0:
                    del at_work[helper]
                    helper.end()
                else:
                    helper.tell(at_work[helper])
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        for helper in at_work:
            helper.end()


def _serve(batches: Sequence[Batch], work: Work, channel: Channel) -> None:
    """What a process does: it hears the number of a batch, and sends what there is to say of it."""
    while True:
        channel.send(work(batches[channel.recv()]))
