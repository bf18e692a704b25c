"""What all facets have in common: the fields of a small typed view, and where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from inference_pools.facets.place import NOWHERE, Place
from inference_pools.facts import Facts
from inference_pools.path import Keys
from inference_pools.reader import Leaf


class Facet:
    """A view of some properties under names of our own. Subclasses give the fields types.

    `Capacity(Leaf(properties, ()), {"instances": ("sku", "capacity")})` reads its `instances` from `sku.capacity`:
    `own` is what it is a view of, here the whole resource, and `at` says where in the same properties each field lies.
    `place` says what the fields mean there: defaults, and what they are called.
    """

    __slots__ = ("_at", "own", "place")
    fields: ClassVar[tuple[str, ...]] = ()
    noun: ClassVar[str] = ""
    """What a resource has that has such a facet, for a page that says which have none: `limit of requests`."""
    words: ClassVar[dict[str, str]] = {}
    """What a text that is about no resource in particular calls a field: `the request timeout`."""

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE) -> None:
        self.own = own
        self._at = at
        self.place = place

    def leaf(self, field: str) -> Leaf:
        """The place of a field; unsupported where this resource has no such property."""
        own, keys = self.own, self._at.get(field)
        return Leaf(own.root, own.keys, False) if keys is None else Leaf(own.root, keys, True, own.reads)

    def read(self, field: str, reading: Callable[[Leaf], Any]) -> Any:
        """The value of a field, in the form that the platform writes it in, else in this; its default where absent.

        Raises UnknownError and UnreadableError as the reading does.
        """
        there = self.place.at.get(field)
        value = (reading if there is None or there.read is None else there.read)(self.leaf(field))
        return there.default if value is None and there is not None else value

    def called(self, field: str) -> str:
        """What a message calls a field: `sku.capacity`, where the platform says so."""
        there = self.place.at.get(field)
        return there.shown if there is not None else self.words.get(field, field)

    @property
    def facts(self) -> Facts:
        """What is known of the world that the resource is in."""
        return self.place.facts

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
