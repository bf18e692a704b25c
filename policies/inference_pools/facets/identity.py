"""Who a resource is to others, who may call it, what it reaches, and whether it may be deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.facets.texts import Text
from inference_pools.path import Keys
from inference_pools.reader import Leaf, UnknownError


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
    """What the machines that serve may reach. `closed` is what is written where that is no public network."""

    __slots__ = ("closed",)
    noun = "setting of what it may reach"
    fields = ("unit", "egress")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, closed: str = "true") -> None:
        super().__init__(own, at, place)
        self.closed = closed

    @property
    def is_scale_unit(self) -> bool:
        """Whether there are the settings that this is one of, such as those of a scale unit."""
        return self.leaf("unit").present

    @property
    def is_egress_disabled(self) -> bool:
        """Whether the way out to public networks is closed; it is not where nothing is said."""
        return self.read("egress", Leaf.boolean) or False


class PublicAccess(Facet):
    """Whether callers come from public networks."""

    __slots__ = ()
    noun = "switch for public networks"
    fields = ("is_closed",)
    words: ClassVar[dict[str, str]] = {"is_closed": "the switch for public networks"}

    @property
    def is_said(self) -> bool:
        """Whether the program says anything of it."""
        return self.leaf("is_closed").present

    @property
    def is_closed(self) -> bool:
        """Whether the way in from public networks is closed; it is not where nothing is said."""
        found: bool | None = self.read("is_closed", Leaf.boolean)
        return found or False


class Credential(Facet):
    """A property that is nothing but a secret, such as a key with which callers come in."""

    __slots__ = ()
    noun = "key"
    fields = ("secret",)
    words: ClassVar[dict[str, str]] = {"secret": "the key"}

    @property
    def is_plain(self) -> bool:
        """Whether it stands there in plain text. Raises UnknownError for what is not known yet and marked in no way."""
        try:
            return bool(self.leaf("secret").text())
        except UnknownError as unknown:
            if unknown.secret:
                return False
            raise


class Authentication(Facet):
    """How callers of an endpoint prove who they are."""

    __slots__ = ()
    noun = "mode of authentication"
    fields = ("mode",)

    @property
    def mode(self) -> str | None:
        """The mode as it is written."""
        found: str | None = self.read("mode", Leaf.text)
        return found


class Protection(Facet):
    """Whether Pulumi refuses to delete the resource. `kind` is the name of its type."""

    __slots__ = ("is_protected", "kind")
    noun = "protection"
    fields = ()

    def __init__(self, own: Leaf, *, kind: str, is_protected: bool) -> None:
        super().__init__(own, {})
        self.kind = kind
        self.is_protected = is_protected
