"""The stand-in for aws against what the real bridge did with the provider's schemas, property by property.

Numbers in names of cases are none of ours; what was run and what is from source says `aws/data/validators.json`.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest

from inference_pools.path import format_path
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, is_secret
from poolgate.standin.aws import AWS
from poolgate.standin.aws.schema import look_up, values
from poolgate.standin.cloud import Autonaming, Checked, CheckError, Request

BOUNDS = json.loads(
    resources.files("inference_pools.platforms.sagemaker").joinpath("data/bounds.json").read_text("utf-8")
)
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
MODEL = "aws:sagemaker/model:Model"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
BUCKET = "aws:s3/bucket:Bucket"
REGION = {"region": "eu-west-1"}
ROLE = "arn:aws:iam::111122223333:role/serving"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
VARIANT: dict[str, Any] = {
    "variantName": "blue",
    "modelName": "scorer",
    "instanceType": "ml.g5.xlarge",
    "initialInstanceCount": 2,
}
SERVERLESS = {"maxConcurrency": 1, "memorySizeInMb": 1024}
TARGETED = {
    "serviceNamespace": "sagemaker",
    "resourceId": "endpoint/e/variant/blue",
    "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def configuration(**variant: Any) -> dict[str, Any]:
    return {"productionVariants": [{**VARIANT, **variant}]}


def endpoint(**deployment: Any) -> dict[str, Any]:
    return {"endpointConfigName": "c", "deploymentConfig": deployment}


def run(inputs: dict[str, Any], token: str = CONFIGURATION, name: str = "c", **options: Any) -> Checked:
    options.setdefault("config", REGION)
    options.setdefault("random_seed", b"seed")
    urn = f"urn:pulumi:dev::proof::{token}::{name}"
    return AWS.check(Request(token=token, inputs=inputs, urn=urn, version=AWS.newest, **options))


def reasons(checked: Checked) -> list[str]:
    return [failure.reason for failure in checked.failures]


# --- what is filled in ---


def test_every_object_lists_its_defaults_and_numbers_get_the_type_of_the_schema() -> None:
    written = configuration(
        initialInstanceCount="2", serverlessConfig={"maxConcurrency": 1.5, "memorySizeInMb": "3072"}
    )
    (variant,) = run(written).inputs["productionVariants"]
    assert variant == {
        **VARIANT,
        "initialInstanceCount": 2,
        "initialVariantWeight": 1,
        "serverlessConfig": {"maxConcurrency": 1, "memorySizeInMb": 3072, "__defaults": []},
        "__defaults": ["initialVariantWeight"],
    }


@pytest.mark.parametrize(
    ("token", "inputs", "path", "value"),
    [
        (
            POLICY,
            {**TARGETED, "targetTrackingScalingPolicyConfiguration": {"targetValue": 70}},
            ["policyType"],
            "StepScaling",
        ),
        (
            MODEL,
            {"executionRoleArn": ROLE, "primaryContainer": {"image": "i"}},
            ["primaryContainer", "mode"],
            "SingleModel",
        ),
        (ACTION, {**TARGETED, "schedule": "at(x)", "scalableTargetAction": {"maxCapacity": 2}}, ["timezone"], "UTC"),
    ],
)
def test_the_defaults_of_the_schema_are_written_into_the_inputs(
    token: str, inputs: dict[str, Any], path: list[str], value: Any
) -> None:
    checked = run(inputs, token)
    assert reasons(checked) == []
    parent = checked.inputs
    for key in path[:-1]:
        parent = parent[key]
    assert parent[path[-1]] == value
    assert path[-1] in parent["__defaults"]


def test_a_default_of_nothing_is_left_to_terraform_unless_the_state_has_it() -> None:
    traffic = {"type": "ALL_AT_ONCE", "waitIntervalInSeconds": 0}
    written = endpoint(blueGreenUpdatePolicy={"trafficRoutingConfiguration": traffic})
    policy = run(written, ENDPOINT).inputs["deploymentConfig"]["blueGreenUpdatePolicy"]
    assert "terminationWaitInSeconds" not in policy
    assert policy["__defaults"] == []
    before = {"terminationWaitInSeconds": 0, "__defaults": ["terminationWaitInSeconds"]}
    old = endpoint(blueGreenUpdatePolicy={"trafficRoutingConfiguration": traffic, **before})
    policy = run(written, ENDPOINT, old_inputs=old).inputs["deploymentConfig"]["blueGreenUpdatePolicy"]
    assert (policy["terminationWaitInSeconds"], policy["__defaults"]) == (0, ["terminationWaitInSeconds"])


def test_an_isolation_that_nobody_wrote_is_absent() -> None:
    assert "enableNetworkIsolation" not in run({"executionRoleArn": ROLE}, MODEL).inputs


@pytest.mark.parametrize("token", [CONFIGURATION, MODEL, ENDPOINT])
def test_an_automatic_name_keeps_case_and_underscore_and_is_then_refused_for_it(token: str) -> None:
    inputs = {CONFIGURATION: configuration(), MODEL: {"executionRoleArn": ROLE}, ENDPOINT: {"endpointConfigName": "c"}}[
        token
    ]
    checked = run(inputs, token, "Fraud_Scorer")
    name = checked.inputs["name"]
    assert re.fullmatch(r"Fraud_Scorer-[0-9a-f]{7}", name)
    assert checked.inputs["__defaults"] == ["name"]
    (reason,) = reasons(checked)
    assert reason.startswith(f'only alphanumeric characters and hyphens allowed in "name": "{name}"')
    assert reason.endswith(". Examine values at 'Fraud_Scorer.name'.")
    assert reasons(run(inputs, token, "FraudScorer")) == []


def test_the_longest_logical_name_that_passes_has_55_characters() -> None:
    assert reasons(run(configuration(), name="n" * 55)) == []
    (refused,) = reasons(run(configuration(), name="n" * 56))
    assert refused.startswith('"name" cannot be longer than 63 characters')
    with pytest.raises(CheckError, match="plus 7 random chars is longer than maximum length 255"):
        run({**TARGETED, "name": None}, POLICY, "n" * 248)


def test_a_name_that_ends_in_a_hyphen_passes_and_one_that_begins_with_it_does_not() -> None:
    assert reasons(run({**configuration(), "name": "c-"})) == []
    assert reasons(run({**configuration(), "name": "-c"})) == [
        '"name" cannot begin with a hyphen: "-c". Examine values at \'c.name\'.'
    ]


def test_a_prefix_leaves_the_name_to_the_provider() -> None:
    checked = run({**configuration(), "namePrefix": "scorer-"})
    assert "name" not in checked.inputs
    assert checked.inputs["__defaults"] == []
    both = run({**configuration(), "namePrefix": "scorer-", "name": "scorer"})
    assert reasons(both) == [
        "Conflicting configuration arguments. \"name\": conflicts with name_prefix. Examine values at 'c.name'."
    ]
    assert "longer than 37 characters" in reasons(run({**configuration(), "namePrefix": "s" * 38}))[0]


def test_a_name_stays_unless_the_program_had_written_it() -> None:
    kept = {"name": "c-0000000", "__defaults": ["name"]}
    assert run(configuration(), old_inputs=kept).inputs["name"] == "c-0000000"
    written = {"name": "mine", "__defaults": []}
    assert re.fullmatch("c-[0-9a-f]{7}", run(configuration(), old_inputs=written).inputs["name"])


def test_the_engine_s_names_go_before_the_provider_s() -> None:
    assert run(configuration(), autonaming=Autonaming("dev-c", "propose")).inputs["name"] == "dev-c"
    assert "name" not in run(configuration(), autonaming=Autonaming(None, "disable")).inputs
    needed = run({**TARGETED}, POLICY, autonaming=Autonaming(None, "disable"))
    assert 'The argument "name" is required' in reasons(needed)[0]


def test_a_resource_has_the_region_of_its_provider_unless_it_has_its_own() -> None:
    assert run(configuration()).inputs["region"] == "eu-west-1"
    assert run({**configuration(), "region": "us-east-1"}).inputs["region"] == "us-east-1"
    assert "region" not in run(configuration(), config={}).inputs


TEAM = {"defaultTags": '{"tags":{"team":"a","env":"prod"}}'}


@pytest.mark.parametrize(
    ("tags", "config", "expected"),
    [
        ({"env": "dev", "x": 1}, TEAM, {"team": "a", "env": "dev", "x": "1"}),
        (None, TEAM, {"team": "a", "env": "prod"}),
        ({"env": "dev", "x": UNKNOWN_STRING}, TEAM, UNKNOWN_STRING),
        (UNKNOWN_STRING, TEAM, UNKNOWN_STRING),
        (None, {}, {}),
        ({"a": "b"}, {}, {"a": "b"}),
        ({"a": "b", "aws:x": "c", "d": "e"}, {"ignoreTags": '{"keys":["d"],"keyPrefixes":["aws:"]}'}, {"a": "b"}),
        ({"a": "b"}, {"defaultTags": "no JSON"}, {"a": "b"}),
    ],
)
def test_all_tags_are_an_input(tags: Any, config: dict[str, str], expected: Any) -> None:
    inputs = run({**configuration(), "tags": tags}, config=config).inputs
    assert inputs["tagsAll"] == expected
    # The tags themselves stay as they are, the known ones beside one that is not.
    assert inputs.get("tags") == (
        tags and {**tags, "x": "1"} if isinstance(tags, dict) and tags.get("x") == 1 else tags
    )


def test_a_policy_has_no_tags() -> None:
    assert "tagsAll" not in run({**TARGETED}, POLICY, config=TEAM).inputs


def test_secrets_keep_their_marks_and_all_tags_are_as_secret_as_the_tags() -> None:
    container = {"image": "i", "environment": {"A": "plain", "B": secret("hidden-text")}}
    inputs = {"executionRoleArn": ROLE, "primaryContainer": container, "tags": {"t": secret("hidden-tag"), "u": "v"}}
    checked = run(inputs, MODEL).inputs
    assert checked["primaryContainer"]["environment"] == container["environment"]
    assert is_secret(checked["tagsAll"]["t"])
    assert checked["tagsAll"]["u"] == "v"
    outputs = AWS.preview_outputs(MODEL, checked, version=AWS.newest)
    assert is_secret(outputs["primaryContainer"]["environment"]["B"])


def test_tags_of_a_setting_that_is_secret_are_secret_in_all_tags() -> None:
    hidden = {"config": TEAM, "secret_settings": {"defaultTags"}}
    checked = run({"executionRoleArn": ROLE, "tags": {"env": "dev"}}, MODEL, **hidden).inputs
    assert checked["tags"] == {"env": "dev"}
    assert checked["tagsAll"] == {"team": secret("a"), "env": "dev"}
    assert run({"executionRoleArn": ROLE}, MODEL, **hidden).inputs["tagsAll"] == {
        "team": secret("a"),
        "env": secret("prod"),
    }
    assert run({"tags": secret({"env": "dev"})}, MODEL, **hidden).inputs["tagsAll"] == secret(
        {"team": "a", "env": "dev"}
    )
    assert run({}, MODEL, config=TEAM, secret_settings={"region"}).inputs["tagsAll"] == {"team": "a", "env": "prod"}


def test_a_reason_shows_no_secret() -> None:
    (reason,) = reasons(run({**configuration(), "kmsKeyArn": secret("alias/hidden")}))
    assert (
        reason == "\"kms_key_arn\" ([secret]) is an invalid ARN: arn: invalid prefix. Examine values at 'c.kmsKeyArn'."
    )


# --- what is refused ---


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        ({"instanceType": "ml.g5.foo"}, 'expected instance_type to be one of ["ml.g5.xlarge" '),
        (
            {"initialInstanceCount": 0},
            "expected production_variants.0.initial_instance_count to be at least (1), got 0",
        ),
        (
            {"initialVariantWeight": -1},
            "expected production_variants.0.initial_variant_weight to be at least (0), got -1",
        ),
        (
            {"volumeSizeInGb": 600},
            "expected production_variants.0.volume_size_in_gb to be in the range (1 - 512), got 600",
        ),
        ({"containerStartupHealthCheckTimeoutInSeconds": 30}, "to be in the range (60 - 3600), got 30"),
        (
            {"routingConfigs": [{"routingStrategy": "random"}]},
            'one of ["LEAST_OUTSTANDING_REQUESTS" "RANDOM" "PREFIX_AWARE"]',
        ),
        ({"managedInstanceScaling": {"maxInstanceCount": 0}}, "max_instance_count to be at least (1), got 0"),
        (
            {"managedInstanceScaling": {"status": "Enabled"}},
            'expected status to be one of ["ENABLED" "DISABLED"], got Enabled',
        ),
        ({"serverlessConfig": {"maxConcurrency": 201, "memorySizeInMb": 1024}}, "in the range (1 - 200), got 201"),
        (
            {"serverlessConfig": {"maxConcurrency": 1, "memorySizeInMb": 1536}},
            "one of [1024 2048 3072 4096 5120 6144], got 1536",
        ),
        (
            {"serverlessConfig": {"maxConcurrency": 1}},
            'The argument "production_variants.0.serverless_config.0.memory_size_in_mb" is required',
        ),
        ({"coreDumpConfig": {"destinationS3Uri": "bucket", "kmsKeyId": KEY}}, "to match regular expression"),
        (
            {"instanceTyp": "ml.g5.xlarge"},
            "Invalid or unknown key. Examine values at 'c.productionVariants[0].instanceTyp'.",
        ),
        ({"enableSsmAccess": "yes"}, "cannot parse '' as bool: strconv.ParseBool: parsing \"yes\": invalid syntax"),
        ({"initialInstanceCount": True}, "Attribute must be a whole number, got true"),
        ({"initialInstanceCount": [2]}, "Attribute must be a single value, not a list"),
        ({"serverlessConfig": 5}, "Expected Object Type. Expected object, got number"),
    ],
)
def test_a_variant_that_is_refused(variant: dict[str, Any], reason: str) -> None:
    (found,) = reasons(run(configuration(**variant)))
    assert reason in found
    assert found.endswith("'.")


@pytest.mark.parametrize(
    "variant",
    [
        {"instanceType": "ml.p6-b300.48xlarge"},
        {"serverlessConfig": {"maxConcurrency": 10, "memorySizeInMb": 1024, "provisionedConcurrency": 50}},
        {"instanceType": None, "initialInstanceCount": None},
        {"variantName": None},
        {"routingConfigs": [{"routingStrategy": "RANDOM"}, {"routingStrategy": "PREFIX_AWARE"}]},
        {"routingConfigs": {"routingStrategy": "RANDOM"}, "serverlessConfig": [SERVERLESS]},
        {"managedInstanceScaling": {"minInstanceCount": 4, "maxInstanceCount": 2}},
        {"managedInstanceScaling": {"minInstanceCount": 0}},
        {"initialInstanceCount": UNKNOWN_STRING, "serverlessConfig": UNKNOWN_STRING},
    ],
)
def test_a_variant_that_is_let_through(variant: dict[str, Any]) -> None:
    assert reasons(run(configuration(**variant))) == []


def test_two_variants_of_one_name_are_let_through_and_eleven_are_not() -> None:
    assert reasons(run({"productionVariants": [VARIANT, VARIANT]})) == []
    (many,) = reasons(run({"productionVariants": [VARIANT] * 11}))
    assert many.startswith("Too many list items. Attribute supports 10 item maximum, but config has 11 declared")
    (none,) = reasons(run({"productionVariants": []}))
    assert none.startswith("Not enough list items")
    (missing,) = reasons(run({}))
    assert missing == (
        'Missing required argument. The argument "production_variants" is required, but no definition was found.. '
        "Examine values at 'c.productionVariants'."
    )


def test_the_provider_knows_277_types_of_machines() -> None:
    assert len(values("ProductionVariantInstanceType")) == 277


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (KEY, None),
        ("arn:aws:kms:eu-west-1:111122223333:alias/serving", None),
        ("arn:aws:s3:::bucket", None),
        ("", None),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "arn: invalid prefix"),
        ("alias/serving", "arn: invalid prefix"),
        ("arn:aws:kms", "arn: not enough sections"),
        ("arn:aws:kms:europe:111122223333:key/x", "invalid region value"),
        ("arn:aws:kms:eu-west-1:1111:key/x", "invalid account ID value"),
        ("arn:azure:kms:eu-west-1:111122223333:key/x", "invalid partition value"),
        ("arn::kms:eu-west-1:111122223333:key/x", "missing partition value"),
        ("arn:aws:kms:eu-west-1:111122223333:", "missing resource value"),
    ],
)
def test_a_key_is_any_well_formed_arn_or_nothing(key: str, reason: str | None) -> None:
    found = reasons(run({**configuration(), "kmsKeyArn": key}))
    told = f'"kms_key_arn" ({key}) is an invalid ARN: {reason}'
    assert [one.startswith(told) for one in found] == ([True] if reason else [])


ROUTING = {"type": "CANARY", "waitIntervalInSeconds": 60}
BLUE = {"trafficRoutingConfiguration": ROUTING}
ROLLING = {"maximumBatchSize": {"type": "CAPACITY_PERCENT", "value": 90}, "waitIntervalInSeconds": 60}


@pytest.mark.parametrize(
    ("deployment", "reason"),
    [
        ({"blueGreenUpdatePolicy": BLUE}, None),
        ({"rollingUpdatePolicy": ROLLING}, None),
        ({"blueGreenUpdatePolicy": UNKNOWN_STRING}, None),
        (
            {"blueGreenUpdatePolicy": {**BLUE, "maximumExecutionTimeoutInSeconds": 20000}},
            "in the range (600 - 14400), got 20000",
        ),
        ({"blueGreenUpdatePolicy": BLUE, "rollingUpdatePolicy": ROLLING}, "Invalid combination of arguments"),
        ({"autoRollbackConfiguration": {"alarms": [{"alarmName": "a"}]}}, "rolling_update_policy` must be specified"),
    ],
)
def test_an_endpoint_is_deployed_in_exactly_one_way(deployment: dict[str, Any], reason: str | None) -> None:
    found = reasons(run(endpoint(**deployment), ENDPOINT))
    assert [reason in one for one in found] == ([True] if reason else [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"serviceNamespace": "SageMaker"},
        {"scalableDimension": "sagemaker:variant:DesiredInstances"},
        {"minCapacity": 5},
        {"minCapacity": 0},
        {"minCapacity": -3},
        {"resourceId": "endpoint/E"},
    ],
)
def test_nothing_of_a_target_is_refused(wrong: dict[str, Any]) -> None:
    assert reasons(run({**TARGETED, "minCapacity": 1, "maxCapacity": 2, **wrong}, TARGET)) == []


def test_of_a_policy_the_type_is_refused_and_the_metric_is_not() -> None:
    tracking = {"targetValue": 70, "predefinedMetricSpecification": {"predefinedMetricType": "InvocationsPerInstance"}}
    inputs = {**TARGETED, "targetTrackingScalingPolicyConfiguration": tracking}
    assert reasons(run(inputs, POLICY)) == []
    (reason,) = reasons(run({**inputs, "policyType": "TargetTracking"}, POLICY))
    assert '"TargetTrackingScaling"' in reason
    (reason,) = reasons(run({**inputs, "name": "n" * 256}, POLICY))
    assert reason.startswith(f"expected length of name to be in the range (0 - 255), got {'n' * 256}")
    two = {**tracking, "customizedMetricSpecification": {"metricName": "m"}}
    (reason,) = reasons(run({**inputs, "targetTrackingScalingPolicyConfiguration": two}, POLICY))
    assert reason.startswith("Conflicting configuration arguments")


def test_a_scheduled_action_needs_a_capacity_and_takes_times_with_a_zone() -> None:
    action = {**TARGETED, "schedule": "cron(0 7 * * ? *)"}
    (reason,) = reasons(run({**action, "scalableTargetAction": {}}, ACTION))
    assert "min_capacity` must be specified" in reason
    timed = {
        **action,
        "scalableTargetAction": {"maxCapacity": -1},
        "startTime": "2026-01-02 03:04",
        "endTime": "2026-01-02T03:04:05Z",
    }
    capacity, start = reasons(run(timed, ACTION))
    assert "to be at least (0), got -1" in capacity
    assert start.startswith('expected "start_time" to be a valid RFC3339 date')


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"environment": {"A-B": "x"}}, "only alphanumeric characters and underscore allowed"),
        ({"environment": {"1A": "x"}}, "cannot begin with a digit"),
        ({"environment": {"A": "x" * 1025}}, 'longer than 1024 characters: the value of "A"'),
        ({"environment": {"A" * 1025: "x"}}, "longer than 1024 characters"),
        ({"environment": {"A": UNKNOWN_STRING}}, None),
        ({"environment": "A=x"}, "Attribute must be a map"),
        ({"image": ""}, "no whitespace allowed"),
        ({"image": "i" * 256}, '"primary_container.0.image" cannot be longer than 255 characters: "iii'),
        ({"modelDataUrl": "model.tar.gz"}, "must be HTTPS or Amazon S3 URI"),
        ({"modelDataUrl": "s3://b/" + "k" * 1020}, "(0 - 1024)"),
        ({"mode": "Multi"}, 'one of ["SingleModel" "MultiModel"], got Multi'),
    ],
)
def test_a_container(container: dict[str, Any], reason: str | None) -> None:
    found = reasons(run({"executionRoleArn": ROLE, "primaryContainer": container}, MODEL))
    assert [reason in one for one in found] == ([True] if reason else [])


def test_a_failure_leads_to_its_property_and_an_empty_list_is_none() -> None:
    (failure,) = run(configuration(routingConfigs=[{"routingStrategy": "x"}])).failures
    assert failure.keys == ("productionVariants", 0, "routingConfigs", 0, "routingStrategy")
    assert reasons(run(configuration(routingConfigs=[]))) == []


def test_both_ways_of_a_deployment_are_named() -> None:
    (reason,) = reasons(run(endpoint(blueGreenUpdatePolicy=BLUE, rollingUpdatePolicy=ROLLING), ENDPOINT))
    blue, rolling = "deployment_config.0.blue_green_update_policy", "deployment_config.0.rolling_update_policy"
    assert reason == (
        f'Invalid combination of arguments. "{blue}": only one of `{blue},{rolling}` can be specified, but '
        f"`{blue},{rolling}` were specified.. Examine values at 'c.deploymentConfig.blueGreenUpdatePolicy'."
    )


def test_an_output_is_no_input() -> None:
    (reason,) = reasons(run({**configuration(), "arn": "x"}))
    assert reason.startswith('Value for unconfigurable attribute. Can\'t configure a value for "arn"')


def test_a_type_without_a_tree_passes_through() -> None:
    assert run({"anything": secret("x")}, BUCKET) == Checked({"anything": secret("x")}, ())
    assert AWS.preview_outputs(BUCKET, {"a": "b"}, version=AWS.newest) == {}


# --- values in the types of the schema ---


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("2", 2),
        ("+2", 2),
        ("010", 10),
        (2.9, 2),
        (float("inf"), float("inf")),
    ],
)
def test_whole_numbers(written: Any, count: Any) -> None:
    (variant,) = run(configuration(initialInstanceCount=written)).inputs["productionVariants"]
    assert variant["initialInstanceCount"] == count


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("two", "invalid syntax"),
        ("0x10", "invalid syntax"),
        (" 2", "invalid syntax"),
        ("2.0", "invalid syntax"),
        ("9" * 20, "value out of range"),
    ],
)
def test_a_text_that_is_no_whole_number_ends_the_check(text: str, reason: str) -> None:
    told = re.escape(f'initial_instance_count: strconv.ParseInt: parsing "{text}": {reason}')
    with pytest.raises(CheckError, match=told):
        run(configuration(initialInstanceCount=text))
    with pytest.raises(CheckError, match=r'parsing "\[secret\]"'):
        run(configuration(initialInstanceCount=secret("hidden-count")))


@pytest.mark.parametrize(
    ("variant", "name", "value"),
    [
        ({"initialVariantWeight": "0.5"}, "initialVariantWeight", 0.5),
        ({"initialVariantWeight": "half"}, "initialVariantWeight", "half"),
        ({"enableSsmAccess": "true"}, "enableSsmAccess", True),
        ({"enableSsmAccess": "yes"}, "enableSsmAccess", "yes"),
        ({"variantName": 5.0}, "variantName", "5"),
        ({"variantName": 0.5}, "variantName", "0.5"),
        ({"variantName": True}, "variantName", "true"),
    ],
)
def test_other_values(variant: dict[str, Any], name: str, value: Any) -> None:
    (found,) = run(configuration(**variant)).inputs["productionVariants"]
    assert found[name] == value


# --- outputs ---


def test_a_preview_knows_the_name_and_not_what_aws_makes_up() -> None:
    checked = run(configuration(variantName=None)).inputs
    outputs = AWS.preview_outputs(CONFIGURATION, checked, version=AWS.newest)
    assert outputs["name"] == checked["name"]
    assert outputs["arn"] == UNKNOWN_STRING
    assert outputs["kmsKeyArn"] is None
    (variant,) = outputs["productionVariants"]
    assert variant["variantName"] == UNKNOWN_STRING
    assert variant["instanceType"] == "ml.g5.xlarge"
    assert "__defaults" not in variant
    prefixed = AWS.preview_outputs(
        CONFIGURATION, run({**configuration(), "namePrefix": "p"}).inputs, version=AWS.newest
    )
    assert prefixed["name"] == UNKNOWN_STRING


def test_a_preview_of_an_update_keeps_what_is_made_up_once() -> None:
    state = {"arn": "arn:old", "namePrefix": "", "tags": {"a": "b"}}
    outputs = AWS.preview_update(CONFIGURATION, run(configuration()).inputs, state, version=AWS.newest)
    assert (outputs["arn"], outputs["namePrefix"], outputs["tags"]) == ("arn:old", "", None)


def applied(token: str, inputs: dict[str, Any], **options: Any) -> Any:
    urn = f"urn:pulumi:dev::proof::{token}::c"
    return AWS.applied(
        token, run(inputs, token, **options).inputs, urn=urn, version=AWS.newest, now="2026-11-29T10:00:00"
    )


def test_a_state_has_names_that_the_provider_makes_at_the_creation() -> None:
    known = applied(CONFIGURATION, {**configuration(variantName=None), "namePrefix": "p-", "name": None})
    assert re.fullmatch(r"p-\d{26}", known.id)
    (variant,) = known.outputs["productionVariants"]
    assert re.fullmatch(r"terraform-\d{26}", variant["variantName"])
    assert (variant["volumeSizeInGb"], variant["serverlessConfig"]) == (0, None)
    assert known.outputs["arn"] == f"arn:aws:sagemaker:eu-west-1:000000000000:endpoint-config/{known.id}"
    assert known.outputs["__pulumi_raw_state_delta"] == {"obj": {}}


@pytest.mark.parametrize(
    ("token", "inputs", "identifier", "arn"),
    [
        (
            TARGET,
            {**TARGETED, "minCapacity": 1, "maxCapacity": 2},
            "endpoint/e/variant/blue",
            "application-autoscaling:cn-",
        ),
        (POLICY, {**TARGETED, "name": "p"}, "p", "resource/sagemaker/endpoint/e/variant/blue:policyName/p"),
        (
            ACTION,
            {**TARGETED, "name": "a", "schedule": "at(x)", "scalableTargetAction": {"maxCapacity": 2}},
            "a-sagemaker-endpoint/e/variant/blue",
            "arn:aws-cn:autoscaling:cn-north-1:",
        ),
    ],
)
def test_ids_and_arns_of_a_state(token: str, inputs: dict[str, Any], identifier: str, arn: str) -> None:
    known = applied(token, inputs, config={"region": "cn-north-1"})
    assert known.id == identifier
    assert arn in known.outputs["arn"]
    role = "arn:aws-cn:iam::000000000000:role/aws-service-role/stand-in"
    assert known.outputs.get("roleArn", role) == role


def test_a_state_of_a_type_without_a_tree_has_its_inputs() -> None:
    known = applied(BUCKET, {"a": "b"})
    arn = "arn:aws:s3:us-east-1:000000000000:bucket/c"
    assert (known.id, known.outputs) == ("c", {"a": "b", "name": "c", "arn": arn})


# --- changes ---


def changed(token: str, old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, tuple[str, bool]], bool]:
    before, after = run(old, token).inputs, run(new, token).inputs
    found = AWS.diff(token, before, after, version=AWS.newest)
    return {format_path(one.keys): (one.kind, one.replaces) for one in found.changes}, found.delete_before_replace


GREEN = {**VARIANT, "variantName": "green"}


@pytest.mark.parametrize("named", [{}, {"name": "mine"}])
def test_a_capacity_replaces_the_configuration_and_deletes_one_with_a_name_first(named: dict[str, str]) -> None:
    found, delete_first = changed(
        CONFIGURATION, {**configuration(), **named}, {**configuration(initialInstanceCount=3), **named}
    )
    assert found == {"productionVariants[0].initialInstanceCount": ("update", True)}
    assert delete_first == bool(named)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            {"productionVariants": [VARIANT]},
            {"productionVariants": [VARIANT, GREEN]},
            {"productionVariants[1]": ("add", True)},
        ),
        (
            {"productionVariants": [VARIANT, GREEN]},
            {"productionVariants": [GREEN, VARIANT]},
            {f"productionVariants[{number}].variantName": ("update", True) for number in (0, 1)},
        ),
        (
            configuration(),
            {**configuration(), "tags": {"a": "b"}},
            {"tags": ("add", False), "tagsAll.a": ("add", False)},
        ),
        (configuration(modelName=None), configuration(modelName=None, initialVariantWeight=5), {}),
        (
            configuration(),
            configuration(initialVariantWeight=5),
            {"productionVariants[0].initialVariantWeight": ("update", True)},
        ),
    ],
)
def test_what_replaces_a_configuration(old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changed(CONFIGURATION, old, new)[0] == expected


def alarms(*names: str) -> dict[str, Any]:
    return {"autoRollbackConfiguration": {"alarms": [{"alarmName": name} for name in names]}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            endpoint(rollingUpdatePolicy=ROLLING),
            endpoint(rollingUpdatePolicy={**ROLLING, "waitIntervalInSeconds": 90}),
            {"deploymentConfig.rollingUpdatePolicy.waitIntervalInSeconds": ("update", False)},
        ),
        (
            endpoint(rollingUpdatePolicy=ROLLING),
            endpoint(rollingUpdatePolicy=ROLLING, **alarms("a")),
            {"deploymentConfig.autoRollbackConfiguration": ("add", True)},
        ),
        (
            {"endpointConfigName": "c"},
            endpoint(rollingUpdatePolicy=ROLLING, **alarms("a")),
            {"deploymentConfig": ("add", True)},
        ),
        ({"endpointConfigName": "c"}, endpoint(rollingUpdatePolicy=ROLLING), {"deploymentConfig": ("add", False)}),
        (
            endpoint(rollingUpdatePolicy=ROLLING, **alarms("a")),
            endpoint(rollingUpdatePolicy=ROLLING, **alarms("b")),
            {"deploymentConfig.autoRollbackConfiguration.alarms[0].alarmName": ("update", False)},
        ),
        (
            endpoint(rollingUpdatePolicy=ROLLING, **alarms("a", "b")),
            endpoint(rollingUpdatePolicy=ROLLING, **alarms("b", "a")),
            {},
        ),
        ({"endpointConfigName": "c"}, {"endpointConfigName": "d"}, {"endpointConfigName": ("update", False)}),
        (
            {"endpointConfigName": "c", "name": "e"},
            {"endpointConfigName": "c", "name": "f"},
            {"name": ("update", True)},
        ),
    ],
)
def test_what_replaces_an_endpoint(old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changed(ENDPOINT, old, new)[0] == expected


def test_a_target_keeps_its_place_and_changes_its_capacity() -> None:
    old = {**TARGETED, "minCapacity": 1, "maxCapacity": 2}
    found, delete_first = changed(TARGET, old, {**old, "maxCapacity": 4, "resourceId": "endpoint/f/variant/blue"})
    assert found == {"maxCapacity": ("update", False), "resourceId": ("update", True)}
    assert not delete_first
    assert changed(BUCKET, {"a": "b"}, {"a": "c"})[0] == {"a": ("update", False)}
    assert changed(BUCKET, {"a": {"b": 1}, "c": 1}, {"a": 1, "c": [1]})[0] == dict.fromkeys("ac", ("update", False))


# --- functions, and the data ---


def test_functions_that_ask_nobody() -> None:
    region = dict.fromkeys(("id", "name", "region"), "eu-west-1")
    answer = AWS.invoke("aws:index/getRegion:getRegion", {}, REGION)
    assert answer == {**region, "endpoint": "ec2.eu-west-1.amazonaws.com"}
    for args in ({"region": "us-east-1"}, {"name": "us-east-1"}):
        other = AWS.invoke("aws:index/getRegion:getRegion", args, REGION)
        assert other is not None
        assert other["region"] == "us-east-1"
    assert AWS.invoke("aws:index/getRegion:getRegion", {"endpoint": "ec2.us-east-1.amazonaws.com"}, REGION) is None
    china = AWS.invoke("aws:index/getPartition:getPartition", {}, {"region": "cn-north-1"})
    assert china == {
        "id": "aws-cn",
        "partition": "aws-cn",
        "dnsSuffix": "amazonaws.com.cn",
        "reverseDnsPrefix": "cn.com.amazonaws",
    }
    for unknown in ("getRegion", "getPartition", "getCallerIdentity"):
        assert AWS.invoke(f"aws:index/{unknown}:{unknown}", {}, {}) is None


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("us-isof-east-1", "aws-iso-f", "csp.hci.ic.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ],
)
def test_partitions(region: str, partition: str, suffix: str) -> None:
    answer = AWS.invoke("aws:index/getPartition:getPartition", {}, {"region": region})
    assert answer is not None
    assert (answer["partition"], answer["dnsSuffix"]) == (partition, suffix)


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ({}, "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:latest"),
        ({"imageTag": "2.6.0-gpu"}, "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.6.0-gpu"),
        ({"region": "cn-north-1"}, "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/pytorch-inference:latest"),
        ({"dnsSuffix": "a.b"}, "763104351884.dkr.ecr.eu-west-1.a.b/pytorch-inference:latest"),
        ({"region": "mars-1"}, None),
        ({"repositoryName": "no-such"}, None),
    ],
)
def test_images_of_aws(args: dict[str, str], path: str | None) -> None:
    token = "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage"
    answer = AWS.invoke(token, {"repositoryName": "pytorch-inference", **args}, REGION)
    assert (answer and answer["registryPath"]) == path
    if answer:
        assert answer["id"] == answer["registryId"] == str(path)[:12]
        assert answer["region"] in str(path)
    assert AWS.invoke(token, {"repositoryName": "pytorch-inference"}, {}) is None


def test_a_policy_document_is_text() -> None:
    statement = {
        "sid": "Pull",
        "actions": ["s3:GetObject", "s3:ListBucket"],
        "resources": ["arn:aws:s3:::b/&{aws:username}"],
        "principals": [{"type": "Service", "identifiers": ["sagemaker.amazonaws.com"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
    }
    anyone = {"effect": "Deny", "notActions": ["x:y"], "principals": [{"type": "*", "identifiers": ["*"]}]}
    token = "aws:iam/getPolicyDocument:getPolicyDocument"
    answer = AWS.invoke(token, {"statements": [statement, anyone], "policyId": "p"}, {})
    assert answer is not None
    assert json.loads(answer["json"]) == json.loads(answer["minifiedJson"])
    assert answer["json"].startswith('{\n  "Version"')
    assert answer["minifiedJson"] == (
        '{"Version":"2012-10-17","Id":"p","Statement":[{"Sid":"Pull","Effect":"Allow",'
        '"Action":["s3:ListBucket","s3:GetObject"],"Resource":"arn:aws:s3:::b/${aws:username}",'
        '"Principal":{"Service":"sagemaker.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"1"}}},'
        '{"Effect":"Deny","NotAction":"x:y","Principal":"*"}]}'
    )
    assert AWS.invoke(token, {"sourcePolicyDocuments": ["{}"]}, {}) is None


def test_a_policy_document_of_all_but_some() -> None:
    principals = [{"type": "*", "identifiers": ["*"]}, {"type": "AWS", "identifiers": ["1"]}]
    statement = {"notActions": ["x:y"], "notResources": ["arn:aws:s3:::b"], "notPrincipals": principals}
    answer = AWS.invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [statement]}, {})
    assert answer is not None
    assert json.loads(answer["json"])["Statement"] == [
        {
            "Effect": "Allow",
            "NotAction": "x:y",
            "NotResource": "arn:aws:s3:::b",
            "NotPrincipal": {"*": "*", "AWS": "1"},
        }
    ]


def _places(node: dict[str, Any], place: str = "") -> set[str]:
    found = {place}
    for name, child in node.get("properties", {}).items():
        found |= _places(child, f"{place}.{name}".lstrip("."))
    return found | (_places(node["items"], f"{place}[]") if "items" in node else set())


@pytest.mark.parametrize("token", [CONFIGURATION, ENDPOINT, MODEL, TARGET, POLICY, ACTION])
def test_the_data_names_properties_that_there_are(token: str) -> None:
    """A slip in a path would be a check that is never made."""
    kind = look_up(token)
    assert kind is not None
    known, facts = _places(dict(kind.tree)), kind.facts
    named = {*facts.get("checks", ()), *facts.get("defaults", ()), *facts.get("computed", ()), *facts["inPlace"]}
    named |= {*facts.get("sets", ()), *facts.get("replacedAsAWhole", ())}
    for rule in ("exactlyOneOf", "atLeastOneOf"):
        named |= {f"{parent}.{name}".lstrip(".") for parent, names in facts.get(rule, {}).items() for name in names}
    for parent, pairs in facts.get("conflicts", {}).items():
        named |= {f"{parent}.{name}".lstrip(".") for pair in pairs for name in pair}
    assert named <= known
    for check in facts.get("checks", {}).values():
        if isinstance(check.get("values"), str):
            assert values(check["values"])


def _stated(token: str, place: str) -> dict[str, Any]:
    """What AWS states of a property, or what the rules know the provider to be narrower in."""
    narrower = BOUNDS["narrower"].get(token, {}).get(place)
    name = BOUNDS["paths"].get(token, {}).get(place)
    shape = next((shapes[name] for shapes in BOUNDS["shapes"].values() if name in shapes), {})
    return {**shape, "name": name, **(narrower or {})}


@pytest.mark.parametrize("token", [CONFIGURATION, ENDPOINT, MODEL, POLICY])
def test_the_provider_s_bounds_are_aws_s_or_known_to_be_narrower(token: str) -> None:
    """A new release of botocore that says otherwise is a reason to read the provider anew."""
    kind = look_up(token)
    assert kind is not None
    for place, check in kind.facts["checks"].items():
        stated = _stated(token, place)
        if "range" in check:
            assert (place, check["range"]) == (place, [stated["min"], stated["max"]])
        if "atLeast" in check:
            assert (place, check["atLeast"], None) == (place, stated["min"], stated.get("max"))
        if "values" in check:
            named = stated["name"] if isinstance(check["values"], str) else stated["enum"]
            assert (place, check["values"]) == (place, named)
