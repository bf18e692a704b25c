"""Regular expressions that are compiled when they are first used.

A run meets few kinds of values, and compiling the patterns for all of them took most of the time of the import.
"""

from __future__ import annotations

import re
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
