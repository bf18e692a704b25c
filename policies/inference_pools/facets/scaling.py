"""What makes instances more or fewer while nobody looks: bounds, policies, and the metrics that they follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from inference_pools.facets.facet import Facet
from inference_pools.reader import Leaf, UnreadableError


class Scaled(Facet):
    """What it is that is scaled, as the resources which do that name it: a service, a dimension of it, an id."""

    __slots__ = ()
    fields = ("namespace", "dimension", "resource_id")
    words: ClassVar[dict[str, str]] = {"resource_id": "the id of what is scaled"}

    @property
    def namespace(self) -> str | None:
        """The service whose resource it is."""
        return self.leaf("namespace").text()

    @property
    def dimension(self) -> str | None:
        """What of it is scaled: instances, copies, requests at once."""
        return self.leaf("dimension").text()

    @property
    def resource_id(self) -> str | None:
        """The resource, by names."""
        return self.leaf("resource_id").text()


class ScalingBounds(Facet):
    """Between how many and how many it is scaled, and how many there are where nothing tells."""

    __slots__ = ()
    fields = ("least", "most", "initial")
    words: ClassVar[dict[str, str]] = {
        "least": "the least capacity",
        "most": "the greatest capacity",
        "initial": "the capacity by default",
    }

    @property
    def least(self) -> int | None:
        """The floor."""
        found: int | None = self.read("least", Leaf.integer)
        return found

    @property
    def most(self) -> int | None:
        """The ceiling."""
        found: int | None = self.read("most", Leaf.integer)
        return found

    @property
    def initial(self) -> int | None:
        """How many there are while the metric cannot be had; None where the platform has no such number."""
        found: int | None = self.read("initial", Leaf.integer)
        return found


class Hosting(Facet):
    """What one variant of an endpoint runs on, as far as it matters to what scales it."""

    __slots__ = ()
    fields = ("machine", "initial", "managed")

    @property
    def machine(self) -> str | None:
        """The kind of machine."""
        return self.leaf("machine").text()

    @property
    def initial(self) -> int | None:
        """How many instances it starts with."""
        found: int | None = self.read("initial", Leaf.integer)
        return found

    @property
    def managed(self) -> str | None:
        """Whether the service scales it itself, as it is written."""
        return self.leaf("managed").text()


class Queue(Facet):
    """What an endpoint has whose requests wait in a queue until an instance takes them up."""

    __slots__ = ()
    fields = ("queue",)

    @property
    def is_there(self) -> bool:
        """Whether requests wait. Raises UnknownError when that cannot be known."""
        return self.leaf("queue").present


class ScalingSwitch(Facet):
    """Whether a setting that scales does so at all."""

    __slots__ = ()
    noun = "switch for scaling"
    fields = ("is_on",)
    words: ClassVar[dict[str, str]] = {"is_on": "the switch for scaling"}

    @property
    def is_on(self) -> bool:
        """Whether it is on; what counts where nothing is said is for the platform to say."""
        found: bool | None = self.read("is_on", Leaf.boolean)
        return found or False


class FollowedMetric(Facet):
    """A metric that decides how many there are, by name, and the resource whose it is."""

    __slots__ = ()
    noun = "metric that it follows"
    fields = ("name", "source")

    @property
    def name(self) -> str | None:
        """The metric."""
        return self.leaf("name").text()

    @property
    def source(self) -> str | None:
        """The id of the resource that has it."""
        return self.leaf("source").text()


class ScalingPolicy(Facet):
    """When it is scaled. `kind` is which way is taken, and of the three blocks only the one of that way counts."""

    __slots__ = ()
    fields = ("kind", "tracking", "step", "predictive", "target_value", "metric", "own_metric", "dimension")
    words: ClassVar[dict[str, str]] = {"kind": "the type of the policy", "metric": "the metric that it follows"}
    blocks: ClassVar[tuple[str, ...]] = ("step", "tracking", "predictive")

    @property
    def kind(self) -> str | None:
        """The type, as it is written; the provider's default where it is not."""
        found: str | None = self.read("kind", Leaf.text)
        return found

    @property
    def written(self) -> tuple[str, ...]:
        """Which of the three blocks there are. Raises UnknownError where that cannot be known."""
        return tuple(block for block in self.blocks if self.leaf(block).present)

    @property
    def target_value(self) -> float | None:
        """What target tracking keeps the metric at."""
        found: float | None = self.read("target_value", _number)
        return found

    @property
    def metric(self) -> str | None:
        """The metric that it follows, where that is one of those which the vendor has ready."""
        return self.leaf("metric").text()

    @property
    def dimension(self) -> str | None:
        """What is scaled."""
        return self.leaf("dimension").text()


class Metric(Facet):
    """A metric that something is decided by: a policy of its own making, an alarm."""

    __slots__ = ()
    fields = ("namespace", "name", "dimensions")

    @property
    def namespace(self) -> str | None:
        """Where it is published."""
        return self.leaf("namespace").text()

    @property
    def name(self) -> str | None:
        """The metric."""
        return self.leaf("name").text()

    @property
    def dimensions(self) -> dict[str, Leaf]:
        """The places of the values by their names, from a map or from a list of pairs.

        Raises UnknownError where one of the names cannot be known.
        """
        return dict(self._dimensions())

    def _dimensions(self) -> Iterator[tuple[str, Leaf]]:
        leaf = self.leaf("dimensions")
        if not isinstance(leaf.value(), list):
            # `__defaults` and its like are the provider's own notes.
            yield from ((name, value) for name, value in leaf.members() if not name.startswith("__"))
            return
        for item in leaf.items():
            name = item.child("name").text()
            if name is not None:
                yield name, item.child("value")


def _number(leaf: Leaf) -> float | None:
    value = leaf.value()
    if value is None:
        return None
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return float(value)
    except ValueError:
        pass
    raise UnreadableError(leaf.keys, f"is {value!r}, expected a number")
