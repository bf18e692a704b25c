"""Each rule as a policy of the SDK: what Pulumi's console shows of it."""

from __future__ import annotations

from typing import Any

import pulumi_policy as sdk

from inference_pools import platforms
from inference_pools.declared import policies
from inference_pools.rule import Scope
from inference_pools.rules import ALL

RULES = {rule.id: rule for rule in ALL if rule.scope is not Scope.PROJECT}


def declared() -> dict[str, Any]:
    return {policy.name: policy for policy in policies()}


def test_every_rule_is_a_policy_unless_it_compares_stacks() -> None:
    assert list(declared()) == list(RULES)
    for name, policy in declared().items():
        of_a_stack = isinstance(policy, sdk.StackValidationPolicy)
        assert of_a_stack is (RULES[name].scope is not Scope.RESOURCE), name


def test_what_is_said_of_a_rule_is_said_of_its_policy() -> None:
    for name, policy in declared().items():
        rule = RULES[name]
        assert policy.description == policy.display_name == rule.title
        assert policy.enforcement_level is not None
        assert policy.enforcement_level.value == rule.enforcement.value
        assert policy.severity is not None
        assert policy.severity.value == rule.severity.value
        assert policy.url == rule.source
        assert policy.tags == ["inference-pools", rule.scope.value]
        assert policy.config_schema is not None
        assert {
            key: {**option.schema(), **policy.config_schema.properties[key]} for key, option in rule.options.items()
        } == {key: option.schema() for key, option in rule.options.items()}


def test_remedies_show_the_default_of_each_option() -> None:
    remedy = declared()["request-timeout-bounded"].remediation_steps

    assert remedy is not None
    assert "{" not in remedy
    assert "PT1S" in remedy


def test_controls_are_cited_by_analogy() -> None:
    for name, policy in declared().items():
        controls = RULES[name].controls
        if not controls:
            assert policy.framework is None, name
            continue
        assert policy.framework is not None, name
        assert policy.framework.name == "Microsoft cloud security benchmark"
        assert policy.framework.reference == ", ".join(controls)
        assert policy.framework.specification == "cited by analogy: no benchmark names inference pools"


def test_some_rules_serve_controls_and_some_do_not() -> None:
    assert {bool(rule.controls) for rule in RULES.values()} == {True, False}
    assert max(len(rule.controls) for rule in RULES.values()) > 1


def test_the_engine_is_told_of_no_default_where_a_platform_has_one_of_its_own() -> None:
    """It would hand it on as if somebody had written it, and no platform's own would ever hold."""
    by_rule = {policy.name: policy.config_schema.properties for policy in policies() if policy.config_schema}
    own = {(rule, name) for platform in platforms.ALL for rule, named in platform.defaults.items() for name in named}
    bare = {
        (rule, name) for rule, options in by_rule.items() for name, option in options.items() if "default" not in option
    }

    assert ("capacity-bounded", "maximum") in own
    assert bare == own
