"""Backends that are no folder: buckets and tables, opened by the addresses that the engine takes, and only read.

A bucket may hold a history besides, which is added to; nothing in it is replaced or removed.

An address is translated for the library that reads it, parameter by parameter; one that the engine does not take is
refused by name, so that nothing is asked of another host than the engine would ask. Credentials come from where the
engine has them. No error, name or report has any of them, nor what a server answers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final, NamedTuple, Protocol

from poolgate.backends.address import Address
from poolgate.errors import UsageError, without_credentials


class Entry(NamedTuple):
    """Something that lies in a store. `size` is in bytes, as it lies there or about that; `modified` in seconds.

    `version` names its content: another one has another. It is "" where nothing does.
    """

    key: str
    size: int
    modified: float
    version: str = ""


class Content(bytes):
    """What lies in a store under a name, with the version that it had when it was read."""

    version: str = ""

    @classmethod
    def of(cls, data: bytes, version: str) -> Content:
        """The same bytes, with their version."""
        content = cls(data)
        content.version = version
        return content


class StoreError(Exception):
    """What a store does not give; the message is why, as a clause that can follow a name and has nothing secret."""


class GoneError(StoreError):
    """There is nothing of that name, or no longer."""


class Store(Protocol):
    """A backend's place. `name` is its address as it may be shown, to which a key is added with a slash."""

    name: str

    def list(self, prefix: str) -> Iterator[Entry]:
        """What lies below a prefix that ends in a slash, page by page, by key. Raises StoreError."""

    def read(self, key: str, most: int) -> bytes:
        """The bytes of one, which several threads may ask for. Raises StoreError, also for more than `most`."""


class Bucket(Store, Protocol):
    """A bucket or container that may be added to."""

    def create(self, key: str, data: bytes) -> None:
        """Puts an object there, whole or not at all. Raises StoreError, also where there is another of that name."""

    def may_create(self) -> None:
        """Raises StoreError where no object can be put there. Puts none there to see."""


BUCKETS: Final = ("s3", "azblob", "gs")
"""The schemes of addresses of buckets."""
_SCHEMES: Final[Mapping[str, str]] = {"s3": "s3", "azblob": "azblob", "gs": "gs", "postgres": "postgres"}
"""The module that opens addresses of each scheme."""


def schemes() -> tuple[str, ...]:
    """Those that `open_store` takes."""
    return tuple(_SCHEMES)


def open_store(written: str) -> Store:
    """The store at an address, without asking anything of a server yet, unless for credentials.

    Raises UsageError for an address that the engine would not take, for credentials that are not there, and, with what
    to install, where the library that reads such stores is not.
    """
    store: Store = _opener(address := Address.parse(written))(address)
    return store


def open_bucket(written: str, *, writes: bool) -> Bucket:
    """The bucket at an address; `writes` says that it will be added to. Raises UsageError as `open_store` does."""
    bucket: Bucket = _opener(address := Address.parse(written))(address, writes=writes)
    return bucket


def load_library(written: str) -> None:
    """Imports what reads the store at an address, and opens nothing: a process that forks then does it once for all.

    Raises UsageError as `open_store` does.
    """
    _opener(Address.parse(written))


def _opener(address: Address) -> Callable[..., Any]:
    try:
        open_: Callable[..., Any] = import_module(f"poolgate.backends.{_SCHEMES[address.scheme]}").open_store
        return open_
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "poolgate":
            raise
        message = f"reading it needs {package}, which is not installed: pip install 'poolgate[{address.scheme}]'"
        raise UsageError(message, file=without_credentials(address.written)) from None


class StoreAt:
    """The store at an address, as a value that can be sent to another process: each that reads it opens its own.

    A client has threads and connections, which no fork takes along and no message carries. `written` is the address as
    the user wrote it; nothing shows it.
    """

    __slots__ = ("name", "written")

    def __init__(self, written: str, name: str) -> None:
        self.written = written
        self.name = name

    @classmethod
    def of(cls, written: str) -> StoreAt:
        """Opens it here, by the credentials that there are now. Raises UsageError."""
        _open.pop(written, None)
        return cls(written, _opened(written).name)

    def list(self, prefix: str) -> Iterator[Entry]:
        """As that store does."""
        return _opened(self.written).list(prefix)

    def read(self, key: str, most: int) -> bytes:
        """As that store does."""
        return _opened(self.written).read(key, most)


_open: dict[str, tuple[int, Store]] = {}
"""The stores that were opened, each with the process that did it."""


def _opened(written: str) -> Store:
    process, store = _open.get(written, (0, None))
    if store is None or process != os.getpid():
        store = open_store(written)
        _open[written] = os.getpid(), store
    return store
