"""Which states there are under the paths a user names. Reads no state.

A file is taken as it is. A folder that is a backend (it has `.pulumi/stacks`) gives the current state of each of its
stacks, and neither history, backups, locks nor the copies that lie beside a state. A `file://` address is a backend,
as it is for Pulumi. Any other folder is searched for JSON, plain or compressed; what turns out to be something else is
passed over later, by whoever reads it. Nothing is opened, so that no pipe that lies in a folder is waited on.

All that is met and not listed is told to a `PassOver`; what a backend keeps beside its states is told by kind, since
there are several such files to each of them.

What a backend keeps where is `layout`'s; what the engine's own listing leaves out is listed, and says why.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote

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
from poolgate.backends import schemes
from poolgate.backends.address import refused
from poolgate.errors import UsageError
from poolgate.files import UnreadError, read_bytes, special
from poolgate.left_out import NOTHING, WHY, LeftOut

SKIPPED_FOLDERS: Final = {
    "node_modules": "holds packages of Node.js",
    "__pycache__": "holds compiled Python",
}
"""In a search; with them go hidden folders and Python's virtual environments. They hold much JSON and no state."""

_FILE_SCHEME: Final = "file://"
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PARAMETERS: Final = frozenset({"create_dir", "base_url", "secret_key_path", "metadata", "no_tmp_dir", "dir_file_mode"})
"""What a `file://` address may say after its `?`; none of it is about reading (gocloud.dev `blob/fileblob`, v0.46)."""
STDIN: Final = "-"
_FOLDERS_KNOWN: Final = 64
"""Folders of which it is kept where they really are. Files come folder by folder."""


@dataclass(frozen=True, slots=True)
class StateFile:
    """A state to read, wherever it lies. `name` is for people.

    `size` is in bytes, as it lies there; None where that is not known before it is read. `read` gives all of the bytes,
    maybe compressed; it raises StateError when they cannot be had, are too many, or do not come. `head` gives so many
    of the first bytes, or a few more, without reading all, and raises StateError as well; None for what can be read
    once only, such as a pipe. `stack` and `project` are what its place in a backend says, else empty. `expected` is
    whether it has to be a state: it lies in a backend, or the user named it. `locked` says since when an update has
    locked it, "" where none has. `not_shown` is why the engine's own listing of the backend leaves it out. `is_remote`
    says that it lies behind a network, which no process may have used before it forks. `tags` gives the bytes of the
    stack's own tags, where its backend has them beside the state; it raises StateError. All three can be sent to
    another process, which then reads the state itself. `is_unlisted` says that it is no state: it stands
    for all that is in a folder or a backend that could not be listed.

    `version` names what lies there, tags included, without reading it: another content has another one. It is "" where
    nothing does. Of a file, `version_now` gives it anew, and `changed` is when any of it last changed, in nanoseconds.
    """

    name: str
    size: int | None = field(compare=False)
    read: Callable[[], bytes] = field(compare=False)
    head: Callable[[int], bytes] | None = field(default=None, compare=False)
    stack: str = ""
    project: str = ""
    expected: bool = False
    locked: str = ""
    not_shown: str = ""
    is_remote: bool = False
    tags: Callable[[], bytes] | None = field(default=None, compare=False)
    is_unlisted: bool = False
    version: str = field(default="", compare=False)
    changed: int = field(default=0, compare=False)
    version_now: Callable[[], str] | None = field(default=None, compare=False)


class _Found(NamedTuple):
    """What was found on a disk; as in `StateFile`. `unlistable` is why a folder could not be searched: such an entry
    stands for whatever is in it.

    Of an estate there are thousands at a time, for which the processes that judge have the memory, too: a path is a
    text, which takes a fifth of what it does as a Path.
    """

    path: str
    stack: str = ""
    project: str = ""
    expected: bool = False
    unlistable: str = ""
    locked: str = ""
    not_shown: str = ""
    tags: str | None = None

    def state_file(self, *, versions: bool) -> StateFile:
        """What is read of it; with its version, where somebody is to remember that."""
        status = _status(self.path)
        is_regular = status is not None and stat.S_ISREG(status.st_mode)
        size = status.st_size if status is not None and is_regular else None
        head = self.head if is_regular else None
        listed = StateFile(
            *(self.path, size, self.read, head, self.stack, self.project, self.expected),
            locked=self.locked,
            not_shown=self.not_shown,
            tags=_Found(self.tags).read if self.tags else None,
            is_unlisted=bool(self.unlistable),
        )
        if not versions:
            return listed
        there = [status, *([_status(self.tags)] if self.tags else [])]
        return replace(
            listed,
            version=_version(there) if is_regular else "",
            changed=max((max(one.st_mtime_ns, one.st_ctime_ns) for one in there if one), default=0),
            version_now=self.version_now,
        )

    def version_now(self) -> str:
        """What names the file, and that of the tags, as they are; "" where that cannot be told."""
        return _version([_status(path) for path in (self.path, self.tags) if path is not None])

    def read(self) -> bytes:
        """The file's bytes. Raises StateError."""
        if self.unlistable:
            raise StateError(self.path, f"cannot be searched: {self.unlistable}")
        try:
            return read_bytes(self.path, LARGEST_STATE)
        except UnreadError as error:
            raise StateError(self.path, str(error)) from None

    def head(self, most: int) -> bytes:
        """The first of them. Raises StateError."""
        try:
            with Path(self.path).open("rb") as stream:
                return stream.read(most)
        except OSError as error:
            raise StateError(self.path, f"cannot be read: {error.strerror}") from None


