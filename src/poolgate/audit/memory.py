"""What earlier audits found in states that have not changed since: `audit --cache FOLDER`.

What is remembered are projects, since rules compare their stacks: each with the states that it was judged by, and all
that was said of them. It counts while each of its states is the same file, by name, size, times, inode and device, or
has the same version in its bucket; where nothing tells, and with `--verify`, the states are read and their digests
compared. It counts under the same terms only: the same code, rules, options and day.

A file that changed less than two seconds before it was read may be written again within one tick of a clock, with
nothing to tell the two apart: what was read of it is not remembered. Nor is what could not be read, and what a broken
rule left unsaid.

There is a file for each run's terms, which no other user may read. It is written beside the old one and put in its
place, so that of two runs at a time the later one's holds. What is damaged, or not ours, is no cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import inference_pools
from inference_pools.finding import Outcome, printable
from inference_pools.own_checks import STATE_READABLE
from inference_pools.state_file import StateError
from inference_pools.version import __version__
from poolgate.audit.batches import Group, size_of
from poolgate.audit.copies import Name
from poolgate.audit.listing import StateFile
from poolgate.audit.written import DamagedError, add_to, to_json
from poolgate.files import UNFINISHED, forget_unfinished
from poolgate.findings import Tally

YOUNG: Final = 2_000_000_000
"""Nanoseconds. FAT tells two seconds apart, network file systems one."""
MOST_BYTES: Final = 256 * 1024**2
"""Of one file; an audit that would need more is not remembered."""
MOST_FILES: Final = 16
"""Beyond that the oldest are removed."""
MOST_HELD: Final = 64 * 1024**2
"""Bytes of the states of one project that are read before it is known whether they have to be judged."""
_FORMAT: Final = 1
_SUFFIX: Final = ".audit"
_NOT_OURS: Final = 0o022
"""Who may write where the cache lies says what the next audit finds."""


class Unit(NamedTuple):
    """One project, or one file of which no project is known: which states it was judged by, and what was said of them.

    `states` are digests of all that is known of the states without reading them; `named` of the same but their
    versions, and `content` of their bytes. `found` is JSON.
    """

    states: bytes
    named: bytes
    content: bytes
    found: bytes


class Read(NamedTuple):
    """How a state was read: the digests of its bytes, and whether they are what its version names."""

    digests: tuple[str, ...]
    is_sure: bool


class Reading:
    """A state that is read, and what tells afterwards whether it was the one that was listed."""

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self._since = time.time_ns()
        self._versions: list[str] = []
        self._held: list[bytes] = []
        self._digests: list[str] = []

    @property
    def read(self) -> Read:
        """How it has been read."""
        return Read(tuple(self._digests), self._is_sure)

    @property
    def file(self) -> StateFile:
        """The state, whose bytes go through here."""
        return replace(self._file, read=self._read, tags=self._tags if self._file.tags else None)

    @property
    def _is_sure(self) -> bool:
        """Whether what was read is what the version names. One that has no version goes by its bytes alone."""
        if not self._file.version:
            return True
        if self._file.version_now is None:
            return "/".join(self._versions) == self._file.version
        return self._since - self._file.changed > YOUNG and self._file.version_now() == self._file.version

    def hold(self) -> None:
        """Reads it now, for whoever reads it next. Raises StateError."""
        held = [self._seen(self._file.read())]
        if self._file.tags:
            held.append(self._seen(self._file.tags()))
        self._held = held

    def _read(self) -> bytes:
        return self._held[0] if self._held else self._seen(self._file.read())

    def _tags(self) -> bytes:
        return self._held[1] if self._held else self._seen(self._file.tags() if self._file.tags else b"")

    def _seen(self, data: bytes) -> bytes:
        self._versions.append(getattr(data, "version", ""))
        self._digests.append(hashlib.sha256(data).hexdigest())
        return data


class Memory:
    """What is remembered under some terms, and what a run adds to it."""

    def __init__(self, folder: Path, terms: str, *, verify: bool = False) -> None:
        self._file = folder / f"{terms}{_SUFFIX}"
        self.verifies = verify
        self.note = ""
        self._units: dict[bytes, Unit] = {}
        self._names: dict[str, list[str]] = {}
        self._met: dict[bytes, Unit] = {}
        self._named: dict[str, list[str]] = {}
        self._recalled: dict[bytes, tuple[Group, Unit]] = {}
        self._is_changed = False
        self._load()

    def name_of(self, file: StateFile) -> Name | None:
        """Project and stack of a state that has not changed; None where that has to be looked up."""
        known = self._names.get(file.name)
        if not known or self.verifies or not file.version or known[0] != file.version:
            return None
        self._named[file.name] = known
        return Name(*known[1:])

    def named(self, file: StateFile, name: Name) -> None:
        """Keeps what a state's first bytes told, unless it changed meanwhile or just before."""
        is_old = file.version_now is not None and time.time_ns() - file.changed > YOUNG
        if is_old and file.version_now and file.version_now() == file.version:
            self._named[file.name] = [file.version, *name]
            self._is_changed = True

    def recall(self, groups: Iterable[Group]) -> list[Group]:
        """The groups that have to be judged. Of the others it has what was said, for `pour`."""
        left = []
        for group in groups:
            unit = None if self.verifies else self._units.get(key := key_of(group))
            if unit is not None and all(file.version for file in group.files) and unit.states == _states(group):
                self._recalled[key] = group, unit
            else:
                left.append(group)
        return left

    def take_back(self, projects: Iterable[str]) -> list[Group]:
        """The groups of projects of which there turned out to be more: what was said of them is not all."""
        keys = [key for project in projects if (key := _key(f"project {project}")) in self._recalled]
        return [self._recalled.pop(key)[0] for key in keys]

    def take_all(self) -> list[Group]:
        """All groups of which something is remembered, which is then forgotten."""
        groups = [group for group, _ in self._recalled.values()]
        self._recalled.clear()
        self._is_changed = True
        return groups

    def pour(self, tally: Tally) -> int:
        """Adds what was remembered; how many states that are. Raises DamagedError."""
        states = 0
        for key, (group, unit) in self._recalled.items():
            _pour(unit, tally)
            self._met[key] = unit
            states += len(group.files)
        self._recalled.clear()
        return states

    def proved(self, group: Group, readings: Sequence[Reading], tally: Tally) -> bool:
        """Adds what is remembered of states that have the same content, which is read for it; False for others."""
        unit = self._units.get(key_of(group))
        if unit is None or unit.named != _named(group) or sum(map(size_of, group.files)) > MOST_HELD:
            return False
        try:
            for reading in readings:
                reading.hold()
            if unit.content != _content_of(reading.read for reading in readings):
                return False
            _pour(unit, tally)
        except (StateError, DamagedError):
            return False
        return True

    def learn(self, key: bytes, unit: Unit | None) -> None:
        """Keeps what `unit_of` made; None forgets what there was."""
        if unit is not None:
            self._met[key] = unit
        self._is_changed |= unit != self._units.get(key)

    def save(self) -> None:
        """Writes it all down, if there is something new. A cache that cannot be written is none."""
        if not self._is_changed and self._met.keys() == self._units.keys():
            return
        lines = [b"\t".join((key, *unit)) for key, unit in self._met.items()]
        body = b"\n".join([json.dumps(self._named, separators=(",", ":")).encode(), *lines])
        if len(body) > MOST_BYTES:
            self.note = f"what was found is not remembered: it takes more than {MOST_BYTES // 1024**2} MiB"
            return
        head = json.dumps({"format": _FORMAT, "sha256": hashlib.sha256(body).hexdigest()}).encode()
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_ours(self._file.parent.stat()):
                self.note = f"{printable(str(self._file.parent))}: others may write there, so that it is no cache"
                return
            descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=UNFINISHED)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(head + b"\n" + body)
                Path(name).replace(self._file)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            _forget_oldest(self._file.parent)
        except OSError as error:
            self.note = (
                f"{printable(str(self._file.parent))}: cannot be written, so that it is no cache: {error.strerror}"
            )

    def _load(self) -> None:
        try:
            content = _content(self._file)
            if content is not None:
                self._take(content)
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            self._units, self._names = {}, {}
            self.note = f"{printable(str(self._file))}: is damaged, or not ours, and made anew"

    def _take(self, content: bytes) -> None:
        head, _, body = content.partition(b"\n")
        told = json.loads(head)
        if told["format"] != _FORMAT or told["sha256"] != hashlib.sha256(body).hexdigest():
            raise ValueError("damaged")
        names, *lines = body.split(b"\n")
        self._names = json.loads(names)
        for line in lines:
            key, *unit = line.split(b"\t")
            self._units[key] = Unit(*unit)


