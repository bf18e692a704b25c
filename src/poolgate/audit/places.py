"""Where the resources of a state stand in its file: what a finding of an audit points at."""

from __future__ import annotations

import json
from typing import Final

from inference_pools.finding import Verdict, printable
from inference_pools.path import Keys
from inference_pools.state_file import is_compressed
from poolgate.findings import Location, Locator
from poolgate.sources.state import StateResource

_FIRST: Final = 1


class StateText:
    """The text of one state, as long as it is held; `file` is its name for people."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file = printable(file)
        self._data = b"" if is_compressed(data) else data
        self._offset = 0
        self._line = _FIRST

    def line_of(self, urn: str) -> int:
        """The line of a resource's URN, from 1; the first where it cannot be told.

        That is so in a state that is compressed or not UTF-8, and once the text is forgotten. Lines are counted on from
        the last one that was asked for: to count them takes as long as to read the state.
        """
        written = json.dumps(urn, ensure_ascii=False).encode("utf-8", "surrogatepass")
        found = (self._data.find(key + written) for key in (b'"urn": ', b'"urn":'))
        offset = next((each for each in found if each >= 0), -1)
        if offset < 0:
            return _FIRST
        if offset < self._offset:
            self._offset, self._line = 0, _FIRST
        self._line += self._data.count(b"\n", self._offset, offset)
        self._offset = offset
        return self._line

    def forget(self) -> None:
        """Lets the text go: a process holds one state at a time."""
        self._data = b""


class InState(Locator):
    """Where one pool of a state stands."""

    def __init__(self, pool: StateResource, text: StateText) -> None:
        self._pool = pool
        self._text = text

    def location(self, keys: Keys) -> Location:
        """The line of the resource in the state's file. None of it is shown: it may be long, and hold anything."""
        return Location(self._text.file, self._text.line_of(self._pool.resource.urn), is_shown=False)

    def related(self, keys: Keys) -> tuple[Location, ...]:
        """The line of the program that made the resource, where the state has it."""
        made_at = self._pool.location(keys)
        return (made_at,) if made_at else ()

    def from_resources(self, verdict: Verdict) -> tuple[str, ...]:
        """As the state knows them."""
        return self._pool.from_resources(verdict)