def _tell_nobody(kind: str, name: str, why: str) -> None:
    pass


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - of thousands of files no objects are made
    except (OSError, ValueError):
        return None


def _version(files: Sequence[os.stat_result | None]) -> str:
    if not all(files):
        return ""
    return "/".join(
        f"{one.st_dev}.{one.st_ino}.{one.st_size}.{one.st_mtime_ns}.{one.st_ctime_ns}" for one in files if one
    )


class Met(NamedTuple):
    """A state that was met while states are listed: as in `StateFile`."""

    project: str
    stack: str
    name: str


def list_states(
    paths: Sequence[str],
    pass_over: PassOver = _tell_nobody,
    left_out: LeftOut = NOTHING,
    met: Callable[[Met], object] = lambda _: None,
    *,
    versions: bool = True,
) -> list[StateFile]:
    """The states under paths and `file://` addresses: in the order given, each folder's sorted, each file once.
    What is left out is passed over. `-` is what comes on stdin. `met` is told of each state as soon as it is met, maybe
    more than once, so that something is known of a listing that somebody stops. Without `versions` none has one.

    Raises UsageError for a path that does not exist, a `file://` address that is no backend, another scheme, and a
    backend of a layout that is not known.
    """
    found: dict[str, _Found] = {}
    folders: dict[str, str] = {}
    for path in paths:
        for state in _states_at(path, pass_over):
            met(Met(state.project, state.stack, state.path))
            key = _real_in(state.path, folders)
            known = found.setdefault(state.path if key == state.path else key, state)
            if state.expected and not known.expected:
                found[key] = known._replace(expected=True)
    states = []
    for one in found.values():
        if left_out.covers(one.path):
            pass_over("file", one.path, WHY)
        else:
            states.append(one.state_file(versions=versions))
    return states


def _states_at(written: str, pass_over: PassOver) -> Iterator[_Found]:
    if written == STDIN:
        yield _Found("/dev/stdin", expected=True)
        return
    is_address = written.startswith(_FILE_SCHEME)
    path = _local_path(written)
    try:
        is_folder = path.is_dir()
        exists = path.exists()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=written) from None
    if not exists:
        raise UsageError("does not exist", file=written)
    if is_address:
        yield from _at_address(written, path, pass_over)
    elif is_folder:
        yield from _in_folder(path, pass_over)
    else:
        yield _Found(str(path), expected=True)


def _local_path(written: str) -> Path:
    """The path that is written, or that Pulumi takes a `file://` address for (`file://~/states`, `file://.`)."""
    if written.startswith(_FILE_SCHEME):
        place, _, query = written.removeprefix(_FILE_SCHEME).partition("?")
        for name, _ in parse_qsl(query, keep_blank_values=True):
            if name not in _PARAMETERS:
                raise UsageError(refused(name, "file", _PARAMETERS), file=written)
        path = unquote(place)
        try:
            return Path(path).expanduser()
        except RuntimeError as error:
            raise UsageError(str(error), file=written) from None
    if _SCHEME.match(written):
        known = ", ".join(f"{scheme}://" for scheme in ("file", *schemes()))
        raise UsageError(f"can be no backend: an address begins with {known}", file=written)
    return Path(written)


def _at_address(written: str, path: Path, pass_over: PassOver) -> Iterator[_Found]:
    """The states of the backend at an address. Raises UsageError where there is none, whatever else there is."""
    bookkeeping = path / ".pulumi"
    if _is_folder(bookkeeping / "stacks"):
        yield from _in_backend(bookkeeping / "stacks", pass_over)
    elif _is_file(bookkeeping / "meta.yaml"):
        _layout_of(bookkeeping)  # It has no stacks yet.
    else:
        message = f"is no backend of Pulumi: there is no folder {bookkeeping / 'stacks'}; "
        raise UsageError(f"{message}to audit a file, or all files in a folder, leave out {_FILE_SCHEME}", file=written)


