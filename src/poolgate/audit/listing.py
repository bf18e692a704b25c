"""Which states there are under the paths a user names. Reads no state.

A file is taken as it is. A folder that is a backend (it has `.pulumi/stacks`) gives the current state of each of its
stacks, and neither history, backups, locks nor the copies that lie beside a state. Any other folder is searched for
JSON, plain or compressed; what turns out to be something else is passed over later, by whoever reads it.

Source of the backend's layout: pulumi/pulumi `pkg/backend/diy/{store,state,meta,backend}.go`, v3.255.0.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from poolgate.errors import UsageError

NEWEST_LAYOUT: Final = 1
"""Of a backend, in `.pulumi/meta.yaml`. 0, or no such file, is the layout without folders for projects."""

SKIPPED_FOLDERS: Final = frozenset({"node_modules", "__pycache__"})
"""In a search; with them go hidden folders and Python's virtual environments. They hold much JSON and no state."""

_STATE_NAME: Final = re.compile(r"(?P<stem>.+)\.json(?:\.gz|\.zst)?", re.DOTALL)
_FILE_SCHEME: Final = "file://"
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class StateFile:
    """A file to read. `name` is for people.

    `stack` and `project` are what its place in a backend says, else empty. `expected` is whether it has to be a
    state: it lies in a backend, or the user named it. `unlistable` is why a folder could not be searched: such an
    entry stands for whatever is in it.
    """

    path: Path
    name: str
    stack: str = ""
    project: str = ""
    expected: bool = False
    unlistable: str = ""


def list_states(paths: Sequence[str]) -> list[StateFile]:
    """The states under paths and `file://` addresses: in the order given, each folder's sorted, each file once.

    Raises UsageError for a path that does not exist, another scheme, and a backend of a layout that is not known.
    """
    found: dict[str, StateFile] = {}
    folders: dict[Path, str] = {}
    for path in paths:
        for state in _states_at(path):
            key = _real_in(state.path, folders)
            known = found.setdefault(key, state)
            if state.expected and not known.expected:
                found[key] = replace(known, expected=True)
    return list(found.values())


def _states_at(written: str) -> Iterator[StateFile]:
    path = _local_path(written)
    try:
        is_folder = path.is_dir()
        exists = path.exists()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=written) from None
    if not exists:
        raise UsageError("does not exist", file=written)
    if is_folder:
        yield from _in_folder(path)
    else:
        yield StateFile(path, str(path), expected=True)


def _local_path(written: str) -> Path:
    """The path that is written, or that Pulumi takes a `file://` address for (`file://~/states`, `file://.`)."""
    if written.startswith(_FILE_SCHEME):
        path = unquote(written.removeprefix(_FILE_SCHEME).partition("?")[0])
        try:
            return Path(path).expanduser()
        except RuntimeError as error:
            raise UsageError(str(error), file=written) from None
    if _SCHEME.match(written):
        raise UsageError("only files, folders and file:// addresses can be audited", file=written)
    return Path(written)


def _in_folder(folder: Path) -> Iterator[StateFile]:
    """The states in a folder named by the user, whatever part of a backend it is, if any."""
    here = Path(_real(folder))
    if here.parent.name == "stacks" and here.parent.parent.name == ".pulumi":
        _refuse_newer_layout(here.parent.parent)
        yield from _stacks_in(folder, project=here.name)
    elif here.name == "stacks" and here.parent.name == ".pulumi":
        yield from _in_backend(folder)
    elif here.name == ".pulumi" and (folder / "stacks").is_dir():
        yield from _in_backend(folder / "stacks")
    else:
        yield from _search(folder)


