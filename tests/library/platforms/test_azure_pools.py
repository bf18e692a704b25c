from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inference_pools import platforms
from inference_pools.facets import Facet, Name, Property, PurchaseChange, StatedCapacity, Tags, Text
from inference_pools.facets.place import Place
from inference_pools.path import format_path, format_steps
from inference_pools.platforms.azure.tokens import api_version
from inference_pools.platforms.azure_pools import AZURE_POOLS
from inference_pools.platforms.azure_pools.catalog import (
    ENDPOINT,
    GROUP,
    KINDS,
    POOL,
    Move,
    Shape,
    moves,
    shapes_by_version,
    tree,
)
from inference_pools.platforms.azure_pools.versions import shape_of
from inference_pools.platforms.platform import Kind
from inference_pools.resource import Resource
from inference_pools.tree import Node
from inference_pools.values import UNKNOWN_STRING, Json
from inference_pools.view import facets_of, may_be_judged, view

PLAIN = "azure-native:machinelearningservices:"
A_VERSIONS = ("v20230801preview", "v20240101preview", "v20240401preview")
B_VERSIONS = (
    "v20241001preview",
    "v20250101preview",
    "v20250401preview",
    "v20250701preview",
    "v20251001preview",
    "v20260115preview",
    "v20260315preview",
    "v20260515preview",
    "v20260715preview",
)
BAG = {
    POOL: "inferencePoolProperties",
    GROUP: "inferenceGroupProperties",
    ENDPOINT: "inferenceEndpointProperties",
}
ONLY_IN_A = {POOL: "nodeSkuType", GROUP: "priority", ENDPOINT: "groupId"}


def resource(type_: str = f"{PLAIN}InferencePool", properties: dict[str, Json] | None = None, **more: Any) -> Resource:
    return Resource(urn="urn", type=type_, name="chat", properties=properties or {}, **more)


def iso(version: str) -> str:
    return f"{version[1:5]}-{version[5:7]}-{version[7:9]}-preview"


# Type tokens


@pytest.mark.parametrize("kind", KINDS)
def test_the_plain_token(kind: Kind) -> None:
    token = f"{PLAIN}{kind}"

    assert platforms.kind_of(token) == (AZURE_POOLS, kind)
    assert api_version(token) is None


@pytest.mark.parametrize("version", [*A_VERSIONS, *B_VERSIONS])
@pytest.mark.parametrize("kind", KINDS)
def test_tokens_with_a_version(kind: Kind, version: str) -> None:
    submodule = f"azure-native:machinelearningservices/{version}:{kind}"
    local = f"azure-native_machinelearningservices_{version}:machinelearningservices:{kind}"
    shape = Shape.A if version in A_VERSIONS else Shape.B

    for token in (submodule, local):
        assert platforms.kind_of(token) == (AZURE_POOLS, kind)
        assert api_version(token) == iso(version)
        assert may_be_judged(token)
        assert shape_of(kind, resource(token)) is shape


def test_a_version_that_is_no_preview() -> None:
    token = "azure-native:machinelearningservices/v20300101:InferencePool"

    assert platforms.kind_of(token) == (AZURE_POOLS, POOL)
    assert api_version(token) == "2030-01-01"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "azure-native:machinelearningservices:Workspace",
        "azure-native:machinelearningservices:InferencePools",
        "azure-native:machinelearningservices:inferencePool",
        "azure-native:machinelearningservices:InferencePool:x",
        "azure-native:machinelearningservices/v2023:InferencePool",
        "azure-native-machinelearningservices:InferencePool",
        "azure-native:compute:InferencePool",
        "azure:machinelearning/computeCluster:ComputeCluster",
        "pulumi:pulumi:Stack",
        "pulumi:providers:azure-native",
        f"{PLAIN}InferencePool\n",
    ],
)
def test_other_tokens(token: str) -> None:
    assert platforms.kind_of(token) is None
    assert not may_be_judged(token)
    assert view(resource(token)) is None


# The choice of the shape

A_TOKEN = "azure-native:machinelearningservices/v20230801preview:InferencePool"
B_TOKEN = "azure-native:machinelearningservices/v20250101preview:InferencePool"
TOKEN = f"{PLAIN}InferencePool"
A_LOOKS = {"inferencePoolProperties": {"nodeSkuType": "Standard_D3_v2"}}
B_LOOKS = {"inferencePoolProperties": {"scaleUnitConfiguration": {}}}


def says(version: Json) -> dict[str, Json]:
    return {"azureApiVersion": version}


