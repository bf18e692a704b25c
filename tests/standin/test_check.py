"""The stand-in's Check against what the real provider's source says, property by property."""

from __future__ import annotations

import re
from typing import Any

import pytest

from inference_pools.path import format_path
from inference_pools.values import (
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_NUMBER,
    UNKNOWN_STRING,
)
from poolgate.standin.azure_native.check import apply_outputs, check, preview_outputs, resource_id
from poolgate.standin.cloud import Autonaming, Checked, UnknownTypeError

POOL = "azure-native:machinelearningservices:InferencePool"
GROUP = "azure-native:machinelearningservices:InferenceGroup"
ENDPOINT = "azure-native:machinelearningservices:InferenceEndpoint"
RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
ROLE = "azure-native:authorization:RoleAssignment"
V2, V3 = "2.92.3", "3.29.0"
PLACE: dict[str, Any] = {"resourceGroupName": "rg-x", "workspaceName": "mlw-x"}
POOL_A: dict[str, Any] = {**PLACE, "inferencePoolProperties": {"nodeSkuType": "Standard_DS3_v2"}}
POOL_B: dict[str, Any] = {**PLACE, "inferencePoolProperties": {}}
WESTEUROPE = {"location": "westeurope"}


def urn(token: str, name: str = "pool") -> str:
    return f"urn:pulumi:dev::proof::{token}::{name}"


def run(token: str, inputs: dict[str, Any], version: str = V3, **options: Any) -> Checked:
    options.setdefault("config", WESTEUROPE)
    options.setdefault("random_seed", b"seed")
    return check(token, inputs, urn=urn(token), provider_version=version, **options)


def reasons(checked: Checked) -> list[str]:
    return [failure.reason for failure in checked.failures]


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


# --- names ---


def test_a_pool_is_named_as_its_resource_because_its_name_is_unique_in_the_workspace() -> None:
    checked = run(POOL, POOL_B)
    assert checked.inputs["inferencePoolName"] == "pool"
    assert "__createBeforeDelete" not in checked.inputs
    assert checked.failures == ()


def test_a_group_is_named_as_its_resource() -> None:
    checked = run(GROUP, {**PLACE, "poolName": "p", "inferenceGroupProperties": {}})
    assert checked.inputs["groupName"] == "pool"
    assert "__createBeforeDelete" not in checked.inputs


@pytest.mark.parametrize(
    ("token", "inputs", "key"),
    [
        (ENDPOINT, {**PLACE, "poolName": "p"}, "endpointName"),
        (RESOURCE_GROUP, {}, "resourceGroupName"),
        ("azure-native:machinelearningservices:Workspace", {"resourceGroupName": "rg"}, "workspaceName"),
        ("azure-native:storage:StorageAccount", {"resourceGroupName": "rg"}, "accountName"),
    ],
)
def test_names_that_stand_for_themselves_get_eight_hex_digits(token: str, inputs: dict[str, Any], key: str) -> None:
    checked = run(token, inputs)
    assert re.fullmatch(r"pool[0-9a-f]{8}", checked.inputs[key])
    assert checked.inputs["__createBeforeDelete"] is True


def test_a_role_assignment_gets_a_uuid_even_when_the_engine_proposes_a_name() -> None:
    for autonaming in (None, Autonaming("proposed", "propose")):
        checked = run(ROLE, {"scope": "/x"}, autonaming=autonaming)
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", checked.inputs["roleAssignmentName"])


def test_names_follow_from_the_seed_alone() -> None:
    one, again, other = (
        run(RESOURCE_GROUP, {}, random_seed=seed).inputs["resourceGroupName"] for seed in (b"a", b"a", b"b")
    )
    assert one == again != other


def test_a_stated_name_stays_and_so_does_an_unknown_one() -> None:
    for name in ("mine", UNKNOWN_STRING):
        checked = run(RESOURCE_GROUP, {"resourceGroupName": name})
        assert checked.inputs["resourceGroupName"] == name
        assert "__createBeforeDelete" not in checked.inputs


def test_a_null_name_counts_as_absent() -> None:
    assert run(POOL, {**POOL_B, "inferencePoolName": None}).inputs["inferencePoolName"] == "pool"


def test_an_old_name_is_kept_with_its_way_of_replacement() -> None:
    kept = run(RESOURCE_GROUP, {}, old_inputs={"resourceGroupName": "old", "__createBeforeDelete": True})
    assert (kept.inputs["resourceGroupName"], kept.inputs["__createBeforeDelete"]) == ("old", True)
    fixed = run(RESOURCE_GROUP, {}, old_inputs={"resourceGroupName": "old"})
    assert "__createBeforeDelete" not in fixed.inputs


