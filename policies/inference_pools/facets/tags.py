"""What a resource says of itself: tags and a description."""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf


class Description(Facet):
    """What a resource says it is for. `of` is what its kind is called: pool, group or endpoint."""

    __slots__ = ("of",)
    noun = "description"
    fields = ("text",)

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, of: str = "") -> None:
        super().__init__(own, at, place)
        self.of = of

    @property
    def text(self) -> str | None:
        """The description."""
        return self.leaf("text").text()


class Tags(Facet):
    """The resource's tags. Their names are compared without regard to case."""

    __slots__ = ()
    noun = "tags"
    fields = ()

    def leaf(self, field: str) -> Leaf:
        """The place of one tag."""
        return self.own.child(field)

    @property
    def names(self) -> dict[str, str]:
        """Each tag's name as written, by its name in lower case."""
        # Sorted: of two names that differ in case only, the same one counts in every run.
        return {name.casefold(): name for name in sorted(name for name, _ in self.own.members())}

    def value(self, name: str) -> str | None:
        """The value of a tag, by its name as written."""
        return self.leaf(name).text()
