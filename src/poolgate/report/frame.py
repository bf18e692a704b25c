"""The line of a file that a finding is about, with a caret under the place. Never one that may hold a secret."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from poolgate.findings import Location

_GZIP: Final = b"\x1f\x8b"
HIDDEN: Final = "[line not shown, for it may hold a secret]"

_WIDEST: Final = 110
_LONGEST_TOKEN: Final = 500
"""Characters of a line that are shown; of a longer one, those around the place."""
_LARGEST: Final = 5_000_000
_TAB: Final = " " * 4
# As YAML counts lines, and Python files have no others.
_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_TOKEN: Final = re.compile(
    r"""(?x) "(?:\\.|[^"\\])*" | '(?:''|[^'])*'      # what is quoted, with its quotes
    | (?!\{)[\w.:/@{}$%+~=*&!-]*[\w/@{}$%+~=*&!-]            # a word, without the colon after a key
    | ."""
)
# What stands between a colon or dash and the end, a comment, a comma; or before the colon after a key.
_YAML_TOKEN: Final = re.compile(r"[^\s#,\[\]{}:()='\"](?:[^#,\[\]{}()='\"]*?[^\s,])??(?=\s*$|\s+#|\s*[,\]}]|:\s|:$)")
_SECURE: Final = re.compile(r"""(?:^|[\s{,\[-])["']?secure["']?\s*:(?P<rest>.*)""")
# A key begins where something else has ended: else each letter of a long word would be tried as the first of one.
_PAIR: Final = re.compile(
    r"""(?<![^\s"'{}\[\],])(?P<key>[^\s"'{}\[\],]+?)["']?\s*(?::(?:\s|(?=["'\[{]))|=)\s*(?P<value>[^,}\]]+)"""
)
_NAMING: Final = re.compile(r"""(?:^|[\s{,-])["']?(?:name|key)["']?\s*[:=]\s*["']?(?P<name>[\w.:-]+)""")
_PEM_BEGIN: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_PEM_END: Final = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")


def code_frame(
    text: str,
    line: int,
    column: int | None = None,
    length: int | None = None,
    *,
    context: int = 0,
    is_private: bool = False,
) -> list[str]:
    """The lines to show for a place in a text: the line with its number, and carets under it.

    Lines and columns count from 1, columns in characters, and so does `length`; without it the carets go to the end
    of the word. `context` is how many lines are shown before it. A line that may hold a secret is not shown, and has
    no carets; `is_private` says so of a line that does not look like it. Nothing comes back for a place that is not
    in the text.
    """
    lines = _lines(text)
    if not 1 <= line <= len(lines):
        return []
    gutter = len(str(line))
    frame: list[str] = []
    for number in range(max(1, line - context), line):
        frame.append(f"{number:>{gutter}} | {_told(text, number)}".rstrip())
    written = lines[line - 1]
    if is_private or _is_hidden(text, line):
        return [*frame, f"{line} | {_indented(written)}"]
    shown, before, marked = _window(written, column, length)
    frame.append(f"{line} | {shown}".rstrip())
    if column is not None:
        frame.append(f"{' ' * gutter} | {' ' * before}{'^' * marked}")
    return frame


def frame_of(place: Location, *, color: bool = False) -> Iterator[str]:
    """The frame of a place in a file; nothing where the file cannot be read, or the place is not in it."""
    text = _text(str(Path(place.file).absolute())) if place.is_shown else None
    frame = code_frame(text, place.line, place.column, is_private=place.is_private) if text is not None else []
    for number, line in enumerate(frame):
        bar, _, rest = line.partition(" | ")
        is_carets = number == len(frame) - 1 and number > 0
        yield f"\x1b[2m{bar} |\x1b[0m \x1b[{'1;31' if is_carets else '0'}m{rest}\x1b[0m" if color else line


def word_at(place: Location) -> str | None:
    """What is written at a place, without its quotes; None where it may be a secret, or cannot be read."""
    text = _text(str(Path(place.file).absolute()))
    if text is None or place.column is None or place.is_private or not 1 <= place.line <= len(_lines(text)):
        return None
    if _is_hidden(text, place.line):
        return None
    line, at = _lines(text)[place.line - 1], place.column - 1
    return line[at : at + _length(line, at)].strip("\"'")


def masked(text: str, private: Iterable[int] = ()) -> str:
    """The text with HIDDEN in place of every line that may hold a secret.

    `private` are the numbers of lines that do, though they do not look like it.
    """
    lines = _lines(text)
    hidden = {below for number in private for below in (number, *_continued(lines, number, is_open=False))}
    return "\n".join(
        _indented(line) if line.strip() and (number in hidden or _is_hidden(text, number)) else line
        for number, line in enumerate(lines, 1)
    )


def _told(text: str, number: int) -> str:
    line = _lines(text)[number - 1]
    return _indented(line) if _is_hidden(text, number) else _printable(line)[:_WIDEST]


def _indented(line: str) -> str:
    """HIDDEN where the line was."""
    return line[: len(line) - len(line.lstrip())].expandtabs(4) + HIDDEN


@lru_cache(maxsize=64)
def _text(file: str) -> str | None:
    try:
        path = Path(file)
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    if content.startswith(_GZIP):
        return None  # its lines are those of what it expands to
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return content.decode(encoding, "replace")


@lru_cache(maxsize=8)
def _lines(text: str) -> Sequence[str]:
    if text.isascii() and "\r" not in text:
        return text.split("\n")
    return _BREAK.split(text.removeprefix("\ufeff"))


def _window(line: str, column: int | None, length: int | None) -> tuple[str, int, int]:
    """The part of a line to show, and where the carets go, in columns of a terminal."""
    at = min((column or 1) - 1, len(line))
    if length is None:
        length = _length(line, at)
    start = 0 if at + length <= _WIDEST else max(0, at - _WIDEST // 3)
    end = min(len(line), start + _WIDEST)
    head, tail = "…" if start else "", "…" if end < len(line) else ""
    shown = _printable(line[start:end])
    before = _width(head + _printable(line[start:at]))
    marked = max(1, _width(_printable(line[at : min(at + length, end)])))
    return head + shown + tail, before, marked


def _length(line: str, at: int) -> int:
    """Characters of the word that begins at an index of a line."""
    match = _YAML_TOKEN.match(line, at, at + _LONGEST_TOKEN) or _TOKEN.match(line, at, at + _LONGEST_TOKEN)
    return len(match[0]) if match else 1


def _printable(text: str) -> str:
    spaced = text.replace("\t", _TAB)
    if spaced.isprintable():
        return spaced
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in spaced)


def _width(text: str) -> int:
    """Columns that a terminal needs for a text."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


# ---------------------------------------------------------------------------------------------------------------
# What is not shown
# ---------------------------------------------------------------------------------------------------------------


def _is_hidden(text: str, number: int) -> bool:
    """Whether a line may hold a secret: an encrypted one, or what looks like one in clear."""
    lines = _lines(text)
    return bool(lines[number - 1].strip()) and (number in _encrypted(text) or _is_secret(lines, number))


@lru_cache(maxsize=8)
def _encrypted(text: str) -> frozenset[int]:
    """The numbers of the lines with values under `secure`, and with private keys."""
    if "secure" not in text and "PRIVATE KEY" not in text:
        return frozenset()
    lines = _lines(text)
    found = set(_private_keys(lines))
    for number, line in enumerate(lines, 1):
        if number not in found and (match := _SECURE.search(line)):
            found |= {number, *_continued(lines, number, is_open=not match["rest"].strip())}
    return frozenset(found)


def _continued(lines: Sequence[str], number: int, *, is_open: bool) -> Iterator[int]:
    """The lines below that belong to a value: those indented deeper, and the next one where the value is to come."""
    indent = _indent(lines[number - 1])
    for below in range(number + 1, len(lines) + 1):
        line = lines[below - 1]
        if line.strip() and _indent(line) <= indent and not is_open:
            return
        is_open = is_open and not line.strip()
        yield below


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _private_keys(lines: Sequence[str]) -> Iterator[int]:
    is_inside = False
    for number, line in enumerate(lines, 1):
        is_inside = is_inside or bool(_PEM_BEGIN.search(line))
        if is_inside:
            yield number
        is_inside = is_inside and not _PEM_END.search(line)


def _is_secret(lines: Sequence[str], number: int) -> bool:
    """Whether there is something in a line that has the format of a secret, or goes by the name of one."""
    from inference_pools.plaintext_secrets import kind_of_secret

    line = lines[number - 1]
    if kind_of_secret(line.strip()):
        return True
    for match in _PAIR.finditer(line):
        key, value = match["key"].rpartition(":")[2], match["value"].strip().strip("\"'")
        names = [key, *(_names_around(lines, number) if key == "value" else ())]
        if any(kind_of_secret(value, name) for name in names):
            return True
    return False


def _names_around(lines: Sequence[str], number: int) -> list[str]:
    """What a value is called in a pair of name and value, on the same line or beside it."""
    around = lines[max(0, number - 2) : number + 1]
    return [match["name"] for line in around for match in _NAMING.finditer(line)]
