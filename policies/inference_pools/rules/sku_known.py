"""A VM size that is asked for exists."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import NodeType
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    NodeType,
    id="sku-known",
    title="VM size exists",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    remedy="Name a VM size that Azure has, for example Standard_D4as_v4, or add a new one to the option `also`.",
    options={
        "also": Option((), "Further sizes that exist: Azure adds some every year."),
        "size_required": Option(
            False,
            "Whether nodeSkuType must be a VM size. Azure calls it the compute instance type and publishes no list "
            "for pools, so by default only what is written as a VM size is looked up.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/virtual-machines/sizes/overview",
)
def sku_known(node: NodeType, options: Options) -> Iterator[Finding]:
    """Azure takes any text as a machine's size and finds out at deployment, when the old pool may be gone."""
    name = node.name
    machines = node.facts.machines
    if name is None or any(machines.same(name, other) for other in options.also):
        return
    if machines.is_claimed(name):
        if machines.is_known(name) is False:
            near = machines.nearest(name)
            meant = f"; did you mean {near}?" if near else ""
            yield Finding(node.field, f"is {name!r}, no {machines.noun} that was known on {machines.known_on()}{meant}")
    elif options.size_required and node.field == "node_type":
        yield Finding(node.field, f"is {name!r}, which is no {machines.noun}")
