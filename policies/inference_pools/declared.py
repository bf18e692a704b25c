"""Each rule, declared as a policy of pulumi_policy, so that Pulumi shows, configures and publishes it as any other.

`server` then answers the engine for them, and says why not the SDK does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

import pulumi_policy as sdk

from inference_pools import messages, platforms, policy_config
from inference_pools.day import day_to_judge_by
from inference_pools.finding import Outcome
from inference_pools.resource import Resource
from inference_pools.rule import Rule, Scope
from inference_pools.rules import ALL
from inference_pools.runner import judge, judge_stack
from inference_pools.stack import stacks_of
from inference_pools.values import Json
from inference_pools.view import asks_provider, may_be_judged
from inference_pools.waiver_review import NO_WAIVERS


class RulePolicy(sdk.ResourceValidationPolicy):
    """A rule about single resources, declared as a policy of the SDK.

    It also works under the SDK's own service, with the SDK's semantics: a level for the whole policy, and no
    more than a note about unknown values.
    """

    def __init__(self, rule: Rule[Any]) -> None:
        self.rule = rule
        super().__init__(validate=self._validate, **_described(rule))

    def _validate(self, args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) -> None:
        resource = Resource(
            urn=args.urn,
            type=args.resource_type,
            name=args.name,
            properties=_plain(args.props),
            provider_version=args.provider.props.get("version") if args.provider else None,
            protect=args.opts.protect,
            provider=_plain(args.provider.props) if args.provider and asks_provider(args.resource_type) else None,
        )
        settings = [policy_config.setting(self.rule, self.rule.enforcement, args.get_config() or {})]
        verdicts = judge(settings, resource, today=today())
        if verdicts and verdicts[0].outcome is Outcome.NOT_APPLICABLE:
            args.not_applicable(verdicts[0].message)
        for _, message in messages.compose(verdicts):
            report(message, args.urn)


class StackRulePolicy(sdk.StackValidationPolicy):
    """A rule over a whole stack, declared as a policy of the SDK.

    Under the SDK's own service it sees outputs, from which the names of parents are gone; ours shows it inputs.
    """

    def __init__(self, rule: Rule[Any]) -> None:
        self.rule = rule
        super().__init__(validate=self._validate, **_described(rule))

    def _validate(self, args: sdk.StackValidationArgs, report: sdk.ReportViolation) -> None:
        resources = [
            Resource(
                urn=seen.urn,
                type=seen.resource_type,
                name=seen.name,
                properties=_plain(seen.props),
                outputs=True,
                depends={name: [each.urn for each in those] for name, those in seen.property_dependencies.items()},
            )
            for seen in args.resources
            if may_be_judged(seen.resource_type)
        ]
        settings = [policy_config.setting(self.rule, self.rule.enforcement, args.get_config() or {})]
        for stack in stacks_of(resources, today()):
            for verdict, message in messages.compose(judge_stack(settings, stack)):
                report(message, verdict.urn)


class WaiverRulePolicy(sdk.StackValidationPolicy):
    """A rule about waivers, declared as a policy of the SDK, so that its options are configured as those of others.

    Waivers are our own service's: under the SDK's there are none, and this has nothing to judge.
    """

    def __init__(self, rule: Rule[Any]) -> None:
        self.rule = rule
        super().__init__(validate=self._validate, **_described(rule))

    def _validate(self, args: sdk.StackValidationArgs, report: sdk.ReportViolation) -> None:
        args.not_applicable(NO_WAIVERS)


Policy: TypeAlias = RulePolicy | StackRulePolicy | WaiverRulePolicy

_POLICIES: Final[Mapping[Scope, Callable[[Rule[Any]], Policy]]] = {
    Scope.RESOURCE: RulePolicy,
    Scope.STACK: StackRulePolicy,
    Scope.WAIVERS: WaiverRulePolicy,
}
"""Rules that compare stacks are no policies, since the engine sees one stack."""


def policies(rules: Iterable[Rule[Any]] = ALL) -> list[Policy]:
    """The rules as policies of the SDK, without those that compare stacks."""
    return [_POLICIES[rule.scope](rule) for rule in rules if rule.scope in _POLICIES]


def _described(rule: Rule[Any]) -> dict[str, Any]:
    return {
        "name": rule.id,
        "description": rule.title,
        "enforcement_level": sdk.EnforcementLevel(str(rule.enforcement)),
        "config_schema": sdk.PolicyConfigSchema({name: _option(rule, name) for name in rule.options}),
        "display_name": rule.title,
        "severity": sdk.Severity(str(rule.severity)),
        "remediation_steps": rule.remedy_for(rule.with_options({})),
        "url": rule.source,
        "tags": ["inference-pools", str(rule.scope)],
        "framework": _framework(rule),
    }


def _option(rule: Rule[Any], name: str) -> dict[str, Any]:
    """An option for the engine, which hands a default that it is told of on as if somebody had written it: none is told
    of where a platform has one of its own.
    """
    schema: dict[str, Any] = rule.options[name].schema()
    has_own = any(name in platform.defaults.get(rule.id, {}) for platform in platforms.known())
    return {key: value for key, value in schema.items() if key != "default"} if has_own else schema


def _framework(rule: Rule[Any]) -> sdk.PolicyComplianceFramework | None:
    """The controls a rule serves, by analogy: no published benchmark names inference pools."""
    if not rule.controls:
        return None
    return sdk.PolicyComplianceFramework(
        name="Microsoft cloud security benchmark",
        reference=", ".join(rule.controls),
        specification="cited by analogy: no benchmark names inference pools",
    )


def today() -> date:
    """The day to judge by, in UTC: the one place of the pack that looks at the clock."""
    return day_to_judge_by(os.environ, datetime.now(UTC))


def _plain(value: Any) -> Json:
    """The SDK's read-only views as plain JSON."""
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in value}
    return [_plain(item) for item in value]
