"""Reads any YAML as the Pulumi engine does, and notes where everything was written.

libyaml, which yaml.v3 descends from, finds the structure; the meaning of each scalar is decided by the rules of yaml.v3
itself. `yaml_reader` is what to call; this is imported for files that are not plain.

Sources: go-yaml `resolve.go` and `decode.go` at v3.0.1.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from poolgate.lint.document import (
    MAX_DEPTH,
    MAX_NODES,
    Document,
    KeyPath,
    LineColumn,
    Note,
    Position,
    YamlError,
    scalar_text,
)

# Every wheel of PyYAML has libyaml in it; one built from source without it has the slower parser only.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONG_TAG: Final = "tag:yaml.org,2002:"
_INT64: Final = range(-(2**63), 2**63)
_UINT64: Final = range(2**64)


def parse_exactly(text: str, file: Path | None = None, content: bytes | None = None) -> Document:
    """Read a text, whatever is in it; `file` is only named in errors. Raises YamlError as `read_yaml` does."""
    root, notes = _Composer(text.removeprefix("\ufeff"), file).compose()
    builder = _Builder(file, notes)
    value = builder.build(root, ()) if root is not None else None
    return Document(value, file, tuple(builder.notes), builder.values, builder.keys, content=content)


# ---------------------------------------------------------------------------------------------------------------
# Structure: events of libyaml -> nodes
# ---------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Scalar:
    text: str
    tag: str
    position: Position


@dataclass(slots=True, eq=False)
class _Sequence:
    position: Position
    items: list[_Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Mapping:
    position: Position
    pairs: list[tuple[_Node, _Node]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Alias:
    name: str
    target: _Node
    position: Position


_Node: TypeAlias = "_Scalar | _Sequence | _Mapping | _Alias"


class _Composer:
    """Makes a tree of nodes of the parser's events. Depth is counted here, before anything recurses."""

    def __init__(self, text: str, file: Path | None) -> None:
        self._text = text
        self._file = file
        self._anchors: dict[str, _Node] = {}
        self._notes: list[Note] = []

    def compose(self) -> tuple[_Node | None, list[Note]]:
        try:
            events = yaml.parse(self._text, Loader=_LOADER)
            root: _Node | None = None
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    root = self._node(next(events), events, 1)
                elif isinstance(event, yaml.DocumentEndEvent):
                    self._look_behind(events)
                    break
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from None
        except yaml.reader.ReaderError as error:
            raise self._reader_error(error) from None
        return root, self._notes

    def _look_behind(self, events: Iterator[Any]) -> None:
        """The engine reads one document and does not even parse what follows."""
        try:
            following = next(events)
        except yaml.YAMLError:
            return
        if isinstance(following, yaml.DocumentStartEvent):
            message = "the engine reads the first document only; everything from here on is ignored"
            self._notes.append(Note(message, _position(following), ()))

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> _Node:
        position = _position(event)
        if depth > MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH} levels", file=self._file, position=position)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise YamlError(f"no anchor is called '{event.anchor}'", file=self._file, position=position)
            return _Alias(event.anchor, self._anchors[event.anchor], position)
        node: _Node
        if isinstance(event, yaml.ScalarEvent):
            node = _Scalar(event.value, _scalar_tag(event), position)
            self._remember(event, node)
            return node
        if isinstance(event, yaml.SequenceStartEvent):
            node = _Sequence(position)
            self._remember(event, node)
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                node.items.append(self._node(item, events, depth + 1))
            return node
        node = _Mapping(position)
        self._remember(event, node)
        while not isinstance(item := next(events), yaml.MappingEndEvent):
            key = self._node(item, events, depth + 1)
            node.pairs.append((key, self._node(next(events), events, depth + 1)))
        return node

    def _remember(self, event: Any, node: _Node) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = node

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> YamlError:
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return YamlError(str(error), file=self._file, position=Position(1, 1))
        position = Position(mark.line + 1, mark.column + 1)
        lines = self._text.splitlines()
        line = lines[mark.line] if mark.line < len(lines) else ""
        if line[mark.column : mark.column + 1] == "\t":
            return YamlError("a tab; YAML is indented with spaces", file=self._file, position=position)
        problem = " ".join(part for part in (error.context, error.problem) if part)
        return YamlError(problem, file=self._file, position=position)

    def _reader_error(self, error: yaml.reader.ReaderError) -> YamlError:
        """Control characters; libyaml says at which offset in UTF-8."""
        before = self._text.encode()[: error.position].decode("utf-8", "ignore")
        line = before.count("\n") + 1
        position = Position(line, len(before) - (before.rfind("\n") + 1) + 1)
        return YamlError("a control character; YAML is printable text", file=self._file, position=position)


