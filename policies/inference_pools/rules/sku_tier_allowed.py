"""A SKU's tier is one that exists and that the organisation allows."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from inference_pools import option_checks
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.model import Sku
from inference_pools.rule import Option, Options, rule


@rule(
    Sku,
    id="sku-tier-allowed",
    title="SKU tier is an allowed one",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Set sku.tier to one of: {allowed}.",
    options={
        "allowed": Option(
            ("Free", "Basic", "Standard", "Premium"),
            "The tiers a pool may have. Azure knows no others than those of the default.",
            choices=("Free", "Basic", "Standard", "Premium"),
            check=option_checks.at_least_one,
        )
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
)
def sku_tier_allowed(sku: Sku, options: Options) -> Iterator[Finding]:
    """Azure takes four tiers and refuses any other, but only at deployment; not every one of them suits serving."""
    tier = sku.tier
    if tier is None or tier in options.allowed:
        return
    near = difflib.get_close_matches(tier.capitalize(), options.allowed, n=1)
    meant = f", did you mean {near[0]!r}?" if near else ""
    yield Finding("tier", f"is {tier!r}{meant or ', which is not allowed'}")
