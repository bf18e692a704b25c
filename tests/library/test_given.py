"""What a provider's own settings give a resource is judged as if the program had written it there."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from inference_pools.facets import Location, Tags
from inference_pools.given import Given, as_before, with_given
from inference_pools.policy_config import default_settings
from inference_pools.reader import UnknownError
from inference_pools.recall import Judge
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.stack import context_of, stacks_of
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json
from inference_pools.view import asks_provider, facets_of, view

ENDPOINT: Final = "gcp:vertex/aiEndpoint:AiEndpoint"
POOL: Final = "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool"
GARDEN: Final = "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"
ALL_LABELS: Final = {"owner": "ml-platform", "environment": "dev", "costcenter": "4711"}
SETTINGS: Final = default_settings([rule for rule in ALL if rule.id in ("tags-required", "location-allowed")])


def made(properties: dict[str, Json], provider: dict[str, Json] | None, token: str = ENDPOINT, **more: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::shop::{token}::chat", token, "chat", properties, provider=provider, **more)


def defaults(labels: dict[str, str], **more: str) -> dict[str, Json]:
    return {"defaultLabels": json.dumps(labels), **more}


def secret(value: Json) -> dict[str, Json]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def said(resource: Resource) -> list[tuple[str, str, str]]:
    return [(one.outcome.value, one.path, one.message) for one in judge(SETTINGS, resource) if one.outcome.reported]


def region_of(resource: Resource) -> str | None:
    subject = view(resource)
    assert subject is not None
    return next(facets_of(subject, Location)).name


def labels_of(resource: Resource) -> Tags:
    subject = view(resource)
    assert subject is not None
    return next(facets_of(subject, Tags))


def test_labels_are_those_of_both_and_the_resource_s_own_go_first() -> None:
    provider = defaults({"owner": "platform", "costcenter": "4711"})
    labels = labels_of(made({"labels": {"owner": "chat", "environment": "dev"}}, provider))
    assert {name: labels.value(name) for name in labels.names} == {**ALL_LABELS, "owner": "chat"}
    assert labels.leaf("owner").path == "labels.owner"
    assert labels.leaf("costcenter").path == "effectiveLabels.costcenter"


def test_a_provider_without_labels_leaves_the_resource_s_own() -> None:
    assert said(made({"labels": {"owner": "chat"}, "location": "europe-west4"}, {})) == [
        ("violated", "labels", "lacks environment, costcenter")
    ]


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        (None, "not known yet"),
        ({"defaultLabels": UNKNOWN_STRING}, "not known yet"),
        ({"defaultLabels": secret(json.dumps(ALL_LABELS))}, "a secret, not read"),
        ({"defaultLabels": "no JSON"}, "not known yet"),
        ({"defaultLabels": "[1]"}, "not known yet"),
    ],
)
def test_what_cannot_be_seen_is_not_missing_and_own_labels_still_count(
    provider: dict[str, Json] | None, message: str
) -> None:
    resource = made({"labels": {"owner": ""}, "location": "europe-west4"}, provider)
    assert said(resource) == [
        ("unknown", "effectiveLabels", message),
        ("violated", "labels.owner", "has no value"),
    ]


def test_own_labels_that_cannot_be_seen_are_not_the_provider_s() -> None:
    assert said(made({"labels": UNKNOWN_STRING, "location": "europe-west4"}, defaults({"owner": "chat"}))) == [
        ("unknown", "labels", "not known yet")
    ]


def test_merged_labels_in_outputs_are_ciphertext_and_stay_so() -> None:
    outputs = {"labels": {"owner": "chat"}, "effectiveLabels": secret("…"), "location": "europe-west4"}
    assert said(made(outputs, defaults(ALL_LABELS), outputs=True)) == [
        ("unknown", "effectiveLabels", "a secret, not read")
    ]


def test_a_region_is_the_resource_s_own_else_the_provider_s() -> None:
    assert region_of(made({"region": "us-east4"}, {"region": "europe-west4"}, POOL)) == "us-east4"
    assert region_of(made({}, {"region": "europe-west4"}, POOL)) == "europe-west4"
    assert region_of(made({}, {}, POOL)) is None
    for provider in (None, {"region": UNKNOWN_STRING}, {"region": secret("europe-west4")}):
        with pytest.raises(UnknownError):
            region_of(made({}, provider, POOL))


def test_a_kind_that_cannot_say_a_region_has_the_provider_s() -> None:
    subject = view(made({"location": "europe-west4"}, {"region": "us-central1"}, GARDEN))
    assert subject is not None
    assert (subject.leaf("location").text(), subject.leaf("region").text()) == ("europe-west4", "us-central1")


def test_the_environment_may_be_a_label_of_the_provider() -> None:
    subject = view(made({}, defaults({"environment": "prod"})))
    assert subject is not None
    assert context_of(subject.resource).is_production
    stack = next(iter(stacks_of([made({}, defaults({"environment": "prod"}))])))
    assert stack.context(stack.subjects[0]).is_production


def test_nothing_is_remembered_of_another_provider_s_settings() -> None:
    """The same inputs, and another verdict: what an audit remembers of equal resources tells these apart."""
    judging = Judge(default_settings(ALL))
    for provider in (
        defaults(ALL_LABELS, region="europe-west4"),
        defaults({}, region="europe-west4"),
        defaults(ALL_LABELS, region="nowhere"),
        defaults({**ALL_LABELS, "environment": "prod"}),
        {},
        None,
    ):
        resource = made({"displayName": "Chat", "location": "europe-west4"}, provider)
        expected = [one for one in judge(default_settings(ALL), resource) if one.outcome.reported]
        assert list(judging.judge(resource).reported) == expected
        pool = made({"dedicatedResources": {"minReplicaCount": 1.0}}, provider, POOL)
        expected = [one for one in judge(default_settings(ALL), pool) if one.outcome.reported]
        assert list(judging.judge(pool).reported) == expected


def test_only_kinds_that_have_something_of_it_ask_for_a_provider() -> None:
    assert all(map(asks_provider, (ENDPOINT, POOL, GARDEN, "gcp:vertex:AiEndpoint")))
    assert not any(
        map(
            asks_provider,
            (
                "aws:sagemaker/endpoint:Endpoint",
                "azure-native:machinelearningservices:InferencePool",
                "gcp:storage/bucket:Bucket",
            ),
        )
    )


def test_what_a_rule_puts_right_has_nothing_of_the_provider_s() -> None:
    given = {"region": Given("region"), "effectiveLabels": Given("defaultLabels", under="labels")}
    resource = made({"labels": {"owner": "chat"}}, defaults(ALL_LABELS, region="europe-west4"))
    seen = with_given(resource, given)
    assert set(seen.properties) == {"labels", "region", "effectiveLabels"}
    assert as_before({**seen.properties, "labels": {"owner": "ml"}}, resource, given) == {"labels": {"owner": "ml"}}