def _search(top: Path) -> Iterator[StateFile]:
    """Each folder's files before its folders. A backend met on the way is taken as one."""
    pending = [top]
    seen: set[tuple[int, int]] = set()
    while pending:
        folder = pending.pop()
        identity = _identity(folder)
        if identity in seen:
            continue  # A link to a folder above would otherwise be followed for ever.
        seen.add(identity)
        if _is_folder(folder / ".pulumi" / "stacks"):
            yield from _in_backend(folder / ".pulumi" / "stacks")
            continue
        listing = _list(folder)
        if isinstance(listing, StateFile):
            yield listing
            continue
        if "pyvenv.cfg" in listing:
            continue
        yield from (StateFile(folder / name, str(folder / name)) for name in listing if _may_be_state(folder / name))
        pending += reversed([folder / name for name in listing if _is_searched(folder / name)])


def _is_searched(path: Path) -> bool:
    return not path.name.startswith(".") and path.name not in SKIPPED_FOLDERS and _is_folder(path)


def _may_be_state(path: Path) -> bool:
    """A link to nowhere may be one: that it cannot be read is said when it is tried. A pipe would be waited on."""
    return bool(_STATE_NAME.fullmatch(path.name)) and (_is_file(path) or path.is_symlink()) and not _is_folder(path)


def _in_backend(stacks: Path) -> Iterator[StateFile]:
    """The current state of every stack in a backend, those in the old layout first."""
    _refuse_newer_layout(Path(_real(stacks)).parent)
    yield from _stacks_in(stacks, project="")
    listing = _list(stacks)
    if not isinstance(listing, StateFile):
        for name in listing:
            if _is_folder(stacks / name):
                yield from _stacks_in(stacks / name, project=name)


def _stacks_in(folder: Path, project: str) -> Iterator[StateFile]:
    """One state a stack: where it is there in several compressions Pulumi reads the newest, the last when equal."""
    listing = _list(folder)
    if isinstance(listing, StateFile):
        yield replace(listing, project=project)
        return
    newest: dict[str, Path] = {}
    for name in listing:
        match = _STATE_NAME.fullmatch(name)
        if match and _may_be_state(folder / name):
            best = newest.setdefault(match["stem"], folder / name)
            if _modified(folder / name) >= _modified(best):
                newest[match["stem"]] = folder / name
    for stack in sorted(newest):
        yield StateFile(newest[stack], str(newest[stack]), stack=stack, project=project, expected=True)


def _refuse_newer_layout(bookkeeping: Path) -> None:
    """Raises UsageError where Pulumi would refuse the backend too: its states may lie anywhere."""
    meta = bookkeeping / "meta.yaml"
    if not _is_file(meta):
        return
    import yaml

    try:
        content = yaml.safe_load(meta.read_bytes())
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise UsageError(f"cannot be read: {' '.join(str(error).split())}", file=meta) from None
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise UsageError("is no whole number", file=meta, key="version")
    if version > NEWEST_LAYOUT:
        raise UsageError(f"is {version}, a layout newer than what is read ({NEWEST_LAYOUT})", file=meta, key="version")


def _list(folder: Path) -> list[str] | StateFile:
    """The sorted names in a folder, or the entry that says why there are none to be had."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths, are what is wanted
    except OSError as error:
        return StateFile(folder, str(folder), expected=True, unlistable=error.strerror or str(error))


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


def _real(path: Path) -> str:
    return os.path.realpath(path)  # Unlike Path.resolve it takes a link that leads to itself.


def _real_in(path: Path, folders: dict[Path, str]) -> str:
    """The same, of one of many files in a folder, whose real path is looked up once."""
    if path.name in ("", "..") or path.is_symlink():
        return _real(path)
    folder = path.parent
    if folder not in folders:
        folders[folder] = _real(folder)
    return os.path.join(folders[folder], path.name)  # noqa: PTH118 - a key, compared with those of `_real`


def _identity(folder: Path) -> tuple[int, int]:
    """What two names of one folder have in common."""
    try:
        status = folder.stat()
    except OSError:
        return (-1, hash(folder))
    return status.st_dev, status.st_ino


def _modified(path: Path) -> int:
    """In nanoseconds; 0 where it cannot be told."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
