"""Several states of one stack in an audit, of which the newest counts: an export of last week says what was.

Which files may be of one stack is told by their first bytes; only those are read twice. That they are is told by what
the resources are: two backends may each have a stack of the same name, and both are judged.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

from inference_pools import state_file
from inference_pools.finding import printable
from inference_pools.state_file import StateError
from poolgate.audit.listing import StateFile
from poolgate.findings import Tally
from poolgate.sources import state

OLDER: Final = "is a state of a stack of which another file has one that is as new or newer"
"""Why a file is passed over."""

_HEAD: Final = 16 * 1024
"""Bytes: Pulumi writes the manifest first and the stack's own resource next."""
_GZIP: Final = zlib.MAX_WBITS | 16
_URN: Final = re.compile(rb"urn:pulumi:(?P<stack>[^:\"\\]+)::(?P<project>[^:\"\\]+)::")
_MOST_NAMED: Final = 5


class Name(NamedTuple):
    """What a state's place or first bytes say of the stack that it is of; both "" where they do not."""

    project: str = ""
    stack: str = ""


class Seen(NamedTuple):
    """What tells one state from another. `number` is its file's, `ids` are those of providers and pools, by URN."""

    number: int
    name: str
    written: datetime
    digest: str
    ids: Mapping[str, str]

    def is_of_one_stack_with(self, other: Seen) -> bool:
        """Whether both have a resource of the same id, or the same content."""
        same = any(other.ids.get(urn) == id_ for urn, id_ in self.ids.items())
        return same or self.digest == other.digest


Look = Callable[[Callable[[], list[Seen]]], list[Seen]]
"""Runs what looks into whole states, maybe in another process."""


def here(look: Callable[[], list[Seen]]) -> list[Seen]:
    """In this one."""
    return look()


def newest_only(
    files: Sequence[StateFile], names: Sequence[Name], tally: Tally, told: list[str], look: Look = here
) -> list[int]:
    """The numbers of the files without those of which another one has a newer state of the same stack; the tally is
    told. `names` are those of `name_of`. `told` gets which stacks those are, and by which file each is judged, for
    `note_on`.
    """
    passed_over: set[int] = set()
    for states in _alike(files, names, look):
        kept = _kept(states)
        older = [seen for seen in states if seen not in kept]
        passed_over.update(seen.number for seen in older)
        if older:
            told.append(f"{states[0].name} by {files[kept[0].number].name}")
        if len(kept) > 1:
            tally.note(
                f"{len(kept)} files have a stack called {printable(states[0].name)}, with other resources in each: "
                "all of them are judged"
            )
    for number in sorted(passed_over):
        tally.pass_over("file", printable(files[number].name), OLDER)
    return [number for number in range(len(files)) if number not in passed_over]


def _alike(files: Sequence[StateFile], names: Sequence[Name], look: Look) -> Iterator[list[Seen]]:
    """The states that may be of one stack, by what they are called and then by what is in them."""
    by_name: dict[Name, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        if name.stack:
            by_name[name].append(number)
    for candidates in by_name.values():
        if len(candidates) > 1:
            by_content: dict[str, list[Seen]] = defaultdict(list)
            for seen in look(partial(_look_into, files, candidates)):
                by_content[seen.name].append(seen)
            yield from by_content.values()


def _look_into(files: Sequence[StateFile], numbers: Iterable[int]) -> list[Seen]:
    return [seen for number in numbers if (seen := _seen(number, files[number]))]


def note_on(told: Sequence[str]) -> str:
    """The sentence on stacks that are in several files."""
    which = "1 stack is" if len(told) == 1 else f"{len(told)} stacks are"
    rest = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return printable(f"{which} in several files and judged by the newest: {', '.join(told[:_MOST_NAMED])}{rest}")


def _kept(states: Sequence[Seen]) -> list[Seen]:
    """The newest state of each stack, the newest of all first; of those of one time the one that was listed first."""
    kept: list[Seen] = []
    for seen in sorted(states, key=lambda one: (one.written, -one.number), reverse=True):
        if not any(seen.is_of_one_stack_with(other) for other in kept):
            kept.append(seen)
    return kept


def project_of(file: StateFile) -> str:
    """The project that a state is of, by its place in a backend or by what it holds; "" where neither tells.

    All of it is read where its first bytes do not tell: those that are compressed otherwise, or that are no state.
    """
    name = Name(file.project) if file.project else name_of(file)
    if not name.project and file.head is not None:
        with suppress(StateError):
            name = _named_in(state_file.decompress(file.read(), file.name))
    return name.project


def name_of(file: StateFile) -> Name:
    """Project and stack, as the place in a backend or the first bytes have them. What can be read once only is not read
    for this.
    """
    if file.project and file.stack:
        return Name(file.project, file.stack)
    if file.head is not None:
        with suppress(StateError):
            return _named_in(_unpacked(file.head(_HEAD)))
    return Name()


def _named_in(text: bytes) -> Name:
    match = _URN.search(text)
    return Name(*(match[part].decode("utf-8", "replace") for part in ("project", "stack"))) if match else Name()


def _unpacked(head: bytes) -> bytes:
    """As much of a text as its first bytes hold, where it is compressed as Pulumi does it by default."""
    if not state_file.is_compressed(head):
        return head
    with suppress(zlib.error):
        return zlib.decompressobj(_GZIP).decompress(head, _HEAD)
    return b""


def _seen(number: int, file: StateFile) -> Seen | None:
    """What a state is told by; None for one that cannot be read, which is said when it is to be judged."""
    if file.head is None:
        return None
    try:
        data = state_file.decompress(file.read(), file.name)
        deployment = state_file.deployment_of(state.parse(data, file.name), file.name)
    except StateError:
        return None
    if not deployment.stack:
        return None
    name = f"{deployment.project}/{deployment.stack}"
    ids = dict(_ids(deployment.resources))
    return Seen(number, name, _time(deployment.time), hashlib.sha256(data).hexdigest(), ids)


def _ids(resources: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    for entry in resources:
        urn, id_ = entry["urn"], entry.get("id")
        if isinstance(urn, str) and isinstance(id_, str) and id_:
            yield urn, id_


def _time(written: str) -> datetime:
    """A time as Pulumi writes it (RFC 3339); the earliest there is for none."""
    with suppress(ValueError):
        time = datetime.fromisoformat(written)
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return datetime.min.replace(tzinfo=UTC)
