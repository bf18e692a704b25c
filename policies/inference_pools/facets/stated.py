"""What a program states, and what a deployment leaves as it is whatever the program states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf, ReadError


class StatedCapacity(Facet):
    """Where a resource says how much of it there is to be: in `instances`, or in one of the other ways there are.

    A field that a platform has no place for is no way there. `wanted` says whether the vendor's documents want it said.
    """

    __slots__ = ("wanted",)
    noun = "capacity"
    fields = ("instances", "unit", "least")
    words: ClassVar[dict[str, str]] = {"instances": "the capacity"}

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, wanted: bool = True) -> None:
        super().__init__(own, at, place)
        self.wanted = wanted

    @property
    def is_stated(self) -> bool:
        """Whether any of them is there. Raises UnknownError where that cannot be known."""
        return any(self.leaf(field).present for field in self.fields)


class IgnoredChange(Facet):
    """A property whose changes a deployment leaves out, as Pulumi's option ignoreChanges names it; `*` is all."""

    __slots__ = ("path",)
    noun = "change that is ignored"
    fields = ()

    def __init__(self, own: Leaf, path: str) -> None:
        super().__init__(own, {})
        self.path = path

    @property
    def is_written(self) -> bool:
        """Whether the program writes the property at all; a value that cannot be seen yet is written."""
        try:
            return not self.own.keys or self.own.present
        except ReadError:
            return True
