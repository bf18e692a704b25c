"""Where each facet lies, in each resource type and API shape. The only place that knows.

A further platform, or a further shape, is one more column here; no rule changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, TypeVar

from inference_pools import type_token
from inference_pools.catalog import BAG, Kind, Shape, bag_of, default_api_version, shapes_by_version, tree
from inference_pools.facets import (
    Address,
    ApiVersion,
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
    Name,
    NameRule,
    Nodes,
    NodeType,
    PlainText,
    Probe,
    Property,
    Protection,
    Purchase,
    PurchaseChange,
    RequestLimits,
    Sku,
    Sources,
    Tags,
    Text,
)
from inference_pools.facets.texts import walk_plain_text, walk_properties, walk_text
from inference_pools.path import Keys, parse_path
from inference_pools.reader import Leaf, frozen
from inference_pools.resource import Resource
from inference_pools.values import SIGNATURE_KEY, UNKNOWN_SENTINELS, Json

F = TypeVar("F", bound=Facet)

_MODULE: Final = ("azure-native", "machinelearningservices")
_KINDS: Final = frozenset(map(str, Kind))
_API_VERSION: Final = re.compile(r"v\d{8}(?:preview)?")


@lru_cache(maxsize=1024)
def kind_and_version(token: str) -> tuple[Kind, str | None] | None:
    """The pool type that a type token names, and its API version when the token says it; else None."""
    found = type_token.parse(token)
    if found is None or (found.package, found.module) != _MODULE or found.kind not in _KINDS:
        return None
    if not all(map(_API_VERSION.fullmatch, found.versions)):
        return None
    return Kind(found.kind), _api_version(found.versions[0]) if found.versions else None


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
    bag = resource.properties.get(BAG[kind])
    names = set(bag) if isinstance(bag, dict) else set()
    only_in_a = set(bag_of(kind, Shape.A).members) - set(bag_of(kind, Shape.B).members)
    return Shape.A if names & only_in_a else Shape.B


def api_version_of(resource: Resource) -> str | None:
    """The API version that a resource is made with: told by its type token, by what the provider wrote, or by the
    provider's major version. None where none of these says it.
    """
    known = kind_and_version(resource.type)
    written = resource.properties.get("azureApiVersion")
    if known is not None and known[1] is not None:
        return known[1]
    if isinstance(written, str) and written not in UNKNOWN_SENTINELS:
        return written
    return default_api_version(resource.provider_version) if resource.provider_version else None


# A facet's place: field -> property path. One dict a place; a facet with two places is judged twice.
Place: TypeAlias = Mapping[str, str]
_SKU: Final[Place] = {"name": "sku.name", "tier": "sku.tier", "size": "sku.size", "family": "sku.family"}
_INSTANCES: Final[Place] = {"instances": "sku.capacity"}
_LOCATION: Final[Place] = {"location": "location"}
_SKU_NAME: Final[Place] = {"sku_name": "sku.name"}
_ENVELOPE: Final[Mapping[type[Facet], tuple[Place, ...]]] = {
    NodeType: (_SKU_NAME,),
    Sku: (_SKU,),
    Capacity: (_INSTANCES,),
    Location: (_LOCATION,),
}


def _requests(bag: str) -> Place:
    return {
        "timeout": f"{bag}.requestConfiguration.requestTimeout",
        "concurrency": f"{bag}.requestConfiguration.maxConcurrentRequestsPerInstance",
    }


def _load(bag: str) -> Mapping[type[Facet], tuple[Place, ...]]:
    return {Load: ({"tags": "tags", "properties": f"{bag}.properties"},)}


def _machines(bag: str, **more: str) -> Mapping[type[Facet], tuple[Place, ...]]:
    """Of a resource that machines are made for."""
    node_type = {"node_type": f"{bag}.nodeSkuType"}
    return {
        NodeType: (node_type, _SKU_NAME),
        Sku: ({**_SKU, **node_type},),
        Purchase: ({**node_type, **_SKU_NAME, **_INSTANCES, **_LOCATION, **more},),
    }


_NODES: Final[Mapping[type[Facet], tuple[Place, ...]]] = {Nodes: (_INSTANCES,)}
_PROBE_FIELDS: Final = {
    "failure_threshold": "failureThreshold",
    "success_threshold": "successThreshold",
    "timeout": "timeout",
    "period": "period",
    "initial_delay": "initialDelay",
}


def _probes(bag: str) -> Mapping[type[Facet], tuple[Place, ...]]:
    probes = [f"{bag}.environmentConfiguration.{name}Probe" for name in ("liveness", "readiness", "startup")]
    return {
        Probe: tuple(
            {"probe": probe, **{field: f"{probe}.{name}" for field, name in _PROBE_FIELDS.items()}} for probe in probes
        )
    }


def _sources(bag: str, **more: str) -> Mapping[type[Facet], tuple[Place, ...]]:
    model = f"{bag}.modelConfiguration.modelId"
    environment = f"{bag}.environmentConfiguration.environmentId"
    sources = {"model": model, "environment": environment, **more}
    return {
        ModelSource: ({"id": model},),
        EnvironmentSource: ({"id": environment},),
        Sources: tuple({field: path} for field, path in sources.items()),
    }


_POOL_A_CODE: Final[Place] = {
    "id": "inferencePoolProperties.codeConfiguration.codeId",
    "script": "inferencePoolProperties.codeConfiguration.scoringScript",
}
_POOL_B_SOURCES: Final[Place] = {"registries": "inferencePoolProperties.scaleUnitConfiguration.registries"}
_POOL_B_EXPOSURE: Final[Place] = {
    "unit": "inferencePoolProperties.scaleUnitConfiguration",
    "egress": "inferencePoolProperties.scaleUnitConfiguration.disablePublicEgress",
}
_AUTHENTICATION: Final[Mapping[type[Facet], tuple[Place, ...]]] = {
    Authentication: ({"mode": "inferenceEndpointProperties.authMode"},),
}

_LAYOUT: Final[Mapping[tuple[Kind, Shape], Mapping[type[Facet], tuple[Place, ...]]]] = {
    (Kind.POOL, Shape.A): {
        **_ENVELOPE,
        **_NODES,
        **_machines("inferencePoolProperties"),
        **_load("inferencePoolProperties"),
        **_probes("inferencePoolProperties"),
        **_sources("inferencePoolProperties", code=_POOL_A_CODE["id"]),
        CodeSource: (_POOL_A_CODE,),
        RequestLimits: (_requests("inferencePoolProperties"),),
    },
    (Kind.POOL, Shape.B): {
        **_ENVELOPE,
        **_NODES,
        **_load("inferencePoolProperties"),
        Sources: (_POOL_B_SOURCES,),
        Exposure: (_POOL_B_EXPOSURE,),
    },
    (Kind.GROUP, Shape.A): {**_ENVELOPE, **_load("inferenceGroupProperties")},
    (Kind.GROUP, Shape.B): {
        **_ENVELOPE,
        **_load("inferenceGroupProperties"),
        **_probes("inferenceGroupProperties"),
        **_sources("inferenceGroupProperties"),
        **_machines("inferenceGroupProperties", scale_unit_size="inferenceGroupProperties.scaleUnitSize"),
        Nodes: ({**_INSTANCES, "scale_unit_size": "inferenceGroupProperties.scaleUnitSize"},),
        Capacity: (_INSTANCES, {"instances": "inferenceGroupProperties.scaleUnitSize"}),
    },
    (Kind.ENDPOINT, Shape.A): {**_ENVELOPE, **_AUTHENTICATION, **_load("inferenceEndpointProperties")},
    (Kind.ENDPOINT, Shape.B): {
        **_ENVELOPE,
        **_AUTHENTICATION,
        **_load("inferenceEndpointProperties"),
        RequestLimits: (_requests("inferenceEndpointProperties"),),
    },
}

# Names: https://github.com/Azure/azure-rest-api-specs (machinelearningservices InferencePool.tsp, InferenceGroup.tsp,
# InferenceEndpoint.tsp; common-types/resource-management/v3/types.json) and, for the full stop that may not end a
# resource group's name, https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
_POOL_NAME: Final = r"[a-zA-Z0-9][a-zA-Z0-9\-_]*"
_POOL_WORDS: Final = "letters, digits, hyphens and underscores, the first a letter or digit"


def _named(what: str, of: str = "") -> NameRule:
    return NameRule(what, _POOL_NAME, 255, _POOL_WORDS, of)


_WORKSPACE_NAME: Final = NameRule(
    "the workspace's name",
    r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,}",
    33,
    "3 or more letters, digits, hyphens and underscores, the first a letter or digit",
    "workspace",
)
_RESOURCE_GROUP_NAME: Final = NameRule(
    "the resource group's name",
    r"[-\w.()]*[-\w()]",
    90,
    "letters, digits, hyphens, underscores, parentheses and full stops, the last no full stop",
    "resourceGroup",
)
_PARENTS: Final = {
    "resourceGroupName": _RESOURCE_GROUP_NAME,
    "workspaceName": _WORKSPACE_NAME,
}
_POOL_PARENT: Final = {**_PARENTS, "poolName": _named("the pool's name")}
_NAME_RULES: Final[Mapping[tuple[Kind, Shape], Mapping[str, NameRule]]] = {
    (Kind.POOL, Shape.A): {**_PARENTS, "inferencePoolName": _named("the pool's name", "pool")},
    (Kind.POOL, Shape.B): {**_PARENTS, "inferencePoolName": _named("the pool's name", "pool")},
    (Kind.GROUP, Shape.A): {**_POOL_PARENT, "groupName": _named("the group's name", "group")},
    (Kind.GROUP, Shape.B): {**_POOL_PARENT, "groupName": _named("the group's name", "group")},
    (Kind.ENDPOINT, Shape.A): {**_POOL_PARENT, "endpointName": _named("the endpoint's name", "endpoint")},
    (Kind.ENDPOINT, Shape.B): {
        **_POOL_PARENT,
        "endpointName": _named("the endpoint's name", "endpoint"),
        "inferenceEndpointProperties.groupName": _named("the name of the group it serves"),
    },
}


_OWN_NAMES: Final = frozenset(("pool", "group", "endpoint"))
"""What names of the resource itself are called; what it lies in may be in another region."""
_NAMES: Final = {
    layout: {parse_path(path): rule for path, rule in names.items()} for layout, names in _NAME_RULES.items()
}
_PLACES: Final = {
    layout: {
        facet: tuple({field: parse_path(path) for field, path in place.items()} for place in places)
        for facet, places in by_facet.items()
    }
    for layout, by_facet in _LAYOUT.items()
}


class Pool(NamedTuple):
    """A resource of one of the pool types, its kind and shape told once for all rules."""

    resource: Resource
    kind: Kind
    shape: Shape
    reads: list[Keys] | None = None
    """Takes note of each place that is read through one of its facets, where someone wants to know."""

    def leaf(self, *keys: str) -> Leaf:
        """A place in the properties."""
        return Leaf(self.resource.properties, keys, True, self.reads)


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
    for place in _PLACES[pool.kind, pool.shape].get(facet, ()):
        yield facet(pool.leaf(), place)


def is_everywhere(facet: type[Facet]) -> bool:
    """Whether there is such a facet wherever there is a property: the texts, the properties themselves."""
    return facet in (Text, PlainText, Property)


def divided(pool: Pool) -> tuple[Hashable, list[Json]] | None:
    """All that facets can tell of a pool, but for what stands in its parts, and those values in the order of `Outline`.

    Pools of which the first is equal have an equal `Outline`. None where facets show more than that: what is only read
    has its names in its id, an update has the properties of before, and of a pair of key and value each says what the
    other is. Raises TypeError for what is no JSON.
    """
    resource = pool.resource
    properties = resource.properties
    if resource.outputs or resource.previous is not None or _has_pair(properties):
        return None
    names: tuple[str, ...] | None = None
    values = list(properties.values())
    bag = _open_bag(pool)
    if bag is not None:
        if _has_pair(bag):
            return None
        names = tuple(bag)
        values += bag.values()
    version = properties.get("azureApiVersion")
    written = version if type(version) is str else frozen(version)
    place = (resource.type, pool.shape, resource.provider_version, resource.protect, written)
    return (*place, tuple(properties), names), values


def _has_pair(holder: Mapping[str, Json]) -> bool:
    return "key" in holder and "value" in holder


class Outline:
    """How the properties of a pool are divided into parts: each member of its bag of properties is one, and so is
    every other property. A bag that cannot be looked into is a part itself.

    `parts` are their keys. `walked` are the same in the order in which a pool is walked, with the bag before what is
    in it. `open_bag` are the keys of a bag that is divided, of which the names are no part: they are in the outline.
    """

    def __init__(self, pool: Pool) -> None:
        bag_name = BAG[pool.kind]
        bag = _open_bag(pool)
        inside = [] if bag is None else [(bag_name, name) for name in bag]
        self.open_bag: Keys | None = None if bag is None else (bag_name,)
        self._places: tuple[Keys, ...] = (*((name,) for name in pool.resource.properties), *inside)
        self.parts = frozenset(self._places) - {self.open_bag}
        self.walked: list[Keys] = []
        for name in pool.resource.properties:
            self.walked += [(name,), *inside] if (name,) == self.open_bag else [(name,)]

    def part_of(self, keys: Keys) -> Keys:
        """The keys of the part that a place lies in, if it is there."""
        return keys[: 2 if keys[:1] == self.open_bag else 1]

    def number(self, part: Keys) -> int:
        """Which of the values of `divided` a part has."""
        return self._places.index(part)


def only(pool: Pool, part: Keys) -> Pool:
    """A pool that has one part alone."""
    value: Json = pool.resource.properties
    for key in part:
        value = value[key]
    for key in reversed(part):
        value = {key: value}
    return pool._replace(resource=replace(pool.resource, properties=value))


def _open_bag(pool: Pool) -> dict[str, Json] | None:
    """The bag of properties, where it can be looked into."""
    bag = pool.resource.properties.get(BAG[pool.kind])
    return bag if type(bag) is dict and SIGNATURE_KEY not in bag else None


def _names(pool: Pool) -> Iterator[Facet]:
    own = _with_names(pool).leaf()
    for keys, rule in _NAMES[pool.kind, pool.shape].items():
        located = {"location": ("location",)} if rule.of in _OWN_NAMES else {}
        yield Name(own, {"name": keys, **located}, rule)


def _with_names(pool: Pool) -> Pool:
    """The pool with its names: of a resource of which only outputs are known they are in its id."""
    resource = pool.resource
    if not resource.outputs:
        return pool
    return pool._replace(resource=replace(resource, properties={**resource.properties, **_names_in(resource.id)}))


_SERVES: Final = {
    (Kind.ENDPOINT, Shape.A): {"serves": ("inferenceEndpointProperties", "groupId")},
    (Kind.ENDPOINT, Shape.B): {"serves": ("inferenceEndpointProperties", "groupName")},
}
_OWN_NAME: Final = {
    Kind.POOL: {"pool": ("inferencePoolName",)},
    Kind.GROUP: {"pool": ("poolName",), "group": ("groupName",)},
    Kind.ENDPOINT: {"pool": ("poolName",), "endpoint": ("endpointName",)},
}
_ADDRESSES: Final[Mapping[tuple[Kind, Shape], Mapping[str, Keys]]] = {
    (kind, shape): {
        "resource_group": ("resourceGroupName",),
        "workspace": ("workspaceName",),
        **_OWN_NAME[kind],
        **_SERVES.get((kind, shape), {}),
    }
    for kind in Kind
    for shape in Shape
}


def _address(pool: Pool) -> Iterator[Facet]:
    yield Address(_with_names(pool).leaf(), _ADDRESSES[pool.kind, pool.shape])


_WRITTEN_VERSION: Final = {"version": ("azureApiVersion",)}
_VERSION: Final[Mapping[str, Keys]] = {"version": ()}


def _api_version_facet(pool: Pool) -> Iterator[Facet]:
    is_written = "azureApiVersion" in pool.resource.properties
    yield ApiVersion(pool.leaf(), _WRITTEN_VERSION if is_written else _VERSION, api_version_of(pool.resource))


def _description(pool: Pool) -> Iterator[Facet]:
    text = (BAG[pool.kind], "description")
    yield Description(pool.leaf(), {"text": text}, pool.kind.removeprefix("Inference").lower())


_ID_SEGMENTS: Final = {
    "resourcegroups": "resourceGroupName",
    "workspaces": "workspaceName",
    "inferencepools": "poolName",
    "groups": "groupName",
    "endpoints": "endpointName",
}


def _names_in(resource_id: str | None) -> dict[str, str]:
    """The names in an ARM id: outputs have no names of parents, the id has them all."""
    parts = (resource_id or "").strip("/").split("/")
    found = {
        _ID_SEGMENTS[kind.casefold()]: name
        for kind, name in zip(parts[::2], parts[1::2], strict=False)
        if kind.casefold() in _ID_SEGMENTS
    }
    return {**found, **({"inferencePoolName": found["poolName"]} if "poolName" in found else {})}


_IDENTITY: Final = {"type": ("identity", "type"), "ids": ("identity", "userAssignedIdentities")}


def _identity(pool: Pool) -> Iterator[Facet]:
    yield Identity(pool.leaf("identity"), _IDENTITY, pool.kind)


def _protection(pool: Pool) -> Iterator[Facet]:
    # What a stack only reads it cannot delete, and not every source tells.
    protect = pool.resource.protect
    if protect is not None and not pool.resource.outputs:
        yield Protection(pool.leaf(), kind=pool.kind, is_protected=protect)


def _purchase_changes(pool: Pool) -> Iterator[Facet]:
    """What becomes of a purchase, where the source knows what it was. The shape may change with the update."""
    resource = pool.resource
    if resource.previous is None:
        return
    old = replace(resource, properties=resource.previous, outputs=False, provider_version=None)
    # The version is that of the provider now; it tells the old shape only where the old properties do not.
    if shape_of(old) is Shape.B and "azureApiVersion" not in resource.previous:
        old = replace(old, provider_version=resource.provider_version)
    before = next(facets_of(Pool(old, pool.kind, shape_of(old)), Purchase), None)
    for now in facets_of(pool, Purchase):
        yield PurchaseChange(now, before)


def _tags(pool: Pool) -> Iterator[Facet]:
    yield Tags(pool.leaf("tags"), {})


def _texts(pool: Pool) -> Iterator[Text]:
    yield from walk_text(pool.leaf(), pool.resource.properties, tree(pool.kind, pool.shape))


def _plain_texts(pool: Pool) -> Iterator[PlainText]:
    yield from walk_plain_text(pool.leaf(), pool.resource.properties, tree(pool.kind, pool.shape))


def _properties(pool: Pool) -> Iterator[Property]:
    # In outputs Azure decides what there is; only what a program wrote can be misspelt.
    if not pool.resource.outputs:
        yield from walk_properties(pool.leaf(), tree(pool.kind, pool.shape), pool.kind, pool.shape)


_SPECIAL: Final[Mapping[type[Facet], Callable[[Pool], Iterator[Facet]]]] = {
    Address: _address,
    ApiVersion: _api_version_facet,
    Description: _description,
    Identity: _identity,
    Protection: _protection,
    Name: _names,
    PlainText: _plain_texts,
    Tags: _tags,
    Text: _texts,
    Property: _properties,
    PurchaseChange: _purchase_changes,
}


def is_pool(token: str) -> bool:
    """Whether a type token names one of the pool types."""
    return kind_and_version(token) is not None
