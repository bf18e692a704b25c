"""Reads YAML as the Pulumi engine does, and knows where everything was written.

The engine parses with Go's yaml.v3, whose idea of a scalar no Python reader shares: `yes` is a text, `012` is ten,
`10:30` is a text, an unquoted date becomes the text of a timestamp. `exact_yaml` reads every file so; `plain_yaml`
comes first, and reads the files that have nothing special about them, which are most, in a tenth of the time.

Source: pulumi/pulumi `sdk/go/common/workspace/loaders.go` at v3.255.0. A test compares with the engine.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from poolgate.errors import UsageError
from poolgate.lint.plain_yaml import Place, plain_places, read_plain

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value from the root of a document: keys of mappings, indexes of sequences."""

MAX_DEPTH: Final = 100
"""Levels of nesting. Configuration has a handful; the limit keeps hostile files from exhausting the stack."""

MAX_NODES: Final = 200_000
"""Values in a document with every alias written out, so that a few lines of aliases cannot fill the memory."""

MAX_BYTES: Final = 5_000_000
"""Bytes in a file; the largest stack files are some hundreds of kilobytes."""


LONGEST_WAIT: Final = 60.0
"""Seconds that a pipe is given to come to its end. Files that are met in a folder are regular ones."""

_MOST_AT_FIRST: Final = 65_536


class Position(NamedTuple):
    """A place in a file; lines and columns count from 1, columns in characters."""

    line: int
    column: int


class Note(NamedTuple):
    """Something that is no error and yet reads otherwise than it was probably meant."""

    message: str
    position: Position
    path: KeyPath


class YamlError(UsageError):
    """A file that the engine would refuse, or that is too large to be looked at."""

    def __init__(self, problem: str, *, file: Path | str | None, position: Position) -> None:
        self.problem = problem
        self.file = file
        self.position = position
        super().__init__(problem, file=f"{file or '<text>'}:{position.line}:{position.column}")


class Document:
    """The first document of a file: its value, and where each part of it was written.

    The value is made of None, bool, int, float, str, list and dict. Whole floats are ints, as the engine passes
    them on, and timestamps are the text the engine makes of them. `plain` is the text of a plain file, in which places
    are looked up when they are first asked for.
    """

    __slots__ = ("_content", "_keys", "_values", "file", "notes", "plain", "value")

    def __init__(
        self,
        value: Any,
        file: Path | None,
        notes: tuple[Note, ...] = (),
        values: dict[KeyPath, Place] | None = None,
        keys: dict[KeyPath, Place] | None = None,
        *,
        plain: str | None = None,
        content: bytes | None = None,
    ) -> None:
        self.value = value
        self.file = file
        self.notes = notes
        self._values = values
        self._keys = keys
        self.plain = plain
        self._content = content

    @property
    def digest(self) -> str:
        """The SHA-256 of the file's bytes; "" where they did not come from a file."""
        return "" if self._content is None else _digest(self._content)

    def position_of(self, path: Iterable[str | int]) -> Position | None:
        """Where the value at this path begins; None if there is no such value."""
        place = self.values.get(tuple(path))
        return Position(*place) if place else None

    def key_position_of(self, path: Iterable[str | int]) -> Position | None:
        """Where the key at the end of this path begins; None for the root, list items, and what is not there."""
        place = self.keys.get(tuple(path))
        return Position(*place) if place else None

    def nearest_position(self, path: Iterable[str | int]) -> Position:
        """Where the value is, or else the innermost value around the place where it is missing."""
        wanted = tuple(path)
        while wanted and wanted not in self.values:
            wanted = wanted[:-1]
        return Position(*self.values.get(wanted, (1, 1)))

    @property
    def values(self) -> Mapping[KeyPath, Place]:
        """Line and column where each value begins, by its path."""
        if self._values is None:
            self._look_up()
        return self._values or {}

    @property
    def keys(self) -> Mapping[KeyPath, Place]:
        """Line and column where each key begins, by the path that it ends."""
        if self._keys is None:
            self._look_up()
        return self._keys or {}

    def _look_up(self) -> None:
        if self.plain is not None:
            self._values, self._keys = plain_places(self.plain, self.value)


def read_yaml(file: Path) -> Document:
    """Read a file.

    Raises YamlError for what the engine would refuse and for files beyond the limits of this module, UsageError
    when the file cannot be read at all.
    """
    try:
        content = content_of(file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from error
    if len(content) > MAX_BYTES:
        raise YamlError(f"larger than {MAX_BYTES:,} bytes", file=file, position=Position(1, 1))
    return parse_yaml(content, file)


def digest_of(file: Path) -> str:
    """The digest that the Document of a file has; "" if the file cannot be read, or is too large to be."""
    try:
        content = content_of(file)
    except OSError:
        return ""
    return _digest(content) if len(content) <= MAX_BYTES else ""


def _digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def content_of(file: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file, one more than the most if there are more.

    Raises OSError when they cannot be had; a pipe that somebody names is given LONGEST_WAIT seconds to come to its end.
    """
    descriptor = os.open(file, _FLAGS)  # Path.open costs several times as much, and waits for the writer of a pipe
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            return _of_stream(descriptor, mode, most)
        start = os.read(descriptor, _MOST_AT_FIRST)
        if len(start) < _MOST_AT_FIRST:
            return start
        # A buffer of the size of the limit takes longer to come by than most files take to read.
        parts, left = [start], most + 1 - len(start)
        while left > 0 and (part := os.read(descriptor, min(left, _STEP))):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_STEP: Final = 1 << 20


def _of_stream(descriptor: int, mode: int, most: int) -> bytes:
    """What comes out of a pipe or a device until its end, or until there is more than is wanted."""
    import select
    import time

    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    end = time.monotonic() + LONGEST_WAIT
    data = bytearray()
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    while len(data) <= most:
        # Before someone writes, a pipe that is not waited on seems to be at its end.
        if not waiting.poll(max(0, end - time.monotonic()) * 1000):
            raise OSError(errno.ETIMEDOUT, f"has not come to its end within {LONGEST_WAIT:g} seconds")
        part = os.read(descriptor, _STEP)
        if not part:
            break
        data += part
    return bytes(data)


def parse_yaml(content: bytes | str, file: Path | None = None) -> Document:
    """Read a text; `file` is only named in errors. Raises YamlError as `read_yaml` does."""
    read = None if isinstance(content, str) else content
    text = content if isinstance(content, str) else _decode(content, file)
    value = read_plain(text)
    if value is not None:
        return Document(value, file, plain=text, content=read)
    from poolgate.lint.exact_yaml import parse_exactly

    return parse_exactly(text, file, read)


def _decode(content: bytes, file: Path | None) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte order mark says so; nothing else is YAML."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        line = before.count("\n") + 1
        position = Position(line, len(before) - (before.rfind("\n") + 1) + 1)
        raise YamlError(f"not {encoding.upper()} text", file=file, position=position) from None


def scalar_text(value: str | bool | int | float | None) -> str:
    """The text the engine makes of a scalar of the configuration: null is empty, numbers are JSON's as Go spells it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else float_text(value)


def float_text(number: float) -> str:
    """A float as Go's encoding/json writes it: plain from 1e-6 up to 1e21, else with an exponent."""
    if number == 0:
        return "0"
    if 1e-6 <= abs(number) < 1e21:
        from decimal import Decimal

        plain = format(Decimal(repr(number)), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return re.sub(r"e-0(\d)$", r"e-\1", repr(number))
