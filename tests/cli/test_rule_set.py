"""What the engine is told of levels and options is what holds without it."""

from __future__ import annotations

from typing import Any

import pytest

from inference_pools import policy_config
from inference_pools.policy_config import Setting
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from poolgate.rule_set import RuleSet


def told(settings: tuple[Setting, ...]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """By rule and platform, "" for all others: what holds there, in production and outside."""
    return {
        (setting.rule.id, name): tuple(
            (one.enforcement, {**one.options.to_json(), "platforms": None}) for one in there.variants
        )
        for setting in settings
        for name, there in {"": setting, **setting.by_platform}.items()
    }


@pytest.mark.parametrize(
    "capacity",
    [
        {},
        {"maximum": 50},
        {"minimum": 2},
        {"platforms": {"azure-models": "advisory"}},
        {"platforms": {"azure-models": {"maximum": 7}}, "production": {"maximum": 5}},
        {"production": {"platforms": {"azure-models": {"maximum": 7}}}},
    ],
)
def test_a_platform_keeps_its_own_defaults(capacity: dict[str, Any]) -> None:
    rules = [rule for rule in ALL if rule.scope is not Scope.PROJECT]
    settings = policy_config.parse({"capacity-bounded": capacity}, rules)
    again = policy_config.parse(RuleSet(settings, None).engine_config(), rules)
    assert told(again) == told(settings)
    assert ("capacity-bounded", "azure-models") in told(settings)
