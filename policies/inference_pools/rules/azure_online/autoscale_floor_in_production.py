"""Autoscale leaves a deployment in production an instance to spare."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.context import Context
from inference_pools.facets import ScalingBounds, ScalingSwitch
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.azure_online.catalog import AUTOSCALE
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.platforms.platform import Subject
from inference_pools.reader import ReadError
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of


@stack_rule(
    id="autoscale-floor-in-production",
    title="Autoscale leaves production an instance to spare",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Set minimum to {least} or more in every profile.",
    options={"least": Option(2, "The least number of instances that autoscale may leave in production.")},
    since="2026.12",
    source="https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-understanding-settings",
)
def autoscale_floor_in_production(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """The capacity of the deployment is that of the first day: after a quiet night there are as many as the minimum.
    A setting that is switched off leaves everything as it is."""
    for item in stack.items(AUTOSCALE):
        for bounds in facets_of(item.subject, ScalingBounds):
            yield item.subject, _to_spare(bounds, item, stack.context(item.subject), options)


def _to_spare(bounds: ScalingBounds, item: Item, context: Context, options: Options) -> Iterator[Finding]:
    if not _may_be_production(context):
        return
    least = bounds.least
    if least is None or least >= options.least or not context.is_production:
        return
    if all(switch.is_on for switch in facets_of(item.subject, ScalingSwitch)):
        yield Finding(bounds.keys_of("least"), f"is {least}, the least in production is {options.least}")


def _may_be_production(context: Context) -> bool:
    try:
        return context.is_production
    except ReadError:
        return True
