"""Regular expressions that are compiled when they are first used, and what is known of one before it is.

A run meets few kinds of values, and compiling the patterns for all of them took most of the time of the import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # What the documentation has no other way to ask.
from typing import Any, cast


class _Lazy:
    """Stands for a compiled pattern; the first method asked for turns it into one."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._source, self._flags)
        # As attributes of the object they are found before __getattr__ is asked: later calls cost nothing more.
        self.search, self.match, self.fullmatch = compiled.search, compiled.match, compiled.fullmatch
        self.finditer, self.findall, self.sub = compiled.finditer, compiled.findall, compiled.sub
        return getattr(compiled, name)


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled at its first use; an invalid one raises `re.error` then."""
    return cast("re.Pattern[str]", _Lazy(source, flags))


def certain_texts(source: str, flags: int = 0) -> frozenset[str]:
    """The texts that stand in all that a pattern matches, in lower case; none where no text does for certain.

    Each is in `text.lower()` for every text with a match: so a text that lacks one can be passed over without the
    pattern being tried, or compiled.
    """
    parsed = _parser.parse(source, flags)
    certain = "".join(_certain(parsed)).lower()
    if parsed.state.flags & re.IGNORECASE and not parsed.state.flags & re.ASCII:
        # The dotless i and the long s differ from these in case only, and not in lower case.
        certain = certain.replace("i", "\0").replace("s", "\0")
    return frozenset(text for text in certain.split("\0") if text and text.isascii())


def _certain(parsed: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """The characters that every match has one after the other, and NUL wherever there may be others between."""
    for kind, content in parsed:
        if kind is _constants.LITERAL:
            yield chr(content)
        elif kind is _constants.SUBPATTERN and not content[1]:  # No flags of its own, that is.
            yield from _certain(content[-1])
        else:
            yield "\0"
