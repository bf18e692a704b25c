"""A resource as one of the sources met it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference_pools.values import Json


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as one of the sources met it.

    `properties` is in the wire encoding (see `values`): a resource's inputs as its provider checked them, or its
    outputs where `outputs` says so (state of a resource that was only read). `id` is the provider's id, when
    deployed. `provider_version` is that of the azure-native provider, when known. `protect` is Pulumi's option of
    that name; None where the source does not tell. `previous` are the inputs of the last update, where the source
    knows them: {} for a resource that is new, None where it cannot tell. `depends` are the URNs of the resources whose
    outputs went into an input, by the input's name at the top (`{"poolName": ["urn:…::InferencePool::chat"]}`), as the
    source has them: `made_from` reads them. `dependencies` are those of all that it waits for, whether for an output
    or because the program says so. Both are None where the source does not tell. `ignore_changes` are the properties
    that a deployment leaves as they are. `provider` are the settings of the provider that makes it, as the engine has
    them: those that are no texts as JSON text; None where the source does not have that provider, or nobody asks.
    """

    urn: str
    type: str
    name: str
    properties: Mapping[str, Json]
    id: str | None = None
    outputs: bool = False
    provider_version: str | None = None
    protect: bool | None = None
    previous: Mapping[str, Json] | None = None
    depends: Mapping[str, Json] | None = None
    dependencies: Sequence[str] | None = None
    ignore_changes: tuple[str, ...] = ()
    provider: Mapping[str, Json] | None = None

    def made_from(self, name: str) -> Sequence[str]:
        """The URNs of the resources whose outputs went into an input; none where the source does not tell."""
        urns = self.depends.get(name) if self.depends else None
        return [urn for urn in urns if isinstance(urn, str)] if isinstance(urns, list | tuple) else ()
