"""What a resource is made of and how much of it: hardware, instances, what is bought."""

from __future__ import annotations

from typing import ClassVar

from inference_pools.facets.facet import Facet
from inference_pools.reader import Leaf


class Sku(Facet):
    """What hardware a resource is made of, as its envelope says it."""

    __slots__ = ()
    noun = "SKU"
    words: ClassVar[dict[str, str]] = {
        "name": "the SKU's name",
        "tier": "the SKU's tier",
        "size": "the SKU's size",
        "family": "the SKU's family",
        "node_type": "the machine",
    }
    fields = ("name", "tier", "size", "family", "node_type")

    @property
    def node_type(self) -> str | None:
        """The kind of machine, where the resource names it besides."""
        return self.leaf("node_type").text() if self.leaf("node_type").supported else None

    @property
    def name(self) -> str | None:
        """The SKU's name, usually a VM size."""
        return self.leaf("name").text()

    @property
    def tier(self) -> str | None:
        """The tier, as it is written."""
        return self.leaf("tier").text()

    @property
    def size(self) -> str | None:
        """The size, when the name is not itself one."""
        return self.leaf("size").text()

    @property
    def family(self) -> str | None:
        """The hardware generation."""
        return self.leaf("family").text()


class Capacity(Facet):
    """A number of instances. A resource may have several: each is a facet of its own."""

    __slots__ = ()
    noun = "capacity"
    fields = ("instances",)
    words: ClassVar[dict[str, str]] = {"instances": "the capacity"}

    @property
    def instances(self) -> int | None:
        """How many instances are asked for."""
        found: int | None = self.read("instances", Leaf.integer)
        return found


class Nodes(Facet):
    """The machines that serve: how many are asked for, and how many make a scale unit.

    What a resource says of its capacity that draws on the machines of another is none.
    """

    __slots__ = ()
    noun = "machines of its own"
    fields = ("instances", "scale_unit_size")
    words: ClassVar[dict[str, str]] = {"instances": "the capacity", "scale_unit_size": "the size of a scale unit"}

    @property
    def instances(self) -> int | None:
        """How many instances are asked for."""
        found: int | None = self.read("instances", Leaf.integer)
        return found

    @property
    def scale_unit_size(self) -> int | None:
        """How many instances make a scale unit."""
        found: int | None = self.read("scale_unit_size", Leaf.integer)
        return found


class NodeType(Facet):
    """A property that names a kind of machine. A resource may have two of them: each is a facet of its own."""

    __slots__ = ()
    noun = "property that names a machine"
    fields = ("node_type", "sku_name")
    words: ClassVar[dict[str, str]] = {"node_type": "the machine", "sku_name": "the SKU's name"}

    @property
    def field(self) -> str:
        """Which of the two it is: `node_type` is for machines only, `sku_name` may be any code."""
        return "node_type" if self.leaf("node_type").supported else "sku_name"

    @property
    def name(self) -> str | None:
        """The kind of machine, usually a VM size."""
        return self.leaf(self.field).text()


class Purchase(Facet):
    """What is bought: machines of one kind, a number of them, somewhere. Only the resources that machines are made
    for have it.
    """

    __slots__ = ()
    noun = "machines of its own"
    fields = ("node_type", "sku_name", "instances", "scale_unit_size", "location")

    @property
    def machines(self) -> tuple[str, ...]:
        """What the machines are called, the name that is meant for machines first."""
        names = (self.leaf("node_type").text(), self.leaf("sku_name").text())
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def counted(self) -> str:
        """Which field has the number of machines. Where no vendor says which: the one with the larger number."""
        capacity, unit = self.read("instances", Leaf.integer), self.read("scale_unit_size", Leaf.integer)
        return "scale_unit_size" if unit is not None and (capacity is None or unit > capacity) else "instances"

    @property
    def instances(self) -> int | None:
        """The number of machines."""
        found: int | None = self.read(self.counted, Leaf.integer)
        return found

    @property
    def region(self) -> str | None:
        """Where they are, as it is written."""
        return self.leaf("location").text()


class PurchaseChange(Facet):
    """What an update makes of a purchase. `before` is None where the resource bought nothing."""

    __slots__ = ("before", "now")
    noun = "machines of its own"
    fields = Purchase.fields

    def __init__(self, now: Purchase, before: Purchase | None) -> None:
        super().__init__(now.own, now._at, now.place)
        self.now = now
        self.before = before
