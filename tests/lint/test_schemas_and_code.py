"""Schemas, facets, the stand-in provider and the catalog of Azure's API speak of the same keys, choices and defaults.

Every property of every facet is read through a reader that takes note of the places. What the facets read, Azure must
have; what the schemas describe, the facets must read; and what only one of them has is written down here.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inference_pools import durations, facets, platforms
from inference_pools.facets import (
    Facet,
    IgnoredChange,
    PlainText,
    Property,
    PurchaseChange,
    Replacement,
    Text,
)
from inference_pools.finding import Severity
from inference_pools.path import Keys
from inference_pools.platforms.azure import asset_ids
from inference_pools.platforms.azure_pools.catalog import KINDS, Shape, tree
from inference_pools.platforms.azure_pools.layout import LAYOUTS
from inference_pools.platforms.platform import Kind
from inference_pools.reader import ReadError
from inference_pools.resource import Resource
from inference_pools.rule_sets import PROFILES
from inference_pools.rules import ALL
from inference_pools.tree import Node
from inference_pools.view import facets_of, view
from poolgate.lint.schema_files import packaged, packaged_folder
from poolgate.standin.azure_native.types import look_up

EVERY = [(kind, shape) for kind in KINDS for shape in Shape]
every_type = pytest.mark.parametrize(("kind", "shape"), EVERY)
PARTS: dict[str, dict[str, Any]] = json.loads(packaged("pool").read_text("utf-8"))["$defs"]
SAMPLES = ("single-pool", "pool-groups", "fleet", "rejected-seed")

# Facets that are met wherever there is a property, and say nothing of one in particular.
EVERYWHERE = (Text, PlainText, Property)
OF_POOLS = {facet for layout in LAYOUTS for facet in layout.places}
# Facets that only other platforms have.
NOT_OF_POOLS = {
    facet for platform in platforms.ALL for layout in platform.layouts for facet in layout.places
} - OF_POOLS
FACETS = [
    facet
    for _, facet in inspect.getmembers(facets, inspect.isclass)
    if issubclass(facet, Facet)
    and facet not in (Facet, PurchaseChange, IgnoredChange, Replacement, *EVERYWHERE, *NOT_OF_POOLS)
]

OF_THE_POOL = "inferencePoolProperties"
PLACES: Mapping[str, tuple[str, ...]] = {
    "resourceName": ("inferencePoolName", "poolName", "groupName", "endpointName"),
    "workspaceName": ("workspaceName",),
    "resourceGroupName": ("resourceGroupName",),
    "location": ("location",),
    "description": tuple(f"inference{of}Properties.description" for of in ("Pool", "Group", "Endpoint")),
    "vmSize": (f"{OF_THE_POOL}.nodeSkuType", "inferenceGroupProperties.nodeSkuType"),
    "capacity": ("sku.capacity",),
    "sku": ("sku",),
    "duration": (
        f"{OF_THE_POOL}.requestConfiguration.requestTimeout",
        "inferenceEndpointProperties.requestConfiguration.requestTimeout",
    ),
    "concurrency": (
        f"{OF_THE_POOL}.requestConfiguration.maxConcurrentRequestsPerInstance",
        "inferenceEndpointProperties.requestConfiguration.maxConcurrentRequestsPerInstance",
    ),
    "scaleUnitSize": ("inferenceGroupProperties.scaleUnitSize",),
    "scoringScript": (f"{OF_THE_POOL}.codeConfiguration.scoringScript",),
    "modelId": (
        f"{OF_THE_POOL}.modelConfiguration.modelId",
        "inferenceGroupProperties.modelConfiguration.modelId",
    ),
    "environmentId": (
        f"{OF_THE_POOL}.environmentConfiguration.environmentId",
        "inferenceGroupProperties.environmentConfiguration.environmentId",
    ),
    "codeId": (f"{OF_THE_POOL}.codeConfiguration.codeId",),
    "tags": ("tags",),
}
"""What each shared part of the schemas is in Azure's API."""
NO_PLACE = {
    "guid": "the subscription, which is the provider's configuration",
    "registryName": "an entry of a list of objects; the program makes the objects",
    "environmentVariables": "read as texts, one by one: an object in shape A, a list of pairs in shape B",
}
NOT_IN_THE_SCHEMAS = {
    "authMode": "has one value only; programs set it",
    "disablePublicEgress": "a decision of the program",
    "registries": "registryName in the schemas",
    "groupId": "made by the program, of the names of its parents",
    "groupName": "the name of a group, resourceName in the schemas",
    "properties": "open; no sample has any",
    "identity.type": "a decision of the program",
    "userAssignedIdentities": "a decision of the program",
    **dict.fromkeys(
        ("failureThreshold", "successThreshold", "timeout", "period", "initialDelay"), "of a probe; no sample has one"
    ),
}
"""Leaves that facets read and no shared part describes."""
OF_THE_PROJECTS = {
    "subscriptionId", "pools", "groups", "endpoints", "name", "group", "poolName", "poolSku", "telemetryConnection",
}  # fmt: skip
"""Keys of the samples' configuration that are no properties of Azure's under the same name."""


