"""The rules under the SDK's own service, which calls them as it calls every policy of pulumi_policy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pulumi_policy as sdk
import pytest

from inference_pools import declared
from inference_pools.day import AS_OF_VARIABLE
from inference_pools.values import Json
from inference_pools.waiver_review import NO_WAIVERS

TOKEN = "azure-native:machinelearningservices:Inference"
OPTIONS = sdk.PolicyResourceOptions(
    protect=False, ignore_changes=[], delete_before_replace=None, aliases=[],
    custom_timeouts=sdk.PolicyCustomTimeouts(0, 0, 0), additional_secret_outputs=[],
)  # fmt: skip
POOL: dict[str, Json] = {
    "location": "westeurope",
    "sku": {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 60},
    "tags": {"owner": "ml", "environment": "prod"},
    "inferencePoolProperties": {"nodeSkuType": "Standard_DS3_v2"},
}


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{TOKEN}{kind}::{name}"


def views(value: Json) -> Any:
    """As the SDK hands properties over: views that cannot be written to."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: views(item) for key, item in value.items()})
    return tuple(views(item) for item in value) if isinstance(value, list) else value


def policy(rule: str) -> Any:
    return next(one for one in declared.policies() if one.name == rule)


def asked(
    rule: str, properties: dict[str, Json], config: Mapping[str, Json] | None = None, *, kind: str = "Pool",
    version: str | None = "2.92.3", type_: str | None = None, protect: bool = False,
) -> list[tuple[str, str | None]]:  # fmt: skip
    """What a rule about single resources reports."""
    options = sdk.PolicyResourceOptions(**{**vars(OPTIONS), "protect": protect})
    provider = None
    if version is not None:
        provider = sdk.PolicyProviderResource("pulumi:providers:azure-native", {"version": version}, "urn:p", "p")
    given = sdk.ResourceValidationArgs(
        type_ or f"{TOKEN}{kind}", views(properties), urn(kind, "chat"), "chat", options, provider, config
    )
    found: list[tuple[str, str | None]] = []
    policy(rule).validate(given, lambda message, where=None: found.append((message, where)))
    return found


def asked_of_all(
    rule: str, resources: list[tuple[str, str, dict[str, Json]]], config: Mapping[str, Json] | None = None
) -> list[tuple[str, str | None]]:
    """What a rule about a whole stack reports."""
    seen = [
        sdk.PolicyResource(type_, views(properties), where, where.rpartition("::")[2], OPTIONS, None, None, [], {})
        for type_, where, properties in resources
    ]
    found: list[tuple[str, str | None]] = []
    policy(rule).validate(
        sdk.StackValidationArgs(seen, config), lambda message, where=None: found.append((message, where))
    )
    return found


def test_a_resource_is_judged() -> None:
    ((message, where),) = asked("capacity-bounded", POOL)

    assert where == urn("Pool", "chat")
    assert "sku.capacity: is 60, the limit is 50" in message


def test_the_configuration_counts() -> None:
    ((message, _),) = asked("capacity-bounded", POOL, {"maximum": 55})

    assert "is 60, the limit is 55" in message
    assert asked("capacity-bounded", POOL, {"maximum": 60}) == []


def test_lists_are_judged_too() -> None:
    inside: dict[str, Json] = {"properties": [{"key": "endpoint", "value": "<your-endpoint>"}]}
    properties = {**POOL, "inferencePoolProperties": inside}

    ((message, _),) = asked("placeholder-replaced", properties)

    assert "<your-endpoint>" in message


@pytest.mark.parametrize(("version", "said"), [("2.92.3", []), ("3.29.0", ["nodeSkuType"]), (None, [])])
def test_the_version_of_the_provider_decides_what_is_known(version: str | None, said: list[str]) -> None:
    found = asked("property-known", POOL, version=version)

    assert [message.partition(":")[0].rpartition(".")[2] for message, _ in found] == said


def test_whether_it_is_protected_is_known() -> None:
    config: dict[str, Json] = {"kinds": ["InferencePool"]}

    ((message, where),) = asked("protected-in-production", POOL, config)

    assert where == urn("Pool", "chat")
    assert "Pulumi's option protect is not set" in message
    assert asked("protected-in-production", POOL, config, protect=True) == []


def test_what_is_no_pool_is_not_for_a_rule() -> None:
    with pytest.raises(sdk.policy._NotApplicableError) as caught:
        asked("capacity-bounded", POOL, type_="azure-native:storage:StorageAccount")
    assert caught.value.reason


def test_the_day_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    properties: dict[str, Json] = {**POOL, "tags": {"environment": "dev", "enddate": "2026-12-31"}}

    monkeypatch.setenv(AS_OF_VARIABLE, "2026-12-30")
    assert asked("enddate-tag-current", properties) == []
    monkeypatch.setenv(AS_OF_VARIABLE, "2027-01-02")
    assert asked("enddate-tag-current", properties)


def test_a_stack_is_judged_together() -> None:
    """What is no pool is passed over, and each finding is told of its resource."""
    tags: dict[str, Json] = {"load.peak-rps": "100", "load.service-time": "PT1S"}
    busy: dict[str, Json] = {**POOL, "tags": tags, "sku": {"name": "Standard_DS3_v2", "capacity": 2}}
    fine: dict[str, Json] = {**busy, "sku": {"name": "Standard_DS3_v2", "capacity": 150}}
    account = "azure-native:storage:StorageAccount"
    found = asked_of_all(
        "capacity-meets-load",
        [
            (account, f"urn:pulumi:prod::shop::{account}::a", busy),
            (f"{TOKEN}Pool", urn("Pool", "one"), busy),
            (f"{TOKEN}Pool", urn("Pool", "two"), fine),
        ],
    )

    ((message, where),) = found
    assert where == urn("Pool", "one")
    assert "sku.capacity" in message
    assert asked_of_all("capacity-meets-load", [(f"{TOKEN}Pool", urn("Pool", "one"), busy)], {"load": {}}) == found


def test_waivers_are_for_our_own_service() -> None:
    with pytest.raises(sdk.policy._NotApplicableError) as caught:
        policy("waivers-valid").validate(sdk.StackValidationArgs([]), lambda message, where=None: None)
    assert caught.value.reason == NO_WAIVERS
