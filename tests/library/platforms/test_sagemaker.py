"""SageMaker as rules see it: in two providers' words, joined by names, ids and what these are made of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference_pools import platforms, type_token
from inference_pools.facets import Capacity, Nodes, NodeType, Purchase, Tags
from inference_pools.finding import Outcome
from inference_pools.joins import Item
from inference_pools.path import format_steps
from inference_pools.platforms.platform import Edge, Kind
from inference_pools.platforms.sagemaker import SAGEMAKER, scaled
from inference_pools.platforms.sagemaker.edges import (
    ALARM_TO_POLICY,
    ENDPOINT_TO_CONFIG,
    MODEL_TO_ROLE,
    POLICY_TO_TARGET_BY_ID,
    ROLE_POLICY_TO_ROLE,
    TARGET_TO_ENDPOINT,
    TO_MODEL,
    TO_TARGET,
    VARIANT_TO_CONFIG,
)
from inference_pools.platforms.sagemaker.kinds import (
    ALARM,
    COMPONENT,
    CONFIG,
    ENDPOINT,
    MODEL,
    POLICY,
    ROLE_POLICY,
    TARGET,
    VARIANT,
    Shape,
)
from inference_pools.platforms.sagemaker.names import NAMES
from inference_pools.policy_config import default_settings
from inference_pools.reader import UnknownError
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.rules.sagemaker import scaling_policy_complete, serverless_bounded, startup_timeout_bounded
from inference_pools.runner import judge, judge_stack
from inference_pools.stack import Stack, stacks_of
from inference_pools.values import UNKNOWN_STRING
from inference_pools.view import facets_of, is_judged, is_kept, view

DATA = Path(platforms.__file__).parent / "sagemaker" / "data" / "bounds.json"


def bounds_of(token: str) -> dict[str, Any]:
    """What AWS's model says of each property of a type."""
    data = json.loads(DATA.read_text("utf-8"))
    shapes = data["shapes"]["sagemaker"]
    return {path: shapes[shape] for path, shape in data["paths"][token].items()}


TOKENS = {
    "config": "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "model": "aws:sagemaker/model:Model",
    "endpoint": "aws:sagemaker/endpoint:Endpoint",
    "target": "aws:appautoscaling/target:Target",
    "policy": "aws:appautoscaling/policy:Policy",
    "schedule": "aws:appautoscaling/scheduledAction:ScheduledAction",
    "alarm": "aws:cloudwatch/metricAlarm:MetricAlarm",
    "role": "aws:iam/role:Role",
    "attachment": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "native-config": "aws-native:sagemaker:EndpointConfig",
    "native-model": "aws-native:sagemaker:Model",
    "native-policy": "aws-native:applicationautoscaling:ScalingPolicy",
    "native-target": "aws-native:applicationautoscaling:ScalableTarget",
}
DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{TOKENS[kind]}::{name}"


def made(kind: str, name: str, /, *, depends: dict[str, Any] | None = None, **properties: Any) -> Resource:
    return Resource(urn(kind, name), TOKENS[kind], name, properties, depends=depends)


def stack(*resources: Resource) -> Stack:
    (found,) = stacks_of(resources)
    return found


def led(stack: Stack, kind: Kind, edge: Edge, number: int = 0) -> tuple[list[str], list[str]]:
    """Where an edge leads from a resource of a kind: for sure, and perhaps."""
    found = stack.follow(stack.items(kind)[number], edge)
    return [_name(item) for item in found.sure], [_name(item) for item in found.perhaps]


def _name(item: Item) -> str:
    return item.subject.resource.name


@pytest.mark.parametrize(
    "token",
    [*TOKENS.values(), "aws-native:sagemaker:InferenceComponent"],
)
def test_each_type_is_a_kind(token: str) -> None:
    assert is_kept(token)
    parsed = type_token.parse(token)
    assert parsed is not None
    assert platforms.kind_of(token) == (SAGEMAKER, SAGEMAKER.kind_of(parsed))


@pytest.mark.parametrize("token", ["aws:sagemaker/domain:Domain", "aws:iam/policy:Policy", "aws:s3/bucket:Bucket"])
def test_what_serves_nobody_is_none(token: str) -> None:
    assert not is_kept(token)


