"""Pinned rule sets and shipped profiles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inference_pools.finding import Enforcement
from inference_pools.policy_config import ConfigError, default_settings, parse
from inference_pools.resource import Resource
from inference_pools.rule_sets import PROFILES, merged, newest, pinned, profile
from inference_pools.rules import ALL
from inference_pools.runner import judge

LATER = replace(ALL[0], id="later", since="2027.03")


def test_a_pin_leaves_later_rules_out() -> None:
    assert pinned((*ALL, LATER), "2026.12") == ALL
    assert pinned((*ALL, LATER), "2027.02") == ALL
    assert pinned((*ALL, LATER), "2027.03") == (*ALL, LATER)
    assert pinned((*ALL, LATER), None) == (*ALL, LATER)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2026.11", "rule set: 2026.11 is older than every rule"),
        ("latest", "rule set: 'latest' is no version such as 2026.12"),
    ],
)
def test_a_pin_that_holds_nothing_is_refused(version: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        pinned(ALL, version)
    assert str(error.value) == message


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_a_policy_config_of_these_rules(name: str) -> None:
    settings = parse(profile(name), ALL)
    assert len(settings) == len(ALL)


def test_baseline_blocks_less_than_the_defaults_and_strict_more() -> None:
    def blocking(settings: tuple[object, ...]) -> set[str]:
        return {s.rule.id for s in settings if s.enforcement is Enforcement.MANDATORY}  # type: ignore[attr-defined]

    baseline, strict = (blocking(parse(profile(name), ALL)) for name in ("baseline", "strict"))
    assert baseline < blocking(default_settings(ALL)) < strict


def test_strict_asks_for_an_identity_of_pools() -> None:
    (setting,) = (one for one in parse(profile("strict"), ALL) if one.rule.id == "managed-identity-required")
    assert setting.options.required_on == ("InferencePool",)


SKU = {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 3}
PROMISED: dict[str, tuple[dict[str, Any], str]] = {
    "a capacity of 999": ({"capacity": 999}, "PT30S"),
    "a capacity of 0": ({"capacity": 0}, "PT30S"),
    "a timeout of ten minutes": ({}, "PT10M"),
    "a timeout in another notation": ({}, "30s"),
    "a tier that there is not": ({"tier": "Gold"}, "PT30S"),
    "a placeholder": ({"name": "<vm-size>"}, "PT30S"),
}
PROMISED_BY = (
    *("capacity-bounded", "request-timeout-bounded", "request-timeout-format", "sku-tier-allowed"),
    "placeholder-replaced",
)


@pytest.mark.parametrize(("sku", "timeout"), PROMISED.values(), ids=PROMISED)
@pytest.mark.parametrize("name", PROFILES)
def test_what_is_promised_blocks_in_every_profile(name: str, sku: dict[str, Any], timeout: str) -> None:
    def blocked(sku: dict[str, Any], timeout: str) -> bool:
        type_ = "azure-native:machinelearningservices:InferencePool"
        request = {"requestTimeout": timeout, "maxConcurrentRequestsPerInstance": 4}
        inputs = {"sku": sku, "inferencePoolProperties": {"requestConfiguration": request}}
        resource = Resource(urn=f"urn:pulumi:dev::shop::{type_}::p", type=type_, name="p", properties=inputs)
        settings = [one for one in parse(profile(name), ALL) if one.rule.id in PROMISED_BY]
        verdicts = judge(settings, resource)
        return any(one.outcome.reported and one.enforcement is Enforcement.MANDATORY for one in verdicts)

    assert blocked(SKU | sku, timeout)
    assert not blocked(SKU, "PT30S")


def test_the_newest_version_leaves_no_rule_out() -> None:
    assert pinned(ALL, newest(ALL)) == ALL
    assert newest((*ALL, LATER)) == "2027.03"


def test_no_profile_of_that_name() -> None:
    with pytest.raises(ConfigError, match="'lax' is none of baseline, strict"):
        profile("lax")


def test_a_config_goes_on_top_of_another_option_by_option() -> None:
    base = {"all": "advisory", "a": {"maximum": 1, "minimum": 2}, "b": "mandatory", "c": {"x": 1}}
    over = {"a": {"maximum": 3}, "b": {"x": 2}, "c": "disabled", "d": "advisory"}
    assert merged(base, over) == {
        "all": "advisory",
        "a": {"maximum": 3, "minimum": 2},
        "b": {"enforcementLevel": "mandatory", "x": 2},
        "c": {"x": 1, "enforcementLevel": "disabled"},
        "d": "advisory",
    }


def test_no_profile_of_that_name_says_which_there_are() -> None:
    with pytest.raises(ConfigError) as error:
        profile("lax")
    assert str(error.value) == "profile: 'lax' is none of baseline, strict"


def test_what_holds_on_a_platform_is_merged_too() -> None:
    base = {"a": {"platforms": {"azure-pools": {"minimum": 1, "maximum": 3}, "sagemaker": "advisory"}}}
    over = {"a": {"platforms": {"azure-pools": {"maximum": 5}}, "production": {"platforms": {"sagemaker": "advisory"}}}}

    assert merged(base, over) == {
        "a": {
            "platforms": {"azure-pools": {"minimum": 1, "maximum": 5}, "sagemaker": "advisory"},
            "production": {"platforms": {"sagemaker": "advisory"}},
        }
    }


def test_what_holds_in_production_is_merged_too() -> None:
    base = {"a": {"maximum": 3, "production": {"maximum": 5, "on_unknown": "fail"}}, "b": {"limits": {"x": 1}}}
    over = {"a": {"production": {"maximum": 4}}, "b": {"limits": {"y": 2}, "production": {"limits": {}}}}

    assert merged(base, over) == {
        "a": {"maximum": 3, "production": {"maximum": 4, "on_unknown": "fail"}},
        "b": {"limits": {"y": 2}, "production": {"limits": {}}},
    }
    assert merged(base, {"a": {"production": "wrong"}})["a"] == {"maximum": 3, "production": "wrong"}
