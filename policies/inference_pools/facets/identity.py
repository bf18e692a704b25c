"""Who a resource is to others, who may call it, what it reaches, and whether it may be deleted."""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.facets.texts import Text
from inference_pools.path import Keys
from inference_pools.reader import Leaf


class Identity(Facet):
    """Who a resource is to other services. `kind` is the name of its type."""

    __slots__ = ("kind",)
    noun = "identity"
    fields = ("type", "ids")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, kind: str = "") -> None:
        super().__init__(own, at, place)
        self.kind = kind

    @property
    def is_set(self) -> bool:
        """Whether there is anything about an identity at all."""
        return self.own.present

    @property
    def types(self) -> frozenset[str] | None:
        """SystemAssigned, UserAssigned, both or neither; None when no type is written, which is refused."""
        written = self.leaf("type").text()
        if written is None:
            return None
        return frozenset(part.strip() for part in written.split(",")) - {"None", ""}

    @property
    def assigned(self) -> list[Text]:
        """The ids of user-assigned identities: a list in inputs, a map by id in outputs."""
        leaf = self.leaf("ids")
        value = leaf.value()
        if isinstance(value, dict):
            return [Text(child, name, is_key=True) for name, child in leaf.members()]
        return [Text(item) for item in leaf.items()]


class Exposure(Facet):
    """What a pool's nodes may reach."""

    __slots__ = ()
    noun = "setting of what it may reach"
    fields = ("unit", "egress")

    @property
    def is_scale_unit(self) -> bool:
        """Whether the pool has settings of a scale unit, which its egress is one of."""
        return self.leaf("unit").present

    @property
    def is_egress_disabled(self) -> bool:
        """Whether the way out to public networks is closed; false when absent (REST API, ScaleUnitConfiguration)."""
        return self.leaf("egress").boolean() or False


class Authentication(Facet):
    """How callers of an endpoint prove who they are."""

    __slots__ = ()
    noun = "mode of authentication"
    fields = ("mode",)

    @property
    def mode(self) -> str | None:
        """The mode as it is written."""
        return self.leaf("mode").text()


class Protection(Facet):
    """Whether Pulumi refuses to delete the resource. `kind` is the name of its type."""

    __slots__ = ("is_protected", "kind")
    noun = "protection"
    fields = ()

    def __init__(self, own: Leaf, *, kind: str, is_protected: bool) -> None:
        super().__init__(own, {})
        self.kind = kind
        self.is_protected = is_protected
