"""A pool's capacity has a floor and a ceiling."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    Capacity,
    id="capacity-bounded",
    title="Capacity is within bounds",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Set the capacity to a whole number from {minimum} to {maximum}.",
    options={
        "minimum": Option(1, "The least number of instances."),
        "maximum": Option(
            50,
            "The greatest number of instances. The default is a documented limit of deployments, not of pools.",
        ),
    },
    since="2026.12",
)
def capacity_bounded(capacity: Capacity, options: Options) -> Iterator[Finding]:
    """Most APIs set no bounds on the number: a zero too many is bought as it stands, and a zero serves no one."""
    instances = capacity.instances
    if instances is None:
        return
    if instances < options.minimum:
        yield Finding("instances", f"is {instances}, the least is {options.minimum}")
    if instances > options.maximum:
        yield Finding("instances", f"is {instances}, the limit is {options.maximum}")
