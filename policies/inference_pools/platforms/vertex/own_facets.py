"""Views of Vertex AI's resources for rules that only it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar

from inference_pools.facets import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf
from inference_pools.readings import number_in_text


class Followed(Facet):
    """The metrics by which replicas are added, all of them, and whether a replica has accelerators at all."""

    __slots__ = ()
    noun = "metrics that it scales by"
    fields = ("metrics", "type", "count")
    words: ClassVar[dict[str, str]] = {"metrics": "the metrics"}

    @property
    def metrics(self) -> Iterator[Leaf]:
        """Where the names of the metrics stand."""
        return (item.child("metricName") for item in self.leaf("metrics").items())

    @property
    def has_accelerators(self) -> bool:
        """Whether a replica has some. Raises UnknownError where that cannot be known."""
        return self.leaf("type").present or bool(number_in_text(self.leaf("count")))


class Choice(Facet):
    """Whose the replicas of an index are: dedicated, of a machine that is named, or automatic. It takes one of them."""

    __slots__ = ()
    noun = "choice between dedicated and automatic resources"
    fields = ("dedicated", "automatic")


class Tryout(Facet):
    """Whether a model is deployed the fast way that is for trying it out."""

    __slots__ = ()
    noun = "switch for the fast try-out"
    fields = ("tryout",)

    @property
    def is_on(self) -> bool:
        """Whether it is."""
        return self.leaf("tryout").boolean() or False


class Instances(Facet):
    """Between how many instances and how many a reasoning engine is scaled, and whether it has an interface for PSC."""

    __slots__ = ()
    noun = "instances of an engine"
    fields = ("least", "most", "interface")

    def count(self, field: str) -> int | None:
        """One of the two numbers."""
        return number_in_text(self.leaf(field))

    @property
    def is_in_network(self) -> bool:
        """Whether the engine has an interface in a network of the customer's."""
        return self.leaf("interface").present


class Size(Facet):
    """What one container of a reasoning engine has: processors and memory, each of them a text."""

    __slots__ = ()
    noun = "size of an engine's container"
    fields = ("cpu", "memory")

    def amount(self, field: str) -> str | None:
        """One of the two, as text: a program may write 4 for "4"."""
        leaf = self.leaf(field)
        value = leaf.value()
        return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else leaf.text()


class Duration(Facet):
    """How long something may take or is kept, as the API writes it: `600s`. `longest` is the most that it takes."""

    __slots__ = ("longest",)
    noun = "duration"
    fields = ("duration",)
    words: ClassVar[dict[str, str]] = {"duration": "the duration"}

    def __init__(
        self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, longest: timedelta | None = None
    ) -> None:
        super().__init__(own, at, place)
        self.longest = longest

    @property
    def duration(self) -> timedelta | None:
        """How long. Raises UnreadableError for what is no such duration."""
        found: timedelta | None = self.read("duration", Leaf.duration)
        return found
