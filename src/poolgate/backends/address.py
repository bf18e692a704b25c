"""An address of a backend, taken apart as the engine takes it apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from poolgate.errors import UsageError

_PARAMETER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}", re.ASCII)
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})
"""As Go's strconv.ParseBool has it."""


def refused(parameter: str, scheme: str, known: Iterable[str]) -> str:
    """That an address has no such parameter. What is no name at all is not shown: it may be another address."""
    shown = repr(parameter) if _PARAMETER.fullmatch(parameter) else "what stands behind its `?`"
    return f"{shown} is no parameter of a {scheme}:// address, which may have {', '.join(sorted(known))}"


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """`host` is the bucket, the container, or the server; `path` is without its first slash and decoded."""

    written: str
    scheme: str
    host: str
    path: str
    query: Mapping[str, str]

    @classmethod
    def parse(cls, written: str) -> Address:
        """Raises UsageError for what is no address, and for a parameter that stands there twice."""
        try:
            parts = urlsplit(written)
            query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
            host = parts.hostname or ""
        except ValueError:
            raise UsageError("is no address that can be read", file=written) from None
        twice = next((name for name, values in query.items() if len(values) > 1), None)
        if twice is not None:
            raise UsageError(f"has {twice!r} twice", file=written)
        if parts.fragment:
            raise UsageError("has a `#`, behind which nothing is read: write %23", file=written)
        return cls(
            written, parts.scheme, host, unquote(parts.path.lstrip("/")), {name: v[0] for name, v in query.items()}
        )

    def bucket(self) -> str:
        """The name of the bucket or container. Raises UsageError where there is none, or more than a name."""
        netloc = urlsplit(self.written).netloc
        if not netloc or "@" in netloc or ":" in netloc:
            raise UsageError(f"names no bucket: write {self.scheme}://BUCKET", file=self.written)
        return netloc

    def prefix(self) -> str:
        """What keys begin with, with a slash at its end, or ""."""
        path = self.path.strip("/")
        return f"{path}/" if path else ""

    def only(self, known: Collection[str]) -> None:
        """Raises UsageError for a parameter that is none of these."""
        for name in self.query:
            if name not in known:
                raise UsageError(refused(name, self.scheme, known), file=self.written)

    def text(self, name: str) -> str:
        """A parameter, "" where it is not there."""
        return self.query.get(name, "")

    def flag(self, name: str) -> bool:
        """A parameter that is true or false; false where it is not there. Raises UsageError for other values."""
        value = self.text(name)
        if value in _TRUE:
            return True
        if value and value not in _FALSE:
            raise UsageError(f"{name!r} is neither true nor false", file=self.written)
        return False
