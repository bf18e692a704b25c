"""How requests are shared out between what serves them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from inference_pools.facets.facet import Facet
from inference_pools.reader import Leaf


class TrafficSplit(Facet):
    """What part of the requests goes where, in per cent by name, and what part of them is sent there as well."""

    __slots__ = ()
    noun = "traffic to share out"
    fields = ("shares", "mirrored")
    words: ClassVar[dict[str, str]] = {"shares": "the traffic", "mirrored": "the mirrored traffic"}

    @property
    def shares(self) -> list[tuple[str, Leaf]]:
        """The names and the places of their shares. Raises UnknownError where the map cannot be seen."""
        return list(self._named("shares"))

    @property
    def mirrored(self) -> list[tuple[str, Leaf]]:
        """The same, of what is mirrored."""
        return list(self._named("mirrored"))

    def part_of(self, name: str) -> float | None:
        """Which part of all requests one gets, what is mirrored to it included; None where nothing is shared out.

        A hundred per cent are all requests, whatever the shares add up to. Raises ReadError for what cannot be read.
        """
        if not self.shares and not self.mirrored:
            return None
        named = [leaf for one, leaf in (*self.shares, *self.mirrored) if one.casefold() == name.casefold()]
        return sum(max(leaf.integer() or 0, 0) for leaf in named) / 100

    def _named(self, field: str) -> Iterator[tuple[str, Leaf]]:
        return ((name, leaf) for name, leaf in self.leaf(field).members() if not name.startswith("__"))
