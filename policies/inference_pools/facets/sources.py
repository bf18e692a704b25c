"""Where model, environment and code come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inference_pools import asset_ids
from inference_pools.facets.facet import Facet
from inference_pools.path import Keys
from inference_pools.reader import Leaf


class ModelSource(Facet):
    """Where the model comes from."""

    __slots__ = ()
    fields = ("id",)

    @property
    def id(self) -> str | None:
        """The URI path or resource id of the model."""
        return self.leaf("id").text()


class EnvironmentSource(Facet):
    """Where the environment the model runs in comes from."""

    __slots__ = ()
    fields = ("id",)

    @property
    def id(self) -> str | None:
        """The resource id or registry URI of the environment."""
        return self.leaf("id").text()


@dataclass(frozen=True, slots=True)
class Origin:
    """One place where a resource says what it takes from a workspace or a registry."""

    leaf: Leaf
    names_a_registry: bool = False
    """Whether a registry as such is written there, and no asset."""

    @property
    def keys(self) -> Keys:
        """Where a finding about it points."""
        return self.leaf.keys

    @property
    def asset(self) -> asset_ids.AssetId | None:
        """What is taken; None where nothing is written, or nothing that is an id."""
        written = self.leaf.text()
        if written is None:
            return None
        return asset_ids.registry(written) if self.names_a_registry else asset_ids.parse(written)


class Sources(Facet):
    """What a resource takes from elsewhere: model, environment, code, or the registries that its nodes may ask.

    Each of them is a facet of its own, with one of the fields.
    """

    __slots__ = ()
    fields = ("model", "environment", "code", "registries")

    @property
    def assets(self) -> tuple[Origin, ...]:
        """Where the model, the environment and the code are written."""
        return tuple(Origin(self.leaf(field)) for field in ("model", "environment", "code"))

    @property
    def registries(self) -> Iterator[Origin]:
        """Where registries are written. Raises UnknownError when the list cannot be known."""
        return (Origin(leaf, names_a_registry=True) for leaf in self.leaf("registries").items())


class CodeSource(Facet):
    """The code that a pool runs: an asset that holds a folder, and the script in it."""

    __slots__ = ()
    fields = ("id", "script")

    @property
    def script(self) -> str | None:
        """The scoring script's path in the folder."""
        return self.leaf("script").text()
