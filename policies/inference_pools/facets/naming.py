"""What a resource is called, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inference_pools.facets.facet import Facet
from inference_pools.path import Keys
from inference_pools.reader import Leaf


@dataclass(frozen=True, slots=True)
class NameRule:
    """What Azure asks of one kind of name. `pattern` is a whole-value regular expression.

    `of` is what a naming convention calls the thing: pool, group, endpoint, workspace, resourceGroup. It is empty
    for the name of a pool or group where another resource refers to it, since that is judged where it is made.
    """

    what: str
    pattern: str
    longest: int
    in_words: str
    of: str = ""


class Name(Facet):
    """One name: of the resource itself, or of one it lies in."""

    __slots__ = ("rule",)
    fields = ("name", "location")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], rule: NameRule) -> None:
        super().__init__(own, at)
        self.rule = rule

    @property
    def value(self) -> str | None:
        """The name; None when Azure or the provider is to make one."""
        return self.leaf("name").text()

    @property
    def location(self) -> str | None:
        """The region of the resource, where the name is its own; what it lies in may be elsewhere, and has None."""
        return self.leaf("location").text() if self.leaf("location").supported else None


class Address(Facet):
    """Where a resource lies and what it is called. Azure compares all of these names without regard to case."""

    __slots__ = ()
    fields = ("resource_group", "workspace", "pool", "group", "endpoint", "serves")

    def name(self, field: str) -> str | None:
        """One of the names, as it is compared; None when it is left to the provider, or is no part of this type."""
        written = self.leaf(field).text()
        return written.casefold() if written is not None else None

    @property
    def serves(self) -> tuple[str | None, str] | None:
        """The group that an endpoint leads to, and the pool that its id says it is in, both as they are compared.

        None for what leads to no group, and for an id that names none.
        """
        written = self.name("serves")
        if written is None or "/" not in written:
            return (None, written) if written else None
        parts = written.strip("/").split("/")
        named = dict(zip(parts[::2], parts[1::2], strict=False))
        return (named.get("inferencepools"), named["groups"]) if "groups" in named else None


class Location(Facet):
    """Where in the world the resource lies."""

    __slots__ = ()
    fields = ("location",)

    @property
    def name(self) -> str | None:
        """The region, in any of the spellings Azure takes."""
        return self.leaf("location").text()