def resource(kind: Kind, shape: Shape, properties: dict[str, Any]) -> Resource:
    version = "2.92.3" if shape is Shape.A else "3.29.0"
    token = f"azure-native:machinelearningservices:{kind}"
    return Resource(
        f"urn:pulumi:dev::test::{token}::chat", token, "chat", properties, provider_version=version, protect=True
    )


def sample(node: Node) -> Any:
    """A value with everything in it that a program may write."""
    if node.enum:
        return node.enum[0]
    if node.items is not None:
        return [sample(node.items)]
    if node.type == "object":
        return {name: sample(member) for name, member in node.members.items() if not member.output}
    if node.raw.get("format") == "duration":
        return "PT7S"
    return {"string": "text", "integer": 2.0, "number": 2.0, "boolean": True, "array": []}[node.type]


def touch(facet: Facet) -> dict[str, Any]:
    """Reads every property of a facet; the values by name."""
    values = {}
    for name, _ in inspect.getmembers(type(facet), lambda member: isinstance(member, property)):
        try:
            value = getattr(facet, name)
            values[name] = list(value) if isinstance(value, Iterator) else value
        except ReadError:
            continue
    for field in {*facet.fields, *facet.placed}:
        facet.leaf(field).value()
    return values


def recorded(kind: Kind, shape: Shape, properties: dict[str, Any]) -> set[Keys]:
    """Every place that the facets of a resource read."""
    pool = view(resource(kind, shape, properties))
    assert pool is not None
    reads: list[Keys] = []
    watched = pool._replace(reads=reads)
    for facet_type in FACETS:
        for facet in facets_of(watched, facet_type):
            touch(facet)
    return {keys for keys in reads if keys}


def node_at(kind: Kind, shape: Shape, keys: Keys) -> Node | None:
    node: Node | None = tree(kind, shape)
    for key in keys:
        if node is None:
            return None
        node = node.items if isinstance(key, int) else node.members.get(key) or node.values
    return node


def is_free(keys: Keys) -> bool:
    """Whether a place is among tags or a bag's own properties, whose names are anybody's."""
    return keys[:1] == ("tags",) or keys[1:2] == ("properties",)


def dotted(keys: Keys) -> str:
    return ".".join(str(key) for key in keys if isinstance(key, str))


ALL_READS = {
    (kind, shape): recorded(kind, shape, {}) | recorded(kind, shape, sample(tree(kind, shape))) for kind, shape in EVERY
}


# ---------------------------------------------------------------------------------------------------------------
# Keys
# ---------------------------------------------------------------------------------------------------------------


@every_type
def test_what_facets_read_azure_has(kind: Kind, shape: Shape) -> None:
    unknown = {keys for keys in ALL_READS[kind, shape] if node_at(kind, shape, keys) is None and not is_free(keys)}
    assert unknown == set()


def test_every_facet_is_met_and_every_one_of_its_properties_is_read() -> None:
    met: dict[type[Facet], set[str]] = {}
    for kind, shape in EVERY:
        pool = view(resource(kind, shape, sample(tree(kind, shape))))
        assert pool is not None
        for facet_type in FACETS:
            for facet in facets_of(pool, facet_type):
                met.setdefault(facet_type, set()).update(touch(facet))
    wanted = {
        facet: {name for name, _ in inspect.getmembers(facet, lambda member: isinstance(member, property))}
        for facet in FACETS
    }
    assert met == wanted


def test_every_shared_part_has_its_place_and_every_place_is_read() -> None:
    assert set(PARTS) == set(PLACES) | set(NO_PLACE)
    reads = {dotted(keys) for seen in ALL_READS.values() for keys in seen}
    inside = {path.rpartition(".")[0] for path in reads}
    for name, places in PLACES.items():
        assert all(place in reads or place in inside for place in places), name


def test_what_facets_read_the_schemas_describe_or_leave_out_for_a_reason() -> None:
    described = {place for places in PLACES.values() for place in places} | {
        f"sku.{key}" for key in PARTS["sku"]["properties"]
    }
    leaves = {
        dotted(keys)
        for (kind, shape), seen in ALL_READS.items()
        for keys in seen
        if (node := node_at(kind, shape, keys)) is not None and not (node.members or node.output or is_free(keys[:-1]))
    }
    left_out = set()
    for path in leaves - described - {"azureApiVersion"}:
        last = ".".join(path.split(".")[-2:])
        left_out.add(last if last in NOT_IN_THE_SCHEMAS else path.rpartition(".")[2])
    assert left_out == set(NOT_IN_THE_SCHEMAS)


