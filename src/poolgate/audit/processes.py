"""Shares the files of an audit out among processes.

The processes are forked, without an interpreter started anew: at half a second for a whole fleet, a start would
cost more than the second processor gives. Each has files that stand next to each other, so that the parts come back
in the order of the files, and the report is the same however many processes there were.

Stacks of one project mostly stand next to each other, too. So each process first tells which projects it met, hears
which of them others met as well, and compares the stacks of the rest itself: pools on their way from one process to
another cost more than judging them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from poolgate.audit.listing import StateFile
from poolgate.findings import Tally
from poolgate.forked import Channel, Forked, can_fork, processors
from poolgate.together import Gathered

WORTH_A_PROCESS: Final = 8 * 1024**2
"""Bytes. One process judges so many in the time that another takes to begin."""


_USUAL_SIZE: Final = 64 * 1024
"""Bytes, as which a state counts of which nobody knows before it is read: some twenty resources have so many."""


@dataclass(slots=True)
class Part:
    """What there is to say of some of the files."""

    tally: Tally = field(default_factory=Tally)
    gathered: Gathered = field(default_factory=Gathered)


Work = Callable[[Sequence[StateFile]], Part]
Finish = Callable[[Part, Collection[str]], None]
"""What remains to be done with a part once it is known which of its projects are also in others."""


def _no_more(part: Part, shared: Collection[str]) -> None:
    pass


def in_parts(
    files: Sequence[StateFile], work: Work, jobs: int | None = None, finish: Finish = _no_more
) -> Iterator[Part]:
    """The work done on all files, in their order, by so many processes; by default as many as it is worth.

    An exception in one of them is raised here. Raises PoolgateError when one ends without a word.
    """
    there, here = ([file for file in files if file.is_remote is far] for far in (True, False))
    sizes = [_USUAL_SIZE if file.size is None else file.size for file in here]
    shares = _share_out(here, sizes, _processes(sum(sizes), jobs))
    # The first share is this process's own; the others begin before it. What lies behind a network is this one's, too:
    # the clients of networks have threads, which no fork takes along.
    shares[0] = [*there, *shares[0]]
    helpers = [_begun(work, finish, share) for share in shares[1:]]
    try:
        own = work(shares[0])
        seen = Counter(own.gathered.projects)
        for helper in helpers:
            seen.update(helper.hear())
        shared = frozenset(project for project, parts in seen.items() if parts > 1)
        for helper in helpers:
            helper.tell(shared)
        finish(own, shared)
        yield own
        for helper in helpers:
            yield helper.hear()
    finally:
        for helper in helpers:
            helper.end()


def _processes(total: int, jobs: int | None) -> int:
    if jobs is not None:
        return max(jobs, 1)
    return min(processors(), 1 + total // WORTH_A_PROCESS) if can_fork() else 1


def _share_out(files: Sequence[StateFile], sizes: Sequence[int], number: int) -> list[Sequence[StateFile]]:
    """The files in that many runs of about equal size, some of them empty where there are fewer files."""
    total = sum(sizes)
    shares: list[list[StateFile]] = [[] for _ in range(number)]
    before = 0
    for file, size in zip(files, sizes, strict=True):
        middle = before + size / 2
        shares[min(int(middle * number / total), number - 1) if total else 0].append(file)
        before += size
    return [*shares]


def _begun(work: Work, finish: Finish, share: Sequence[StateFile]) -> Forked:
    """A process that does its share of the work: it sends which projects it met, hears what others met, and sends."""

    def do(channel: Channel) -> None:
        part = work(share)
        channel.send(part.gathered.projects)
        finish(part, channel.recv())
        channel.send(part)

    return Forked("audit", do)
