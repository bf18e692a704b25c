"""What a resource is called, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a platform asks of one kind of name. `pattern` is a whole-value regular expression.

    `of` is what a naming convention calls the thing: pool, group, endpoint, workspace. It is empty for the name of a
    resource where another one refers to it, since that is judged where it is made.
    """

    what: str
    pattern: str
    longest: int
    in_words: str
    of: str = ""
    is_own: bool = False
    """Whether it is the resource's own name. What the resource lies in may be in another region."""


class Name(Facet):
    """One name: of the resource itself, or of one it lies in."""

    __slots__ = ("rule",)
    noun = "name"
    fields = ("name", "location")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, rule: NameRule) -> None:
        super().__init__(own, at, place)
        self.rule = rule

    @property
    def value(self) -> str | None:
        """The name; None when the provider is to make one."""
        return self.leaf("name").text()

    @property
    def location(self) -> str | None:
        """The region of the resource, where the name is its own; what it lies in may be elsewhere, and has None."""
        return self.leaf("location").text() if self.leaf("location").supported else None


class Address(Facet):
    """The names by which a resource is joined to others: its own, and those of what it lies in or leads to."""

    __slots__ = ()
    noun = "name"

    def name(self, field: str) -> str | None:
        """One of the names, as the platform compares it; None when it is left to the provider, or is no part of this
        type.
        """
        found: str | None = self.read(field, Leaf.text)
        return found


class Location(Facet):
    """Where in the world the resource lies."""

    __slots__ = ()
    noun = "region"
    fields = ("location",)

    @property
    def name(self) -> str | None:
        """The region, as it is written."""
        return self.leaf("location").text()