def test_the_sku_of_the_schemas_is_azures_and_the_facets() -> None:
    in_schema = set(PARTS["sku"]["properties"])
    for kind, shape in EVERY:
        assert in_schema == {name for name, node in tree(kind, shape).members["sku"].members.items() if not node.output}
        assert in_schema == {keys[1] for keys in ALL_READS[kind, shape] if keys[0] == "sku" and len(keys) == 2}


def keys_of(schema: Any) -> Iterator[str]:
    """The names of all properties in a schema, without their namespace."""
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            yield name.rpartition(":")[2]
            yield from keys_of(inner)
        yield from keys_of(schema.get("items"))


def test_projects_call_a_property_as_azure_does() -> None:
    def names(node: Node) -> Iterator[str]:
        for name, member in node.members.items():
            yield name
            yield from names(member)
        if node.items is not None:
            yield from names(node.items)

    azures = {name for kind, shape in EVERY for name in names(tree(kind, shape))}
    schemas = (json.loads((packaged_folder() / f"{name}.schema.json").read_text("utf-8")) for name in SAMPLES)
    written = {key for schema in schemas for key in keys_of(schema)}
    assert written - azures == OF_THE_PROJECTS - azures
    assert written >= OF_THE_PROJECTS


# ---------------------------------------------------------------------------------------------------------------
# Types, choices and bounds
# ---------------------------------------------------------------------------------------------------------------

PLACED = [(name, place) for name, places in PLACES.items() for place in places]


def nodes_at(place: str) -> list[Node]:
    keys = tuple(place.split("."))
    found = [node for kind, shape in EVERY if (node := node_at(kind, shape, keys)) is not None]
    assert found, place
    return found


@pytest.mark.parametrize(("name", "place"), PLACED)
def test_types_and_choices_are_azures(name: str, place: str) -> None:
    for node in nodes_at(place):
        assert PARTS[name]["type"] == node.type
        assert tuple(PARTS[name].get("enum", ())) == node.enum


def test_the_choices_inside_the_sku_are_azures() -> None:
    for key, part in PARTS["sku"]["properties"].items():
        for node in nodes_at(f"sku.{key}"):
            described = PARTS[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
            assert (described["type"], tuple(described.get("enum", ()))) == (node.type, node.enum), key


NAMES = ("resourceName", "workspaceName", "resourceGroupName")


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_a_name_that_fits_the_schema_fits_azure_and_the_rule(name: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(PARTS[name]["pattern"], re.ASCII), fullmatch=True))
    assume("\n" not in text)
    for node in (node for place in PLACES[name] for node in nodes_at(place)):
        assert re.search(node.raw["pattern"], text)
        assert len(text) <= node.raw.get("maxLength", len(text))
    for rule in (rule for each in LAYOUTS for path, rule in each.names.items() if path in PLACES[name]):
        assert re.fullmatch(rule.pattern, text)
        assert len(text) <= rule.longest


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text("abzAZ019-_.() é", max_size=8) | st.integers(30, 260).map(lambda length: "a" * length))
def test_a_name_that_the_rule_takes_fits_the_schema(name: str, text: str) -> None:
    fits = re.search(PARTS[name]["pattern"], text) is not None
    rules = [rule for each in LAYOUTS for path, rule in each.names.items() if path in PLACES[name]]
    taken = [bool(re.fullmatch(rule.pattern, text, re.ASCII)) and len(text) <= rule.longest for rule in rules]
    assert taken == [fits] * len(rules)


@settings(max_examples=60)
@given(st.text("PTDHMSWY0159.,-pts ", max_size=9) | st.from_regex(PARTS["duration"]["pattern"], fullmatch=True))
def test_a_duration_of_the_schema_is_one_of_the_reader(text: str) -> None:
    assume(sum(character.isdigit() for character in text) < 5)  # beyond a century the reader refuses
    fits = re.search(PARTS["duration"]["pattern"], text) is not None and not text.endswith("\n")
    try:
        durations.parse(text)
    except durations.DurationError:
        assert not fits
    else:
        assert fits


GUID = "8a3f6c1e-5b0d-4c57-9e7a-2f4d1b6c9e03"
IN_A_WORKSPACE = (
    f"/subscriptions/{GUID}/resourceGroups/@/providers/Microsoft.MachineLearningServices/workspaces/@/@/@/versions/@"
)
IN_A_REGISTRY = "azureml://registries/@/@/@/versions/@"
SEGMENT = st.text("aB1-_.%{}/ é", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("name", "kind"), [("modelId", "models"), ("environmentId", "environments"), ("codeId", "codes")]
)
@given(form=st.sampled_from((IN_A_WORKSPACE, IN_A_REGISTRY)), segments=st.lists(SEGMENT, min_size=4, max_size=4))
def test_an_id_of_the_schema_is_one_that_the_rules_know(name: str, kind: str, form: str, segments: list[str]) -> None:
    before, _, after = form.rpartition("@/versions")
    text = f"{before.rpartition('@')[0]}{kind}/@/versions{after}"
    for segment in segments:
        text = text.replace("@", segment, 1)
    asset = asset_ids.parse(text)
    if re.search(PARTS[name]["pattern"], text):
        assert asset is not None
        assert (asset.kind, asset.version) == (kind, text.rpartition("/")[2])
    else:
        assert any({"/", "{", "}", " "} & set(segment) for segment in segments)


