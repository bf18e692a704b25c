"""The stand-in for aws-native against what its source says: names, default tags, and what its Check refuses."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest

from inference_pools.path import format_path
from inference_pools.values import RESOURCE_REFERENCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING
from poolgate.standin.aws_native import AWS_NATIVE
from poolgate.standin.cloud import Autonaming, Checked, CheckError, Request

CONFIGURATION = "aws-native:sagemaker:EndpointConfig"
ENDPOINT = "aws-native:sagemaker:Endpoint"
COMPONENT = "aws-native:sagemaker:InferenceComponent"
POLICY = "aws-native:applicationautoscaling:ScalingPolicy"
TARGET = "aws-native:applicationautoscaling:ScalableTarget"
VARIANT: dict[str, Any] = {"variantName": "blue", "modelName": "m", "instanceType": "ml.g5.xlarge"}


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def configuration(**variant: Any) -> dict[str, Any]:
    return {"endpointConfigName": "c", "productionVariants": [{**VARIANT, **variant}]}


def run(inputs: dict[str, Any], token: str = CONFIGURATION, name: str = "c", **options: Any) -> Checked:
    options = {"config": {"region": "eu-west-1"}, "random_seed": b"seed", **options}
    urn = f"urn:pulumi:dev::proof::{token}::{name}"
    return AWS_NATIVE.check(Request(token=token, inputs=inputs, urn=urn, version=AWS_NATIVE.newest, **options))


def reasons(checked: Checked) -> list[str]:
    return [failure.reason for failure in checked.failures]


# --- names ---


@pytest.mark.parametrize(
    ("token", "name", "key", "pattern"),
    [
        (CONFIGURATION, "Fraud_Scorer", "endpointConfigName", r"Fraud_Scorer-[0-9a-f]{7}"),
        (CONFIGURATION, "n" * 58, "endpointConfigName", r"n{58}-[0-9a-f]{4}"),
        (ENDPOINT, "n" * 62, "endpointName", r"n{62}-[0-9a-f]"),
        (COMPONENT, "n" * 80, "inferenceComponentName", r"n{80}-[0-9a-f]{7}"),
        (POLICY, "scale", "policyName", r"scale-[0-9a-f]{7}"),
    ],
)
def test_a_name_is_made_up_and_shortened_to_what_there_is_room_for(
    token: str, name: str, key: str, pattern: str
) -> None:
    assert re.fullmatch(pattern, run({}, token, name).inputs[key])


def test_a_name_without_room_for_a_digit_is_an_error() -> None:
    with pytest.raises(CheckError, match="too large to fix max length constraint of 63"):
        run({"productionVariants": []}, name="n" * 62)


def test_a_name_stays_and_a_target_has_none() -> None:
    assert run({}, old_inputs={"endpointConfigName": "old"}).inputs["endpointConfigName"] == "old"
    assert run({}, TARGET).inputs == {}


@pytest.mark.parametrize(
    ("autonaming", "expected"),
    [
        (Autonaming("dev-c", "propose"), "dev-c"),
        (Autonaming("d" * 64, "enforce"), "d" * 64),
        (Autonaming(None, "disable"), None),
    ],
)
def test_the_engine_s_names(autonaming: Autonaming, expected: str | None) -> None:
    assert run({}, autonaming=autonaming).inputs.get("endpointConfigName") == expected


@pytest.mark.parametrize(
    ("name", "reason"), [("d" * 64, "exceeds max length of 63"), ("", "shorter than min length of 1")]
)
def test_a_proposed_name_of_a_wrong_length_is_an_error(name: str, reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        run({}, autonaming=Autonaming(name, "propose"))


# --- default tags ---

TEAM = {"defaultTags": '{"tags": {"team": "a", "env": "prod"}}'}
ENV = {"key": "env", "value": "dev"}


@pytest.mark.parametrize(
    ("tags", "config", "expected"),
    [
        (None, TEAM, [{"key": "env", "value": "prod"}, {"key": "team", "value": "a"}]),
        ([ENV], TEAM, [ENV, {"key": "team", "value": "a"}]),
        (
            [{"key": UNKNOWN_STRING, "value": "x"}],
            {"defaultTags": '{"tags": {"t": 1}}'},
            [{"key": UNKNOWN_STRING, "value": "x"}, {"key": "t", "value": "1"}],
        ),
        (UNKNOWN_STRING, TEAM, UNKNOWN_STRING),
        ([ENV], {}, [ENV]),
        ([ENV], {"defaultTags": "no JSON"}, [ENV]),
        ([ENV], {"defaultTags": "[]"}, [ENV]),
        (secret([ENV]), TEAM, secret([ENV, {"key": "team", "value": "a"}])),
    ],
)
def test_default_tags_come_behind_the_resource_s(tags: Any, config: dict[str, str], expected: Any) -> None:
    assert run({**configuration(), "tags": tags}, config=config).inputs["tags"] == expected


def test_default_tags_are_as_secret_as_their_setting() -> None:
    tags = run(configuration(), config=TEAM, secret_settings={"defaultTags"}).inputs["tags"]
    assert tags == [{"key": "env", "value": secret("prod")}, {"key": "team", "value": secret("a")}]


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"env": "dev"}, "an array but found object"),
        ([UNKNOWN_STRING], "an array of objects but found output<string>"),
        (["env"], "an array of objects but found string"),
        ([[]], r"an array of objects but found \[\]"),
        (True, "an array but found bool"),
        (5, "an array but found number"),
        ([{"key": "env"}], "with 'key' and 'value' properties"),
    ],
)
def test_tags_that_cannot_be_merged_are_an_error(tags: Any, found: str) -> None:
    with pytest.raises(CheckError, match=f"expected tags to be {found}" if found.startswith("an") else found):
        run({**configuration(), "tags": tags}, config=TEAM)


# --- what is refused ---


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        ({"sku": 1}, "unknown property productionVariants[0].sku"),
        ({"initialInstanceCount": "2"}, "productionVariants[0]/initialInstanceCount must be an integer"),
        ({"initialInstanceCount": 1.5}, "productionVariants[0]/initialInstanceCount must be an integer"),
        ({"initialInstanceCount": True}, "productionVariants[0]/initialInstanceCount must be an integer"),
        ({"initialVariantWeight": "1"}, "productionVariants[0]/initialVariantWeight must be a number"),
        ({"enableSsmAccess": "true"}, "productionVariants[0]/enableSsmAccess must be a bool"),
        ({"variantName": secret(5)}, "productionVariants[0]/variantName must be a string"),
        ({"serverlessConfig": 5}, "productionVariants[0]/serverlessConfig must be an object"),
        ({"instancePools": {}}, "productionVariants[0]/instancePools must be an array"),
        ({"instancePools": [{"kind": 1}]}, "unknown property productionVariants[0]/instancePools[0].kind"),
        ({"initialInstanceCount": -3, "instanceType": "ml.foo", "variantName": "no name!"}, None),
        ({"serverlessConfig": {}, "variantName": None}, None),
        ({"initialInstanceCount": UNKNOWN_STRING, "initialVariantWeight": 2.0}, None),
    ],
)
def test_unknown_properties_and_other_types_are_refused_and_values_are_not(
    variant: dict[str, Any], reason: str | None
) -> None:
    failures = run(configuration(**variant)).failures
    assert [failure.reason for failure in failures] == ([reason] if reason else [])
    for failure in failures:
        assert format_path(failure.keys) in failure.reason.replace("/", ".")


def test_what_is_required_is_missed_at_the_top_alone() -> None:
    (failure,) = run({"endpointArn": "x"}, CONFIGURATION).failures[:1]
    assert (failure.keys, failure.reason) == (("productionVariants",), "missing required property productionVariants")
    assert reasons(run({"endpointConfigArn": "x", **configuration()})) == ["unknown property endpointConfigArn"]


def test_values_of_a_map_and_of_any_type() -> None:
    container = {"environment": {"A": 5}}
    assert reasons(run({"endpointName": "e", "specification": {"container": container}}, COMPONENT)) == [
        "specification/container/environment.A must be a string"
    ]
    model = {"primaryContainer": {"environment": [{"anything": 1}]}}
    assert reasons(run(model, "aws-native:sagemaker:Model")) == []


def test_a_resource_is_its_id() -> None:
    reference = {SIGNATURE_KEY: RESOURCE_REFERENCE_SIGNATURE, "urn": "urn:x", "id": "model-1"}
    (variant,) = run(configuration(modelName=reference, instanceType=secret(reference))).inputs["productionVariants"]
    assert (variant["modelName"], variant["instanceType"]) == ("model-1", secret("model-1"))


def test_nulls_are_left_out_and_secrets_keep_their_marks() -> None:
    written = {
        **configuration(modelName=None),
        "executionRoleArn": secret("arn"),
        "vpcConfig": {"subnets": ["a", None]},
    }
    checked = run(written).inputs
    assert "modelName" not in checked["productionVariants"][0]
    assert checked["vpcConfig"] == {"subnets": ["a"]}
    assert checked["executionRoleArn"] == secret("arn")


# --- outputs and changes ---


def test_a_preview_knows_the_inputs_and_not_what_is_read_only() -> None:
    outputs = AWS_NATIVE.preview_outputs(CONFIGURATION, run(configuration()).inputs, version=AWS_NATIVE.newest)
    assert outputs == {**configuration(), "endpointConfigArn": UNKNOWN_STRING}
    component = {"endpointName": "e", "runtimeConfig": {"copyCount": 1}, "inferenceComponentName": "i"}
    nested = AWS_NATIVE.preview_outputs(COMPONENT, component, version=AWS_NATIVE.newest)["runtimeConfig"]
    assert nested == {
        "copyCount": 1,
        **dict.fromkeys(("currentCopyCount", "desiredCopyCount", "placementStatus"), UNKNOWN_STRING),
    }


def test_a_preview_of_an_update_keeps_name_and_arn() -> None:
    state = {"inferenceComponentArn": "arn:old", "creationTime": "then"}
    outputs = AWS_NATIVE.preview_update(COMPONENT, {"endpointName": "e"}, state, version=AWS_NATIVE.newest)
    assert (outputs["inferenceComponentArn"], outputs["creationTime"]) == ("arn:old", UNKNOWN_STRING)


def test_the_engine_is_to_see_for_itself_what_changed() -> None:
    found = AWS_NATIVE.diff(CONFIGURATION, configuration(), configuration(modelName="n"), version=AWS_NATIVE.newest)
    assert (len(found.changes), found.detailed, found.delete_before_replace) == (1, False, True)
    assert AWS_NATIVE.diff(CONFIGURATION, configuration(), configuration(), version=AWS_NATIVE.newest).changes == ()


def test_a_state_holds_the_inputs_once_more() -> None:
    options = {"urn": f"urn:pulumi:dev::p::{CONFIGURATION}::c", "version": AWS_NATIVE.newest, "now": "2026-11-29"}
    known = AWS_NATIVE.applied(CONFIGURATION, configuration(), **options)
    assert (
        known.id == known.outputs["endpointConfigArn"] == "arn:aws:sagemaker:us-east-1:000000000000:endpoint-config/c"
    )
    assert known.outputs["__inputs"] == secret(configuration())
    component = AWS_NATIVE.applied(COMPONENT, {"endpointName": "e"}, **options).outputs
    assert (component["creationTime"], component["failureReason"]) == ("2026-11-29", "")
    running = {"endpointName": "e", "runtimeConfig": {"copyCount": 2.0}}
    assert AWS_NATIVE.applied(COMPONENT, running, **options).outputs["runtimeConfig"] == {"copyCount": 2.0}
    role = AWS_NATIVE.applied("aws-native:iam:Role", {"path": "/"}, **options).outputs
    assert (role["arn"], role["path"]) == ("arn:aws:iam:us-east-1:000000000000:role/c", "/")
    target = {"resourceId": "endpoint/e/variant/v", "scalableDimension": "d", "serviceNamespace": "sagemaker"}
    assert AWS_NATIVE.applied(TARGET, target, **options).outputs["awsId"] == "endpoint/e/variant/v|d|sagemaker"


def test_a_type_without_a_tree_passes_through() -> None:
    token = "aws-native:s3:Bucket"
    assert run({"anything": None}, token) == Checked({"anything": None}, ())
    assert AWS_NATIVE.preview_outputs(token, {"a": "b"}, version=AWS_NATIVE.newest) == {}


def test_functions_that_follow_from_the_region() -> None:
    def ask(name: str, region: str = "cn-north-1") -> Any:
        return AWS_NATIVE.invoke(f"aws-native:index:{name}", {}, {"region": region} if region else {})

    assert ask("getRegion") == {"region": "cn-north-1"}
    assert ask("getPartition") == {"partition": "aws-cn"}
    assert ask("getUrlSuffix") == {"urlSuffix": "amazonaws.com.cn"}
    assert ask("getAccountId") is None
    assert ask("getRegion", "") is None


def _data(package: str, file: str) -> Any:
    return json.loads(resources.files(package).joinpath(f"data/{file}").read_text("utf-8"))["types"]


def test_the_data_names_properties_that_there_are() -> None:
    trees = _data("inference_pools.platforms.sagemaker", "trees.json")
    for token, facts in _data("poolgate.standin.aws_native", "names.json").items():
        tree = trees[token]["trees"][-1]["tree"]
        assert facts.get("name", "tags") in tree["properties"]
        for place in facts.get("readOnly", ()):
            node = tree
            for name in place.split("."):
                node = node["properties"][name]
