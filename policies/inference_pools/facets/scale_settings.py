"""How a resource is to scale by itself, where it says so itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf


class ScaleSettings(Facet):
    """The kind of scaling, and settings that only some kinds have.

    `kinds` are those that the resource may have; the settings are of the last of them.
    """

    __slots__ = ("kinds",)
    noun = "scale settings"
    fields = ("kind", "least", "most", "target", "interval")
    words: ClassVar[dict[str, str]] = {"kind": "the kind of scaling"}
    settings: ClassVar[tuple[str, ...]] = ("least", "most", "target", "interval")

    def __init__(
        self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, kinds: tuple[str, ...] = ()
    ) -> None:
        super().__init__(own, at, place)
        self.kinds = kinds

    @property
    def kind(self) -> str | None:
        """The kind of scaling, as it is written."""
        return self.leaf("kind").text()

    @property
    def least(self) -> int | None:
        """The fewest instances."""
        return self.leaf("least").integer()

    @property
    def most(self) -> int | None:
        """The most instances."""
        return self.leaf("most").integer()

    @property
    def target(self) -> int | None:
        """The utilization that is aimed at, in per cent."""
        return self.leaf("target").integer()

    @property
    def written(self) -> tuple[str, ...]:
        """The settings that there are. Raises UnknownError where that cannot be known."""
        return tuple(field for field in self.settings if self.leaf(field).present)