def _in_folder(folder: Path, pass_over: PassOver) -> Iterator[_Found]:
    """The states in a folder named by the user, whatever part of a backend it is, if any."""
    here = Path(_real(folder))
    if here.parent.name == "stacks" and here.parent.parent.name == ".pulumi":
        backend = _Backend.of(here.parent.parent, pass_over)
        yield from backend.states(folder, (here.name,))
        backend.tell_beside(folder)
    elif here.name == "stacks" and here.parent.name == ".pulumi":
        yield from _in_backend(folder, pass_over)
    elif here.name == ".pulumi" and (folder / "stacks").is_dir():
        yield from _in_backend(folder / "stacks", pass_over)
    else:
        yield from _search(folder, pass_over)


def _search(top: Path, pass_over: PassOver) -> Iterator[_Found]:
    """Each folder's files before its folders. A backend met on the way is taken as one."""
    pending = [top]
    seen: set[tuple[int, int]] = set()
    while pending:
        folder = pending.pop()
        identity = _identity(folder)
        if identity in seen:
            continue  # A link to a folder above would otherwise be followed for ever.
        seen.add(identity)
        listing = _list(folder)
        if _is_folder(folder / ".pulumi" / "stacks"):
            yield from _in_backend(folder / ".pulumi" / "stacks", pass_over)
            if not isinstance(listing, _Found) and listing != [".pulumi"]:
                pass_over("folder", str(folder), "is a backend: what lies beside its .pulumi was not searched")
            continue
        if isinstance(listing, _Found):
            yield listing
            continue
        if "pyvenv.cfg" in listing:
            pass_over("folder", str(folder), "is a virtual environment of Python: it has a pyvenv.cfg")
            continue
        for name in listing:
            if STATE_NAME.fullmatch(name) and _may_be_state(path := str(folder / name), pass_over):
                yield _Found(path)
        pending += reversed([folder / name for name in listing if _is_searched(folder / name, pass_over)])


def _is_searched(path: Path, pass_over: PassOver) -> bool:
    if not _is_folder(path):
        return False
    why = "is hidden" if path.name.startswith(".") else SKIPPED_FOLDERS.get(path.name)
    if why:
        pass_over("folder", str(path), why)
    return not why


