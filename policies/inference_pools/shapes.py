"""Where each facet lies, in each resource type and API shape. The only place that knows.

A further platform, or a further shape, is one more column here; no rule changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, TypeAlias, TypeVar

from inference_pools.catalog import Kind, Node, Shape, shapes_by_version, tree
from inference_pools.model import (
    Capacity,
    EnvironmentSource,
    Facet,
    Location,
    ModelSource,
    Name,
    NameRule,
    Property,
    RequestLimits,
    Resource,
    Sku,
    Tags,
    Text,
    walk_properties,
    walk_text,
)
from inference_pools.reader import Keys, Leaf

F = TypeVar("F", bound=Facet)

# Every form that Pulumi gives the token: plain, versioned submodule, local package of one API version.
_TOKEN: Final = re.compile(
    r"azure-native(?:_[a-z0-9]+_(?P<package>v\d{8}(?:preview)?))?"
    r":machinelearningservices(?:/(?P<module>v\d{8}(?:preview)?))?"
    r":(?P<kind>InferencePool|InferenceGroup|InferenceEndpoint)"
)


@lru_cache(maxsize=1024)
def kind_and_version(token: str) -> tuple[Kind, str | None] | None:
    """The pool type that a type token names, and its API version when the token says it; else None."""
    match = _TOKEN.fullmatch(token)
    if not match:
        return None
    version = match["package"] or match["module"]
    return Kind(match["kind"]), _api_version(version) if version else None


def _api_version(module: str) -> str:
    """`v20230801preview` as `2023-08-01-preview`."""
    suffix = "-preview" if module.endswith("preview") else ""
    return f"{module[1:5]}-{module[5:7]}-{module[7:9]}{suffix}"


def shape_of(resource: Resource) -> Shape:
    """Which of the two contents a pool resource has.

    Told by, in this order: the API version in the type token, the one the provider wrote (`azureApiVersion`,
    provider 3.x), the provider's major version (2.x defaults to shape A, 3.x to B), and properties that only one
    shape has. Where all of these are silent the content is common to both, and B is as good as A.
    """
    known = kind_and_version(resource.type)
    if known is None:
        raise ValueError(f"{resource.type} is no inference pool")
    kind, version = known
    written = resource.properties.get("azureApiVersion")
    for candidate in (version, written):
        shape = shapes_by_version().get(candidate) if isinstance(candidate, str) else None
        if shape is not None:
            return shape
    if resource.provider_version:
        return Shape.A if resource.provider_version.lstrip("v").startswith(("0.", "1.", "2.")) else Shape.B
    bag = resource.properties.get(_BAG[kind])
    names = set(bag) if isinstance(bag, dict) else set()
    only_in_a = set(_bag(kind, Shape.A).members) - set(_bag(kind, Shape.B).members)
    return Shape.A if names & only_in_a else Shape.B


_BAG: Final = {
    Kind.POOL: "inferencePoolProperties",
    Kind.GROUP: "inferenceGroupProperties",
    Kind.ENDPOINT: "inferenceEndpointProperties",
}


def _bag(kind: Kind, shape: Shape) -> Node:
    return tree(kind, shape).members[_BAG[kind]]


# A facet's place: field -> property path. One dict a place; a facet with two places is judged twice.
Place: TypeAlias = Mapping[str, str]
_SKU: Final[Place] = {"name": "sku.name", "tier": "sku.tier", "size": "sku.size", "family": "sku.family"}
_INSTANCES: Final[Place] = {"instances": "sku.capacity"}
_LOCATION: Final[Place] = {"location": "location"}
_ENVELOPE: Final[Mapping[type[Facet], tuple[Place, ...]]] = {
    Sku: (_SKU,),
    Capacity: (_INSTANCES,),
    Location: (_LOCATION,),
}


def _requests(bag: str) -> Place:
    return {
        "timeout": f"{bag}.requestConfiguration.requestTimeout",
        "concurrency": f"{bag}.requestConfiguration.maxConcurrentRequestsPerInstance",
    }


def _sources(bag: str) -> Mapping[type[Facet], tuple[Place, ...]]:
    return {
        ModelSource: ({"id": f"{bag}.modelConfiguration.modelId"},),
        EnvironmentSource: ({"id": f"{bag}.environmentConfiguration.environmentId"},),
    }


_LAYOUT: Final[Mapping[tuple[Kind, Shape], Mapping[type[Facet], tuple[Place, ...]]]] = {
    (Kind.POOL, Shape.A): {
        **_ENVELOPE,
        **_sources("inferencePoolProperties"),
        RequestLimits: (_requests("inferencePoolProperties"),),
    },
    (Kind.POOL, Shape.B): {**_ENVELOPE},
    (Kind.GROUP, Shape.A): {**_ENVELOPE},
    (Kind.GROUP, Shape.B): {
        **_ENVELOPE,
        **_sources("inferenceGroupProperties"),
        Capacity: (_INSTANCES, {"instances": "inferenceGroupProperties.scaleUnitSize"}),
    },
    (Kind.ENDPOINT, Shape.A): {**_ENVELOPE},
    (Kind.ENDPOINT, Shape.B): {
        **_ENVELOPE,
        RequestLimits: (_requests("inferenceEndpointProperties"),),
    },
}

# Names: https://github.com/Azure/azure-rest-api-specs (machinelearningservices InferencePool.tsp, InferenceGroup.tsp,
# InferenceEndpoint.tsp; common-types/resource-management/v3/types.json) and, for the full stop that may not end a
# resource group's name, https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
_POOL_NAME: Final = r"[a-zA-Z0-9][a-zA-Z0-9\-_]*"
_POOL_WORDS: Final = "letters, digits, hyphens and underscores, the first a letter or digit"


def _named(what: str) -> NameRule:
    return NameRule(what, _POOL_NAME, 255, _POOL_WORDS)


_WORKSPACE_NAME: Final = NameRule(
    "the workspace's name",
    r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,}",
    33,
    "3 or more letters, digits, hyphens and underscores, the first a letter or digit",
)
_RESOURCE_GROUP_NAME: Final = NameRule(
    "the resource group's name",
    r"[-\w.()]*[-\w()]",
    90,
    "letters, digits, hyphens, underscores, parentheses and full stops, the last no full stop",
)
_PARENTS: Final = {
    "resourceGroupName": _RESOURCE_GROUP_NAME,
    "workspaceName": _WORKSPACE_NAME,
}
_POOL_PARENT: Final = {**_PARENTS, "poolName": _named("the pool's name")}
_NAMES: Final[Mapping[tuple[Kind, Shape], Mapping[str, NameRule]]] = {
    (Kind.POOL, Shape.A): {**_PARENTS, "inferencePoolName": _named("the pool's name")},
    (Kind.POOL, Shape.B): {**_PARENTS, "inferencePoolName": _named("the pool's name")},
    (Kind.GROUP, Shape.A): {**_POOL_PARENT, "groupName": _named("the group's name")},
    (Kind.GROUP, Shape.B): {**_POOL_PARENT, "groupName": _named("the group's name")},
    (Kind.ENDPOINT, Shape.A): {**_POOL_PARENT, "endpointName": _named("the endpoint's name")},
    (Kind.ENDPOINT, Shape.B): {
        **_POOL_PARENT,
        "endpointName": _named("the endpoint's name"),
        "inferenceEndpointProperties.groupName": _named("the name of the group it serves"),
    },
}


@cache
def _keys(path: str) -> Keys:
    return tuple(path.split("."))


@dataclass(frozen=True, slots=True)
class Pool:
    """A resource of one of the pool types, its kind and shape told once for all rules."""

    resource: Resource
    kind: Kind
    shape: Shape


def view(resource: Resource) -> Pool | None:
    """The resource as a pool; None when it is none."""
    known = kind_and_version(resource.type)
    return Pool(resource, known[0], shape_of(resource)) if known else None


def facets_of(pool: Pool, facet: type[F]) -> Iterator[F]:
    """Each place of a facet in a pool; none where its type and shape have no such property."""
    special = _SPECIAL.get(facet)
    if special is not None:
        yield from special(pool)  # type: ignore[misc]
        return
    properties = pool.resource.properties
    root = Leaf(properties, ())
    for place in _LAYOUT[pool.kind, pool.shape].get(facet, ()):
        leaves = {field: Leaf(properties, _keys(path)) for field, path in place.items()}
        yield facet(root, leaves)


def _names(pool: Pool) -> Iterator[Facet]:
    resource = pool.resource
    root = Leaf(resource.properties, ())
    segments = _segments_of_id(resource.id) if resource.outputs else {}
    for path, rule in _NAMES[pool.kind, pool.shape].items():
        from_id = {path: segments[path]} if path in segments else None
        leaf = Leaf(from_id, (path,)) if from_id else Leaf(resource.properties, _keys(path))
        yield Name(root, {"name": leaf}, rule)


_ID_SEGMENTS: Final = {
    "resourcegroups": "resourceGroupName",
    "workspaces": "workspaceName",
    "inferencepools": "poolName",
    "groups": "groupName",
    "endpoints": "endpointName",
}


def _segments_of_id(resource_id: str | None) -> dict[str, str]:
    """The names in an ARM id: outputs have no names of parents, the id has them all."""
    parts = (resource_id or "").strip("/").split("/")
    found = {
        _ID_SEGMENTS[kind.casefold()]: name
        for kind, name in zip(parts[::2], parts[1::2], strict=False)
        if kind.casefold() in _ID_SEGMENTS
    }
    return {**found, **({"inferencePoolName": found["poolName"]} if "poolName" in found else {})}


def _tags(pool: Pool) -> Iterator[Facet]:
    yield Tags(Leaf(pool.resource.properties, ("tags",)), {})


def _texts(pool: Pool) -> Iterator[Text]:
    properties = pool.resource.properties
    yield from walk_text(Leaf(properties, ()), properties, tree(pool.kind, pool.shape))


def _properties(pool: Pool) -> Iterator[Property]:
    # In outputs Azure decides what there is; only what a program wrote can be misspelt.
    if not pool.resource.outputs:
        root = Leaf(pool.resource.properties, ())
        yield from walk_properties(root, tree(pool.kind, pool.shape), pool.kind, pool.shape)


_SPECIAL: Final[Mapping[type[Facet], Callable[[Pool], Iterator[Facet]]]] = {
    Name: _names,
    Tags: _tags,
    Text: _texts,
    Property: _properties,
}


def is_pool(token: str) -> bool:
    """Whether a type token names one of the pool types."""
    return kind_and_version(token) is not None
