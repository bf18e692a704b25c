"""A VM size that is asked for exists."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools import vm_sizes
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
    if name is None or any(vm_sizes.same_size(name, other) for other in options.also):
        return
    if vm_sizes.claims_to_be_size(name):
        if not vm_sizes.is_known(name):
            near = vm_sizes.nearest(name)
            meant = f"; did you mean {near}?" if near else ""
            yield Finding(node.field, f"is {name!r}, no VM size that was known on {vm_sizes.AS_OF}{meant}")
    elif options.size_required and node.field == "node_type":
        yield Finding(node.field, f"is {name!r}, which is no VM size")