def _may_be_state(path: str, pass_over: PassOver) -> bool:
    """Whether a file of such a name is one to read. A pipe or a device, which might be waited on, is passed over.

    A link to nowhere is: that it cannot be read is said when it is tried.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        return True
    why = special(mode)
    if why and not stat.S_ISDIR(mode):
        pass_over("file", path, f"{why}; name it to have it read" if stat.S_ISFIFO(mode) else why)
    return not why


def _in_backend(stacks: Path, pass_over: PassOver) -> Iterator[_Found]:
    """The current state of every stack in a backend, those in the old layout first."""
    bookkeeping = Path(_real(stacks)).parent
    backend = _Backend.of(bookkeeping, pass_over)
    yield from backend.states(stacks)
    backend.tell_beside(stacks)
    for name, why in BESIDE_THE_STATES.items():
        if _is_folder(stacks.parent / name):
            pass_over("folder", str(stacks.parent / name), why)


@dataclass(slots=True)
class _Backend:
    """The walk through the folders of one backend. `beside` counts what lies there and is no state of now."""

    version: int
    locks: Locks
    pass_over: PassOver
    beside: Counter[int]
    seen: set[tuple[int, int]]

    @classmethod
    def of(cls, bookkeeping: Path, pass_over: PassOver) -> _Backend:
        """Raises UsageError for a layout that is not known."""
        return cls(_layout_of(bookkeeping), _locks_in(bookkeeping / "locks"), pass_over, Counter(), set())

    def states(self, top: Path, folders: tuple[str, ...] = ()) -> Iterator[_Found]:
        """Those in a folder, then those in the folders in it; `folders` lead there from that of all states."""
        pending = [iter([(str(top), folders)])]
        while pending:
            folder, folders = next(pending[-1], ("", ()))
            if not folder:
                pending.pop()
                continue
            if (identity := _identity(folder)) in self.seen:
                continue  # a link to a folder above
            self.seen.add(identity)
            listing = _entries(folder)
            if isinstance(listing, _Found):
                yield listing._replace(project=folders[0] if folders else "")
                continue
            yield from self._in_one(folder, folders, [name for name, is_folder in listing if not is_folder])
            within = [name for name, is_folder in listing if is_folder]
            pending.append(_each_within(folder, folders, within))

    def _in_one(self, folder: str, folders: tuple[str, ...], names: Sequence[str]) -> Iterator[_Found]:
        """One state a stack: where it is there in several compressions Pulumi reads the newest, the last when equal."""
        newest: dict[str, str] = {}
        stems = {name: match["stem"] for name in names if (match := STATE_NAME.fullmatch(name))}
        stacks = frozenset(stems.values())
        tagged = set()
        for name in names:
            if name.endswith(TAGS_SUFFIX) and (tags_of := name.removesuffix(TAGS_SUFFIX)) in stacks:
                tagged.add(tags_of)  # read with the state; those of stacks that were removed or renamed stay there
                continue
            stem = stems.get(name)
            if stem is None:
                self.beside[beside(name)] += 1
            elif _may_be_state(path := _within(folder, name), self.pass_over):
                best = newest.setdefault(stem, path)
                if best is not path:  # Most states are there in one compression, and nobody asks for its time.
                    self.beside[beside(name)] += 1
                    if _modified(path) >= _modified(best):
                        newest[stem] = path
        for stack in sorted(newest):
            found = self._state(newest[stack], folders, stack)
            is_tagged = stack in tagged and found.expected
            yield found._replace(tags=_within(folder, f"{stack}{TAGS_SUFFIX}")) if is_tagged else found

    def _state(self, path: str, folders: tuple[str, ...], stack: str) -> _Found:
        why = not_shown(self.version, folders, stack)
        if len(folders) > 1:  # What lies there may be anything.
            return _Found(path, not_shown=why)
        project = folders[0] if folders else ""
        locked = self.locks.get((project, stack), "")
        # Stacks are called the same in each project.
        return _Found(path, sys.intern(stack), project, expected=True, locked=locked, not_shown=why)

    def tell_beside(self, folder: Path) -> None:
        """Tells what lies beside the states, by kind."""
        tell_beside(str(folder), self.beside, self.pass_over)


def _locks_in(folder: Path) -> Locks:
    """Which stacks are locked. None of a lock is read: it holds who locked it."""
    locks: Locks = {}
    for path in sorted(folder.glob("**/*.json")) if _is_folder(folder) else ():
        note_lock(locks, path.relative_to(folder).parts, _modified(path) / 1e9)
    return locks


def _layout_of(bookkeeping: Path) -> int:
    """The version of a backend's layout. Raises UsageError where Pulumi would refuse the backend too."""
    meta = bookkeeping / "meta.yaml"
    if not _is_file(meta):
        return 0
    try:
        content = meta.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=meta) from None
    return version_of(content, str(meta))


def _list(folder: Path) -> list[str] | _Found:
    """The sorted names in a folder, or the entry that says why there are none to be had."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths, are what is wanted
    except OSError as error:
        return _unlistable(folder, error)


def _each_within(folder: str, folders: tuple[str, ...], names: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The folders in a folder, each with what leads there, as they are asked for: of a backend there are thousands."""
    return ((_within(folder, name), (*folders, name)) for name in names)


def _within(folder: str, name: str) -> str:
    """The path of what lies in a folder, as `Path` writes it."""
    return name if folder == os.curdir else os.path.join(folder, name)  # noqa: PTH118


def _entries(folder: str) -> list[tuple[str, bool]] | _Found:
    """The same names, each with whether it is a folder or a link to one: told without a look at each file."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, _leads_to_folder(entry)) for entry in entries)
    except OSError as error:
        return _unlistable(folder, error)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _unlistable(folder: Path | str, error: OSError) -> _Found:
    return _Found(str(folder), expected=True, unlistable=error.strerror or str(error))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return True  # There is something, and reading it will say what is wrong with it.


def _real(path: Path | str) -> str:
    return os.path.realpath(path)  # Unlike Path.resolve it takes a link that leads to itself.


def _real_in(path: str, folders: dict[str, str]) -> str:
    """The same, of one of many files in a folder, whose real path is looked up once, and so is that of its parent."""
    folder, name = os.path.split(path)
    if name in ("", ".", "..") or os.path.islink(path):  # noqa: PTH114 - of thousands of files no objects are made
        return _real(path)
    if folder not in folders:
        if len(folders) >= _FOLDERS_KNOWN:
            folders.clear()
        folders[folder] = _real_in(folder, folders) if folder else _real(folder)
    return os.path.join(folders[folder], name)  # noqa: PTH118 - a key, compared with those of `_real`


def _identity(folder: Path | str) -> tuple[int, int]:
    """What two names of one folder have in common."""
    try:
        status = os.stat(folder)  # noqa: PTH116
    except OSError:
        return (-1, hash(folder))
    return status.st_dev, status.st_ino


def _modified(path: Path | str) -> int:
    """In nanoseconds; 0 where it cannot be told."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0
