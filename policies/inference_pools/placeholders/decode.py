"""Undoes URL, HTML, JSON and Markdown escapes, and remembers where each character came from."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from inference_pools.placeholders.patterns import pattern

_HTML: Final = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " ", "amp": "&"}

# `(?:25)*` and `(?:amp;)*` undo any depth of double encoding in one step.
_ESCAPE: Final = pattern(
    r"(?P<url>(?:%(?:25)*[0-9A-Fa-f]{2})+)"
    r"|&(?:amp;)*(?P<html>lt|gt|quot|apos|nbsp|amp|\#[0-9]{1,6}|\#[xX][0-9A-Fa-f]{1,5});"
    r"|\\u(?P<unicode>[0-9A-Fa-f]{4})"
    r"|\\(?P<markdown>[<>{}\[\]_*$%#])"
)
_URL_BYTE: Final = pattern(r"%(?:25)*([0-9A-Fa-f]{2})")

# Each pass undoes one kind of nesting; text that still changes after so many was not written by a person.
_PASSES: Final = 8


class Decoded(NamedTuple):
    """A text without escapes, and the places of its characters in the text it was written as."""

    raw: str
    text: str
    spans: tuple[tuple[int, int], ...] | None = None
    """For each character of `text`, where it stands in `raw`; None where both are the same."""

    def written(self, start: int, end: int) -> str:
        """The part of the raw text that became `text[start:end]`."""
        if self.spans is None or start >= end:
            return self.raw[start:end]
        return self.raw[self.spans[start][0] : self.spans[end - 1][1]]


def decode(raw: str) -> Decoded:
    """The text without its escapes; a text that has none is returned as it is."""
    if "%" not in raw and "&" not in raw and "\\" not in raw:
        return Decoded(raw, raw)
    text = raw
    spans = [(index, index + 1) for index in range(len(raw))]
    for _ in range(_PASSES):
        decoded, decoded_spans = _pass(text, spans)
        if decoded == text:
            return Decoded(raw, text, tuple(spans)) if text != raw else Decoded(raw, raw)
        text, spans = decoded, decoded_spans
    return Decoded(raw, raw)


def _pass(text: str, spans: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    pieces: list[str] = []
    kept: list[tuple[int, int]] = []
    last = 0
    for match in _ESCAPE.finditer(text):
        start, end = match.span()
        pieces.append(text[last:start])
        kept += spans[last:start]
        for part_start, part_end, characters in _characters(match):
            pieces.append(characters)
            kept += [(spans[part_start][0], spans[part_end - 1][1])] * len(characters)
        last = end
    pieces.append(text[last:])
    kept += spans[last:]
    return "".join(pieces), kept


def _characters(match: re.Match[str]) -> list[tuple[int, int, str]]:
    """What an escape stands for, in parts; an escape for nothing printable stays as it is."""
    start, end = match.span()
    if match["url"]:
        parts = [(byte.start() + start, byte.end() + start, byte[1]) for byte in _URL_BYTE.finditer(match["url"])]
        if all(int(code, 16) < 0x80 for *_, code in parts):
            return [(a, b, _printable(int(code, 16)) or match.string[a:b]) for a, b, code in parts]
        try:
            decoded = bytes(int(code, 16) for *_, code in parts).decode()
        except UnicodeDecodeError:
            decoded = ""
        return [(start, end, decoded if decoded.isprintable() and decoded else match[0])]
    if name := match["html"]:
        code = int(name[2:], 16) if name[1] in "xX" else int(name[1:]) if name[0] == "#" else None
        return [(start, end, _HTML[name] if code is None else _printable(code) or match[0])]
    if unicode := match["unicode"]:
        return [(start, end, _printable(int(unicode, 16)) or match[0])]
    return [(start, end, match["markdown"])]


def _printable(code: int) -> str | None:
    character = chr(code)  # `_ESCAPE` matches too few digits for a code beyond the last.
    return character if character.isprintable() else None