@pytest.mark.parametrize("mode", ["propose", "enforce"])
def test_the_engine_names_what_has_no_name(mode: Any) -> None:
    checked = run(POOL, POOL_B, autonaming=Autonaming("proposed", mode))
    assert checked.inputs["inferencePoolName"] == "proposed"
    assert checked.inputs["__createBeforeDelete"] is True


def test_without_autonaming_a_name_is_missing() -> None:
    checked = run(POOL, POOL_B, autonaming=Autonaming(None, "disable"))
    assert reasons(checked) == ["missing required property 'inferencePoolName'"]


# --- location ---


def test_the_location_comes_from_the_old_inputs_before_the_configuration() -> None:
    assert run(POOL, POOL_B, old_inputs={"location": "old"}).inputs["location"] == "old"
    assert run(POOL, POOL_B).inputs["location"] == "westeurope"
    assert run(POOL, {**POOL_B, "location": "mine"}).inputs["location"] == "mine"


def test_the_location_of_a_known_group_is_looked_up_without_regard_to_case() -> None:
    checked = run(POOL, POOL_B, config={}, resource_group_locations={"RG-X": "northeurope"})
    assert checked.inputs["location"] == "northeurope"


@pytest.mark.parametrize("group", [UNKNOWN_STRING, "rg-x", secret(UNKNOWN_STRING)])
def test_the_location_is_unknown_where_only_azure_could_tell(group: Any) -> None:
    checked = run(POOL, {**POOL_B, "resourceGroupName": group}, config={})
    assert checked.inputs["location"] == UNKNOWN_STRING
    assert checked.failures == ()


def test_a_resource_group_without_location_is_refused_with_advice() -> None:
    (failure,) = run(RESOURCE_GROUP, {}, config={}).failures
    assert failure.keys == ("location",)
    assert failure.reason == (
        "missing required property 'location'. Either set it explicitly or configure it with "
        "'pulumi config set azure-native:location <value>'."
    )


def test_a_type_without_location_gets_none() -> None:
    assert "location" not in run(ROLE, {"scope": "/x"}).inputs


# --- API version ---


def test_only_version_3_says_its_api_version() -> None:
    assert run(POOL, POOL_B, V3).inputs["azureApiVersion"] == "2025-01-01-preview"
    assert "azureApiVersion" not in run(POOL, POOL_A, V2).inputs
    package = "azure-native_machinelearningservices_v20230801preview:machinelearningservices:InferencePool"
    assert run(package, POOL_A, V3).inputs["azureApiVersion"] == "2023-08-01-preview"


def test_pools_do_not_exist_at_the_version_that_has_none() -> None:
    token = "azure-native:machinelearningservices/v20240701preview:InferencePool"
    with pytest.raises(UnknownTypeError, match="2024-07-01-preview"):
        run(token, POOL_B, V2)


# --- validation ---


@pytest.mark.parametrize(
    ("version", "bag", "expected"),
    [
        (V2, {}, "missing required property 'inferencePoolProperties.nodeSkuType'"),
        (
            V2,
            {"nodeSkuType": "x", "codeConfiguration": {}},
            "missing required property 'inferencePoolProperties.codeConfiguration.scoringScript'",
        ),
        (
            V2,
            {"nodeSkuType": "!!"},
            "'inferencePoolProperties.nodeSkuType' does not match expression '[a-zA-Z0-9_]'",
        ),
        (
            V2,
            {"nodeSkuType": 3.0},
            "'inferencePoolProperties.nodeSkuType' should be of type 'string' but got a number",
        ),
        (
            V2,
            {"nodeSkuType": ["x"]},
            "'inferencePoolProperties.nodeSkuType' should be of type 'string' but got an array",
        ),
        (
            V2,
            {"nodeSkuType": "x", "requestConfiguration": {"maxConcurrentRequestsPerInstance": 1.5}},
            "'inferencePoolProperties.requestConfiguration.maxConcurrentRequestsPerInstance' "
            "must be an integer but got 1.500000",
        ),
        (
            V2,
            {"nodeSkuType": "x", "requestConfiguration": {"maxConcurrentRequestsPerInstance": "2"}},
            "'inferencePoolProperties.requestConfiguration.maxConcurrentRequestsPerInstance' "
            "should be of type 'integer' but got a string",
        ),
        (
            V2,
            {"nodeSkuType": "x", "requestConfiguration": "PT5S"},
            "'inferencePoolProperties.requestConfiguration' should be of type 'object' but got a string",
        ),
        (
            V3,
            {"properties": [{"key": "a"}, {"value": 3.0}]},
            "'inferencePoolProperties.properties[1].value' should be of type 'string' but got a number",
        ),
        (
            V3,
            {"scaleUnitConfiguration": {"registries": "one"}},
            "'inferencePoolProperties.scaleUnitConfiguration.registries' should be of type 'array' but got a string",
        ),
    ],
)
def test_a_bag_is_refused_for_the_reason_the_provider_gives(version: str, bag: Any, expected: str) -> None:
    checked = run(POOL, {**PLACE, "inferencePoolProperties": bag}, version)
    assert reasons(checked) == [expected]
    assert expected.count(format_path(checked.failures[0].keys)) == 1


