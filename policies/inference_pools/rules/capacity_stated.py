"""How much of a resource there is to be is stated."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import StatedCapacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    StatedCapacity,
    id="capacity-stated",
    title="Capacity is stated",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    remedy="Set {instances} to the number that is meant.",
    options={
        "everywhere": Option(
            False,
            "Whether it has to be stated where the vendor does not document that it is wanted, too, such as for "
            "inference pools.",
        ),
    },
    since="2026.12",
)
def capacity_stated(capacity: StatedCapacity, options: Options) -> Iterator[Finding]:
    """A number that nobody wrote is chosen by the service, or by whoever edits it last: it has no review and no cost.

    Rules about capacity, redundancy, load and cost have nothing to judge there, which must not look like a verdict.
    """
    if (capacity.wanted or options.everywhere) and not capacity.is_stated:
        yield Finding("instances", "is stated nowhere, so what it costs is not known")
