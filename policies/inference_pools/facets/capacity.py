"""What a resource is made of and how much of it: hardware, instances, what is bought."""

from __future__ import annotations

from inference_pools.facets.facet import Facet


class Sku(Facet):
    """What hardware the pool is made of, as the resource's envelope says it."""

    __slots__ = ()
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
        """Free, Basic, Standard or Premium."""
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
    """A number of instances. A resource may have several: each is a facet of its own.

    A group of shape B has two, `sku.capacity` and `scaleUnitSize`.
    """

    __slots__ = ()
    fields = ("instances",)

    @property
    def instances(self) -> int | None:
        """How many instances are asked for."""
        return self.leaf("instances").integer()


class Nodes(Facet):
    """The machines that serve: how many are asked for, and how many make a scale unit.

    Pools and, in shape B, groups have them. What an endpoint says of its capacity is no machine of its own, nor what
    a group of shape A says: it draws on its pool.
    """

    __slots__ = ()
    fields = ("instances", "scale_unit_size")

    @property
    def instances(self) -> int | None:
        """How many instances are asked for."""
        return self.leaf("instances").integer()

    @property
    def scale_unit_size(self) -> int | None:
        """How many instances make a scale unit."""
        return self.leaf("scale_unit_size").integer()


class NodeType(Facet):
    """A property that names a kind of machine. A resource may have two of them: each is a facet of its own.

    A pool of shape A has `nodeSkuType` and `sku.name`.
    """

    __slots__ = ()
    fields = ("node_type", "sku_name")

    @property
    def field(self) -> str:
        """Which of the two it is: `node_type` is for machines only, `sku_name` may be any code that Azure knows."""
        return "node_type" if self.leaf("node_type").supported else "sku_name"

    @property
    def name(self) -> str | None:
        """The kind of machine, usually a VM size."""
        return self.leaf(self.field).text()


class Purchase(Facet):
    """What is bought: machines of one kind, a number of them, somewhere. Only the resources that machines are made
    for have it: the pool in shape A, the group in shape B.
    """

    __slots__ = ()
    fields = ("node_type", "sku_name", "instances", "scale_unit_size", "location")

    @property
    def machines(self) -> tuple[str, ...]:
        """What the machines are called, the name that is meant for machines first."""
        names = (self.leaf("node_type").text(), self.leaf("sku_name").text())
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def counted(self) -> str:
        """Which field has the number of machines. Azure does not document it: the one with the larger number."""
        capacity, unit = self.leaf("instances").integer(), self.leaf("scale_unit_size").integer()
        return "scale_unit_size" if unit is not None and (capacity is None or unit > capacity) else "instances"

    @property
    def instances(self) -> int | None:
        """The number of machines."""
        return self.leaf(self.counted).integer()

    @property
    def region(self) -> str | None:
        """Where they are, as it is written."""
        return self.leaf("location").text()


class PurchaseChange(Facet):
    """What an update makes of a purchase. `before` is None where the resource bought nothing."""

    __slots__ = ("before", "now")
    fields = Purchase.fields

    def __init__(self, now: Purchase, before: Purchase | None) -> None:
        super().__init__(now.own, now._at)
        self.now = now
        self.before = before