def test_an_empty_text_is_both_too_short_and_no_match() -> None:
    assert reasons(run(POOL, {**PLACE, "inferencePoolProperties": {"nodeSkuType": ""}}, V2)) == [
        "'inferencePoolProperties.nodeSkuType' is too short (0): at least 1 characters required",
        "'inferencePoolProperties.nodeSkuType' does not match expression '[a-zA-Z0-9_]'",
    ]


@pytest.mark.parametrize(
    ("bag", "version"),
    [
        ({"nodeSkuType": UNKNOWN_STRING}, V2),
        ({"nodeSkuType": secret("Standard_DS3_v2")}, V2),
        ({"nodeSkuType": True}, V2),  # the provider does not look at booleans
        ({"nodeSkuType": {"any": "object"}}, V2),  # nor at objects where a text should be
        ({"nodeSkuType": "!! x"}, V2),  # the pattern asks for one letter anywhere
        ({"nodeSkuType": "x", "properties": {"a": 3.0}}, V2),  # nor at the values of a map
        ({"nodeSkuType": "x", "misspelt": 1.0}, V2),
        ({"scaleUnitConfiguration": UNKNOWN_STRING}, V3),
        ({"nodeSkuType": "a property of another shape"}, V3),
        ({"provisioningState": 3.0}, V3),  # not an input, so unknown to it
    ],
)
def test_a_bag_passes_that_the_provider_lets_through(bag: Any, version: str) -> None:
    assert run(POOL, {**PLACE, "inferencePoolProperties": bag}, version).failures == ()


@pytest.mark.parametrize(
    ("sku", "expected"),
    [
        ({}, ["missing required property 'sku.name'"]),
        ({"name": "P3", "tier": "Golden"}, []),
        ({"name": "P3", "capacity": 2.0}, []),
        ({"name": "P3", "capacity": UNKNOWN_NUMBER}, []),
        ({"name": "P3", "capacity": -1.0}, []),
        ("P3", ["'sku' should be of type 'object' but got a string"]),
    ],
)
def test_the_sku(sku: Any, expected: list[str]) -> None:
    assert reasons(run(POOL, {**POOL_B, "sku": sku})) == expected


@pytest.mark.parametrize(
    ("identities", "expected"),
    [
        (["/subscriptions/x"], []),
        ({"/subscriptions/x": {}}, []),
        (
            "/subscriptions/x",
            ["'identity.userAssignedIdentities' should be of type 'object' but got a string"],
        ),
    ],
)
def test_identities_are_a_set_of_strings(identities: Any, expected: list[str]) -> None:
    identity = {"type": "Sometimes", "userAssignedIdentities": identities}
    assert reasons(run(POOL, {**POOL_B, "identity": identity})) == expected


@pytest.mark.parametrize(
    ("name", "fine"),
    [("mlw-x", True), ("ml", False), ("mlw-x\n", False), ("mlw_ä", False), ("x" * 34, False), ("x" * 33, True)],
)
def test_the_pattern_of_a_workspace_is_anchored_and_ascii(name: str, fine: bool) -> None:
    expected = [] if fine else ["'workspaceName' does not match expression '^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$'"]
    assert reasons(run(POOL, {**POOL_B, "workspaceName": name})) == expected


def test_lengths_count_bytes() -> None:
    name = "ä" * 46
    assert reasons(run(POOL, {**POOL_B, "resourceGroupName": name}))[0] == (
        "'resourceGroupName' is too long (92): at most 90 characters allowed"
    )


def test_everything_wrong_is_said_at_once_and_what_is_missing_first() -> None:
    checked = run(POOL, {"workspaceName": 3.0}, config={})
    assert [format_path(failure.keys) for failure in checked.failures] == [
        "resourceGroupName",
        "location",
        "inferencePoolProperties",
        "workspaceName",
    ]


