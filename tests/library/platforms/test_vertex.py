"""What is particular to Vertex AI: how its resources are recognised, read and told apart."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import pytest

from inference_pools import type_token
from inference_pools.facets import Capacity, Fixed, ModelSource, PlainText, Purchase, RequestLimits, Sources
from inference_pools.path import format_steps
from inference_pools.platforms import kind_of
from inference_pools.platforms.platform import Kind, Subject
from inference_pools.platforms.vertex import VERTEX, models
from inference_pools.platforms.vertex.facets import Split
from inference_pools.platforms.vertex.kinds import ENDPOINT, ENGINE, GARDEN, INDEX, KINDS, PERSISTENT, POOL
from inference_pools.platforms.vertex.names import NAMES
from inference_pools.platforms.vertex.reading import seconds, whole_seconds
from inference_pools.policy_config import default_settings
from inference_pools.reader import Leaf, UnknownError, UnreadableError
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json
from inference_pools.view import facets_of, may_be_judged, view
from poolgate.standin.gcp.schema import look_up

HUB_TOKEN: Final = "correct-horse-battery"


def token_of(kind: Kind) -> str:
    return f"gcp:vertex/{kind.name[0].lower()}{kind.name[1:]}:{kind.name}"


def resource(kind: Kind, properties: dict[str, Json], **more: Any) -> Resource:
    token = token_of(kind)
    more.setdefault("provider", {"project": "contoso-ml", "region": "europe-west4"})
    return Resource(f"urn:pulumi:dev::shop::{token}::chat", token, "chat", properties, **more)


def seen(kind: Kind, properties: dict[str, Json], **more: Any) -> Subject:
    subject = view(resource(kind, properties, **more))
    assert subject is not None
    return subject


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_known_in_every_form_of_its_token(kind: Kind) -> None:
    assert kind_of(token_of(kind)) == (VERTEX, kind)
    assert kind_of(f"gcp:vertex:{kind.name}") == (VERTEX, kind)


@pytest.mark.parametrize(
    "token",
    [
        "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore",
        "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember",
        "gcp:ml/engineModel:EngineModel",
        "google-native:aiplatform/v1:Endpoint",
        "gcp:compute/instance:Instance",
    ],
)
def test_what_is_none_of_them_is_not_judged(token: str) -> None:
    assert type_token.parse(token) is not None
    assert not may_be_judged(token)


def test_what_cannot_change_in_place_is_what_replaces_in_the_provider_s_schema() -> None:
    for layout in VERTEX.layouts:
        known = look_up(token_of(layout.kind))
        assert known is not None
        replaces = set(known.facts["replaces"])
        listed = {format_steps(place.at["value"].path) for place in layout.places[Fixed]}
        assert listed <= replaces, layout.kind
    in_place = {"deployConfig.dedicatedResources.minReplicaCount", "deployConfig.dedicatedResources.maxReplicaCount"}
    garden = look_up(token_of(GARDEN))
    assert garden is not None
    assert not in_place & set(garden.facts["replaces"])


# --- readings ---


@pytest.mark.parametrize("written", [3, 3.0, "3"])
def test_a_count_is_a_number_or_a_text(written: Json) -> None:
    pools = {"resourcePools": [{"machineSpec": {}, "replicaCount": written}]}
    assert [facet.instances for facet in facets_of(seen(PERSISTENT, pools), Capacity)] == [3, None, None]


def test_what_is_bought_is_the_greatest_number_else_the_least() -> None:
    def bought(**counts: Json) -> int | None:
        return next(facets_of(seen(POOL, {"dedicatedResources": counts}), Purchase)).instances

    assert bought(minReplicaCount=2, maxReplicaCount="5") == 5
    assert bought(minReplicaCount=2) == 2
    assert bought() is None
    with pytest.raises(UnknownError):
        bought(minReplicaCount=2, maxReplicaCount=UNKNOWN_STRING)


def test_an_engine_that_says_no_concurrency_has_the_documented_one() -> None:
    limits = next(facets_of(seen(ENGINE, {"spec": {}}), RequestLimits))
    assert limits.concurrency == 9
    hidden = {"deploymentSpec": {"containerConcurrency": UNKNOWN_STRING}}
    with pytest.raises(UnknownError):
        _ = next(facets_of(seen(ENGINE, {"spec": hidden}), RequestLimits)).concurrency


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("600s", timedelta(minutes=10)),
        ("0s", timedelta(0)),
        ("3.5s", timedelta(seconds=3.5)),
        ("-5s", -timedelta(seconds=5)),
    ],
)
def test_a_duration_is_a_number_of_seconds_with_an_s(written: str, expected: timedelta) -> None:
    assert seconds(Leaf({"timeout": written}, ("timeout",))) == expected


@pytest.mark.parametrize("written", ["PT10M", "600", "10m", "600 s", "s", "1e3s", "٣s", "9" * 400 + "s"])
def test_any_other_text_is_none(written: str) -> None:
    with pytest.raises(UnreadableError):
        seconds(Leaf({"timeout": written}, ("timeout",)))


def test_a_number_of_seconds_beyond_any_time_is_none() -> None:
    with pytest.raises(UnreadableError):
        whole_seconds(Leaf({"period": 10.0**15}, ("period",)))
    assert whole_seconds(Leaf({"period": "10"}, ("period",))) == timedelta(seconds=10)


@pytest.mark.parametrize("written", ['{"123": 60, "456": "40"}', {"123": 60, "456": "40"}])
def test_a_split_is_json_text_or_an_object_which_no_provider_takes(written: Json) -> None:
    """The SDK sends an object all the same, and the gate sees it before the provider has refused it."""
    assert next(facets_of(seen(ENDPOINT, {"trafficSplit": written}), Split)).shares == {"123": 60, "456": "40"}


# --- names, models, images ---


@pytest.mark.parametrize(
    ("kind", "name", "fits"),
    [
        (ENDPOINT, "chat-endpoint-0a1b2c3", True),
        (ENDPOINT, "123456789", True),
        (ENDPOINT, "0123", False),
        (ENDPOINT, "1234567890", False),
        (ENDPOINT, "chat-", False),
        (ENDPOINT, "Chat", False),
        (POOL, "c", True),
        (POOL, "1", False),
        (INDEX, "Products_7", True),
        (INDEX, "7_products", False),
    ],
)
def test_a_name_is_what_the_api_takes(kind: Kind, name: str, fits: bool) -> None:
    rule = next(rule for rule in NAMES[kind].values() if rule.is_own)
    assert (re.fullmatch(rule.pattern, name) is not None) is fits


def test_a_publisher_s_model_has_its_version_after_an_at() -> None:
    pinned = models.published("publishers/google/models/gemma3@gemma-3-12b-it")
    assert pinned is not None
    assert (pinned.name, pinned.version, pinned.label) == ("gemma3", "gemma-3-12b-it", None)
    moving = models.published("publishers/hf-google/models/gemma-2-2b-it")
    assert moving is not None
    assert (moving.version, moving.label) == ("", None)
    assert models.published("gemma3") is None


@pytest.mark.parametrize(
    ("written", "version", "label", "project"),
    [
        ("europe-west4-docker.pkg.dev/contoso-ml/serving/chat:3.1.4", "3.1.4", None, "contoso-ml"),
        ("eu.gcr.io/contoso-ml/chat@sha256:0f0f", "sha256:0f0f", None, "contoso-ml"),
        ("gcr.io/contoso-ml/chat", None, "latest", "contoso-ml"),
        ("registry.contoso.com:5000/chat:LATEST", None, "latest", None),
        ("vllm/vllm-openai:v0.9.1", "v0.9.1", None, None),
    ],
)
def test_an_image_says_its_version_and_the_project_it_lies_in(
    written: str, version: str | None, label: str | None, project: str | None
) -> None:
    image = models.image(written)
    assert image is not None
    assert (image.version, image.label, image.account) == (version, label, project)


@pytest.mark.parametrize("written", ["", "two words", ":latest", "@sha256:0f"])
def test_no_image_is_none(written: str) -> None:
    assert models.image(written) is None


@pytest.mark.parametrize("written", ["{", "[]", '{"model": 7}', '{"agents": []}', "[" * 100_000])
def test_json_text_without_a_model_names_none(written: str) -> None:
    assert models.of_agent(written) is None


def test_a_model_of_the_hub_is_one_of_author_and_name() -> None:
    garden = seen(GARDEN, {"huggingFaceModelId": "google/gemma-2-2b-it"})
    assets = [facet.asset for facet in facets_of(garden, ModelSource)]
    assert [asset.name if asset else None for asset in assets] == [None, "gemma-2-2b-it"]
    assert models.of_hub("gemma") is models.of_hub("a/b/c") is None
    assert len(list(facets_of(garden, Sources))) == 3


# --- secrets ---


def test_a_variable_is_known_by_its_name_and_a_token_by_being_one() -> None:
    container = {"imageUri": "gcr.io/p/chat:1", "envs": [{"name": "DB_PASSWORD", "value": "x"}]}
    texts = facets_of(seen(GARDEN, {"modelConfig": {"containerSpec": container}}), PlainText)
    assert {text.own.path: text.name for text in texts}["modelConfig.containerSpec.envs[0].value"] == "DB_PASSWORD"


def test_no_message_shows_a_secret() -> None:
    hidden = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": HUB_TOKEN}
    container = {"imageUri": f"gcr.io/p/{HUB_TOKEN}:latest", "envs": [{"name": "HF_TOKEN", "value": HUB_TOKEN}]}
    garden = resource(
        GARDEN, {"location": HUB_TOKEN, "modelConfig": {"huggingFaceAccessToken": hidden, "containerSpec": container}}
    )
    told = [one for one in judge(default_settings(ALL), garden) if one.outcome.reported]
    assert {one.rule for one in told} >= {"no-plaintext-secret", "location-allowed", "model-version-pinned"}
    assert not any(HUB_TOKEN in text for one in told for text in (one.message, one.remedy, one.path))


# --- outputs ---


def test_outputs_have_no_zeros_and_their_region_in_the_id() -> None:
    found = seen(
        POOL,
        {"name": "chat", "region": "", "dedicatedResources": {"maxReplicaCount": 0, "minReplicaCount": 2}},
        outputs=True,
        id="projects/contoso-ml/locations/us-east4/deploymentResourcePools/chat",
    )
    assert found.leaf("region").text() == "us-east4"
    assert [facet.instances for facet in facets_of(found, Capacity)] == [2, None]