def _position(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar_tag(event: yaml.ScalarEvent) -> str:
    """The short tag: what is written, else `!!str` for anything quoted, else empty for "to be resolved"."""
    if event.tag and event.tag != "!":
        return "!!" + event.tag[len(_LONG_TAG) :] if event.tag.startswith(_LONG_TAG) else str(event.tag)
    if event.style:
        return "!!str"
    return "!!merge" if event.value == "<<" else ""


# ---------------------------------------------------------------------------------------------------------------
# Meaning: nodes -> values
# ---------------------------------------------------------------------------------------------------------------


class _Builder:
    """Makes values of nodes, and notes where each was written."""

    def __init__(self, file: Path | None, notes: list[Note]) -> None:
        self.values: dict[KeyPath, LineColumn] = {}
        self.keys: dict[KeyPath, LineColumn] = {}
        self.notes = notes
        self._file = file
        self._count = 0
        self._open: set[int] = set()

    def build(self, node: _Node, path: KeyPath) -> Any:
        self._spend(1, node)
        self.values[path] = node.position
        if isinstance(node, _Scalar):
            return self._scalar(node, path)
        if isinstance(node, _Alias):
            # What is inside an alias is edited where the anchor is; the alias itself, where it stands.
            value = self.build(node.target, path)
            self.values[path] = node.position
            return value
        with self._inside(node):
            if isinstance(node, _Sequence):
                return [self.build(item, (*path, index)) for index, item in enumerate(node.items)]
            return self._mapping(node, path)

    def _spend(self, count: int, node: _Node) -> None:
        self._count += count
        if self._count > MAX_NODES:
            raise self._error(f"more than {MAX_NODES:,} values once its aliases are written out", node)

    @contextmanager
    def _inside(self, node: _Sequence | _Mapping) -> Iterator[None]:
        """Refuses what contains itself, and nesting that only aliases and merges make deep."""
        if id(node) in self._open:
            raise self._error("contains itself by an alias", node)
        if len(self._open) >= MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", node)
        self._open.add(id(node))
        try:
            yield
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: _Mapping, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, (key, value) in self._pairs(node, path).items():
            self.keys[*path, name] = key.position
            result[name] = self.build(value, (*path, name))
        return result

    def _pairs(self, node: _Mapping, path: KeyPath) -> dict[str, tuple[_Node, _Node]]:
        """The pairs by key, merges included: what the object says itself wins, then the earlier source."""
        self._refuse_duplicates(node)
        self._spend(len(node.pairs), node)
        pairs: dict[str, tuple[_Node, _Node]] = {}
        merged: list[_Mapping] = []
        for key, value in node.pairs:
            if isinstance(key, _Scalar) and key.tag == "!!merge":
                merged = self._merge_sources(value)
            else:
                name = self._key(key, path)
                if name in pairs and _kind(key) != _kind(pairs[name][0]):
                    # The engine makes texts of all keys and reads the result again: 1 and 1.0 are the same there.
                    # Of 16 and 0x10 the latter wins, for both are the same number to begin with.
                    raise self._error(f"key '{name}' is already there, in line {pairs[name][0].position.line}", key)
                pairs[name] = (key, value)
        for source in merged:
            with self._inside(source):
                for name, pair in self._pairs(source, path).items():
                    pairs.setdefault(name, pair)
        return pairs

    def _merge_sources(self, node: _Node) -> list[_Mapping]:
        target = _target(node)
        candidates = target.items if isinstance(target, _Sequence) else [target]
        sources = []
        for candidate in candidates:
            source = _target(candidate)
            if not isinstance(source, _Mapping):
                raise self._error("a merge (<<) takes an object or a list of objects", candidate)
            sources.append(source)
        return sources

    def _refuse_duplicates(self, node: _Mapping) -> None:
        """As yaml.v3 compares: by kind and by the text as written, so that `1` and `"1"` are the same key."""
        seen: dict[Hashable, Position] = {}
        for key, _ in node.pairs:
            text = key.text if isinstance(key, _Scalar) else key.name if isinstance(key, _Alias) else ""
            identity = (type(key), text)
            if identity in seen:
                raise self._error(f"key '{text}' is already there, in line {seen[identity].line}", key)
            seen[identity] = key.position

    def _key(self, key: _Node, path: KeyPath) -> str:
        """A key as text. The engine takes other scalars for keys only below the second level."""
        written = _target(key)
        if not isinstance(written, _Scalar):
            raise self._error("a list or an object cannot be a key", key)
        value = _resolve(written.tag, written.text, self._refuser(written))
        if isinstance(value, str) and not isinstance(value, _Timestamp):
            return value
        if len(path) < 2:  # the root and the mappings in it, such as config
            raise self._error(f'a key has to be a text; quote it: "{written.text}"', key)
        return "<nil>" if value is None else scalar_text(value)

    def _scalar(self, node: _Scalar, path: KeyPath) -> Any:
        value = _resolve(node.tag, node.text, self._refuser(node))
        if path[:1] == ("config",) and len(path) > 1 and node.text.startswith("\t") and "\n" in node.text:
            # It writes the configuration as YAML in between, and cannot read this back.
            raise self._error("a text of several lines that begins with a tab; the engine refuses the whole file", node)
        if isinstance(value, _Timestamp):
            self._note(f"{node.text} is read as the text '{value}'; quote it to keep it as written", node, path)
            return str(value)
        if isinstance(value, int) and not node.tag and re.match(r"[-+]?0[0-9_]+$", node.text):
            self._note(f"{node.text} is read as the number {value}; quote it to keep it as written", node, path)
        return value

    def _note(self, message: str, node: _Node, path: KeyPath) -> None:
        self.notes.append(Note(message, node.position, path))

    def _refuser(self, node: _Node) -> Any:
        return lambda problem: self._error(problem, node)

    def _error(self, problem: str, node: _Node) -> YamlError:
        return YamlError(problem, file=self._file, position=node.position)


def _target(node: _Node) -> _Node:
    while isinstance(node, _Alias):
        node = node.target
    return node


def _kind(key: _Node) -> str:
    """What Go's type of a key depends on."""
    written = _target(key)
    if not isinstance(written, _Scalar):
        return ""
    return written.tag or _implicit(written.text, timestamps=True)[0]


class _Timestamp(str):
    """The text the engine makes of a timestamp."""

    __slots__ = ()


_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INFINITE: Final = frozenset(sign + word for word in (".inf", ".Inf", ".INF") for sign in ("", "+", "-")) | {
    ".nan",
    ".NaN",
    ".NAN",
}
_RESOLVABLE: Final = frozenset(("", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"))
_LOOSE_UNDERSCORE: Final = re.compile(r"(?<![0-9])_|_(?![0-9])")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_INTEGERS: Final = (
    (re.compile(r"0[xX]([0-9a-fA-F]+)"), 16),
    (re.compile(r"0[bB]([01]+)"), 2),
    (re.compile(r"0[oO]?([0-7]+)"), 8),
    (re.compile(r"(0|[1-9][0-9]*)", re.ASCII), 10),
)
_TIMESTAMP: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?P<t>[Tt ])(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?"
    r"(?P<zone>Z|[-+]\d{2}:\d{2})?)?",
    re.ASCII,
)


def _resolve(tag: str, text: str, refuse: Any) -> Any:
    """The value of a scalar, by its short tag ("" for none) and text, as yaml.v3's `resolve` decides it."""
    if tag == "!!binary":
        return _binary(text, refuse)
    if tag not in _RESOLVABLE:
        return text
    kind, value = _implicit(text, timestamps=tag in ("", "!!timestamp"))
    if kind == "!!infinite":
        raise refuse(f"{text} cannot be said in JSON, and the engine refuses the whole file")
    if tag == "!!float" and kind == "!!int":
        return value
    if tag not in ("", kind):
        raise refuse(f"tagged {tag}, and is none; what is there is not shown")
    return value


def _implicit(text: str, *, timestamps: bool) -> tuple[str, Any]:
    if text in _WORDS:
        value = _WORDS[text]
        return ("!!null" if value is None else "!!bool"), value
    if text in _INFINITE:
        return "!!infinite", None
    if text[0] not in "+-.0123456789":
        return "!!str", text
    if timestamps and (stamp := _timestamp(text)) is not None:
        return "!!timestamp", stamp
    # What begins with a point goes to Go's ParseFloat as it is, which wants a digit on both sides of an underscore.
    if text[0] == "." and _LOOSE_UNDERSCORE.search(text):
        return "!!str", text
    plain = text.replace("_", "")
    if (whole := _integer(plain)) is not None:
        return "!!int", whole
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        if number not in (float("inf"), float("-inf")):
            return "!!float", _simplest(number)
    return "!!str", text


_MOST_DIGITS: Final = 4_000
"""More than 64 bits have in any notation, and as many as Python is sure to read."""


def _integer(plain: str) -> int | None:
    sign, digits = (plain[0], plain[1:]) if plain[:1] in ("+", "-") else ("", plain)
    for pattern, base in _INTEGERS:
        if match := pattern.fullmatch(digits):
            if len(digits) > _MOST_DIGITS:
                return None
            value = int(match[1], base) * (-1 if sign == "-" else 1)
            return value if value in _INT64 or (not sign and value in _UINT64) else None
    return None


def _simplest(number: float) -> int | float:
    """A whole float as an int, as far as every whole number has a float of its own."""
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


def _binary(text: str, refuse: Any) -> str:
    try:
        return base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        raise refuse("!!binary, but not base64") from None


def _timestamp(text: str) -> _Timestamp | None:
    """What Go prints for a time in one of the four layouts that yaml.v3 tries."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    # With a T there has to be a zone; with a space, or without a time, there may be none.
    if (match["t"] in ("T", "t")) != bool(match["zone"]):
        return None
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    zone = match["zone"] or "Z"
    if zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:]) > 59):
        return None
    offset = zone.replace(":", "")
    # The name of a zone is that of the machine when its own offset is the same; a machine in UTC is assumed.
    shown = "+0000 UTC" if zone in ("Z", "+00:00", "-00:00") else f"{offset} {offset}"
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    return _Timestamp(f"{day:%Y-%m-%d} {hour:02}:{minute:02}:{second:02}{'.' if fraction else ''}{fraction} {shown}")
