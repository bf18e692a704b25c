"""What a resource says of itself: tags and a description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf, UnknownError


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
    """The resource's tags: a map, or `pairs` of key and value. Their names are compared without regard to case.

    `takes` is a regular expression that a value has to match as a whole, where not any text may stand.
    `merged` is where a provider writes these and its own tags together, if it does. Where that is not known yet, the
    resource's own still are: what they lack may be there. `own_first` says that a finding about one of its own points
    there, and not at where all are.
    """

    __slots__ = ("_are_pairs", "_own_first", "takes")
    noun = "tags"
    fields = ()

    def __init__(
        self,
        own: Leaf,
        at: Mapping[str, Keys],
        place: Place = NOWHERE,
        *,
        pairs: bool = False,
        own_first: bool = False,
        takes: str = "",
    ) -> None:
        super().__init__(own, at, place)
        self._are_pairs = pairs
        self._own_first = own_first
        self.takes = takes

    def leaf(self, field: str) -> Leaf:
        """The place of one tag; that of all of them where pairs lack it."""
        if self._are_pairs:
            return dict(_pairs(self.own)).get(field, Leaf(self.own.root, self.own.keys, False))
        if self._own_first and field in dict(self.own.members()):
            return self.own.child(field)
        return self._bag.child(field)

    @property
    def names(self) -> dict[str, str]:
        """Each tag's name as written, by its name in lower case."""
        # Sorted: of two names that differ in case only, the same one counts in every run.
        return {name.casefold(): name for name in sorted(name for name, _ in self._members)}

    def value(self, name: str) -> str | None:
        """The value of a tag, by its name as written."""
        return self.leaf(name).text()

    @property
    def take_addresses(self) -> bool:
        """Whether a value may be a mail address; no label of Google's is one."""
        return not self.takes or re.fullmatch(self.takes, "ml@contoso.com") is not None

    def see_all(self) -> None:
        """Raises UnknownError where there may be more tags than can be seen."""
        if self._merged is not None:
            self._merged.value()

    @property
    def _members(self) -> Iterator[tuple[str, Leaf]]:
        return _pairs(self.own) if self._are_pairs else self._bag.members()

    @property
    def _bag(self) -> Leaf:
        try:
            return self._merged if self._merged is not None and self._merged.present else self.own
        except UnknownError:
            return self.own

    @property
    def _merged(self) -> Leaf | None:
        return super().leaf("merged") if "merged" in self._at else None


def _pairs(bag: Leaf) -> Iterator[tuple[str, Leaf]]:
    for pair in bag.items():
        name = pair.child("key").text()
        if name is not None:
            yield name, pair.child("value")
