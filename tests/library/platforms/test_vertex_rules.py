"""What the rules of Vertex AI's own say where an example cannot: bounds, secrets, what a public failure looked like."""

from __future__ import annotations

from typing import Any

import pytest

from inference_pools.finding import Outcome, Verdict
from inference_pools.platforms.vertex import metrics
from inference_pools.policy_config import parse
from inference_pools.resource import Resource
from inference_pools.rule import Rule
from inference_pools.rules import ALL
from inference_pools.rules.vertex.accelerator_fits_machine import accelerator_fits_machine
from inference_pools.rules.vertex.accelerator_known import accelerator_known
from inference_pools.rules.vertex.cmek_valid import cmek_valid
from inference_pools.rules.vertex.engine_instances_bounded import engine_instances_bounded
from inference_pools.rules.vertex.engine_size_known import engine_size_known
from inference_pools.rules.vertex.hub_token_secret import hub_token_secret
from inference_pools.rules.vertex.labels_wellformed import labels_wellformed
from inference_pools.rules.vertex.region_agrees import region_agrees
from inference_pools.rules.vertex.replicas_ordered import replicas_ordered
from inference_pools.rules.vertex.scaling_metric_followed import scaling_metric_followed
from inference_pools.rules.vertex.scaling_metric_known import scaling_metric_known
from inference_pools.rules.vertex.traffic_split_kept import traffic_split_kept
from inference_pools.rules.vertex.traffic_split_valid import traffic_split_valid
from inference_pools.runner import judge
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING

TOKEN = "hf_ThisIsTheTokenOfTheTeam"
GARDEN = "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"
ENGINE = "gcp:vertex/aiReasoningEngine:AiReasoningEngine"
ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
POOL = "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool"


def said(rule: Rule[Any], token: str, properties: dict[str, Any], **more: Any) -> list[Verdict]:
    resource = Resource(f"urn:pulumi:dev::shop::{token}::chat", token, "chat", properties, **more)
    return [verdict for verdict in judge(parse({}, ALL), resource) if verdict.rule == rule.id]


@pytest.mark.parametrize(
    ("token", "outcome"),
    [
        (TOKEN, Outcome.VIOLATED),
        ({SIGNATURE_KEY: SECRET_SIGNATURE, "value": TOKEN}, Outcome.CLEAN),
        ({SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "AAAB"}, Outcome.CLEAN),
        (UNKNOWN_STRING, Outcome.UNKNOWN),
        ("", Outcome.CLEAN),
    ],
    ids=["plain", "secret", "secret-in-state", "not-known", "empty"],
)
def test_a_token_in_plain_text_is_found_and_never_shown(token: Any, outcome: Outcome) -> None:
    verdicts = said(hub_token_secret, GARDEN, {"modelConfig": {"huggingFaceAccessToken": token}})
    assert [verdict.outcome for verdict in verdicts] == [outcome]
    assert TOKEN not in str(verdicts)


@pytest.mark.parametrize(("most", "fits"), [(1000, True), (100.0, True), (1001, False)])
def test_an_engine_has_a_thousand_instances_at_most(most: float, fits: bool) -> None:
    (verdict,) = said(engine_instances_bounded, ENGINE, {"spec": {"deploymentSpec": {"maxInstances": most}}})
    assert verdict.outcome is (Outcome.CLEAN if fits else Outcome.VIOLATED)


@pytest.mark.parametrize(("most", "fits"), [(100, True), (101, False)])
def test_in_a_network_it_has_a_hundred(most: int, fits: bool) -> None:
    spec = {"maxInstances": most, "pscInterfaceConfig": {"networkAttachment": "agents"}}
    (verdict,) = said(engine_instances_bounded, ENGINE, {"spec": {"deploymentSpec": spec}})
    assert verdict.outcome is (Outcome.CLEAN if fits else Outcome.VIOLATED)