CHOICES: dict[str, tuple[Resource, Shape]] = {
    "the token before all else": (resource(A_TOKEN, says("2025-01-01-preview"), provider_version="3.29.0"), Shape.A),
    "the token before all else, B": (resource(B_TOKEN, A_LOOKS, provider_version="2.92.3"), Shape.B),
    "the written version before the provider": (
        resource(TOKEN, says("2023-08-01-preview"), provider_version="3.29.0"),
        Shape.A,
    ),
    "the written version before the looks": (resource(TOKEN, says("2025-01-01-preview") | A_LOOKS), Shape.B),
    "outputs of provider 3 say their version": (resource(TOKEN, says("2025-01-01-preview"), outputs=True), Shape.B),
    "the provider before the looks": (resource(TOKEN, A_LOOKS, provider_version="3.29.0"), Shape.B),
    "provider 1": (resource(provider_version="1.104.0"), Shape.A),
    "provider 2": (resource(provider_version="2.92.3"), Shape.A),
    "provider v2": (resource(provider_version="v2.92.3"), Shape.A),
    "provider 3": (resource(provider_version="3.29.0"), Shape.B),
    "a provider of one's own": (resource(provider_version="3.0.0-alpha.1+dirty"), Shape.B),
    "provider 12 is neither 1 nor 2": (resource(provider_version="12.0.0"), Shape.B),
    "provider 20 is not 2": (resource(provider_version="20.0.0"), Shape.B),
    "a version without pools says nothing": (
        resource(TOKEN, says("2024-07-01-preview"), provider_version="2.92.3"),
        Shape.A,
    ),
    "a version of the future says nothing": (resource(TOKEN, says("2099-01-01") | A_LOOKS), Shape.A),
    "an unknown version says nothing": (resource(TOKEN, says(UNKNOWN_STRING), provider_version="3.29.0"), Shape.B),
    "a mistyped version says nothing": (resource(TOKEN, says(5.0) | A_LOOKS), Shape.A),
    "looks like A": (resource(TOKEN, A_LOOKS), Shape.A),
    "looks like B": (resource(TOKEN, B_LOOKS), Shape.B),
    "nothing says anything": (resource(), Shape.B),
    "nothing can be seen": (resource(TOKEN, {"inferencePoolProperties": UNKNOWN_STRING}), Shape.B),
}


@pytest.mark.parametrize("case", CHOICES)
def test_the_choice_of_the_shape(case: str) -> None:
    subject, shape = CHOICES[case]

    assert shape_of(POOL, subject) is shape


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_has_something_that_only_shape_a_has(kind: Kind) -> None:
    looks_a = resource(f"{PLAIN}{kind}", {BAG[kind]: {ONLY_IN_A[kind]: "x"}})
    common = resource(f"{PLAIN}{kind}", {BAG[kind]: {"description": "x"}})

    assert shape_of(kind, looks_a) is Shape.A
    assert shape_of(kind, common) is Shape.B


def test_the_catalog_knows_the_versions_of_the_facts() -> None:
    by_version = shapes_by_version()

    assert {version for version, shape in by_version.items() if shape is Shape.A} == set(map(iso, A_VERSIONS))
    assert {version for version, shape in by_version.items() if shape is Shape.B} == set(map(iso, B_VERSIONS))
    assert {version for version, shape in by_version.items() if shape is None} == {"2024-07-01-preview"}


# The places


def paths(node: Node, prefix: str = "") -> Iterator[str]:
    for name, member in node.members.items():
        yield prefix + name
        yield from paths(member, f"{prefix}{name}.")


EVERY = [(kind, shape) for kind in KINDS for shape in Shape]


def located(kind: Kind, shape: Shape) -> Iterator[tuple[type[Facet], Place]]:
    for facet, places in AZURE_POOLS.by_shape[kind, shape].places.items():
        for place in places:
            yield facet, place


@pytest.mark.parametrize(("kind", "shape"), EVERY)
def test_every_place_is_in_the_catalog(kind: Kind, shape: Shape) -> None:
    layout = AZURE_POOLS.by_shape[kind, shape]
    places = {format_steps(at.path) for _, place in located(kind, shape) for at in place.at.values()}
    addressed = {format_steps(at.path) for at in layout.address.at.values()}

    assert places | addressed | set(map(format_path, layout.names)) <= set(paths(tree(kind, shape)))


@pytest.mark.parametrize(("kind", "shape"), EVERY)
def test_every_place_gives_its_facet_fields_that_it_has(kind: Kind, shape: Shape) -> None:
    for facet, place in located(kind, shape):
        assert set(place.at) <= set(facet.fields)
        assert place.at or facet is Tags


def test_every_field_of_a_facet_has_a_place_somewhere() -> None:
    found: dict[type[Facet], set[str]] = {}
    for kind, shape in EVERY:
        for facet, place in located(kind, shape):
            found.setdefault(facet, set()).update(place.at)

    found[StatedCapacity] |= {"least"}  # a way to state it that other platforms have
    assert found == {facet: set(facet.fields) for facet in found}


