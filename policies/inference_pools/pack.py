"""The rules as a CrossGuard policy pack.

Each rule is declared as a policy of pulumi_policy, so that Pulumi shows, configures and publishes it as any
other. `serve` then answers the engine itself: `server` says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pulumi_policy as sdk

from inference_pools import messages, policy_config, server
from inference_pools.finding import Enforcement, Outcome
from inference_pools.model import Resource
from inference_pools.rule import Rule
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.values import Json

NAME = "poolgate"
DESCRIPTION = "Keeps the configuration of machine-learning inference pools right."


class RulePolicy(sdk.ResourceValidationPolicy):
    """A rule, declared as a policy of the SDK.

    It also works under the SDK's own service, with the SDK's semantics: a level for the whole policy, and no
    more than a note about unknown values.
    """

    def __init__(self, rule: Rule[Any]) -> None:
        self.rule = rule
        super().__init__(
            name=rule.id,
            description=rule.title,
            validate=self._validate,
            enforcement_level=sdk.EnforcementLevel(str(rule.enforcement)),
            config_schema=sdk.PolicyConfigSchema({name: option.schema() for name, option in rule.options.items()}),
            display_name=rule.title,
            severity=sdk.Severity(str(rule.severity)),
            remediation_steps=rule.remedy.format_map(rule.with_options({}).in_words()),
            url=rule.source,
            tags=["inference-pools"],
        )

    def _validate(self, args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) -> None:
        resource = Resource(
            urn=args.urn,
            type=args.resource_type,
            name=args.name,
            properties=_plain(args.props),
            provider_version=args.provider.props.get("version") if args.provider else None,
        )
        level = Enforcement(str(self.rule.enforcement))
        verdicts = judge([policy_config.setting(self.rule, level, args.get_config() or {})], resource)
        if verdicts and verdicts[0].outcome is Outcome.NOT_APPLICABLE:
            args.not_applicable(verdicts[0].message)
        for _, message in messages.compose(verdicts):
            report(message, args.urn)


def policies(rules: Iterable[Rule[Any]] = ALL) -> list[RulePolicy]:
    """The rules as policies of the SDK."""
    return [RulePolicy(rule) for rule in rules]


def serve(
    rules: Sequence[Rule[Any]] = ALL,
    *,
    others: Sequence[sdk.Policy] = (),
    name: str = NAME,
    description: str = DESCRIPTION,
) -> None:
    """Serves a policy pack to the engine until it is told to stop: the whole of a pack's `__main__.py`.

    `others` are a team's own policies, written with pulumi_policy; they are served beside the rules.
    """
    service = server.AnalyzerService(name, description, policies(rules), others)
    server.run(service)


def _plain(value: Any) -> Json:
    """The SDK's read-only views as plain JSON."""
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in value}
    return [_plain(item) for item in value]