def test_an_endpoint_needs_its_group_by_the_name_of_its_shape() -> None:
    inputs = {**PLACE, "poolName": "p", "inferenceEndpointProperties": {"authMode": "Anything"}}
    assert reasons(run(ENDPOINT, inputs, V2)) == ["missing required property 'inferenceEndpointProperties.groupId'"]
    assert reasons(run(ENDPOINT, inputs, V3)) == ["missing required property 'inferenceEndpointProperties.groupName'"]


# --- secrets and other packages ---


def test_the_inputs_come_back_without_secret_marks_and_nothing_is_changed_in_place() -> None:
    inputs = {**POOL_B, "tags": {"token": secret("hidden")}, "kind": secret(UNKNOWN_STRING)}
    checked = run(POOL, inputs)
    assert checked.inputs["tags"] == {"token": "hidden"}
    assert checked.inputs["kind"] == UNKNOWN_STRING
    assert inputs["tags"] == {"token": secret("hidden")}


def test_types_of_other_packages_pass_untouched() -> None:
    inputs = {"length": 3.0, "keepers": None, "hidden": secret("x")}
    assert run("random:index/randomString:RandomString", inputs) == Checked(inputs, ())


def test_a_type_nobody_described_passes_with_its_values() -> None:
    checked = run("azure-native:quantum:Workspace", {"resourceGroupName": "rg"})
    assert checked == Checked({"resourceGroupName": "rg"}, ())


# --- outputs ---


def test_a_preview_repeats_inputs_and_leaves_everything_else_unknown() -> None:
    inputs = run(POOL, {**POOL_B, "sku": {"name": "P3"}, "tags": {"a": "b"}}).inputs
    outputs = preview_outputs(POOL, inputs, provider_version=V3)
    assert outputs["sku"] == {
        "name": "P3",
        **dict.fromkeys(("tier", "size", "family", "capacity"), UNKNOWN_STRING),
    }
    assert outputs["tags"] == {"a": "b"}
    assert outputs["location"] == "westeurope"
    assert outputs["inferencePoolProperties"]["provisioningState"] == UNKNOWN_STRING
    for key in ("id", "name", "type", "systemData", "kind", "identity"):
        assert outputs[key] == UNKNOWN_STRING
    assert not {"resourceGroupName", "workspaceName", "inferencePoolName"} & outputs.keys()


def test_a_preview_does_not_repeat_a_list_where_the_response_has_an_object() -> None:
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/x"]}
    outputs = preview_outputs(POOL, {**POOL_B, "identity": identity}, provider_version=V3)
    assert outputs["identity"]["userAssignedIdentities"] == UNKNOWN_STRING
    assert outputs["identity"]["type"] == "UserAssigned"


def test_a_preview_of_a_type_without_a_tree_repeats_plain_values_only() -> None:
    inputs = {"resourceGroupName": "rg", "location": "x", "tags": {"a": "b"}, "identity": {"type": "x"}}
    outputs = preview_outputs(RESOURCE_GROUP, inputs, provider_version=V3)
    assert outputs == {"location": "x", "tags": {"a": "b"}, "identity": UNKNOWN_STRING}


def test_applied_outputs_look_as_those_of_the_service() -> None:
    identity = {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": ["/id"]}
    inputs = run(POOL, {**POOL_B, "identity": identity}).inputs
    outputs = apply_outputs(POOL, inputs, urn=urn(POOL), provider_version=V3, now="2026-11-22T00:00:00+00:00")
    assert outputs["id"].endswith("/workspaces/mlw-x/inferencePools/pool")
    assert outputs["id"] == resource_id(POOL, inputs, urn=urn(POOL), provider_version=V3)
    assert outputs["name"] == "pool"
    assert outputs["type"] == "Microsoft.MachineLearningServices/workspaces/inferencePools"
    assert list(outputs["identity"]["userAssignedIdentities"]) == ["/id"]
    assert {"principalId", "tenantId"} <= outputs["identity"].keys()
    assert outputs["inferencePoolProperties"]["provisioningState"] == "Succeeded"
    assert outputs["systemData"]["createdAt"] == "2026-11-22T00:00:00+00:00"
    assert outputs["azureApiVersion"] == "2025-01-01-preview"
    assert "__inputs" not in outputs
    assert not {"resourceGroupName", "workspaceName", "inferencePoolName"} & outputs.keys()


def test_version_2_keeps_its_inputs_as_a_secret() -> None:
    inputs = run(POOL, POOL_A, V2).inputs
    outputs = apply_outputs(POOL, inputs, urn=urn(POOL), provider_version=V2, now="2026-11-22T00:00:00+00:00")
    assert outputs["__inputs"] == secret(inputs)
    assert "azureApiVersion" not in outputs