SUBJECTS = {
    "requestTimeout": [(POOL, Shape.A), (ENDPOINT, Shape.B)],
    "maxConcurrentRequestsPerInstance": [(POOL, Shape.A), (ENDPOINT, Shape.B)],
    "modelId": [(POOL, Shape.A), (GROUP, Shape.B)],
    "environmentId": [(POOL, Shape.A), (GROUP, Shape.B)],
    "scaleUnitSize": [(GROUP, Shape.B)],
    "codeId": [(POOL, Shape.A)],
    "scoringScript": [(POOL, Shape.A)],
    "registries": [(POOL, Shape.B)],
    "disablePublicEgress": [(POOL, Shape.B)],
    "authMode": [(ENDPOINT, Shape.A), (ENDPOINT, Shape.B)],
    "capacity": EVERY,
    "tier": EVERY,
    "location": EVERY,
}


@pytest.mark.parametrize("leaf", SUBJECTS)
def test_every_property_that_rules_are_about_is_a_place_wherever_it_exists(leaf: str) -> None:
    in_catalog = [key for key in EVERY if any(path.split(".")[-1] == leaf for path in paths(tree(*key)))]
    in_layout = [
        key for key in EVERY if any(at.path[-1] == leaf for _, place in located(*key) for at in place.at.values())
    ]

    assert in_catalog == in_layout == SUBJECTS[leaf]


LONGEST = {"{0,254}$": 255, "{2,32}$": 33}
"""By the end of Azure's pattern, where that has the length."""


@pytest.mark.parametrize(("kind", "shape"), EVERY)
def test_every_name_has_the_catalogs_bounds(kind: Kind, shape: Shape) -> None:
    for keys, rule in AZURE_POOLS.by_shape[kind, shape].names.items():
        if len(keys) > 1:
            continue  # a group's name inside the bag has Azure's pattern without anchors
        raw = tree(kind, shape).members[keys[0]].raw
        assert rule.longest == raw.get("maxLength", LONGEST.get("{" + raw["pattern"].rpartition("{")[2]))


# Names from ids

ID = (
    "/subscriptions/8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264/resourceGroups/rg-ml/providers"
    "/Microsoft.MachineLearningServices/workspaces/mlw-chat/inferencePools/chat"
)


def names(subject: Resource) -> dict[str, str | None]:
    pool = view(subject)
    assert pool is not None
    return {name.leaf("name").path: name.value for name in facets_of(pool, Name)}


def test_outputs_have_their_names_in_the_id() -> None:
    pool = resource(id=ID, outputs=True, properties={"name": "chat"})
    group = resource(f"{PLAIN}InferenceGroup", id=f"{ID}/groups/blue", outputs=True)
    endpoint = resource(
        f"{PLAIN}InferenceEndpoint",
        {"inferenceEndpointProperties": {"groupName": "blue"}},
        id=f"{ID}/endpoints/api",
        outputs=True,
        provider_version="3.29.0",
    )
    parents = {"resourceGroupName": "rg-ml", "workspaceName": "mlw-chat"}

    assert names(pool) == {**parents, "inferencePoolName": "chat"}
    assert names(group) == {**parents, "poolName": "chat", "groupName": "blue"}
    assert names(endpoint) == {
        **parents,
        "poolName": "chat",
        "endpointName": "api",
        "inferenceEndpointProperties.groupName": "blue",
    }


def test_the_segments_of_an_id_compare_without_regard_to_case() -> None:
    assert names(resource(id=ID.lower(), outputs=True)) == names(resource(id=ID, outputs=True))


def test_inputs_have_their_names_in_their_properties() -> None:
    subject = resource(properties={"inferencePoolName": "written"}, id=ID)

    assert names(subject) == {"resourceGroupName": None, "workspaceName": None, "inferencePoolName": "written"}


@pytest.mark.parametrize("resource_id", [None, "", "chat", "/subscriptions"])
def test_outputs_without_a_full_id_have_no_names(resource_id: str | None) -> None:
    assert set(names(resource(id=resource_id, outputs=True)).values()) == {None}


# What is walked


def walked(facet: type[Any], subject: Resource) -> list[str]:
    pool = view(subject)
    assert pool is not None
    return [place.own.path for place in facets_of(pool, facet)]


FULL = {
    "__createBeforeDelete": "x",
    "tags": {"a.b": "x"},
    "inferencePoolProperties": {
        "properties": [{"key": "a", "value": "b"}, UNKNOWN_STRING],
        "provisioningState": "Succeeded",
        "scaleUnitConfiguration": {"registries": ["r"], "disablePublicEgress": True},
    },
    "name": "chat",
}


