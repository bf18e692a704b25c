"""A production pool is not deleted by a slip."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools import platforms
from inference_pools.context import Context
from inference_pools.facets import Protection
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.late import Late
from inference_pools.rule import Option, Options, rule


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
            choices=Late(lambda: dict.fromkeys(kind.name for kind in platforms.kinds())),
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
