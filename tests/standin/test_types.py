"""Tokens, versions and shapes, and the data files behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from poolgate.standin.azure_native.types import look_up, parse_token, pool_types, shape_of
from poolgate.standin.cloud import UnknownTypeError

ML = "machinelearningservices"


@pytest.mark.parametrize(
    ("token", "version", "api_version", "shape"),
    [
        (f"azure-native:{ML}:InferencePool", "2.92.3", "2023-08-01-preview", "A"),
        (f"azure-native:{ML}:InferencePool", "3.29.0", "2025-01-01-preview", "B"),
        (f"azure-native:{ML}:InferencePool", "4.0.0", "2025-01-01-preview", "B"),
        (f"azure-native:{ML}/v20240401preview:InferenceGroup", "2.92.3", "2024-04-01-preview", "A"),
        (f"azure-native:{ML}/v20241001preview:InferenceEndpoint", "2.92.3", "2024-10-01-preview", "B"),
        (f"azure-native_{ML}_v20230801preview:{ML}:InferencePool", "3.29.0", "2023-08-01-preview", "A"),
        (f"azure-native_{ML}_v20991231preview:{ML}:InferencePool", "3.29.0", "2099-12-31-preview", "B"),
    ],
)
def test_every_spelling_of_a_token(token: str, version: str, api_version: str, shape: str) -> None:
    kind = look_up(token, version)
    assert kind is not None
    assert (kind.api_version, kind.shape) == (api_version, shape)
    assert kind.token.canonical == f"azure-native:{ML}:{token.rpartition(':')[2]}"


@pytest.mark.parametrize(
    "token",
    [
        f"azure-native:{ML}:inferencepool",
        f"azure-native:{ML}:INFERENCEGROUP",
        "azure-native:MachineLearningServices:InferencePool",
        f"azure-native:{ML}/V20230801Preview:InferencePool",
        f"azure-native_{ML}_v20230801preview:ML:InferencePool",
        "azure-native:x",
    ],
)
def test_a_token_in_another_case_is_no_type(token: str) -> None:
    """The engine compares types as they are written: no rule would know such a pool for one."""
    with pytest.raises(UnknownTypeError, match=f"Resource type {token} not found"):
        look_up(token, "3.29.0")


@pytest.mark.parametrize("token", ["aws:s3/bucket:Bucket", "azure:x:Y", "azure-nativex:a:B", "pulumi:pulumi:Stack"])
def test_other_packages_are_not_ours(token: str) -> None:
    assert parse_token(token) is None
    assert look_up(token, "3.29.0") is None


@pytest.mark.parametrize("version", ["2024-07-01-preview", "2025-09-01", "2099-01-01", None])
def test_versions_without_pools_have_no_shape(version: str | None) -> None:
    assert shape_of(version) is None


@pytest.mark.parametrize(
    ("token", "arm_type", "auto_name"),
    [
        (f"{ML}:InferencePool", "Microsoft.MachineLearningServices/workspaces/inferencePools", "copy"),
        (f"{ML}:InferenceEndpoint", "Microsoft.MachineLearningServices/workspaces/inferencePools/endpoints", "random"),
        ("resources:ResourceGroup", "Microsoft.Resources/resourceGroups", "random"),
        ("storage:BlobContainer", "Microsoft.Storage/storageAccounts/blobServices/containers", "copy"),
        ("authorization:RoleAssignment", "Microsoft.Authorization/roleAssignments", "uuid"),
    ],
)
def test_arm_types_and_ways_of_naming(token: str, arm_type: str, auto_name: str) -> None:
    kind = look_up(f"azure-native:{token}", "3.29.0")
    assert kind is not None
    assert (kind.arm_type, kind.auto_name) == (arm_type, auto_name)


KEYS = {
    "type", "description", "properties", "required", "additionalProperties", "items", "minLength", "maxLength",
    "pattern", "enum", "openEnum", "default", "format", "createOnly", "output", "outputAs", "stringSet",
    "autoName", "autoLocation", "armPath", "writtenByProvider",
}  # fmt: skip
TYPES = {"object", "string", "integer", "number", "boolean", "array"}


def nodes(path: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(f"{path}.{name}", child)
    for key in ("items", "additionalProperties", "outputAs"):
        if key in node:
            yield from nodes(f"{path}({key})", node[key])


TREES = [(f"{name} {shape}", tree) for name, shapes in pool_types()["types"].items() for shape, tree in shapes.items()]


@pytest.mark.parametrize(("name", "tree"), TREES, ids=[name for name, _ in TREES])
def test_the_property_trees_are_well_formed(name: str, tree: Mapping[str, Any]) -> None:
    for path, node in nodes(name, tree):
        assert set(node) <= KEYS, path
        assert node["type"] in TYPES, path
        assert set(node.get("required", ())) <= set(node.get("properties", ())), path
        assert node["type"] != "array" or "items" in node, path
        assert node["type"] != "object" or ("properties" in node) != ("additionalProperties" in node), path
        if "pattern" in node:
            re.compile(node["pattern"])
    parameters = re.findall(r"\{(\w+)\}", tree["armPath"])
    assert set(parameters) - {"subscriptionId"} <= set(tree["required"])
    own = tree["properties"][parameters[-1]]
    kind = look_up(f"azure-native:{ML}:{name.split()[0]}", "3.29.0")
    assert kind is not None
    assert own["autoName"] == kind.auto_name


def test_a_default_is_of_its_type() -> None:
    python = {"string": str, "integer": int, "boolean": bool}
    seen = 0
    for name, tree in TREES:
        for path, node in nodes(name, tree):
            if "default" in node:
                assert type(node["default"]) is python[node["type"]], path
                seen += 1
    assert seen > 10


def walk(tree: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    for part in path.split("."):
        tree = tree["properties"][part]
    return tree


def test_what_moved_lies_where_the_table_says() -> None:
    types = pool_types()["types"]
    moved = pool_types()["moved"]
    assert len(moved) >= 14
    for entry in moved:
        walk(types[entry["type"]][entry["from"]], entry["path"])
        for target in entry["to"] or ():
            assert target["shape"] != entry["from"]
            walk(types[target["type"]][target["shape"]], target["path"])


def test_every_property_that_one_shape_lacks_is_in_the_table_of_moves() -> None:
    types = pool_types()["types"]
    known = {(entry["type"], entry["from"], entry["path"]) for entry in pool_types()["moved"]}
    for name, shapes in types.items():
        bag = f"{name[0].lower()}{name[1:]}Properties"
        for here, there in (("A", "B"), ("B", "A")):
            mine, other = (set(shapes[shape]["properties"][bag]["properties"]) for shape in (here, there))
            lacking = {(name, here, f"{bag}.{key}") for key in mine - other}
            assert lacking <= known
