"""The unit of an audit's work: some states, judged by one process in one go, and what there is to say of them.

A batch has whole projects, as far as their states' places or first bytes tell which they are of, so that whoever judges
it compares the stacks of a project and lets their resources go. It has so many bytes and states and no more, and which
batches there are does not depend on who judges them. A project that is too large for one is spread over several; what
its stacks are compared by is kept, packed, and compared in the end.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from poolgate.audit.listing import StateFile
from poolgate.findings import Tally
from poolgate.together import Gathered

MOST_BYTES: Final = 8 * 1024**2
"""Of the states of a batch, as they lie there: one process judges so many in a tenth of a second or less."""
MOST_STATES: Final = 64
LARGEST_PROJECT: Final = 8
"""Times as much is a batch of its own, if it is one project; beyond that it is spread."""
USUAL_SIZE: Final = 64 * 1024
"""Bytes, as which a state counts of which nobody knows before it is read: some twenty resources have so many."""
MOST_LOOSE: Final = 64
"""Batches. What is said of so many takes less memory than the time is worth that it takes to pack them."""
_QUICKLY: Final = 1


@dataclass(frozen=True, slots=True)
class Group:
    """States that stand next to each other. `project` is the one of which they are all there is, "" where that is not
    known to be so.
    """

    files: tuple[StateFile, ...]
    project: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some states to judge. It can be sent to another process, and be judged twice with the same result."""

    groups: tuple[Group, ...]

    @property
    def files(self) -> list[StateFile]:
        """All states, in their order."""
        return [file for group in self.groups for file in group.files]

    @property
    def size(self) -> int:
        """Bytes, or about that."""
        return sum(map(size_of, self.files))

    @property
    def projects(self) -> frozenset[str]:
        """Those that it has all states of."""
        return frozenset(group.project for group in self.groups) - {""}

    def between(self, begin: int, end: int) -> Batch:
        """Some of the states, of whose projects there may be others; the batch itself where that is all."""
        files = self.files
        return self if end - begin == len(files) else Batch((Group(tuple(files[begin:end])),))

    def without_whole(self, projects: Iterable[str]) -> Batch:
        """The same states, where these projects turned out to have others elsewhere."""
        spread = frozenset(projects)
        return Batch(tuple(replace(group, project="") if group.project in spread else group for group in self.groups))


@dataclass(slots=True)
class Part:
    """What there is to say of a batch. It can be sent to another process.

    `kept` is what the stacks of a project have yet to be compared by, packed, where the batch has not all of them.
    `learnt` is what a cache is to remember, by the name that it has there, and `proved` of how many states the content
    was the one that it remembers. `read` is how states were read, by name and version, of which no
    project is known to be whole here.
    """

    tally: Tally = field(default_factory=Tally)
    kept: dict[str, list[bytes]] = field(default_factory=dict)
    learnt: dict[bytes, Any] = field(default_factory=dict)
    proved: int = 0
    read: dict[tuple[str, str], Any] = field(default_factory=dict)

    def merge(self, other: Part) -> None:
        """Adds what there is to say of other states."""
        self.tally.merge(other.tally)
        for project, packed in other.kept.items():
            self.kept.setdefault(project, []).extend(packed)
        self.learnt.update(other.learnt)
        self.proved += other.proved
        self.read.update(other.read)

    def keep(self, gathered: Gathered) -> None:
        """Keeps resources until those of their projects' other stacks are there."""
        for project in sorted(gathered.projects):
            self.kept.setdefault(project, []).append(_packed(gathered.only({project})))


class Parts:
    """What there is to say of the batches of a run, each by its number. Thousands of states have hundreds of them, of
    which each takes twice as much as what is in it: all but the first are packed.
    """

    def __init__(self) -> None:
        self._told: dict[int, Part | bytes] = {}
        self._kept: dict[int, frozenset[str]] = {}

    def add(self, number: int, part: Part) -> None:
        """Takes what was said of a batch, in any order."""
        self._told[number] = part if len(self._told) < MOST_LOOSE else _packed(part)
        if part.kept:
            self._kept[number] = frozenset(part.kept)

    def discard(self, number: int) -> None:
        """Forgets what was said of a batch that is to be judged again."""
        del self._told[number]
        self._kept.pop(number, None)

    @property
    def numbers(self) -> Collection[int]:
        """The batches of which something was said."""
        return self._told.keys()

    @property
    def spread(self) -> frozenset[str]:
        """The projects of which no batch had all."""
        return frozenset[str]().union(*self._kept.values())

    def in_turn(self) -> Iterator[tuple[int, Part]]:
        """All of them with their numbers, in the order of those; each is let go."""
        for number in sorted(self._told):
            told = self._told.pop(number)
            yield number, told if isinstance(told, Part) else _unpacked(told)


Work = Callable[[Batch], Part]


def _packed(what: Any) -> bytes:
    """Resources look alike, as does what is said of them: packed, a thousand of them take less than one does as
    objects.
    """
    return zlib.compress(pickle.dumps(what, pickle.HIGHEST_PROTOCOL), _QUICKLY)


def _unpacked(packed: bytes) -> Any:
    return pickle.loads(zlib.decompress(packed))


def unpacked(kept: Iterable[bytes]) -> Gathered:
    """What was kept of one project, together."""
    gathered = Gathered()
    for one in kept:
        gathered.merge(_unpacked(one))
    return gathered


def size_of(file: StateFile) -> int:
    """Bytes, or about that."""
    return USUAL_SIZE if file.size is None else file.size


def batches_of(files: Sequence[StateFile], projects: Sequence[str]) -> Iterator[Batch]:
    """All files, those of a project together, in the order of the first of each. `projects` are what they are of, ""
    where that is not known.
    """
    together: list[Group] = []
    for group in groups_of(files, projects):
        if _fits((*together, group)):
            together.append(group)
            continue
        if together:
            yield Batch(tuple(together))
        together = [group]
        if not _fits(together):
            yield from _alone(group)
            together = []
    if together:
        yield Batch(tuple(together))


def groups_of(files: Sequence[StateFile], projects: Sequence[str]) -> Iterator[Group]:
    """Those of a project together, and each other file by itself, in the order of the first of each."""
    by_project: dict[str | int, list[StateFile]] = {}
    for number, (file, project) in enumerate(zip(files, projects, strict=True)):
        by_project.setdefault(project or number, []).append(file)
    return (Group(tuple(those), key if isinstance(key, str) else "") for key, those in by_project.items())


def _fits(groups: Iterable[Group], times: int = 1) -> bool:
    files = [file for group in groups for file in group.files]
    if len(files) > 1 and any(file.head is None for file in files):
        return False  # What can be read once is a batch of its own: no other costs it a second run.
    return len(files) <= times * MOST_STATES and sum(map(size_of, files)) <= times * MOST_BYTES


def _alone(group: Group) -> Iterator[Batch]:
    """A project that shares its batch with no other, or takes several."""
    if len(group.files) == 1 or _fits([group], LARGEST_PROJECT):
        yield Batch((group,))
    else:
        yield from batches_of(group.files, [""] * len(group.files))
