"""The API version that a resource is made with."""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf


class ApiVersion(Facet):
    """The API version that a resource is made with.

    `in_use` is told by the type token, else by what the provider wrote, else it is the provider's default; None
    where none of these is known.
    """

    __slots__ = ("in_use",)
    noun = "API version"
    fields = ("version",)

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, in_use: str | None = None) -> None:
        super().__init__(own, at, place)
        self.in_use = in_use
