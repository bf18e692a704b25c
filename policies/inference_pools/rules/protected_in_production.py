"""A production pool is not deleted by a slip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.context import Context
from inference_pools.facets import Protection
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule

_KINDS: Final = (
    *("InferencePool", "InferenceGroup", "InferenceEndpoint"),
    *("OnlineEndpoint", "OnlineDeployment", "AutoscaleSetting", "BatchDeployment", "ServerlessEndpoint"),
    "CapacityReservationGroup",
    *("Account", "Deployment"),
    *("EndpointConfiguration", "Model", "Endpoint", "InferenceComponent"),
    *("ScalableTarget", "ScalingPolicy", "ScheduledAction"),
    *("AiEndpoint", "AiEndpointWithModelGardenDeployment", "AiDeploymentResourcePool", "AiReasoningEngine"),
    *("AiIndexEndpointDeployedIndex", "AiPersistentResource"),
)
"""All that are judged, written out: the engine asks for them at every start, and a pack then makes no layout ready."""


@rule(
    Protection,
    id="protected-in-production",
    title="Production is protected from deletion",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Make the resource with opts=pulumi.ResourceOptions(protect=True).",
    options={
        "kinds": Option(
            (),
            "The resource types that must be protected in production, InferencePool above all; none named: the rule "
            "judges nothing, since to protect a resource changes how a team deletes and replaces it.",
            choices=_KINDS,
        ),
    },
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
)
def protected_in_production(protection: Protection, options: Options, context: Context) -> Iterator[Finding]:
    """A rename in the program deletes the pool and everything in it; with `protect`, Pulumi refuses and says so.

    `retainOnDelete` is no substitute: it leaves the pool running and paid for while no stack knows it any more, and
    the gate's protocol does not carry it. A resource that the stack only reads has no protection to judge, and where
    a source does not tell whether a resource is protected, the rule is not applicable.
    """
    if protection.kind in options.kinds and not protection.is_protected and context.is_production:
        yield Finding("", "is production, and Pulumi's option protect is not set")