@pytest.mark.parametrize(
    ("properties", "ours"),
    [
        ({"serviceNamespace": "sagemaker"}, True),
        ({"serviceNamespace": "SageMaker"}, True),
        ({"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount"}, False),
        ({"serviceNamespace": "sagemakr", "scalableDimension": DIMENSION}, True),
        ({"serviceNamespace": UNKNOWN_STRING}, True),
        ({"serviceNamespace": UNKNOWN_STRING, "resourceId": "service/shop/web"}, False),
        ({"serviceNamespace": UNKNOWN_STRING, "resourceId": "endpoint/chat/variant/blue"}, True),
        ({}, True),
    ],
)
def test_a_target_of_another_service_is_none_of_ours(properties: dict[str, Any], ours: bool) -> None:
    assert is_judged(TOKENS["target"], properties) is ours


def test_variants_have_facets_each() -> None:
    variants = [
        {"instanceType": "ml.m5.xlarge", "initialInstanceCount": 2.0},
        {
            "instanceType": "ml.g5.xlarge",
            "initialInstanceCount": "3",
            "managedInstanceScaling": {"maxInstanceCount": 4},
        },
    ]
    subject = view(made("config", "c", productionVariants=variants, shadowProductionVariants=variants[:1]))
    assert subject is not None

    assert [one.instances for one in facets_of(subject, Capacity)] == [2, 3, None, 4, 2, None]
    assert [one.instances for one in facets_of(subject, Nodes)] == [2, 3]
    assert [one.name for one in facets_of(subject, NodeType)] == ["ml.m5.xlarge", "ml.g5.xlarge", "ml.m5.xlarge"]
    assert [one.machines for one in facets_of(subject, Purchase)][1] == ("ml.g5.xlarge",)


@pytest.mark.parametrize("kind", ["config", "native-config"])
def test_a_timeout_that_no_configuration_has_is_not_passed(kind: str) -> None:
    configuration = made(
        kind, "chat", asyncInferenceConfig={"clientConfig": {"maxConcurrentInvocationsPerInstance": 2000}}
    )
    said = {verdict.rule: verdict.outcome for verdict in judge(default_settings(ALL), configuration)}
    assert said["request-timeout-bounded"] is Outcome.NOT_APPLICABLE
    assert said["request-concurrency-bounded"] is Outcome.VIOLATED


def test_instance_pools_name_machines() -> None:
    pools = [{"instanceType": "ml.g5.xlarge", "priority": 1}, {"instanceType": "ml.g6.xlarge", "priority": 2}]
    subject = view(made("native-config", "c", productionVariants=[{"instancePools": pools}]))
    assert subject is not None

    assert [one.name for one in facets_of(subject, NodeType) if one.name] == ["ml.g5.xlarge", "ml.g6.xlarge"]


def tags(kind: str, **properties: Any) -> Tags:
    subject = view(made(kind, "m", **properties))
    assert subject is not None
    return next(facets_of(subject, Tags))


def test_tags_are_those_of_the_provider_too() -> None:
    found = tags("model", tags={"x": "1"}, tagsAll={"x": "1", "Owner": "ml"})

    assert (found.names, found.value("Owner")) == ({"owner": "Owner", "x": "x"}, "ml")
    assert found.leaf("Owner").path == "tagsAll.Owner"


def test_one_tag_that_is_not_known_hides_no_other() -> None:
    found = tags("model", tags={"x": "1", "y": UNKNOWN_STRING}, tagsAll=UNKNOWN_STRING)

    assert (list(found.names), found.value("x")) == (["x", "y"], "1")
    with pytest.raises(UnknownError):
        found.see_all()


def test_tags_may_be_pairs() -> None:
    found = tags("native-model", tags=[{"key": "Owner", "value": "ml"}, {"key": "x", "value": "1"}])

    assert (found.names, found.value("Owner")) == ({"owner": "Owner", "x": "x"}, "ml")
    assert found.leaf("Owner").path == "tags[0].value"
    assert found.value("lacks") is None


ENDPOINT_ID = "endpoint/chat/variant/blue"


