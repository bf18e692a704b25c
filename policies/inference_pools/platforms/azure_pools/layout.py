"""Where each facet lies in inference pools, groups and endpoints, in each of the two contents they have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from inference_pools.facets import (
    Authentication,
    Capacity,
    CodeSource,
    Description,
    EnvironmentSource,
    Exposure,
    Facet,
    Identity,
    Load,
    Location,
    ModelSource,
    NameRule,
    Nodes,
    NodeType,
    Probe,
    Purchase,
    Sku,
    Sources,
    StatedCapacity,
    Tags,
)
from inference_pools.facets.place import At, Place, at, place
from inference_pools.path import Steps
from inference_pools.platforms.azure import asset_ids
from inference_pools.platforms.azure.fixed import fixed_places
from inference_pools.platforms.azure.requests import probe, requests
from inference_pools.platforms.azure.tokens import RESOURCE_GROUP_NAME, WORKSPACE_NAME, folded
from inference_pools.platforms.azure_pools.catalog import BAG, ENDPOINT, GROUP, POOL, Shape, tree
from inference_pools.platforms.azure_pools.edges import group_served, pool_served
from inference_pools.platforms.platform import Kind, Layout, Places

_CAPACITY: Final = {"instances": at("sku.capacity")}
_SKU: Final = {"name": at("sku.name"), "tier": at("sku.tier"), "size": at("sku.size"), "family": at("sku.family")}
_PIN: Final = "End the id in /versions/<version>, with a version that exists, for example /versions/7."


def _common(kind: Kind) -> Places:
    """What every kind has in its envelope, in either shape."""
    bag = BAG[kind]
    return {
        NodeType: (place({"sku_name": "sku.name"}),),
        Sku: (Place(_SKU),),
        Capacity: (Place(_CAPACITY),),
        Location: (place({"location": "location"}),),
        Load: (place({"tags": "tags", "properties": f"{bag}.properties"}),),
        Tags: (place({}, "tags"),),
        Description: (place({"text": at(f"{bag}.description", shown="description")}, of=kind.label),),
        Identity: (
            place(
                {
                    "type": "identity.type",
                    "ids": at("identity.userAssignedIdentities", shown="userAssignedIdentities"),
                },
                "identity",
                kind=kind.name,
            ),
        ),
    }


def _machines(bag: str, **more: At) -> Places:
    """Of a resource that machines are made for."""
    node_type = {"node_type": at(f"{bag}.nodeSkuType", shown="nodeSkuType")}
    return {
        NodeType: (Place(node_type), place({"sku_name": "sku.name"})),
        Sku: (Place({**_SKU, **node_type}),),
        Purchase: (place({**node_type, "sku_name": "sku.name", **_CAPACITY, "location": "location", **more}),),
    }


def _probes(bag: str) -> Places:
    asked = {"liveness": "alive", "readiness": "ready", "startup": "started"}
    return {Probe: tuple(probe(f"{bag}.environmentConfiguration.{name}Probe", asks) for name, asks in asked.items())}


def _sources(bag: str, **more: At) -> Places:
    model = at(f"{bag}.modelConfiguration.modelId", shown="modelId")
    environment = at(f"{bag}.environmentConfiguration.environmentId", shown="environmentId")
    parse = asset_ids.parse
    return {
        ModelSource: (place({"id": model}, parse=parse),),
        EnvironmentSource: (place({"id": environment}, parse=parse),),
        Sources: tuple(
            place({field: path}, parse=parse, pin=_PIN)
            for field, path in {"model": model, "environment": environment, **more}.items()
        ),
    }


_POOL: Final = BAG[POOL]
_GROUP: Final = BAG[GROUP]
_ENDPOINT: Final = BAG[ENDPOINT]
_UNIT_SIZE: Final = at(f"{_GROUP}.scaleUnitSize", shown="scaleUnitSize")
_UNIT: Final = f"{_POOL}.scaleUnitConfiguration"
_AUTHENTICATION: Final[Places] = {
    Authentication: (place({"mode": at(f"{_ENDPOINT}.authMode", shown="authMode")}),),
}
_PLACES: Final[Mapping[tuple[Kind, Shape], Mapping[type[Facet], tuple[Place, ...]]]] = {
    (POOL, Shape.A): {
        Nodes: (Place(_CAPACITY),),
        StatedCapacity: (place(_CAPACITY, wanted=False),),
        **_machines(_POOL),
        **_probes(_POOL),
        **_sources(_POOL, code=at(f"{_POOL}.codeConfiguration.codeId")),
        CodeSource: (
            place(
                {
                    "id": f"{_POOL}.codeConfiguration.codeId",
                    "script": at(f"{_POOL}.codeConfiguration.scoringScript", shown="scoringScript"),
                }
            ),
        ),
        **requests(f"{_POOL}.requestConfiguration"),
    },
    (POOL, Shape.B): {
        Nodes: (Place(_CAPACITY),),
        StatedCapacity: (place(_CAPACITY, wanted=False),),
        Sources: (place({"registries": f"{_UNIT}.registries"}, parse_registry=asset_ids.registry),),
        Exposure: (
            place(
                {
                    "unit": _UNIT,
                    "egress": at(f"{_UNIT}.disablePublicEgress", shown="scaleUnitConfiguration.disablePublicEgress"),
                }
            ),
        ),
    },
    (GROUP, Shape.A): {},
    (GROUP, Shape.B): {
        **_probes(_GROUP),
        **_sources(_GROUP),
        **_machines(_GROUP, scale_unit_size=_UNIT_SIZE),
        Nodes: (Place({**_CAPACITY, "scale_unit_size": _UNIT_SIZE}),),
        StatedCapacity: (place({**_CAPACITY, "unit": _UNIT_SIZE}, wanted=False),),
        Capacity: (Place(_CAPACITY), place({"instances": _UNIT_SIZE})),
    },
    (ENDPOINT, Shape.A): _AUTHENTICATION,
    (ENDPOINT, Shape.B): {**_AUTHENTICATION, **requests(f"{_ENDPOINT}.requestConfiguration")},
}

# Names: https://github.com/Azure/azure-rest-api-specs (machinelearningservices InferencePool.tsp, InferenceGroup.tsp,
# InferenceEndpoint.tsp).
_POOL_NAME: Final = r"[a-zA-Z0-9][a-zA-Z0-9\-_]*"
_POOL_WORDS: Final = "letters, digits, hyphens and underscores, the first a letter or digit"


def _named(what: str, of: str = "") -> NameRule:
    return NameRule(what, _POOL_NAME, 255, _POOL_WORDS, of, is_own=bool(of))


_PARENTS: Final[Mapping[Steps, NameRule]] = {
    ("resourceGroupName",): RESOURCE_GROUP_NAME,
    ("workspaceName",): WORKSPACE_NAME,
}
_IN_A_POOL: Final = {**_PARENTS, ("poolName",): _named("the pool's name")}
_NAMES: Final[Mapping[Kind, Mapping[Steps, NameRule]]] = {
    POOL: {**_PARENTS, ("inferencePoolName",): _named("the pool's name", "pool")},
    GROUP: {**_IN_A_POOL, ("groupName",): _named("the group's name", "group")},
    ENDPOINT: {**_IN_A_POOL, ("endpointName",): _named("the endpoint's name", "endpoint")},
}
_MORE_NAMES: Final[Mapping[tuple[Kind, Shape], Mapping[Steps, NameRule]]] = {
    (ENDPOINT, Shape.B): {(_ENDPOINT, "groupName"): _named("the name of the group it serves")},
}

_OWN_NAME: Final = {
    POOL: {"pool": "inferencePoolName"},
    GROUP: {"pool": "poolName", "group": "groupName"},
    ENDPOINT: {"pool": "poolName", "endpoint": "endpointName"},
}
_SERVES: Final = {
    (ENDPOINT, Shape.A): f"{_ENDPOINT}.groupId",
    (ENDPOINT, Shape.B): f"{_ENDPOINT}.groupName",
}


def _address(kind: Kind, shape: Shape) -> Place:
    """The names by which resources are joined. Azure compares all of them without regard to case."""
    names = {"resource_group": "resourceGroupName", "workspace": "workspaceName", **_OWN_NAME[kind]}
    located = {name: at(path, read=folded) for name, path in names.items()}
    serves = _SERVES.get((kind, shape))
    if serves:
        located |= {"serves": at(serves, read=group_served), "pool_served": at(serves, read=pool_served)}
    return Place(located)


LAYOUTS: Final = tuple(
    Layout(
        kind,
        shape,
        places={**_common(kind), **fixed_places(_NAMES[kind]), **places},
        names={**_NAMES[kind], **_MORE_NAMES.get((kind, shape), {})},
        address=_address(kind, shape),
        bag=BAG[kind],
        api_tree=partial(tree, kind, shape),
        hands_secrets_on=frozenset(("properties", "environmentVariables")),
    )
    for (kind, shape), places in _PLACES.items()
)
