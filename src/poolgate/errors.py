"""What goes wrong outside the rules, and the exit code each kind of failure has."""

from __future__ import annotations

from pathlib import Path


class PoolgateError(Exception):
    """An internal error: poolgate could not do its own work (exit code 3)."""

    exit_code = 3


class UsageError(PoolgateError):
    """The user's input is at fault (exit code 2); the message names file, line and key where they exist."""

    exit_code = 2

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None, key: str | None = None
    ) -> None:
        place = ":".join(str(part) for part in (file, line) if part is not None)
        parts = [part for part in (place, key, message) if part]
        super().__init__(": ".join(parts))


class NothingMatchedError(PoolgateError):
    """There was nothing to look at (exit code 4): never the same as having found nothing."""

    exit_code = 4