def test_an_endpoint_leads_to_configuration_variants_and_models_of_either_provider() -> None:
    whole = stack(
        made("endpoint", "e", name="chat", endpointConfigName="chat-1"),
        made("native-config", "c", endpointConfigName="chat-1", productionVariants=[{"modelName": "m-1"}]),
        made("model", "m", name="m-1"),
        made("model", "other", name="m-2"),
    )

    assert led(whole, ENDPOINT, ENDPOINT_TO_CONFIG) == (["c"], [])
    assert led(whole, VARIANT, TO_MODEL[VARIANT]) == (["m"], [])
    assert [_name(one) for one in whole.leading_to(whole.items(CONFIG)[0], VARIANT_TO_CONFIG).sure] == ["c"]


def test_a_configuration_that_has_no_name_yet_is_led_to_by_what_is_made_from_it() -> None:
    whole = stack(
        made("endpoint", "e", endpointConfigName=UNKNOWN_STRING, depends={"endpointConfigName": [urn("config", "c")]}),
        made("config", "c", productionVariants=[{"variantName": "blue"}]),
        made("config", "other", productionVariants=[{"variantName": "blue"}]),
    )

    assert led(whole, ENDPOINT, ENDPOINT_TO_CONFIG) == (["c"], [])
    assert [_name(one) for one in whole.leading_to(whole.items(CONFIG)[0], VARIANT_TO_CONFIG).sure] == ["c"]


@pytest.mark.parametrize(
    "target",
    [
        made("target", "t", resourceId=ENDPOINT_ID, scalableDimension=DIMENSION),
        made("target", "t", resourceId=UNKNOWN_STRING, depends={"resourceId": [urn("endpoint", "e")]}),
    ],
)
def test_a_target_leads_to_its_endpoint(target: Resource) -> None:
    whole = stack(target, made("endpoint", "e", name="chat"), made("endpoint", "other", name="other"))

    assert led(whole, TARGET, TARGET_TO_ENDPOINT) == (["e"], [])


def test_a_policy_leads_to_its_target_and_an_alarm_to_its_policy() -> None:
    whole = stack(
        made("target", "t", resourceId=ENDPOINT_ID, scalableDimension=DIMENSION),
        made("target", "other", resourceId=ENDPOINT_ID, scalableDimension="sagemaker:variant:x"),
        made("policy", "p", resourceId=ENDPOINT_ID, scalableDimension=DIMENSION),
        made("alarm", "a", alarmActions=[UNKNOWN_STRING], depends={"alarmActions": [urn("policy", "p")]}),
    )

    assert led(whole, POLICY, TO_TARGET[POLICY]) == (["t"], [])
    assert led(whole, ALARM, ALARM_TO_POLICY) == (["p"], [])


def test_a_policy_of_aws_native_may_name_its_target_by_its_id() -> None:
    by_id = {"scalingTargetId": [urn("native-target", "t")]}
    whole = stack(
        made("native-target", "t", resourceId=ENDPOINT_ID, scalableDimension=DIMENSION),
        made("native-policy", "p", scalingTargetId=UNKNOWN_STRING, depends=by_id),
    )

    assert led(whole, POLICY, POLICY_TO_TARGET_BY_ID) == (["t"], [])


@pytest.mark.parametrize(
    ("role_arn", "depends"),
    [
        (UNKNOWN_STRING, {"executionRoleArn": [urn("role", "r")]}),
        ("arn:aws:iam::000000000000:role/service/chat-role", None),
    ],
)
def test_a_model_leads_to_its_role_and_a_policy_too(role_arn: str, depends: dict[str, Any] | None) -> None:
    whole = stack(
        made("model", "m", executionRoleArn=role_arn, depends=depends),
        made("role", "r", name="chat-role"),
        made("attachment", "p", role="chat-role"),
    )

    assert led(whole, MODEL, MODEL_TO_ROLE) == (["r"], [])
    assert led(whole, ROLE_POLICY, ROLE_POLICY_TO_ROLE) == (["r"], [])


def test_an_image_that_cannot_be_seen_is_said_of_the_model_alone() -> None:
    variant = {"variantName": "blue", "modelName": "m-1", "instanceType": "ml.g5.xlarge"}
    whole = stack(
        made("config", "c", productionVariants=[variant]),
        made("model", "m", name="m-1", primaryContainer={"image": UNKNOWN_STRING}),
    )

    said = [(one.rule, one.urn) for one in judge_stack(default_settings(ALL), whole) if one.outcome is Outcome.UNKNOWN]

    assert said == [("image-fits-machine", urn("model", "m"))]


