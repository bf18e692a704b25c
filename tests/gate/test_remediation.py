"""What the level `remediate` does: it puts right what is certain, and nothing else, and it tells no secret."""

from __future__ import annotations

import copy
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2

from inference_pools import declared
from inference_pools.resource import Resource
from inference_pools.rules.azure.request_timeout_format import request_timeout_format
from inference_pools.rules.azure.sku_tier_allowed import sku_tier_allowed
from inference_pools.rules.azure.tag_keys_lowercase import tag_keys_lowercase
from inference_pools.rules.tags_required import tags_required
from inference_pools.server import AnalyzerService
from inference_pools.values import (
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_NUMBER,
    UNKNOWN_STRING,
    Json,
    from_struct,
    to_struct,
)
from inference_pools.view import view

POOL = "azure-native:machinelearningservices/v20230801preview:InferencePool"
ENDPOINT = "azure-native:machinelearningservices:InferenceEndpoint"
RULES = (request_timeout_format, tag_keys_lowercase)
SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hunter2"}


def pool(timeout: Json = "PT30S", tags: Json = None) -> dict[str, Json]:
    """A pool with a secret and with values not known yet, beside what is put right."""
    return {
        "sku": {"name": "Standard_DS3_v2", "capacity": UNKNOWN_NUMBER},
        "location": UNKNOWN_STRING,
        "tags": tags if tags is not None else {"owner": "ml"},
        "inferencePoolProperties": {
            "nodeSkuType": "Standard_DS3_v2",
            "description": SECRET,
            "requestConfiguration": {"requestTimeout": timeout, "maxConcurrentRequestsPerInstance": 4.0},
        },
    }


