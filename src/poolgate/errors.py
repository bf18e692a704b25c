"""What goes wrong outside the rules, and the exit code each kind of failure has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from inference_pools.levels import printable

_ADDRESS: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(?P<slashes>/{1,3})(?P<rest>.*)", re.DOTALL)
_QUOTED_ADDRESS: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]+:/[^\s'\"]*")
_ASSIGNMENT: Final = re.compile(
    r"((?:^|[?&;\s])[a-z_-]{0,20}(?:pass|pwd|secret|token|key|sig|credential)[a-z_-]{0,20}\s?=\s?)[^&;\s]+",
    re.IGNORECASE,
)
_HIDDEN: Final = "***"


class PoolgateError(Exception):
    """An internal error: poolgate could not do its own work (exit code 3)."""

    exit_code = 3


class UsageError(PoolgateError):
    """The user's input is at fault (exit code 2); the message names file, line and key where they exist."""

    exit_code = 2

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None, key: str | None = None
    ) -> None:
        name = None if file is None else printable(without_credentials(str(file)))
        place = ":".join(str(part) for part in (name, line) if part is not None)
        parts = [part for part in (place, printable(key or ""), message) if part]
        super().__init__(": ".join(parts))


class NothingMatchedError(PoolgateError):
    """There was nothing to look at (exit code 4): never the same as having found nothing."""

    exit_code = 4


def without_credentials(name: str) -> str:
    """A path or an address as it may be shown: `postgres://***@db.example.com/state?***`.

    Users give addresses where paths are expected, and the other way round; a log must not keep what stands in them.
    Of an address go whoever it is opened as, up to the last `@` that there is, since a password may hold any
    character, and all parameters. Of any other text goes what reads as a password. An ordinary path stays as it is.
    """
    address = _ADDRESS.fullmatch(name)
    if not address:
        before, at, after = name.rpartition("@")
        user, colon, _ = before.partition(":")
        return _ASSIGNMENT.sub(rf"\1{_HIDDEN}", f"{user}:{_HIDDEN}@{after}" if at and colon else name)
    user, at, rest = address["rest"].rpartition("@")
    place = re.match(r"[^?#;]*[?#;]?", rest)[0]  # type: ignore[index]  # it matches anything
    hidden = _HIDDEN if len(place) < len(rest) else ""
    return f"{address['scheme']}:{address['slashes']}{_HIDDEN if user else ''}{at}{place}{hidden}"


def without_credentials_within(message: str) -> str:
    """A sentence that quotes what a user wrote, with its addresses as they may be shown."""
    return _QUOTED_ADDRESS.sub(lambda address: without_credentials(address[0]), message)
