"""A SKU's tier is one that exists and that the organisation allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inference_pools import edits, option_checks
from inference_pools.facets import Sku
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import AZURE
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Option, Options, rule
from inference_pools.values import Json
from inference_pools.view import facets_of


def _fix(subject: Subject, options: Options) -> Mapping[str, Json] | None:
    """An allowed tier in its own case: `standard` is Standard, and a misspelt one might be any."""
    properties = subject.resource.properties
    for sku in facets_of(subject, Sku):
        tier = sku.tier
        meant = [allowed for allowed in options.allowed if tier is not None and allowed.casefold() == tier.casefold()]
        if meant and tier not in options.allowed:
            properties = edits.put(properties, sku.keys_of("tier"), meant[0])
    return None if properties is subject.resource.properties else properties


@rule(
    Sku,
    id="sku-tier-allowed",
    title="SKU tier is an allowed one",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
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
    fix=_fix,
)
def sku_tier_allowed(sku: Sku, options: Options) -> Iterator[Finding]:
    """Azure takes four tiers and refuses any other, but only at deployment; not every one of them suits serving."""
    tier = sku.tier
    if tier is None or tier in options.allowed:
        return
    near = nearest(tier.capitalize(), options.allowed)
    meant = f", did you mean {near!r}?" if near else ""
    yield Finding("tier", f"is {tier!r}{meant or ', which is not allowed'}")
