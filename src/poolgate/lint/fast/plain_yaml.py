"""Reads the plain part of YAML, which most stack files are written in, and leaves everything else alone.

A file is plain when each of its lines is one of: nothing, a comment, `key: value`, `key:`, `- value`, `- key: value`;
keys and values being of forms that no reader of YAML disagrees about. Anchors, tags, block texts, escapes, dates,
octal numbers, tabs, further documents, letters beyond ASCII (but for comments): one of those, and the file is not
plain. For a plain file the value and the places are those that `yaml_reader` finds with libyaml, in a tenth of the
time; a differential test holds the two together. There is no error here: what is not read, is not plain.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from poolgate.lint.document import KeyPath, Places

LONGEST: Final = 200_000
"""Characters in a file that is still looked at; a longer one may break the limits of `yaml_reader`."""

_DEEPEST: Final = 50
_MOST_REMEMBERED: Final = 50_000

# Words that begin with a letter and are no text, and what they are.
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL"), None),
}
_INNER: Final = r"[\w./@+=,()-]"  # what may stand anywhere in a text without quotes
_QUOTED: Final = r""""[ !#-\[\]-~]*"|'[ -&(-~]*'"""
_NUMBER: Final = r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?"
_ITEM: Final = rf"(?:{_QUOTED}|{_NUMBER}|[A-Za-z_][\w.-]*)"
# What begins with digits and goes on with a letter is a text, but for exponents and for what begins with a zero.
# Possessive, which takes a third of the time: what is taken is followed by nothing that it could have been. Blanks are,
# too: else a line of blanks that ends in something else would be divided among three parts in every way there is.
_PLAIN: Final = rf"(?:[A-Za-z_/]|[1-9][0-9]{{0,20}}[A-DF-Za-df-z])(?:{_INNER}++|:(?={_INNER})|[ ]++(?={_INNER}))*+"
_TEXT: Final = re.compile(_PLAIN, re.ASCII)
_LINE: Final = re.compile(
    rf"""
    (?P<indent>[ ]*+)
    (?P<dash>-[ ]++)?
    (?:(?P<key>[A-Za-z_][\w./-]{{0,200}}(?::[\w./-]{{1,200}}){{0,3}}):(?=[ ]|$))?
    (?P<gap>[ ]*+)
    (?:
        (?P<text>{_PLAIN})
      | (?P<number>{_NUMBER})
      | (?P<quoted>{_QUOTED})
      | (?P<guid>[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})
      | (?P<list>\[[ ]*(?:{_ITEM}(?:[ ]*,[ ]*{_ITEM})*[ ]*)?\])
      | (?P<object>\{{[ ]*\}})
    )?
    [ ]*+(?:(?:^|(?<=[ ]))\#[\t -~]*)?
    """,
    re.VERBOSE | re.ASCII,
)
_ITEMS: Final = re.compile(_ITEM, re.ASCII)
# In comments there may be letters beyond ASCII. A large set is slow to compile, and most files do without.
_COMMENT: Final = r"[\t -~\u00a1-\u1fff\u3001-\ud7ff]*"


class _Line(NamedTuple):
    """What a line says. `inner` is the indent of what follows a dash, 0 without one."""

    indent: int
    inner: int
    key: str | None
    value: Any
    column: int


class _Nothing:
    """Stands for the value of a key that has none on its line."""


_NOTHING: Final = _Nothing
_BLANK: Final = _Line(-1, 0, None, None, 0)
_lines: dict[str, _Line | None] = {}
_heads: dict[str, _Line] = {}


def read_plain(text: str) -> Any:
    """The value of a plain text, an object; None if it is not plain or holds nothing."""
    if len(text) > LONGEST:
        return None
    if len(_lines) > _MOST_REMEMBERED:
        _lines.clear()
        _heads.clear()
    root: dict[str, Any] = {}
    top: Any = root
    level, pending = 0, None
    around: list[tuple[int, Any]] = []
    known = _lines.get
    for line in text.removeprefix("---\n").split("\n"):
        said = known(line) or _scan(line)
        if said is None:
            return None
        indent, inner, key, value, _ = said
        if indent < 0:
            continue
        if pending is not None:
            if indent > level or (inner and indent == level):
                around.append((level, top))
                top[pending] = top = [] if inner else {}
                level = indent
                if len(around) > _DEEPEST:
                    return None
            pending = None
        if indent != level:
            while indent < level:
                level, top = around.pop()
            if indent != level:
                return None
        if inner:
            if top.__class__ is not list:
                return None
            if key is None:
                top.append(value.copy() if value.__class__ in (list, dict) else value)
                continue
            around.append((level, top))
            inside: dict[str, Any] = {}
            top.append(inside)
            top, level = inside, inner
        elif top.__class__ is list:
            # A list may stand as far left as the key it belongs to.
            level, top = around.pop()
            if indent != level or top.__class__ is list:
                return None
        if key is None or key in top:
            return None
        if value is _NOTHING:
            top[key], pending = None, key
        else:
            top[key] = value.copy() if value.__class__ in (list, dict) else value
    return root or None


def _scan(line: str) -> _Line | None:
    """What a line says, by way of its two halves: keys are the same in file after file, texts are simple."""
    head, colon, text = line.partition(": ")
    start = _heads.get(head) if colon else None
    if start is not None and _TEXT.fullmatch(text) and text not in _WORDS:
        said: _Line | None = _Line(start.indent, start.inner, start.key, text, len(head) + 3)
    else:
        said = _said(line)
        if said is not None and said.key is not None and colon and line.startswith(said.key, len(head) - len(said.key)):
            _heads[head] = said
    _lines[line] = said
    return said


def _said(line: str) -> _Line | None:
    match = _LINE.fullmatch(line)
    if match is None and not line.isascii():
        head, mark, comment = line.partition("#")
        match = _LINE.fullmatch(head + mark) if mark and re.fullmatch(_COMMENT, comment) else None
    if match is None:
        return None
    indent, dash, key = len(match["indent"]), match["dash"], match["key"]
    kind = match.lastgroup or "gap"
    if kind == "gap":
        if key is None:
            return None if dash else _BLANK
        value: Any = _NOTHING
    elif key and not match["gap"]:
        return None
    else:
        value = _VALUES[kind](match[kind])
    if key in _WORDS:
        return None
    column = match.end("gap") if value is not _NOTHING else match.end("key") + 1
    return _Line(indent, indent + len(dash) if dash else 0, key, value, column + 1)


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _item(text: str) -> Any:
    if text[0] in "\"'":
        return text[1:-1]
    if text[0] in "-0123456789":
        return _number(text)
    return _WORDS.get(text, text)


_VALUES: Final[dict[str, Any]] = {
    "text": lambda text: _WORDS.get(text, text),
    "number": _number,
    "quoted": lambda text: text[1:-1],
    "guid": str,
    "list": lambda text: [_item(item) for item in _ITEMS.findall(text)],
    "object": lambda text: {},
}


def plain_places(text: str, value: Any) -> tuple[Places, Places]:
    """Where the values and the keys of a plain text were written; `value` is what `read_plain` made of it."""
    said = [
        (number, line, _lines.get(line) or _said(line))
        for number, line in enumerate(text.split("\n"), 1)
        if not (number == 1 and line == "---")
    ]
    places = _Places([(number, line, found) for number, line, found in said if found and found.indent >= 0])
    places.walk(value, ())
    return places.values, places.keys


class _Places:
    """Goes through a value and its lines side by side: both are in the same order."""

    def __init__(self, lines: list[tuple[int, str, _Line]]) -> None:
        self.values: Places = {}
        self.keys: Places = {}
        self._lines = lines
        self._next = 0

    def walk(self, value: Any, path: KeyPath) -> None:
        """An object or a list in block style, which begins where its first line does."""
        number, _, said = self._lines[self._next]
        inside_item = bool(path) and isinstance(path[-1], int)
        self.values[path] = (number, (said.inner if inside_item else said.indent) + 1)
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            self._entry(inner, (*path, step))

    def _entry(self, value: Any, path: KeyPath) -> None:
        number, line, said = self._lines[self._next]
        if isinstance(path[-1], str):
            self.keys[path] = (number, (said.inner or said.indent) + 1)
        elif said.key is not None:
            self.walk(value, path)
            return
        self._next += 1
        if said.value is _NOTHING and value is not None:
            self.walk(value, path)
            return
        self.values[path] = (number, said.column)
        if isinstance(value, list):
            for index, match in zip(range(len(value)), _ITEMS.finditer(line, said.column), strict=False):
                self.values[*path, index] = (number, match.start() + 1)