class Call:
    """A call that must not be aborted."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        pytest.fail(f"{code.name}: {details}")


def service(level: int = analyzer_pb2.REMEDIATE) -> AnalyzerService:
    serving = AnalyzerService("poolgate", "A pack", declared.policies(RULES))
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for rule in RULES:
        request.policyConfig[rule.id].enforcementLevel = level  # type: ignore[assignment]
    request.policyConfig[tag_keys_lowercase.id].properties.CopyFrom(to_struct({"lowercase": True}))
    serving.Configure(request, Call())  # type: ignore[arg-type]
    return serving


def asked(properties: dict[str, Json], type_: str = POOL) -> analyzer_pb2.AnalyzeRequest:
    urn = f"urn:pulumi:dev::shop::{type_}::pool"
    return analyzer_pb2.AnalyzeRequest(type=type_, urn=urn, name="pool", properties=to_struct(properties))


def remediate(properties: dict[str, Json], type_: str = POOL) -> list[Any]:
    """The remediations, in their order."""
    return list(service().Remediate(asked(properties, type_), Call()).remediations)  # type: ignore[arg-type]


def fixed(properties: dict[str, Json], type_: str = POOL) -> dict[str, Json]:
    """The properties after all of them."""
    done = remediate(properties, type_)
    assert done
    assert [entry.diagnostic for entry in done] == [""] * len(done)
    return from_struct(done[-1].properties)


def diagnostics(properties: dict[str, Json], type_: str = POOL) -> list[str]:
    """What the rules say, by policy."""
    return [entry.policyName for entry in service().Analyze(asked(properties, type_), Call()).diagnostics]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("pt30s", "PT30S"), (" PT30S ", "PT30S"), ("PT5,5S", "PT5.5S"), ("p1w", "P7D"), ("pt1h30m", "PT1H30M")],
)
def test_a_timeout_that_can_mean_one_thing_only_is_written_as_azure_takes_it(written: str, meant: str) -> None:
    assert fixed(pool(written)) == pool(meant)


@pytest.mark.parametrize("written", ["30s", "30", "P1M", "-PT5S", "P30S", "00:00:30", "PT", "", "soon", "PT30S"])
def test_a_timeout_that_might_mean_another_thing_is_left_alone(written: str) -> None:
    assert remediate(pool(written)) == []


@pytest.mark.parametrize(
    ("written", "allowed", "meant"),
    [
        ("standard", ["Standard", "Premium"], "Standard"),
        ("PREMIUM", ["Standard", "Premium"], "Premium"),
        ("premium", ["Standard"], None),
        ("Standrad", ["Standard"], None),
        ("Standard", ["Standard"], None),
    ],
)
def test_an_allowed_tier_is_written_in_its_own_case(written: str, allowed: list[Json], meant: str | None) -> None:
    properties = pool() | {"sku": {"name": "Standard_DS3_v2", "tier": written}}
    seen = view(Resource("urn:pulumi:dev::shop::t::pool", POOL, "pool", properties))
    assert seen is not None
    assert sku_tier_allowed.fix is not None

    fixed = sku_tier_allowed.fix(seen, sku_tier_allowed.with_options({"allowed": allowed}))
    expected = properties | {"sku": {"name": "Standard_DS3_v2", "tier": meant}}
    assert fixed == (None if meant is None else expected)


def test_an_endpoint_has_its_timeout_elsewhere() -> None:
    def endpoint(timeout: str) -> dict[str, Json]:
        limits = {"requestTimeout": timeout}
        return {
            "azureApiVersion": "2025-01-01-preview",
            "inferenceEndpointProperties": {"groupName": UNKNOWN_STRING, "requestConfiguration": limits},
        }

    assert fixed(endpoint("pt5s"), ENDPOINT) == endpoint("PT5S")


def test_tags_are_renamed_and_their_values_are_as_they_were() -> None:
    tags = {"Owner": "ml", "CostCenter": SECRET, "environment": UNKNOWN_STRING}

    assert fixed(pool(tags=tags)) == pool(
        tags={"owner": "ml", "costcenter": SECRET, "environment": UNKNOWN_STRING},
    )


def test_of_two_tags_that_azure_takes_for_one_none_is_chosen() -> None:
    tags = {"Owner": "ml", "owner": "shop", "App": "chat"}

    assert fixed(pool(tags=tags)) == pool(tags={"Owner": "ml", "owner": "shop", "app": "chat"})
    assert remediate(pool(tags={"Owner": "ml", "owner": "ml"})) == []
    assert diagnostics(fixed(pool(tags=tags))) == [tag_keys_lowercase.id]


def test_one_is_put_right_on_top_of_the_other() -> None:
    done = remediate(pool("pt30s", {"Owner": "ml"}))

    assert [entry.policyName for entry in done] == [rule.id for rule in RULES]
    assert from_struct(done[0].properties) == pool("PT30S", {"Owner": "ml"})
    assert from_struct(done[1].properties) == pool("PT30S", {"owner": "ml"})


def test_a_second_look_finds_nothing() -> None:
    wrong = pool("pt30s", {"Owner": "ml"})

    assert set(diagnostics(wrong)) == {rule.id for rule in RULES}
    assert diagnostics(fixed(wrong)) == []
    assert remediate(fixed(wrong)) == []


def test_a_plain_output_is_still_one() -> None:
    def marked(timeout: str) -> dict[str, Json]:
        return pool({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": timeout, "dependencies": ["urn:pulumi:a::b::c::d"]})

    assert fixed(marked("pt30s")) == marked("PT30S")


def test_a_secret_is_neither_read_nor_told() -> None:
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "pt30s"}
    (entry,) = remediate(pool(secret))

    assert entry.diagnostic == ("a secret, not read: inferencePoolProperties.requestConfiguration.requestTimeout")
    assert not entry.HasField("properties")
    assert "pt30s" not in str(entry)


def test_what_is_not_known_is_not_put_right() -> None:
    (entry,) = remediate(pool(tags=UNKNOWN_STRING))

    assert entry.policyName == tag_keys_lowercase.id
    assert entry.diagnostic == "not known yet: tags"


def test_what_was_asked_about_is_not_changed() -> None:
    properties = pool("pt30s", {"Owner": "ml"})
    before = copy.deepcopy(properties)
    seen = view(Resource("urn:pulumi:dev::shop::t::pool", POOL, "pool", properties))
    assert seen is not None

    for rule in RULES:
        assert rule.fix is not None
        assert rule.fix(seen, rule.with_options({})) is not None or rule is tag_keys_lowercase
    assert properties == before


def test_no_other_level_changes_anything() -> None:
    serving = service(analyzer_pb2.MANDATORY)
    answer = serving.Remediate(asked(pool("pt30s", {"Owner": "ml"})), Call())  # type: ignore[arg-type]

    assert list(answer.remediations) == []
    assert [entry.policy_name for entry in answer.not_applicable] == [rule.id for rule in RULES]


@pytest.mark.parametrize(
    ("level", "type_", "declining"),
    [
        (analyzer_pb2.REMEDIATE, POOL, []),
        (analyzer_pb2.MANDATORY, POOL, [rule.id for rule in RULES]),
        (analyzer_pb2.REMEDIATE, "azure-native:storage:StorageAccount", [rule.id for rule in RULES]),
    ],
)
def test_those_that_put_right_do_not_decline(level: int, type_: str, declining: list[str]) -> None:
    """The engine counts a rule that says nothing as one that has looked."""
    answer = service(level).Remediate(asked(pool(), type_), Call())  # type: ignore[arg-type]
    assert [entry.policy_name for entry in answer.not_applicable] == declining


def test_a_rule_without_a_remedy_of_its_own_declines_at_any_level() -> None:
    serving = AnalyzerService("poolgate", "A pack", declared.policies((*RULES, tags_required)))
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for rule in (*RULES, tags_required):
        request.policyConfig[rule.id].enforcementLevel = analyzer_pb2.REMEDIATE
    serving.Configure(request, Call())  # type: ignore[arg-type]
    answer = serving.Remediate(asked(pool()), Call())  # type: ignore[arg-type]
    assert [entry.policy_name for entry in answer.not_applicable] == ["tags-required"]
