"""The states of a backend that is no folder: a bucket, a container, a table. Reads none before it is asked for.

One listing of all that lies below `.pulumi/stacks` gives every state, whether the engine would show it or not. What is
no state by its place is passed over as in a folder.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from inference_pools.state_file import LARGEST_STATE, StateError
from poolgate.audit.layout import (
    BESIDE_THE_STATES,
    STATE_NAME,
    TAGS_SUFFIX,
    Locks,
    PassOver,
    beside,
    not_shown,
    note_lock,
    tell_beside,
    version_of,
)
from poolgate.audit.listing import Met, StateFile
from poolgate.backends import Entry, GoneError, Store, StoreError
from poolgate.backends.threads import meanwhile
from poolgate.errors import UsageError
from poolgate.left_out import NOTHING, WHY, LeftOut

_STACKS = ".pulumi/stacks/"
_LOCKS = ".pulumi/locks/"
_META = ".pulumi/meta.yaml"


def states_in(
    store: Store, pass_over: PassOver, left_out: LeftOut = NOTHING, met: Callable[[Met], object] = lambda _: None
) -> Iterator[StateFile]:
    """The current state of every stack in a store. What cannot be listed is a state that cannot be read. What is left
    out is passed over. `met` is told of each stack's first state as soon as it is listed, unless it is left out.

    Raises UsageError for a layout that is not known, and where there is no backend at all.
    """
    try:
        meta = _meta(store)
        version = version_of(meta, f"{store.name}/{_META}") if meta is not None else 0
        locks = _locks(store)
    except StoreError as error:
        yield _unlistable(store, error)
        return
    if locks:
        pass_over("folder", f"{store.name}/{_LOCKS.rstrip('/')}", BESIDE_THE_STATES["locks"])
    folders: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    seen: set[tuple[tuple[str, ...], str]] = set()
    broken: StoreError | None = None
    try:
        for entry in store.list(_STACKS):
            *parents, name = entry.key.removeprefix(_STACKS).split("/")
            if name:  # A key that ends in a slash is what a console makes for a folder.
                way = tuple(parents)
                folders[way].append(entry)
                stack = STATE_NAME.fullmatch(name)
                if stack and (way, stack["stem"]) not in seen and not left_out.covers_way((*way, name)):
                    seen.add((way, stack["stem"]))
                    known = ("".join(way), stack["stem"]) if len(way) <= 1 else ("", "")
                    met(Met(*known, f"{store.name}/{entry.key}"))
    except StoreError as error:  # Of the pages before it nothing is lost.
        broken = error
    found = Counter[int]()
    for way in sorted(folders):
        for state in _in_folder(store, version, locks, way, folders[way], found):
            if left_out.covers_way((*way, state.name.rpartition("/")[2])):
                pass_over("file", state.name, WHY)
            else:
                yield state
    tell_beside(f"{store.name}/{_STACKS.rstrip('/')}", found, pass_over)
    if broken:
        yield _unlistable(store, broken)
    elif meta is None and not folders:
        raise UsageError(f"is no backend of Pulumi: it has neither {_META} nor anything in {_STACKS}", file=store.name)


def _meta(store: Store) -> bytes | None:
    try:
        return meanwhile(lambda: store.read(_META, 1 << 16))
    except GoneError:
        return None


def _locks(store: Store) -> Locks:
    locks: Locks = {}
    for entry in store.list(_LOCKS):
        note_lock(locks, entry.key.removeprefix(_LOCKS).split("/"), entry.modified)
    return locks


def _in_folder(
    store: Store,
    version: int,
    locks: Locks,
    folders: tuple[str, ...],
    entries: Sequence[Entry],
    found: Counter[int],
) -> Iterator[StateFile]:
    """One state a stack: where it is there in several compressions Pulumi reads the newest, the last when equal."""
    newest: dict[str, Entry] = {}
    tags: dict[str, Entry] = {}
    for entry in sorted(entries):
        name = entry.key.rpartition("/")[2]
        match = STATE_NAME.fullmatch(name)
        if name.endswith(TAGS_SUFFIX):
            tags[name.removesuffix(TAGS_SUFFIX)] = entry
            continue
        if not match:
            found[beside(name)] += 1
            continue
        best = newest.setdefault(match["stem"], entry)
        if entry.modified >= best.modified:
            newest[match["stem"]] = entry
        if best is not entry:
            found[beside(name)] += 1
    for entry in (entry for stack, entry in tags.items() if stack not in newest):
        found[beside(entry.key)] += 1  # those of stacks that were removed or renamed stay there
    for stack, entry in sorted(newest.items()):
        why = not_shown(version, folders, stack)
        state = _state(store, entry, folders, stack, locks, why)
        own = tags.get(stack) if state.expected else None
        if own:
            both = f"{state.version}/{own.version}" if state.version and own.version else ""
            state = replace(state, tags=_InStore(store, own.key, f"{store.name}/{own.key}").read, version=both)
        yield state


def _state(store: Store, entry: Entry, folders: tuple[str, ...], stack: str, locks: Locks, why: str) -> StateFile:
    name = f"{store.name}/{entry.key}"
    place = _InStore(store, entry.key, name)
    if len(folders) > 1:  # What lies there may be anything.
        return StateFile(name, entry.size, place.read, place.head, not_shown=why, is_remote=True, version=entry.version)
    project = folders[0] if folders else ""
    locked = locks.get((project, stack), "")
    known = (stack, project, True, locked, why)
    return StateFile(name, entry.size, place.read, place.head, *known, is_remote=True, version=entry.version)


class _InStore(NamedTuple):
    """Where one state lies, or the tags of a stack."""

    store: Store
    key: str
    name: str

    def read(self) -> bytes:
        """Raises StateError."""
        try:
            return self.store.read(self.key, LARGEST_STATE)
        except GoneError:
            raise StateError(
                self.name, "has vanished since the backend was listed: its stack was removed or renamed; audit again"
            ) from None
        except StoreError as error:
            raise StateError(self.name, f"cannot be read: {error}") from None

    def head(self, most: int) -> bytes:
        """Raises StateError."""
        return self.read()[:most]


class _Unlistable(NamedTuple):
    """What stands for whatever is there."""

    name: str
    why: str

    def read(self) -> bytes:
        """Raises StateError."""
        raise StateError(self.name, f"cannot be listed, or not to its end: {self.why}")


def _unlistable(store: Store, error: StoreError) -> StateFile:
    return StateFile(store.name, 0, _Unlistable(store.name, str(error)).read, expected=True, is_unlisted=True)
