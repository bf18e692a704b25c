"""The stand-in for gcp against what the real bridge did with the provider's resources, property by property.

Every case was run; what was run says `gcp/__init__.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from inference_pools.path import format_path
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, is_secret
from poolgate.standin.cloud import Autonaming, Checked, CheckError, Request
from poolgate.standin.gcp import GCP
from poolgate.standin.gcp.json_text import invalid, normalised
from poolgate.standin.gcp.schema import look_up

ENDPOINT, GARDEN, POOL, ENGINE, INDEX, PERSISTENT = (
    f"gcp:vertex/{name[0].lower()}{name[1:]}:{name}"
    for name in (
        "AiEndpoint",
        "AiEndpointWithModelGardenDeployment",
        "AiDeploymentResourcePool",
        "AiReasoningEngine",
        "AiIndexEndpointDeployedIndex",
        "AiPersistentResource",
    )
)
BUCKET = "gcp:storage/bucket:Bucket"
CONFIG = {"project": "p1", "region": "europe-west4", "defaultLabels": '{"team":"ml"}'}
PSC = {"enablePrivateServiceConnect": True, "projectAllowlists": ["p1"]}
GOOD: Mapping[str, Mapping[str, Any]] = {
    ENDPOINT: {"displayName": "Chat", "location": "europe-west4"},
    GARDEN: {"location": "europe-west4", "publisherModelName": "publishers/google/models/gemma"},
    POOL: {},
    ENGINE: {"displayName": "Agent"},
    INDEX: {"deployedIndexId": "d", "index": "projects/123/locations/l/indexes/i", "indexEndpoint": "e"},
    PERSISTENT: {"location": "europe-west4", "resourcePools": [{"machineSpec": {"machineType": "n1-standard-4"}}]},
}


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def resources(**extra: Any) -> dict[str, Any]:
    dedicated = {"machineSpec": {"machineType": "g2-standard-8"}, "minReplicaCount": 1, "maxReplicaCount": 2, **extra}
    return {"dedicatedResources": {name: value for name, value in dedicated.items() if value is not None}}


def run(token: str, inputs: Mapping[str, Any], name: str = "chat", **options: Any) -> Checked:
    options.setdefault("config", CONFIG)
    urn = f"urn:pulumi:dev::proof::{token}::{name}"
    request = Request(token=token, inputs=inputs, urn=urn, version=GCP.newest, random_seed=b"seed", **options)
    return GCP.check(request)


def good(token: str, **extra: Any) -> dict[str, Any]:
    """Checked inputs that are let through."""
    checked = run(token, {**GOOD[token], **extra})
    assert checked.failures == ()
    return checked.inputs


def reasons(token: str, name: str = "chat", /, **extra: Any) -> list[str]:
    return [failure.reason for failure in run(token, {**GOOD[token], **extra}, name).failures]


# --- what is filled in ---


@pytest.mark.parametrize("token", [ENDPOINT, POOL, PERSISTENT])
def test_a_name_is_made_up_where_a_program_may_write_one(token: str) -> None:
    inputs = good(token)
    assert re.fullmatch(r"chat-[0-9a-f]{7}", inputs["name"])
    assert inputs["__defaults"] == ["name"]
    assert good(token, name="Not_Valid")["name"] == "Not_Valid"  # nobody asks what Google takes
    kept = run(token, GOOD[token], old_inputs={**GOOD[token], "name": "chat-0000000", "__defaults": ["name"]})
    assert kept.inputs["name"] == "chat-0000000"


@pytest.mark.parametrize("token", [GARDEN, ENGINE, INDEX])
def test_no_name_is_made_up_where_there_is_none_to_write(token: str) -> None:
    assert "name" not in good(token)
    assert len(reasons(token, name="mine")) == 1
    assert "name" not in run(token, GOOD[token], autonaming=Autonaming("dev-chat", "enforce")).inputs


def test_the_engine_s_names_go_before_the_provider_s() -> None:
    for proposed in (Autonaming("dev-chat", "propose"), Autonaming("dev-chat", "enforce")):
        assert run(POOL, {}, autonaming=proposed).inputs["name"] == "dev-chat"
    with pytest.raises(CheckError, match=r"^automatic naming is disabled but no explicit name was provided$"):
        run(POOL, {}, autonaming=Autonaming(None, "disable"))
    with pytest.raises(CheckError, match="exceeds maximum length of 255"):
        run(POOL, {}, autonaming=Autonaming("n" * 256, "propose"))
    assert run(POOL, {}, autonaming=Autonaming("n" * 256, "enforce")).inputs["name"] == "n" * 256


def test_the_longest_logical_name_that_passes_has_247_characters() -> None:
    assert len(run(POOL, {}, "n" * 247).inputs["name"]) == 255
    with pytest.raises(CheckError, match=r"name 'n+-' plus 7 random chars is longer than maximum length 255"):
        run(POOL, {}, "n" * 248)


def test_nothing_of_the_provider_s_enters_the_inputs() -> None:
    for token in GOOD:
        assert not {"project", "region", "labels", "effectiveLabels", "deletionPolicy"} & good(token).keys()


def test_every_object_lists_its_defaults() -> None:
    inputs = good(INDEX, **resources())
    assert inputs["__defaults"] == ["deploymentGroup"]
    assert inputs["deploymentGroup"] == "default"
    assert "enableAccessLogging" not in inputs  # its default is false
    assert inputs["dedicatedResources"]["machineSpec"] == {"machineType": "g2-standard-8", "__defaults": []}


@pytest.mark.parametrize(
    ("token", "extra", "path", "value"),
    [
        (POOL, resources(minReplicaCount="2"), "dedicatedResources.minReplicaCount", 2),
        (POOL, resources(minReplicaCount="+010"), "dedicatedResources.minReplicaCount", 10),
        (POOL, resources(minReplicaCount=1.5), "dedicatedResources.minReplicaCount", 1),
        (POOL, resources(minReplicaCount=-1.5), "dedicatedResources.minReplicaCount", -1),
        (POOL, resources(machineSpec=[{"machineType": 5}]), "dedicatedResources.machineSpec.machineType", "5"),
        (POOL, {"dedicatedResources": [resources()["dedicatedResources"]]}, "dedicatedResources.minReplicaCount", 1),
        (
            POOL,
            resources(autoscalingMetricSpecs={"metricName": "cpu"}),
            "dedicatedResources.autoscalingMetricSpecs",
            [{"metricName": "cpu", "__defaults": []}],
        ),
        (ENDPOINT, {"labels": {"a": 1, "b": True}}, "labels", {"a": "1", "b": "true"}),
        (ENDPOINT, {"labels": {"a": None}}, "labels", {}),
        (ENDPOINT, {"dedicatedEndpointEnabled": "T"}, "dedicatedEndpointEnabled", True),
        (
            ENDPOINT,
            {"predictRequestResponseLoggingConfig": {"samplingRate": "0.5"}},
            "predictRequestResponseLoggingConfig.samplingRate",
            0.5,
        ),
        (
            ENDPOINT,
            {"privateServiceConnectConfig": {**PSC, "projectAllowlists": "p2"}},
            "privateServiceConnectConfig.projectAllowlists",
            ["p2"],
        ),
        (
            PERSISTENT,
            {"resourcePools": [{"machineSpec": {}, "replicaCount": 2}]},
            "resourcePools",
            [{"machineSpec": {"__defaults": []}, "replicaCount": "2", "__defaults": []}],
        ),
    ],
)
def test_values_get_the_type_of_the_schema(token: str, extra: dict[str, Any], path: str, value: Any) -> None:
    found: Any = good(token, **extra)
    for key in path.split("."):
        found = found[key]
    assert found == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("two", "invalid syntax"),
        ("1.5", "invalid syntax"),
        ("0x10", "invalid syntax"),
        (" 2", "invalid syntax"),
        ("", "invalid syntax"),
        ("9" * 20, "value out of range"),
    ],
)
def test_a_text_that_is_no_whole_number_ends_the_check(text: str, told: str) -> None:
    with pytest.raises(CheckError) as raised:
        run(POOL, resources(minReplicaCount=text, maxReplicaCount=3, spot=True))
    assert str(raised.value) == f'min_replica_count: strconv.ParseInt: parsing "{text}": {told}'


# --- what is refused ---


@pytest.mark.parametrize(
    ("token", "extra", "expected"),
    [
        (ENDPOINT, {"sku": "x"}, "Invalid or unknown key. Examine values at 'chat.sku'."),
        (POOL, {"labels": {"a": "b"}}, "Invalid or unknown key. Examine values at 'chat.labels'."),
        (POOL, resources(spot=True), "Invalid or unknown key. Examine values at 'chat.dedicatedResources.spot'."),
        (GARDEN, {"region": "x"}, "Invalid or unknown key. Examine values at 'chat.region'."),
        (
            POOL,
            resources(minReplicaCount=None),
            'Missing required argument. The argument "dedicated_resources.0.min_replica_count" is required, but no '
            "definition was found.. Examine values at 'chat.dedicatedResources.minReplicaCount'.",
        ),
        (
            POOL,
            resources(autoscalingMetricSpecs=[{"target": 500}]),
            'Missing required argument. The argument "dedicated_resources.0.autoscaling_metric_specs.0.metric_name" is '
            "required, but no definition was found.. Examine values at "
            "'chat.dedicatedResources.autoscalingMetricSpecs[0].metricName'.",
        ),
        (
            ENGINE,
            {"spec": {"deploymentSpec": {"envs": [{"name": "a", "value": "b"}, {"name": "c"}]}}},
            'Missing required argument. The argument "spec.0.deployment_spec.0.env.1.value" is required, but no '
            "definition was found.. Examine values at 'chat.spec.deploymentSpec.envs'.",
        ),
        (
            POOL,
            resources(minReplicaCount=True),
            "Attribute must be a whole number, got true. Examine values at 'chat.dedicatedResources.minReplicaCount'.",
        ),
        (
            POOL,
            resources(minReplicaCount=[1]),
            "Attribute must be a single value, not a list. Examine values at "
            "'chat.dedicatedResources.minReplicaCount'.",
        ),
        (
            POOL,
            resources(machineSpec="x"),
            "Expected Object Type. Expected object, got string. Examine values at "
            "'chat.dedicatedResources.machineSpec'.",
        ),
        (
            ENDPOINT,
            {"trafficSplit": "not json"},
            "\"traffic_split\" contains an invalid JSON: invalid character 'o' in literal null (expecting 'u'). "
            "Examine values at 'chat.trafficSplit'.",
        ),
        (
            ENDPOINT,
            {"trafficSplit": {"1": 100}},
            "Attribute must be a single value, not a map. Examine values at 'chat.trafficSplit'.",
        ),
        (ENDPOINT, {"labels": "a=b"}, "Attribute must be a map. Examine values at 'chat.labels'."),
        (
            ENDPOINT,
            {"labels": {"a": {"b": 1}}},
            "'' expected type 'string', got unconvertible type 'map[string]interface {}'. "
            "Examine values at 'chat.labels.a'.",
        ),
        (
            ENDPOINT,
            {"pulumiLabels": {"a": "b"}},
            'Value for unconfigurable attribute. Can\'t configure a value for "terraform_labels": its value will be '
            "decided automatically based on the result of applying this configuration.. Examine values at "
            "'chat.pulumiLabels'.",
        ),
        (
            ENDPOINT,
            {"dedicatedEndpointEnabled": False, "privateServiceConnectConfig": PSC},
            'Conflicting configuration arguments. "dedicated_endpoint_enabled": conflicts with '
            "private_service_connect_config. Examine values at 'chat.dedicatedEndpointEnabled'.",
        ),
        (
            ENDPOINT,
            {"network": "n", "privateServiceConnectConfig": PSC},
            'Conflicting configuration arguments. "network": conflicts with private_service_connect_config. '
            "Examine values at 'chat.network'.",
        ),
        (
            GARDEN,
            {"huggingFaceModelId": "b"},
            'Invalid combination of arguments. "hugging_face_model_id": only one of '
            "`hugging_face_model_id,publisher_model_name` can be specified, but "
            "`hugging_face_model_id,publisher_model_name` were specified.. Examine values at "
            "'chat.huggingFaceModelId'.",
        ),
        (
            GARDEN,
            {"publisherModelName": None},
            'Invalid combination of arguments. "hugging_face_model_id": one of '
            "`hugging_face_model_id,publisher_model_name` must be specified. Examine values at "
            "'chat.huggingFaceModelId'.",
        ),
        (
            ENGINE,
            {"spec": {"identityType": "foo"}},
            'expected spec.0.identity_type to be one of ["SERVICE_ACCOUNT" "AGENT_IDENTITY" ""], got foo. '
            "Examine values at 'chat.spec.identityType'.",
        ),
        (
            ENGINE,
            {"spec": {"containerSpec": {"imageUri": "i"}, "sourceCodeSpec": {}}},
            'Conflicting configuration arguments. "spec.0.container_spec": conflicts with spec.0.source_code_spec. '
            "Examine values at 'chat.spec.containerSpec'.",
        ),
    ],
)
def test_what_is_refused(token: str, extra: dict[str, Any], expected: str) -> None:
    assert reasons(token, **extra) == [expected]


def test_what_is_required() -> None:
    missing = {token: [failure.keys for failure in run(token, {}).failures] for token in GOOD}
    assert missing == {
        ENDPOINT: [("displayName",), ("location",)],
        GARDEN: [("location",), ("huggingFaceModelId",)],
        POOL: [],
        ENGINE: [("displayName",)],
        INDEX: [("deployedIndexId",), ("index",), ("indexEndpoint",)],
        PERSISTENT: [("resourcePools",)],
    }


@pytest.mark.parametrize(
    ("token", "extra"),
    [
        (POOL, resources(minReplicaCount=5, maxReplicaCount=-1)),
        (POOL, resources(machineSpec={})),
        (POOL, resources(machineSpec={"acceleratorType": "NVIDIA_FOO", "acceleratorCount": -1})),
        (POOL, resources(autoscalingMetricSpecs=[{"metricName": "cpu", "target": 500}])),
        (ENDPOINT, {"trafficSplit": '{"1":60,"2":60,"3":-5}'}),
        (ENDPOINT, {"trafficSplit": "[1]"}),
        (ENDPOINT, {"trafficSplit": ""}),
        (ENDPOINT, {"trafficSplit": UNKNOWN_STRING}),
        (ENDPOINT, {"network": "n", "dedicatedEndpointEnabled": True}),
        (ENDPOINT, {"dedicatedEndpointEnabled": True, "privateServiceConnectConfig": UNKNOWN_STRING}),
        (GARDEN, {"huggingFaceModelId": UNKNOWN_STRING}),
        (GARDEN, {"deployConfig": {**resources(requiredReplicaCount=5), "fastTryoutEnabled": True}}),
        (GARDEN, {"modelConfig": {"containerSpec": {"imageUri": "i", "deploymentTimeout": "PT10M"}}}),
        (ENGINE, {"spec": {"deploymentSpec": {"minInstances": 50, "maxInstances": "2", "containerConcurrency": -3}}}),
        (INDEX, {"deployedIndexId": "bad-id", "automaticResources": {"minReplicaCount": 2000}, **resources()}),
        (PERSISTENT, {"resourcePools": []}),
    ],
)
def test_what_nobody_refuses_before_google_does(token: str, extra: dict[str, Any]) -> None:
    assert reasons(token, **extra) == []


def test_a_check_passes_where_no_region_leads_to_a_host_and_the_creation_does_not() -> None:
    checked = run(POOL, {}, config={"project": "p1"})
    assert checked.failures == ()
    with pytest.raises(CheckError, match=r"^Cannot determine region: set in this resource, or set provider-level"):
        applied(POOL, config={"project": "p1"})
    with pytest.raises(CheckError, match=r"^project: required field is not set$"):
        applied(POOL, config={"region": "europe-west4"})
    assert "/locations/us-east4/" in applied(POOL, config={"project": "p1", "zone": "us-east4-b"}).id


def test_a_reason_shows_no_secret() -> None:
    (reason,) = reasons(ENGINE, spec={"identityType": secret("well-hidden")})
    assert "got [secret]" in reason
    with pytest.raises(CheckError, match=r'parsing "\[secret\]"'):
        run(POOL, resources(minReplicaCount=secret("well-hidden")))


def test_secrets_keep_their_marks() -> None:
    token = secret("hf_hidden")
    inputs = good(GARDEN, modelConfig={"huggingFaceAccessToken": token})
    assert inputs["modelConfig"]["huggingFaceAccessToken"] == token
    outputs = GCP.preview_outputs(GARDEN, inputs, version=GCP.newest)
    assert is_secret(outputs["modelConfig"]["huggingFaceAccessToken"])
    # One that is written in plain stays so: the provider marks no input.
    assert good(GARDEN, modelConfig={"huggingFaceAccessToken": "hf_plain"})["modelConfig"] == {
        "huggingFaceAccessToken": "hf_plain",
        "__defaults": [],
    }


def test_a_type_is_known_by_its_short_token_and_any_other_passes_through() -> None:
    assert look_up("gcp:vertex:AiEndpoint") is look_up(ENDPOINT) is not None
    assert run(BUCKET, {"anything": secret("x")}) == Checked({"anything": secret("x")}, ())
    assert GCP.preview_outputs(BUCKET, {"a": "b"}, version=GCP.newest) == {}


# --- JSON in a text ---


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a":', "unexpected end of JSON input"),
        (" ", "unexpected end of JSON input"),
        ('"ab', "unexpected end of JSON input"),
        ("tru", "unexpected end of JSON input"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ("{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        ('{"a":01}', "invalid character '1' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{} x", "invalid character 'x' after top-level value"),
        ("NaN", "invalid character 'N' looking for beginning of value"),
        ("trie", "invalid character 'i' in literal true (expecting 'u')"),
        ('{"a":"\\x"}', "invalid character 'x' in string escape code"),
        ('"a\nb"', "invalid character '\\n' in string literal"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("", None),
        ("5", None),
    ],
)
def test_why_a_text_is_no_json_in_go_s_words(text: str, reason: str | None) -> None:
    assert invalid(text) == reason


def test_json_is_written_as_go_writes_it() -> None:
    text = '{"b": 1, "a": {"x": 1.50, "y": 100000000000000000000, "z": "<&>é"}, "c": [true, null, 1e-7]}'
    assert normalised(text) == (
        '{"a":{"x":1.5,"y":100000000000000000000,"z":"\\u003c\\u0026\\u003eé"},"b":1,"c":[true,null,1e-7]}'
    )
    assert normalised("no json") == "no json"
    assert normalised("[1e20, 1e21, 0.000001, 0.0000001]") == "[100000000000000000000,1e+21,0.000001,1e-7]"


# --- outputs ---


def previewed(token: str, config: Mapping[str, str] = CONFIG, /, **extra: Any) -> dict[str, Any]:
    return GCP.preview_outputs(token, good(token, **extra), version=GCP.newest, config=config)


@pytest.mark.parametrize("token", [ENDPOINT, GARDEN, POOL, ENGINE, PERSISTENT])
def test_a_plan_fills_in_project_and_policy_and_no_region(token: str) -> None:
    outputs = previewed(token)
    assert (outputs["project"], outputs["deletionPolicy"], outputs.get("region")) == ("p1", "DELETE", None)
    assert previewed(token, {**CONFIG, "deletionPolicy": "PREVENT"})["deletionPolicy"] == "PREVENT"
    assert previewed(token, {})["project"] == UNKNOWN_STRING
    own = previewed(token, deletionPolicy="ABANDON", project="p9")
    assert (own["deletionPolicy"], own["project"]) == ("ABANDON", "p9")


def test_a_plan_of_a_deployed_index_fills_in_nothing() -> None:
    outputs = previewed(INDEX)
    assert {outputs[name] for name in ("region", "deletionPolicy", "name", "automaticResources")} == {UNKNOWN_STRING}
    assert outputs["enableAccessLogging"] is False  # Terraform knows the default that is no input


@pytest.mark.parametrize("token", [ENDPOINT, ENGINE, PERSISTENT])
@pytest.mark.parametrize(
    ("labels", "config", "expected"),
    [
        ({"app": "x", "team": "own"}, CONFIG, {"goog-pulumi-provisioned": "true", "team": "own", "app": "x"}),
        (None, {**CONFIG, "addPulumiAttributionLabel": "false"}, {"team": "ml"}),
        (None, {"addPulumiAttributionLabel": "false"}, UNKNOWN_STRING),
        (None, {"defaultLabels": "no JSON"}, {"goog-pulumi-provisioned": "true"}),
        ({"app": UNKNOWN_STRING}, CONFIG, UNKNOWN_STRING),
        (UNKNOWN_STRING, CONFIG, UNKNOWN_STRING),
    ],
)
def test_labels_of_all_are_secret(token: str, labels: Any, config: dict[str, str], expected: Any) -> None:
    outputs = previewed(token, config, labels=labels)
    assert outputs["effectiveLabels"] == outputs["pulumiLabels"] == secret(expected)
    assert outputs["labels"] == (labels if labels != {"app": UNKNOWN_STRING} else UNKNOWN_STRING)


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ('{"2": 40, "1": 60}', '{"1":60,"2":40}'),
        (None, UNKNOWN_STRING),
        ("", UNKNOWN_STRING),
        (UNKNOWN_STRING, UNKNOWN_STRING),
    ],
)
def test_a_traffic_split_comes_back_in_its_shortest_form(split: str | None, expected: str) -> None:
    assert previewed(ENDPOINT, trafficSplit=split)["trafficSplit"] == expected


def test_what_google_makes_up_is_unknown_and_what_nobody_wrote_is_nothing() -> None:
    outputs = previewed(POOL, **resources())
    assert outputs["createTime"] == UNKNOWN_STRING
    assert outputs["dedicatedResources"] == {
        "autoscalingMetricSpecs": [],
        "machineSpec": {"acceleratorCount": None, "acceleratorType": None, "machineType": "g2-standard-8"},
        "maxReplicaCount": 2,
        "minReplicaCount": 1,
    }
    spec = previewed(ENGINE, spec={"deploymentSpec": {}})["spec"]["deploymentSpec"]
    assert {spec[name] for name in ("minInstances", "maxInstances", "containerConcurrency")} == {UNKNOWN_STRING}
    assert (spec["envs"], spec["keepAliveProbe"]) == ([], None)
    assert previewed(ENGINE)["spec"] == UNKNOWN_STRING


def test_a_preview_of_an_update_keeps_what_is_made_up_once() -> None:
    state = {"createTime": "then", "trafficSplit": '{"1":100}', "project": "p0", "description": "old"}
    outputs = GCP.preview_update(ENDPOINT, good(ENDPOINT), state, version=GCP.newest)
    kept = ("createTime", "trafficSplit", "project", "description")
    assert [outputs[name] for name in kept] == ["then", '{"1":100}', "p0", None]


def applied(token: str, /, config: Mapping[str, str] = CONFIG, **extra: Any) -> Any:
    urn = f"urn:pulumi:dev::proof::{token}::chat"
    inputs = run(token, {**GOOD[token], **extra}).inputs
    return GCP.applied(token, inputs, urn=urn, version=GCP.newest, now="2026-11-29T10:00:00", config=config)


@pytest.mark.parametrize(
    ("token", "form"),
    [
        (ENDPOINT, r"projects/p1/locations/europe-west4/endpoints/chat-[0-9a-f]{7}"),
        (GARDEN, r"projects/p1/locations/europe-west4/endpoints/\d+"),
        (POOL, r"projects/p1/locations/europe-west4/deploymentResourcePools/chat-[0-9a-f]{7}"),
        (ENGINE, r"projects/p1/locations/europe-west4/reasoningEngines/\d+"),
        (INDEX, r"e/deployedIndex/d"),
        (PERSISTENT, r"projects/p1/locations/europe-west4/persistentResources/chat-[0-9a-f]{7}"),
    ],
)
def test_a_state_has_the_provider_s_id_and_nothing_unknown(token: str, form: str) -> None:
    known = applied(token)
    assert re.fullmatch(form, known.id)
    assert UNKNOWN_STRING not in json.dumps(known.outputs)
    assert known.outputs["__pulumi_raw_state_delta"] == {"obj": {}}
    if "createTime" in known.outputs:
        assert known.outputs["createTime"] == "2026-11-29T10:00:00"
    assert known.outputs.get("region") == ("europe-west4" if token == INDEX else None)


def test_a_state_of_a_type_that_nothing_is_known_of_has_its_inputs() -> None:
    known = GCP.applied(BUCKET, {"a": "b"}, urn=f"urn:pulumi:dev::proof::{BUCKET}::c", version=GCP.newest, now="now")
    assert (known.id, known.outputs) == ("c", {"a": "b", "name": "c"})


# --- changes ---


def changed(token: str, old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, tuple[str, bool]], bool]:
    before = good(token, **old)
    after = run(token, {**GOOD[token], **new}, old_inputs=before).inputs
    found = GCP.diff(token, before, after, version=GCP.newest)
    return {format_path(one.keys): (one.kind, one.replaces) for one in found.changes}, found.delete_before_replace


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (resources(), resources(maxReplicaCount=3), {"dedicatedResources.maxReplicaCount": ("update", True)}),
        (resources(), resources(maxReplicaCount="2"), {}),
        (resources(), resources(maxReplicaCount=None), {"dedicatedResources.maxReplicaCount": ("delete", True)}),
        (
            resources(),
            resources(autoscalingMetricSpecs=[{"metricName": "cpu"}]),
            {"dedicatedResources.autoscalingMetricSpecs": ("add", True)},
        ),
        (resources(), {}, {"dedicatedResources": ("delete", True)}),
        ({}, {"region": "us-east4"}, {"region": ("add", True)}),
        ({"region": "us-east4"}, {}, {"region": ("delete", True)}),
        ({"project": "p9"}, {}, {}),
        ({}, {"deletionPolicy": "ABANDON"}, {"deletionPolicy": ("update", False)}),
    ],
)
def test_whatever_changes_of_a_pool_replaces_it_but_for_its_policy(
    old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert changed(POOL, old, new) == (expected, False)


def test_a_pool_with_a_name_of_its_own_is_deleted_first() -> None:
    mine = {"name": "mine", **resources()}
    assert changed(POOL, mine, {**mine, **resources(maxReplicaCount=3)})[1]
    assert changed(POOL, resources(), mine) == ({"name": ("update", True)}, True)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"displayName": "Other"}, {"displayName": ("update", False)}),
        ({}, {"location": "us-east4"}, {"location": ("update", True)}),
        ({"labels": {"a": "b"}}, {"labels": {"a": "c"}}, {"labels.a": ("update", False)}),
        ({"trafficSplit": '{"1":100}'}, {"trafficSplit": '{"1": 100}'}, {}),
        ({"trafficSplit": '{"1":100}'}, {"trafficSplit": '{"2":100}'}, {"trafficSplit": ("update", False)}),
        ({"trafficSplit": '{"1":100}'}, {}, {}),
        ({}, {"privateServiceConnectConfig": PSC}, {"privateServiceConnectConfig": ("add", True)}),
        ({"privateServiceConnectConfig": PSC}, {}, {"privateServiceConnectConfig": ("delete", True)}),
        (
            {"privateServiceConnectConfig": PSC},
            {"privateServiceConnectConfig": {**PSC, "projectAllowlists": ["p2"]}},
            {"privateServiceConnectConfig.projectAllowlists[0]": ("update", False)},
        ),
        ({}, {"encryptionSpec": {"kmsKeyName": "k"}}, {"encryptionSpec": ("add", True)}),
        (
            {"encryptionSpec": {"kmsKeyName": "k"}},
            {"encryptionSpec": {"kmsKeyName": "m"}},
            {"encryptionSpec.kmsKeyName": ("update", True)},
        ),
        ({}, {"network": UNKNOWN_STRING}, {"network": ("add", True)}),
        ({}, {"dedicatedEndpointEnabled": False}, {"dedicatedEndpointEnabled": ("add", False)}),
    ],
)
def test_what_replaces_an_endpoint(old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changed(ENDPOINT, old, new)[0] == expected


@pytest.mark.parametrize(
    ("token", "old", "new", "path", "replaces"),
    [
        (GARDEN, {"maxReplicaCount": 2}, {"maxReplicaCount": 3}, "maxReplicaCount", False),
        (GARDEN, {}, {"requiredReplicaCount": 1}, "requiredReplicaCount", False),
        (GARDEN, {}, {"autoscalingMetricSpecs": [{"metricName": "cpu"}]}, "autoscalingMetricSpecs", False),
        (GARDEN, {}, {"spot": True}, "spot", True),
        (GARDEN, {}, {"machineSpec": {"machineType": "a2"}}, "machineSpec.machineType", True),
        (INDEX, {"maxReplicaCount": 2}, {"maxReplicaCount": 3}, "maxReplicaCount", False),
        (INDEX, {}, {"machineSpec": {"machineType": "n2"}}, "machineSpec.machineType", True),
    ],
)
def test_replicas_of_a_garden_s_model_and_of_an_index_change_in_place(
    token: str, old: dict[str, Any], new: dict[str, Any], path: str, replaces: bool
) -> None:
    def around(extra: dict[str, Any]) -> dict[str, Any]:
        return {"deployConfig": resources(**extra)} if token == GARDEN else resources(**extra)

    ((found, (_, is_replacing)),) = changed(token, around(old), around(new))[0].items()
    assert (found.partition("dedicatedResources.")[2], is_replacing) == (path, replaces)


@pytest.mark.parametrize(
    ("token", "old", "new", "expected"),
    [
        (GARDEN, {"deployConfig": resources()}, {}, {"deployConfig": ("delete", True)}),
        (GARDEN, {}, {"publisherModelName": "q"}, {"publisherModelName": ("update", True)}),
        (INDEX, resources(), resources(maxReplicaCount=None), {}),
        (INDEX, {}, {"index": "projects/p/locations/l/indexes/i"}, {}),
        (INDEX, {}, {"index": "projects/p/locations/l/indexes/j"}, {"index": ("update", True)}),
        (INDEX, {"indexEndpoint": "projects/1/e"}, {"indexEndpoint": "e"}, {}),
        (INDEX, {"enableAccessLogging": False}, {}, {}),
        (INDEX, {}, {"enableAccessLogging": False}, {}),
        (INDEX, {}, {"enableAccessLogging": True}, {"enableAccessLogging": ("add", True)}),
        (INDEX, {}, {"indexEndpoint": "projects/1/e"}, {"indexEndpoint": ("update", True)}),
        (ENGINE, {}, {"region": "us-east4"}, {"region": ("add", True)}),
        (ENGINE, {"spec": {"deploymentSpec": {"minInstances": 1}}}, {}, {}),
        (PERSISTENT, {"labels": {"a": "b"}}, {"labels": {"a": "c"}}, {"labels.a": ("update", True)}),
        (PERSISTENT, {}, {"displayName": "x"}, {"displayName": ("add", False)}),
    ],
)
def test_what_else_replaces(token: str, old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changed(token, old, new)[0] == expected


def test_the_order_of_variables_is_none() -> None:
    first, second = ({"name": name, "value": "x"} for name in "AB")
    one, other = ({"spec": {"deploymentSpec": {"envs": envs}}} for envs in ([first, second], [second, first]))
    assert changed(ENGINE, one, other)[0] == {}


# --- functions, and the data ---


def test_the_client_s_config_is_the_provider_s_without_a_token() -> None:
    token = "gcp:organizations/getClientConfig:getClientConfig"
    assert GCP.invoke(token, {}, CONFIG) == {
        "id": "projects/p1/regions/europe-west4/zones/",
        "project": "p1",
        "region": "europe-west4",
        "zone": "",
        "defaultLabels": {"team": "ml"},
    }
    assert GCP.invoke(token, {}, {}) is None
    assert GCP.invoke("gcp:organizations/getProject:getProject", {}, CONFIG) is None


def test_a_policy_is_text() -> None:
    condition = {"expression": "true", "title": "always"}
    bindings = [
        {"role": "roles/b", "members": ["user:z", "user:a"]},
        {"role": "roles/a", "members": ["user:a"], "condition": condition},
        {"role": "roles/b", "members": ["user:m", "user:a"]},
        {"role": "roles/a", "members": ["user:a"]},
    ]
    answer = GCP.invoke("gcp:organizations/getIAMPolicy:getIAMPolicy", {"bindings": bindings}, {})
    assert answer is not None
    assert answer["policyData"] == (
        '{"bindings":[{"members":["user:a"],"role":"roles/a"},'
        '{"condition":{"expression":"true","title":"always"},"members":["user:a"],"role":"roles/a"},'
        '{"members":["user:a","user:m","user:z"],"role":"roles/b"}]}'
    )
    audited = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["b", "a"]}]}]
    answer = GCP.invoke("gcp:organizations/getIAMPolicy:getIAMPolicy", {"auditConfigs": audited}, {})
    assert answer is not None
    assert json.loads(answer["policyData"]) == {
        "auditConfigs": [
            {"auditLogConfigs": [{"exemptedMembers": ["a", "b"], "logType": "DATA_READ"}], "service": "allServices"}
        ]
    }


def _places(node: Mapping[str, Any], place: str = "") -> set[str]:
    found = {place}
    for name, child in node.get("properties", {}).items():
        found |= _places(child, f"{place}.{name}".lstrip("."))
    return found | (_places(node["items"], f"{place}[]") if "items" in node else set())


@pytest.mark.parametrize("token", list(GOOD))
def test_the_data_names_properties_that_there_are(token: str) -> None:
    """A slip in a path would be a check that is never made."""
    kind = look_up(token)
    assert kind is not None
    facts, known = kind.facts, _places(dict(kind.tree))
    named = {*facts["checks"], *facts.get("computed", ()), *facts.get("sets", ()), *facts["secret"]}
    named |= {*facts.get("defaults", ()), *facts.get("attributes", ()), *facts.get("unread", ())}
    named |= {place.removesuffix("[]") for place in facts["replaces"]}
    for parent, pairs in facts["conflicts"].items():
        named |= {f"{parent}.{name}".lstrip(".") for pair in pairs for name in pair}
    for parent, names in facts["exactlyOneOf"].items():
        named |= {f"{parent}.{name}".lstrip(".") for name in names}
    assert named <= known