def unit_of(group: Group, tally: Tally, read: Sequence[Read]) -> Unit | None:
    """What is to be remembered of a group that was judged; None for nothing. `read` is how each of its states was."""
    if any(finding.rule == STATE_READABLE for finding in tally.findings) or tally.outcomes[Outcome.BROKEN]:
        return None
    if not all(one.is_sure for one in read):
        return None
    found = {name: part for name, part in to_json(tally).items() if part}
    written = json.dumps(found, separators=(",", ":")).encode()
    return Unit(_states(group), _named(group), _content_of(read), written)


def key_of(group: Group) -> bytes:
    """What a group is remembered under: its project, or its file where it has none."""
    return _key(f"project {group.project}" if group.project else f"file {group.files[0].name}")


def _key(name: str) -> bytes:
    return _digest([name])


def _states(group: Group) -> bytes:
    """All that is known of the states of a group without reading them: what is said of them depends on it."""
    return _digest(part for file in group.files for part in (file.version, *_place(file)))


def _named(group: Group) -> bytes:
    """The same but for what says whether they have changed."""
    return _digest(part for file in group.files for part in _place(file))


def _place(file: StateFile) -> tuple[str, ...]:
    return file.name, file.project, file.stack, file.locked, str(file.expected), str(file.tags is not None)


