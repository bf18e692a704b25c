"""A production pool outlives the loss of one instance."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.context import Context
from inference_pools.facets import Nodes
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.reader import ReadError
from inference_pools.rule import Option, Options, rule


@rule(
    Nodes,
    id="redundancy-in-production",
    title="Production has instances to spare",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Set {instances} to {least} or more{redundancy_advice}.",
    options={
        "least": Option(
            2,
            "The least number of instances in production.",
        )
    },
    since="2026.12",
)
def redundancy_in_production(nodes: Nodes, options: Options, context: Context) -> Iterator[Finding]:
    """One instance means that every upgrade of its node, and every crash, is an outage."""
    if not _may_be_production(context):
        return
    instances = nodes.instances
    if instances is not None and instances < options.least and context.is_production:
        yield Finding("instances", f"is {instances}, the least in production is {options.least}")


def _may_be_production(context: Context) -> bool:
    try:
        return context.is_production
    except ReadError:
        return True
