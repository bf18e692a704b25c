"""Options by platform: what holds where, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from inference_pools.finding import Enforcement, Outcome
from inference_pools.policy_config import ConfigError, Setting, parse
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge

POOL = "azure-native:machinelearningservices:InferencePool"
RULE = "capacity-bounded"


def setting(options: Any, rule: str = RULE) -> Setting:
    (found,) = [one for one in parse({rule: options}, ALL) if one.rule.id == rule]
    return found


def judged(options: Any, capacity: int, stack: str = "dev") -> tuple[Outcome, Enforcement]:
    urn = f"urn:pulumi:{stack}::shop::{POOL}::chat"
    resource = Resource(urn, POOL, "chat", {"sku": {"capacity": float(capacity)}}, provider_version="3.29.0")
    verdict = judge([setting(options)], resource)[0]
    return verdict.outcome, verdict.enforcement


def test_what_is_said_of_a_platform_goes_before_what_is_said_of_all() -> None:
    options = {"maximum": 5, "platforms": {"azure-pools": {"maximum": 9}}}

    assert setting(options).options.maximum == 5
    assert setting(options).on("azure-pools").options.maximum == 9
    assert setting(options).on("another").options.maximum == 5
    assert judged(options, 7) == (Outcome.CLEAN, Enforcement.MANDATORY)
    assert judged(options, 10) == (Outcome.VIOLATED, Enforcement.MANDATORY)


def test_a_default_that_the_engine_fills_in_does_not_hide_that_of_a_platform() -> None:
    rule = next(one for one in ALL if one.id == RULE)
    filled_in = {name: option.json_default for name, option in rule.options.items()}

    assert (
        setting(filled_in).on("azure-models").options.maximum == setting({}).on("azure-models").options.maximum == 5000
    )
    assert setting({**filled_in, "maximum": 7}).on("azure-models").options.maximum == 7


def test_in_production_what_is_said_of_the_platform_there_goes_before_all() -> None:
    options = {
        "maximum": 5,
        "platforms": {"azure-pools": {"maximum": 9}},
        "production": {"maximum": 3, "platforms": {"azure-pools": {"maximum": 2, "enforcementLevel": "mandatory"}}},
        "enforcementLevel": "advisory",
    }

    assert judged(options, 3) == (Outcome.CLEAN, Enforcement.ADVISORY)
    assert judged(options, 3, "prod") == (Outcome.VIOLATED, Enforcement.MANDATORY)
    assert judged(options, 2, "prod")[0] is Outcome.CLEAN


def test_what_production_says_in_general_holds_on_a_platform_that_it_says_nothing_of() -> None:
    options = {"platforms": {"azure-pools": {"maximum": 9}}, "production": {"maximum": 3}}

    assert judged(options, 4)[0] is Outcome.CLEAN
    assert judged(options, 4, "prod")[0] is Outcome.VIOLATED


def test_a_platform_may_have_a_level_alone() -> None:
    assert judged({"platforms": {"azure-pools": "advisory"}}, 99) == (Outcome.VIOLATED, Enforcement.ADVISORY)


def test_a_rule_may_be_left_out_for_a_platform() -> None:
    assert judged({"platforms": {"azure-pools": "disabled"}}, 99)[0] is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("options", "rule", "key", "message"),
    [
        (
            {"platforms": {"azure-pool": {"maximum": 1}}},
            RULE,
            "capacity-bounded.platforms.azure-pool",
            "no such platform; did you mean azure-pools?",
        ),
        ({"platforms": []}, RULE, "capacity-bounded.platforms", "is [], expected an object"),
        (
            {"platforms": {"azure-pools": 5}},
            RULE,
            "capacity-bounded.platforms.azure-pools",
            "is 5, expected a level or an object",
        ),
        (
            {"platforms": {"azure-pools": {"maximun": 1}}},
            RULE,
            "capacity-bounded.platforms.azure-pools.maximun",
            "no such option; did you mean maximum?",
        ),
        (
            {"platforms": {"azure-pools": {"production": {"maximum": 1}}}},
            RULE,
            "capacity-bounded.platforms.azure-pools.production",
            "cannot stand under a platform; what holds for it in production stands under production, platforms",
        ),
        (
            {"production": {"platforms": {"azure": {"maximum": 1}}}},
            RULE,
            "capacity-bounded.production.platforms.azure",
            "no such platform",
        ),
        (
            {"enforcementLevel": "disabled", "platforms": {"azure-pools": "mandatory"}},
            RULE,
            "capacity-bounded.platforms.azure-pools.enforcementLevel",
            "is 'mandatory', and the rule is disabled; the mildest elsewhere is advisory",
        ),
        (
            {"platforms": {"sagemaker": "advisory"}},
            "groups-served",
            "groups-served.platforms.sagemaker",
            "",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(options: Any, rule: str, key: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        setting(options, rule)

    assert refused.value.key == key
    assert refused.value.message.startswith(message)