def test_an_n1_too_large_for_any_number_of_an_accelerator_is_to_be_a_smaller_one() -> None:
    spec = {"machineType": "n1-standard-96", "acceleratorType": "NVIDIA_TESLA_K80", "acceleratorCount": 8}
    (verdict,) = said(accelerator_fits_machine, POOL, {"dedicatedResources": {"machineSpec": spec}})
    assert verdict.message == "is 8, and n1-standard-96 takes none of NVIDIA_TESLA_K80"
    assert verdict.remedy == "Take a smaller machine."


def test_a_key_waits_for_the_region_and_not_for_its_form() -> None:
    key = "projects/kms/locations/europe-west4/keyRings/vertex/cryptoKeys/chat"
    where = {"location": UNKNOWN_STRING}
    (waits,) = said(cmek_valid, ENDPOINT, {**where, "encryptionSpec": {"kmsKeyName": key}})
    (none,) = said(cmek_valid, ENDPOINT, {**where, "encryptionSpec": {"kmsKeyName": "chat"}})
    assert (waits.outcome, none.outcome) == (Outcome.UNKNOWN, Outcome.VIOLATED)


def test_an_engines_key_is_held_against_the_region_of_its_provider() -> None:
    key = "projects/kms/locations/europe-west4/keyRings/vertex/cryptoKeys/chat"
    properties = {"encryptionSpec": {"kmsKeyName": key}}
    here, elsewhere = (
        said(cmek_valid, ENGINE, properties, provider={"region": region}) for region in ("europe-west4", "us-central1")
    )
    assert [here[0].outcome, elsewhere[0].outcome] == [Outcome.CLEAN, Outcome.VIOLATED]


def test_a_location_is_compared_without_regard_to_case_and_one_that_is_left_out_with_nothing() -> None:
    provider = {"region": "europe-west4"}
    assert [v.outcome for v in said(region_agrees, ENDPOINT, {"location": "Europe-West4"}, provider=provider)] == [
        Outcome.CLEAN
    ]
    assert [v.outcome for v in said(region_agrees, ENDPOINT, {}, provider={})] == [Outcome.CLEAN]


@pytest.mark.parametrize("more", [{}, {"previous": {"trafficSplit": "{}"}, "outputs": True}], ids=["unknown", "read"])
def test_a_split_that_nobody_can_have_taken_away_is_not_judged(more: dict[str, Any]) -> None:
    assert [v.outcome for v in said(traffic_split_kept, ENDPOINT, {}, **more)] == [Outcome.NOT_APPLICABLE]


@pytest.mark.parametrize(
    ("share", "outcome"),
    [(60.0, Outcome.CLEAN), ("60", Outcome.CLEAN), (61, Outcome.VIOLATED), ("61", Outcome.VIOLATED)],
)
def test_a_split_may_be_an_object_as_the_sdk_sends_it(share: Any, outcome: Outcome) -> None:
    """The provider refuses one, after whoever looks at what the program asks for."""
    (verdict,) = said(traffic_split_valid, ENDPOINT, {"trafficSplit": {"1": share, "2": 40}})
    assert verdict.outcome is outcome


def test_a_share_that_is_none_is_said_and_not_what_the_others_make() -> None:
    verdicts = said(traffic_split_valid, ENDPOINT, {"trafficSplit": '{"1": 50, "2": 101}'})
    assert [verdict.message for verdict in verdicts] == ["has 101 for 2, expected a whole number from 0 to 100"]


def test_only_an_endpoint_has_a_split_to_keep() -> None:
    previous = {"trafficSplit": '{"1": 100}'}
    assert [v.outcome for v in said(traffic_split_kept, POOL, {}, previous=previous)] == [Outcome.NOT_APPLICABLE]
    assert [v.outcome for v in said(traffic_split_kept, ENDPOINT, {}, previous=previous)] == [Outcome.VIOLATED]


def test_metrics_of_other_services_are_told_by_their_host() -> None:
    assert metrics.is_another_services("custom.googleapis.com/queue")
    assert not metrics.is_another_services("aiplatform.googleapis.com/prediction/online/latencies")
    assert not metrics.is_another_services("cpu/utilization")
    assert not metrics.is_another_services("cpu/of.vertex/utilization")
    assert not metrics.is_another_services("prometheus.googleapis.com")


