"""What scales SageMaker's endpoints: names known by what they were made from, and what scales other services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.state_builder import export, resource
from inference_pools.path import Each, Steps
from inference_pools.platforms.platform import Layout
from inference_pools.platforms.sagemaker.layout import LAYOUTS
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge_stack
from inference_pools.stack import stacks_of
from inference_pools.tree import Node
from inference_pools.values import UNKNOWN_STRING
from library.platforms.test_sagemaker import DIMENSION, ENDPOINT_ID, TOKENS, made, urn
from poolgate import cli

SETTINGS = default_settings(ALL)
TAGS = {"owner": "ml-platform", "environment": "test", "costcenter": "4711"}
TARGET = {
    "serviceNamespace": "sagemaker",
    "scalableDimension": DIMENSION,
    "resourceId": ENDPOINT_ID,
    "minCapacity": 2.0,
    "maxCapacity": 6.0,
    "tags": TAGS,
}


def said(rule: str, *resources: Resource) -> list[tuple[str, str, str, str]]:
    """What a rule reports of a stack: of which resource, where, what, and how strictly."""
    (stack,) = stacks_of(resources)
    return [
        (verdict.urn.rpartition("::")[2], verdict.path, verdict.message, str(verdict.enforcement))
        for verdict in judge_stack(SETTINGS, stack)
        if verdict.rule == rule and verdict.outcome.reported
    ]


def config(*variants: dict[str, Any], **properties: Any) -> Resource:
    return made("config", "c", name="chat-0d40dd7", productionVariants=list(variants), **properties)


ENDPOINT = made("endpoint", "e", name="chat", endpointConfigName="chat-0d40dd7")


@pytest.mark.parametrize("variant", [{}, {"variantName": "blue"}, {"variantName": UNKNOWN_STRING}])
def test_a_target_made_from_a_name_that_the_provider_makes_up_is_replaced_each_time(variant: dict[str, Any]) -> None:
    """`production_variants[0].variant_name` of a configuration that leaves it out is an output: never known before."""
    made_from = [urn("endpoint", "e"), urn("config", "c")]
    target = made("target", "t", **{**TARGET, "resourceId": UNKNOWN_STRING}, depends={"resourceId": made_from})
    found = said("scaled-variant-exists", config(variant), ENDPOINT, target)

    message = "is made from a variant's name that the provider makes up anew whenever the configuration changes"
    again = [("t", "resourceId", f"{message}: the target is replaced each time", "mandatory")]
    assert found == (again if not variant else [("t", "resourceId", "not known yet", "advisory")])


def test_a_variant_whose_name_is_not_known_may_be_the_one_that_is_scaled() -> None:
    target = made("target", "t", **TARGET)

    assert said("scaled-variant-exists", config({"variantName": UNKNOWN_STRING}), ENDPOINT, target) == []


NAMED = {"resourceId": ENDPOINT_ID, "scalableDimension": DIMENSION}
WAITING = {"namespace": "AWS/SageMaker", "metricName": "HasBacklogWithoutCapacity"}
QUEUE = {"outputConfig": {"s3OutputPath": "s3://contoso-ml-results/chat"}}


@pytest.mark.parametrize(("sets_off", "is_found"), [("first", False), ("backlog", True)])
def test_an_alarm_leads_up_from_zero_by_the_policy_that_its_action_is_made_from(sets_off: str, is_found: bool) -> None:
    tracking = {"targetValue": 5.0, "customizedMetricSpecification": {"metricName": "ApproximateBacklogSize"}}
    found = said(
        "way-up-from-zero",
        config({"variantName": "blue"}, asyncInferenceConfig=QUEUE),
        ENDPOINT,
        made("target", "t", **{**TARGET, "minCapacity": 0.0}),
        made("policy", "first", **NAMED, stepScalingPolicyConfiguration={"adjustmentType": "ChangeInCapacity"}),
        made("policy", "backlog", **NAMED, targetTrackingScalingPolicyConfiguration=tracking),
        made(
            "alarm",
            "a",
            **WAITING,
            dimensions={"EndpointName": "chat"},
            alarmActions=[UNKNOWN_STRING],
            depends={"alarmActions": [urn("policy", sets_off)]},
        ),
    )

    assert bool(found) is is_found


@pytest.mark.parametrize(
    "beside",
    [
        [made("schedule", "s", **NAMED, scalableTargetAction={"minCapacity": UNKNOWN_STRING})],
        [
            made("policy", "p", **NAMED, stepScalingPolicyConfiguration=UNKNOWN_STRING),
            made("alarm", "a", **WAITING, dimensions=UNKNOWN_STRING, alarmActions=[UNKNOWN_STRING]),
        ],
    ],
    ids=["schedule", "policy and alarm"],
)
def test_what_is_not_known_may_lead_up_from_zero(beside: list[Resource]) -> None:
    queue = config({"variantName": "blue"}, asyncInferenceConfig=QUEUE)
    target = made("target", "t", **{**TARGET, "minCapacity": 0.0})

    assert said("way-up-from-zero", queue, ENDPOINT, target, *beside) == []


def test_which_endpoint_it_is_is_told_by_what_the_name_was_made_from() -> None:
    """The endpoint has no name yet: its configuration says all the same that there is no queue."""
    target = {**TARGET, "resourceId": UNKNOWN_STRING, "minCapacity": 0.0}
    found = said(
        "way-up-from-zero",
        config({"variantName": "blue"}),
        made("endpoint", "e", endpointConfigName="chat-0d40dd7"),
        made("target", "t", **target, depends={"resourceId": [urn("endpoint", "e")]}),
    )

    message = "is 0, and the endpoint is not asynchronous: AWS takes no less than 1 instance of it"
    assert found == [("t", "minCapacity", message, "mandatory")]


def test_whether_there_is_a_queue_may_be_unknown() -> None:
    found = said(
        "scaling-metric-published",
        config({"variantName": "blue"}, asyncInferenceConfig=UNKNOWN_STRING),
        ENDPOINT,
        made("target", "t", **TARGET),
        made("alarm", "a", namespace="AWS/SageMaker", metricName="Invocations", dimensions={"EndpointName": "chat"}),
    )

    assert found == []


WITH_TREES = [layout for layout in LAYOUTS if layout.tree is not None]


@pytest.mark.parametrize("layout", WITH_TREES, ids=lambda layout: f"{layout.kind}-{layout.shape}")
def test_where_facets_lie_the_providers_have_a_property(layout: Layout) -> None:
    paths = {at.path for places in layout.places.values() for place in places for at in place.at.values()}

    # A resource of aws-native does not say its region; what the provider aws filled in is of Pulumi's own.
    assert {path for path in paths if _node_at(layout.tree, path) is None} <= {("region",), ("__defaults",)}


def _node_at(node: Node | None, path: Steps) -> Node | None:
    for step in path:
        if node is None:
            return None
        node = node.items if isinstance(step, Each) else node.members.get(step)
    return node


def audited(tmp_path: Path, capsys: pytest.CaptureFixture[str], *kinds_and_inputs: tuple[str, Any]) -> tuple[int, str]:
    entries = [resource(TOKENS[kind], f"r{n}", inputs=inputs) for n, (kind, inputs) in enumerate(kinds_and_inputs)]
    file = tmp_path / "state.json"
    file.write_text(json.dumps(export(*entries)), encoding="utf-8")
    code = cli.run(["audit", str(file), "--no-config"])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(("least", "code"), [(2.0, 0), (9.0, 1)])
def test_a_stack_of_a_target_alone_is_judged(
    least: float, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, out = audited(tmp_path, capsys, ("target", {**TARGET, "minCapacity": least}))

    assert found == code
    assert ("scaling-bounds-sane: minCapacity: is 9, and maxCapacity is 6" in out) is bool(code)


def test_what_scales_another_service_is_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a target of the same kind that is ours: one is judged, and nothing is said of the others."""
    of_ecs = {
        "serviceNamespace": "ecs",
        "scalableDimension": "ecs:service:DesiredCount",
        "resourceId": "service/shop/web",
    }
    alarm = {"namespace": "AWS/ECS", "metricName": "CPUUtilization"}
    target = {**of_ecs, "minCapacity": 9.0, "maxCapacity": 1.0}
    code, out = audited(tmp_path, capsys, ("target", target), ("policy", of_ecs), ("alarm", alarm), ("target", TARGET))

    assert code == 0
    assert "1 of 4 resources judged" in out
    assert "findings" in out
    assert "r0" not in out
