"""A history in a bucket: its files are put there where none of that name is, and fetched to be read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, TypeVar

from inference_pools.levels import printable
from poolgate.backends import BUCKETS, Bucket, Entry, StoreError, open_bucket
from poolgate.backends.threads import Threads, result_of
from poolgate.errors import UsageError
from poolgate.forked import can_fork, elsewhere, has_threads

if TYPE_CHECKING:
    from concurrent.futures import Future

_Answer = TypeVar("_Answer")

AT_ONCE: Final = 16
"""Files that are fetched at a time."""
HELD: Final = 64 * 1024**2
"""Bytes of them that are held at a time."""
MOST: Final = 256 * 1024**2
"""Bytes of one. That of an audit with 10,000 findings has 58,000."""


def is_bucket(written: str) -> bool:
    """Whether this is the address of a bucket."""
    scheme, is_address, _ = written.partition("://")
    return bool(is_address) and scheme in BUCKETS


def refuse_unwritable(written: str) -> None:
    """Raises UsageError for a bucket that no audit can be added to: that is to be known before one takes a night.

    It is asked by a process of its own, since what follows may fork, which clients of networks do not survive.
    """

    def ask() -> str:
        bucket = open_bucket(written, writes=True)
        try:
            bucket.may_create()
        except StoreError as error:
            return f"{printable(bucket.name)}: {_NOT_ADDED}{error}"
        return ""

    if why := _apart(ask):
        raise UsageError(why)


def has_any(written: str, is_wanted: Callable[[str], bool]) -> bool:
    """Whether a bucket has a file of a wanted name; False where it may not be listed. Asked as the above is."""

    def ask() -> bool:
        try:
            entries = open_bucket(written, writes=False).list("")
            return any("/" not in entry.key and is_wanted(entry.key) for entry in entries)
        except StoreError:
            return False

    return _apart(ask)


def _apart(ask: Callable[[], _Answer]) -> _Answer:
    return elsewhere(ask, of="history") if can_fork() and not has_threads() else ask()


def put(written: str, file: Path) -> None:
    """Adds a file, under its name. Raises UsageError where it cannot be."""
    bucket = open_bucket(written, writes=True)
    try:
        bucket.create(file.name, file.read_bytes())
    except StoreError as error:
        raise UsageError(f"{_NOT_ADDED}{error}", file=bucket.name) from None


_NOT_ADDED: Final = "no audit can be added to this history: "


@contextmanager
def fetched(written: str, is_wanted: Callable[[str], bool]) -> Iterator[tuple[Path, str]]:
    """A folder with the files of a history, for as long as it is read, and what the bucket is called.

    So many are fetched at a time, however many there are. Raises UsageError for a bucket that cannot be read.
    """
    bucket = open_bucket(written, writes=False)
    with TemporaryDirectory(prefix="poolgate-history-") as name:
        folder = Path(name)
        try:
            _fetch_all(bucket, folder, is_wanted)
        except StoreError as error:
            raise UsageError(f"cannot be read: {error}", file=bucket.name) from None
        yield folder, bucket.name


def _fetch_all(bucket: Bucket, folder: Path, is_wanted: Callable[[str], bool]) -> None:
    threads = Threads(AT_ONCE)
    waiting: deque[tuple[Future[None], int]] = deque()
    held = 0
    try:
        for entry in bucket.list(""):
            if "/" in entry.key or not is_wanted(entry.key):
                continue
            while waiting and (len(waiting) >= AT_ONCE or held + entry.size > HELD):
                held -= _first(waiting)
            waiting.append((threads.begin(partial(_fetch, bucket, entry, folder)), entry.size))
            held += entry.size
        while waiting:
            _first(waiting)
    finally:
        for future, _ in waiting:
            future.cancel()
        threads.end()


def _first(waiting: deque[tuple[Future[None], int]]) -> int:
    """Waits for the first of them, and says of how many bytes it is."""
    future, size = waiting.popleft()
    result_of(future)
    return size


def _fetch(bucket: Bucket, entry: Entry, folder: Path) -> None:
    try:
        (folder / entry.key).write_bytes(bucket.read(entry.key, MOST))
    except StoreError as error:
        raise StoreError(f"{printable(entry.key)}: {error}") from None