def scaled(*names: Any, **spec: Any) -> dict[str, Any]:
    """A pool that is scaled by metrics."""
    specs = [{"metricName": name} for name in names]
    machine = {"machineType": "n1-standard-8", **spec}
    return {"dedicatedResources": {"machineSpec": machine, "autoscalingMetricSpecs": specs}}


def test_a_count_alone_says_that_there_are_accelerators() -> None:
    verdicts = said(scaling_metric_followed, POOL, scaled(metrics.ACCELERATOR, acceleratorCount="1"))
    assert [verdict.outcome for verdict in verdicts] == [Outcome.CLEAN]
    verdicts = said(scaling_metric_followed, POOL, scaled(metrics.ACCELERATOR, acceleratorType="NVIDIA_TESLA_T4"))
    assert [verdict.outcome for verdict in verdicts] == [Outcome.CLEAN]


def test_a_metric_that_is_not_known_yet_hides_no_other() -> None:
    verdicts = said(scaling_metric_followed, POOL, scaled(UNKNOWN_STRING, metrics.PROCESSOR, metrics.PROCESSOR))
    assert [verdict.path for verdict in verdicts] == ["dedicatedResources.autoscalingMetricSpecs[2].metricName"]


def test_the_end_of_a_metrics_name_is_enough_to_tell_which_is_meant() -> None:
    (verdict,) = said(scaling_metric_known, POOL, scaled("/cpu/utilization/"))
    assert verdict.remedy == f"Set metricName to {metrics.PROCESSOR}."


@pytest.mark.parametrize("kind", ["NVIDIA_L40", "TPU_V5"])
def test_an_accelerator_with_another_number_is_not_taken_for_one_that_is_meant(kind: str) -> None:
    (verdict,) = said(accelerator_known, POOL, scaled(acceleratorType=kind))
    assert verdict.message == f"is {kind!r}, which Vertex AI does not know"


def test_of_two_numbers_that_fit_both_are_told() -> None:
    spec = {"machineType": "n1-highmem-32", "acceleratorType": "NVIDIA_TESLA_V100", "acceleratorCount": 1}
    (verdict,) = said(accelerator_fits_machine, POOL, {"dedicatedResources": {"machineSpec": spec}})
    assert verdict.message == "is 1, and n1-highmem-32 takes 4, 8 of NVIDIA_TESLA_V100"
    assert verdict.remedy == "Set acceleratorCount to one of 4, 8."


def test_a_ceiling_of_one_leaves_a_floor_of_one_or_less() -> None:
    (verdict,) = said(replicas_ordered, ENGINE, {"spec": {"deploymentSpec": {"minInstances": 2, "maxInstances": 1}}})
    assert verdict.remedy == "Set minInstances to 1 or less, or maxInstances to 2 or more."


@pytest.mark.parametrize(
    ("cpu", "fits"), [("1", 1), ("2", 1), ("3", 0), (4, 1), ("6", 1), ("7", 0), (8.0, 1), ("9", 0)]
)
def test_an_engine_has_as_many_processors_as_cloud_run_has(cpu: Any, fits: int) -> None:
    (verdict,) = said(engine_size_known, ENGINE, {"spec": {"deploymentSpec": {"resourceLimits": {"cpu": cpu}}}})
    assert verdict.outcome is (Outcome.CLEAN if fits else Outcome.VIOLATED)


def test_labels_of_both_cases_are_both_judged_and_the_providers_notes_are_none() -> None:
    labels = {"__defaults": [], "Owner": "ml", "owner": "ml"}
    verdicts = said(labels_wellformed, ENDPOINT, {"labels": labels}, provider={})
    assert [(verdict.path, verdict.message) for verdict in verdicts] == [("labels.Owner", "is a key that has capitals")]


def test_what_is_meant_by_a_label_ends_in_no_dash() -> None:
    (verdict,) = said(labels_wellformed, ENDPOINT, {"labels": {"why": "Ask us!"}}, provider={})
    assert verdict.remedy == "Set it to ask-us."