def test_what_stands_for_nothing_in_outputs_was_not_written() -> None:
    variant = {
        "variantName": "blue",
        "modelName": "m-1",
        "instanceType": "ml.m5.xlarge",
        "initialInstanceCount": 2.0,
        "containerStartupHealthCheckTimeoutInSeconds": 0.0,
        "managedInstanceScaling": {"status": "", "minInstanceCount": 0.0},
        "serverlessConfig": None,
    }
    outputs = made("config", "c", name="c-0d40dd7", kmsKeyArn="", productionVariants=[variant])

    said = [
        one.rule
        for one in judge(default_settings(ALL), replace(outputs, outputs=True))
        if one.outcome.reported and one.rule != "tags-required"
    ]

    assert said == []


BOUNDS = bounds_of("aws-native:sagemaker:EndpointConfig")
NAMED = {
    (CONFIG, Shape.AWS): TOKENS["config"],
    (MODEL, Shape.AWS): TOKENS["model"],
    (ENDPOINT, Shape.AWS): TOKENS["endpoint"],
    (CONFIG, Shape.NATIVE): "aws-native:sagemaker:EndpointConfig",
    (MODEL, Shape.NATIVE): "aws-native:sagemaker:Model",
    (ENDPOINT, Shape.NATIVE): "aws-native:sagemaker:Endpoint",
    (COMPONENT, Shape.NATIVE): "aws-native:sagemaker:InferenceComponent",
}


def test_bounds_are_those_of_awss_model() -> None:
    variant = "productionVariants[]"
    sizes = BOUNDS[f"{variant}.serverlessConfig.memorySizeInMb"]
    assert (serverless_bounded._SIZES[0], serverless_bounded._SIZES[-1]) == (sizes["min"], sizes["max"])
    for name in ("maxConcurrency", "provisionedConcurrency"):
        at_once = BOUNDS[f"{variant}.serverlessConfig.{name}"]
        assert (at_once["min"], at_once["max"]) == (1, serverless_bounded._MOST_AT_ONCE)
    for name in ("containerStartupHealthCheckTimeoutInSeconds", "modelDataDownloadTimeoutInSeconds"):
        seconds = BOUNDS[f"{variant}.{name}"]
        assert (seconds["min"], seconds["max"]) == (startup_timeout_bounded._LEAST, startup_timeout_bounded._MOST)
    most = BOUNDS["asyncInferenceConfig.clientConfig.maxConcurrentInvocationsPerInstance"]["max"]
    assert SAGEMAKER.defaults["request-concurrency-bounded"]["maximum"] == most


@pytest.mark.parametrize("name", ["a", "a-b", "a--b", "A" * 63, "-a", "a-", "a_b", "a.b", ""])
def test_names_are_those_that_awss_model_takes(name: str) -> None:
    for (kind, shape), rules in NAMES.items():
        bounds = bounds_of(NAMED[kind, shape])
        for steps, rule in rules.items():
            wanted = bounds[format_steps(steps)]
            assert rule.longest == wanted["max"], steps
            taken = re.fullmatch(str(wanted["pattern"]), name) is not None
            assert (re.fullmatch(rule.pattern, name) is not None) is taken, steps


def test_words_about_scaling_are_those_of_awss_model() -> None:
    """What a new release adds is a metric or a dimension that the rules would call misspelt."""
    shapes = json.loads(DATA.read_text("utf-8"))["shapes"]["application-autoscaling"]
    ours = {one for one in shapes["MetricType"]["enum"] if one.startswith("SageMaker")}
    assert ours == set(scaled.READY_METRICS)
    assert {one for one in shapes["ScalableDimension"]["enum"] if one.startswith("sagemaker:")} == {*scaled.DIMENSIONS}
    of_policies = {*scaling_policy_complete._BLOCK_OF, scaling_policy_complete._PREDICTIVE}
    assert set(shapes["PolicyType"]["enum"]) == of_policies
