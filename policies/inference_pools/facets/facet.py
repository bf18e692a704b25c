"""What all facets have in common: the fields of a small typed view, and where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from inference_pools.path import Keys
from inference_pools.reader import Leaf


class Facet:
    """A view of some properties under names of our own. Subclasses give the fields types and defaults.

    `Capacity(Leaf(properties, ()), {"instances": ("sku", "capacity")})` reads its `instances` from `sku.capacity`:
    `own` is what it is a view of, here the whole resource, and `at` says where in the same properties each field lies.
    """

    __slots__ = ("_at", "own")
    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, own: Leaf, at: Mapping[str, Keys]) -> None:
        self.own = own
        self._at = at

    def leaf(self, field: str) -> Leaf:
        """The place of a field; unsupported where this resource has no such property."""
        own, keys = self.own, self._at.get(field)
        return Leaf(own.root, own.keys, False) if keys is None else Leaf(own.root, keys, True, own.reads)

    def keys_of(self, field: str) -> Keys:
        """Where a finding about this field points ("" is the facet itself)."""
        return self.leaf(field).keys if field else self.own.keys

    @property
    def placed(self) -> Iterable[str]:
        """The fields that this resource has a place for."""
        return self._at.keys()

    @property
    def places(self) -> Iterator[Keys]:
        """Where it and its fields lie: () and ("sku", "capacity") for a view of the whole resource with one field."""
        return iter((self.own.keys, *self._at.values()))
