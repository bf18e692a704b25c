"""Reads JSON as `json` does, and knows where everything was written.

A policy config is JSON to the engine and to nobody YAML: a trailing comma or a comment, which a YAML reader takes,
makes the engine refuse it.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from poolgate.errors import UsageError
from poolgate.lint.content import MAX_BYTES, content_of
from poolgate.lint.document import MAX_DEPTH, Document, KeyPath, LineColumn, Position, YamlError

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_HALF_A_PAIR: Final = re.compile("[\ud800-\udfff]")
"""No text: neither a report nor a terminal can be given it."""
_DECODER: Final = json.JSONDecoder()
_MOST_DIGITS: Final = 300
_WORDS: Final = (("true", True), ("false", False), ("null", None))


def read_json(file: Path) -> Document:
    """Read a file. Raises YamlError, with the place, for what is no JSON, UsageError when it cannot be read."""
    try:
        content = content_of(file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None
    if len(content) > MAX_BYTES:
        raise YamlError(f"larger than {MAX_BYTES:,} bytes", file=file, position=Position(1, 1))
    if content.startswith(BOM_UTF8):
        raise YamlError("a byte order mark, which JSON does not have", file=file, position=Position(1, 1))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise YamlError("not UTF-8 text", file=file, position=Position(1, 1)) from None
    return parse_json(text, file, content)


def parse_json(text: str, file: Path | None = None, content: bytes | None = None) -> Document:
    """Read a text; `file` is only named in errors. Raises YamlError, with the place, for what is no JSON."""
    return _Reader(text, file).document(content)


class _Reader:
    def __init__(self, text: str, file: Path | None) -> None:
        self._text = text
        self._file = file
        self._at = 0
        self._values: dict[KeyPath, LineColumn] = {}
        self._keys: dict[KeyPath, LineColumn] = {}
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def document(self, content: bytes | None) -> Document:
        value = self._value(())
        self._skip()
        if self._at < len(self._text):
            raise self._error("something stands after the end of the value")
        return Document(value, self._file, (), self._values, self._keys, content=content)

    def _value(self, path: KeyPath) -> Any:
        self._skip()
        if len(path) > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels")
        self._values[path] = self._position(self._at)
        first = self._text[self._at : self._at + 1]
        if first == "{":
            return self._object(path)
        if first == "[":
            return self._array(path)
        return self._string() if first == '"' else self._word()

    def _object(self, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for _ in self._entries("}"):
            start = self._at
            if self._text[start : start + 1] != '"':
                raise self._error("expected a key in double quotes")
            key = self._string()
            if key in result:
                line, _ = self._keys[*path, key]
                raise self._error(f"key '{key}' is already there, in line {line}", start)
            self._keys[*path, key] = self._position(start)
            self._skip()
            if not self._take(":"):
                raise self._error("expected a colon after the key")
            result[key] = self._value((*path, key))
        return result

    def _array(self, path: KeyPath) -> list[Any]:
        result: list[Any] = []
        for _ in self._entries("]"):
            result.append(self._value((*path, len(result))))
        return result

    def _entries(self, end: str) -> Iterator[None]:
        """Stops at the start of each entry of an object or a list; the caller reads it before the next one."""
        self._at += 1
        self._skip()
        if self._take(end):
            return
        while True:
            yield
            self._skip()
            if self._take(end):
                return
            if not self._take(","):
                raise self._error(f"expected a comma or {end}")
            self._skip()
            if self._text[self._at : self._at + 1] == end:
                raise self._error(f"a comma before {end}, which JSON does not have")

    def _string(self) -> str:
        start = self._at
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            problem = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
            raise self._error(problem, error.pos) from None
        if _HALF_A_PAIR.search(value):
            raise self._error("an escape that is no character: one half of a surrogate pair", start)
        return str(value)

    def _word(self) -> Any:
        for word, value in _WORDS:
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return value
        match = _NUMBER.match(self._text, self._at)
        if match is None:
            raise self._error("expected a value; JSON has no comments, and texts stand in double quotes")
        self._at = match.end()
        is_whole = not (match[1] or match[2])
        if len(match[0]) > _MOST_DIGITS or math.isinf(float(match[0])):
            raise self._error("a number too large to be read", match.start())
        return int(match[0]) if is_whole else float(match[0])

    def _take(self, character: str) -> bool:
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    def _skip(self) -> None:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _position(self, at: int) -> Position:
        line = bisect_right(self._line_starts, at)
        return Position(line, at - self._line_starts[line - 1] + 1)

    def _error(self, problem: str, at: int | None = None) -> YamlError:
        return YamlError(problem, file=self._file, position=self._position(self._at if at is None else at))
