"""Backends that are no folder: buckets and tables, opened by the addresses that the engine takes, and only read.

An address is translated for the library that reads it, parameter by parameter; one that the engine does not take is
refused by name, so that nothing is asked of another host than the engine would ask. Credentials come from where the
engine has them. No error, name or report has any of them, nor what a server answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Final, NamedTuple, Protocol

from poolgate.backends.address import Address
from poolgate.errors import UsageError, without_credentials


class Entry(NamedTuple):
    """Something that lies in a store. `size` is in bytes, as it lies there or about that; `modified` in seconds."""

    key: str
    size: int
    modified: float


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
    address = Address.parse(written)
    try:
        open_: Callable[[Address], Store] = import_module(f"poolgate.backends.{_SCHEMES[address.scheme]}").open_store
        return open_(address)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "poolgate":
            raise
        message = f"reading it needs {package}, which is not installed: pip install 'poolgate[{address.scheme}]'"
        raise UsageError(message, file=without_credentials(written)) from None