def _content_of(read: Iterable[Read]) -> bytes:
    return _digest(digest for one in read for digest in ("", *one.digests))


def _digest(parts: Iterable[str]) -> bytes:
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest().encode()


def _pour(unit: Unit, tally: Tally) -> None:
    """Raises DamagedError."""
    try:
        found = json.loads(unit.found)
    except (ValueError, RecursionError) as error:
        raise DamagedError(str(error)) from None
    add_to(tally, found)


def terms_of(
    rules: Mapping[str, str],
    day: date,
    sources: Sequence[str],
    *,
    keep_passes: bool,
    shard: str = "",
    own_rules: Sequence[Path] = (),
) -> str:
    """Names all that a verdict depends on beside the states."""
    own = [*_modules(file.parent for file in own_rules)] if own_rules else []
    where = hashlib.sha256("\0".join((str(Path.cwd()), *sources)).encode("utf-8", "surrogatepass")).hexdigest()
    terms = [_FORMAT, __version__, _code(), own, dict(rules), str(day), where, keep_passes, shard]
    return hashlib.sha256(json.dumps(terms).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _code() -> list[Any]:
    """What tells that poolgate, Python or a library is another: a checkout changes without its version."""
    folders = [Path(__file__).parents[1], Path(inference_pools.__file__).parent]
    libraries = {path for path in sys.path if path and Path(path).name in ("site-packages", "dist-packages")}
    return [sys.version, *_modules(folders), *(_version(Path(path)) for path in sorted(libraries))]


def _modules(folders: Iterable[Path]) -> Iterator[Any]:
    """Every file of folders, as it may have a say, but what Python and tools make of them."""
    for top in folders:
        for folder, within, names in os.walk(top):
            within[:] = sorted(name for name in within if name != "__pycache__" and not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                yield [str(path), _version(path)]


def _version(path: Path) -> str:
    try:
        return _version_in(path.stat())
    except OSError:
        return ""


def _version_in(status: os.stat_result) -> str:
    """What names a file as it is now: whatever is written there has another one."""
    return f"{status.st_dev}.{status.st_ino}.{status.st_size}.{status.st_mtime_ns}.{status.st_ctime_ns}"


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & _NOT_OURS


def _content(file: Path) -> bytes | None:
    """The bytes of the cache; None where there is none. Raises ValueError for one that may be anybody's."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or not _is_ours(status) or status.st_size > MOST_BYTES * 2:
            raise ValueError("not ours")
        return stream.read()


def _forget_oldest(folder: Path) -> None:
    with suppress(OSError):
        files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[MOST_FILES:]:
            file.unlink(missing_ok=True)
        forget_unfinished(folder)