def test_every_text_is_walked_but_the_engines_and_azures() -> None:
    assert walked(Text, resource(properties=FULL, provider_version="3.29.0")) == [
        'tags["a.b"]',
        'tags["a.b"]',
        "inferencePoolProperties.properties[0].value",
        "inferencePoolProperties.properties[1]",
        "inferencePoolProperties.scaleUnitConfiguration.registries[0]",
    ]


def test_every_property_is_walked_but_the_users_own() -> None:
    assert walked(Property, resource(properties=FULL, provider_version="3.29.0")) == [
        "tags",
        "inferencePoolProperties",
        "inferencePoolProperties.properties",
        "inferencePoolProperties.properties[0]",
        "inferencePoolProperties.properties[0].key",
        "inferencePoolProperties.properties[0].value",
        "inferencePoolProperties.properties[1]",
        "inferencePoolProperties.provisioningState",
        "inferencePoolProperties.scaleUnitConfiguration",
        "inferencePoolProperties.scaleUnitConfiguration.registries",
        "inferencePoolProperties.scaleUnitConfiguration.disablePublicEgress",
        "name",
    ]


def test_no_property_of_outputs_is_walked() -> None:
    assert walked(Property, resource(properties=FULL, outputs=True)) == []


def test_two_tags_that_differ_in_case_are_one_whatever_their_order() -> None:
    def tags(written: dict[str, Json]) -> dict[str, str]:
        pool = view(resource(properties={"tags": written}))
        assert pool is not None
        return next(facets_of(pool, Tags)).names

    assert tags({"Owner": "a", "owner": "b"}) == tags({"owner": "b", "Owner": "a"}) == {"owner": "owner"}


# What moved


@pytest.mark.parametrize("move", moves(), ids=lambda move: f"{move.kind}-{move.shape}-{move.path}")
def test_what_moved_was_there_and_is_where_it_went(move: Move) -> None:
    other = Shape.B if move.shape is Shape.A else Shape.A

    assert move.path in set(paths(tree(move.kind, move.shape)))
    assert move.path not in set(paths(tree(move.kind, other)))
    for kind, shape, path in move.to:
        assert shape is other
        assert path in set(paths(tree(kind, shape)))


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_differs_between_the_shapes_is_explained(kind: Kind) -> None:
    """Below a property that moved nothing needs a move of its own."""
    both = {shape: set(paths(tree(kind, shape))) for shape in Shape}
    for shape, other in ((Shape.A, Shape.B), (Shape.B, Shape.A)):
        moved = {move.path for move in moves() if move.kind == kind and move.shape is shape}
        vanished = {
            path
            for path in both[shape] - both[other]
            if not any(path.startswith(f"{parent}.") for parent in both[shape] - both[other])
        }
        assert vanished == moved


A_PIN = "2023-08-01-preview"
ONE = {"sku": {"name": "Standard_D4as_v4", "capacity": 1.0}}
THREE = {"sku": {"name": "Standard_D4as_v4", "capacity": 3.0}}
MACHINES = {"inferencePoolProperties": {"nodeSkuType": "Standard_D4as_v4"}}


@pytest.mark.parametrize(
    ("version", "before", "after"),
    [
        ("2.92.3", ONE, THREE),
        ("2.92.3", {**ONE, **MACHINES}, {**THREE, **MACHINES}),
        # Made with provider 2, and pinned to the same API version with provider 3: only the properties tell.
        ("3.29.0", {**ONE, **MACHINES}, {**THREE, **MACHINES, "azureApiVersion": A_PIN}),
        ("3.29.0", {**ONE, "azureApiVersion": A_PIN}, {**THREE, "azureApiVersion": A_PIN}),
    ],
    ids=["by the provider", "by the provider and the properties", "by the properties", "by what is written"],
)
def test_what_was_bought_before_is_known(version: str, before: dict[str, Json], after: dict[str, Json]) -> None:
    pool = view(resource(properties=after, previous=before, provider_version=version))
    assert pool is not None
    (change,) = facets_of(pool, PurchaseChange)

    assert change.before is not None
    assert (change.before.instances, change.now.instances) == (1, 3)


def test_what_held_no_machines_before_bought_none() -> None:
    before = {"azureApiVersion": "2025-01-01-preview", "sku": {"capacity": 1.0}}
    pool = view(resource(f"{PLAIN}InferencePool", {**THREE, **MACHINES}, previous=before))
    assert pool is not None
    (change,) = facets_of(pool, PurchaseChange)

    assert change.before is None


def test_where_nothing_is_known_of_before_there_is_no_change() -> None:
    pool = view(resource(properties={**THREE, **MACHINES}))
    assert pool is not None
    assert list(facets_of(pool, PurchaseChange)) == []