# ---------------------------------------------------------------------------------------------------------------
# Defaults
# ---------------------------------------------------------------------------------------------------------------


GIVEN_BY = {"egress": "is_egress_disabled"}
"""The property of a facet that gives a field its default, where it goes by another name."""


@every_type
def test_the_defaults_of_facets_are_azures(kind: Kind, shape: Shape) -> None:
    """Read from a resource that says nothing: what a facet then gives is what Azure documents."""
    pool = view(resource(kind, shape, {}))
    assert pool is not None
    defaults = 0
    for facet in (facet for facet_type in FACETS for facet in facets_of(pool, facet_type)):
        values = touch(facet)
        for field in facet.fields:
            node = node_at(kind, shape, facet.leaf(field).keys)
            default = node.raw.get("default") if node else None
            if default is None:
                # A facet that has no default to go by says None; a false one is that a switch is off.
                assert not values.get(field), (type(facet), field)
                continue
            assert node is not None
            wanted = durations.parse(default) if node.raw.get("format") == "duration" else default
            assert values[GIVEN_BY.get(field, field)] == wanted, (type(facet), field)
            defaults += 1
    assert (defaults > 0) == any(default is not None for default in read_defaults(kind, shape))


def read_defaults(kind: Kind, shape: Shape) -> Iterator[Any]:
    for keys in ALL_READS[kind, shape]:
        node = node_at(kind, shape, keys)
        yield node.raw.get("default") if node else None


@pytest.mark.parametrize(("name", "place"), PLACED)
def test_a_default_in_a_schema_is_azures(name: str, place: str) -> None:
    for node in nodes_at(place):
        assert PARTS[name].get("default", node.raw.get("default")) == node.raw.get("default")


# ---------------------------------------------------------------------------------------------------------------
# The stand-in provider
# ---------------------------------------------------------------------------------------------------------------


def facts(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of a property: its kind, choices, default, bounds, and the same of what is inside."""
    names = ("type", "enum", "default", "pattern", "minLength", "maxLength", "required", "output")
    found: dict[str, Any] = {name: raw[name] for name in names if name in raw}
    found["inside"] = {name: facts(inner) for name, inner in raw.get("properties", {}).items()}
    return found | ({"items": facts(raw["items"])} if "items" in raw else {})


@every_type
def test_the_stand_in_knows_what_the_catalog_knows(kind: Kind, shape: Shape) -> None:
    version = "2.92.3" if shape is Shape.A else "3.29.0"
    known = look_up(f"azure-native:machinelearningservices:{kind}", version)
    assert known is not None
    assert known.shape == shape
    assert facts(known.tree or {}) == facts(tree(kind, shape).raw)


@every_type
def test_the_stand_in_leaves_what_azure_decides_to_azure(kind: Kind, shape: Shape) -> None:
    """It fills no default of Azure's: facets do, once, for every source alike."""
    from poolgate.standin.azure_native.check import check

    version = "2.92.3" if shape is Shape.A else "3.29.0"
    token = f"azure-native:machinelearningservices:{kind}"
    checked = check(
        token, {}, urn=f"urn:pulumi:dev::t::{token}::x", provider_version=version, random_seed=b"1", config={}
    )
    assert set(checked.inputs) <= {"location", "azureApiVersion", "__createBeforeDelete", *PLACES["resourceName"]}


# ---------------------------------------------------------------------------------------------------------------
# poolgate's own files
# ---------------------------------------------------------------------------------------------------------------


def test_poolgate_yaml_has_the_choices_of_the_code() -> None:
    schema = json.loads(packaged("poolgate").read_text("utf-8"))
    assert tuple(schema["properties"]["profile"]["enum"]) == PROFILES
    assert schema["properties"]["failOn"]["enum"] == list(Severity)
    assert all(re.search(schema["$defs"]["rule"]["pattern"], rule.id) for rule in ALL)
    assert all(re.search(schema["properties"]["ruleSet"]["pattern"], rule.since) for rule in ALL)


def test_the_names_of_tags_are_those_that_are_required() -> None:
    required = next(rule for rule in ALL if rule.id == "tags-required").options["required"].json_default
    assert PARTS["tags"]["propertyNames"]["x-poolgate-spelling"] == required
