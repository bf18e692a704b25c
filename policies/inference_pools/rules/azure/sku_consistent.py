"""The parts of a SKU speak of one machine."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Sku
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure import vm_sizes
from inference_pools.platforms.names import AZURE
from inference_pools.rule import Judgement, Options, rule


@rule(
    Sku,
    id="sku-consistent",
    title="SKU name, size, family and node type agree",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Let sku.name, sku.size, sku.family and nodeSkuType speak of one VM size, or leave size and family out.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions",
)
def sku_consistent(sku: Sku, options: Options) -> Iterator[Judgement]:
    """Two sizes in one SKU mean that one was changed and the other forgotten; which of them is bought is luck."""
    yield _size_agrees(sku)
    yield _family_agrees(sku)
    yield _node_type_agrees(sku)


def _size_agrees(sku: Sku) -> Iterator[Finding]:
    name, size = sku.name, sku.size
    if name and size and vm_sizes.is_size(name) and not vm_sizes.same_size(name, size):
        yield Finding("size", f"is {size!r}, but sku.name is {name!r}", f"Set sku.size to {name}, or leave it out.")


def _family_agrees(sku: Sku) -> Iterator[Finding]:
    family = sku.family
    if not family:
        return
    name = sku.name
    machine = name if name and vm_sizes.is_size(name) else sku.size
    if machine and vm_sizes.is_size(machine) and not vm_sizes.belongs(machine, family):
        right = vm_sizes.family_of(machine)
        message = f"is {family!r}, but {machine} is of the family {right}"
        yield Finding("family", message, f"Set sku.family to {right}, or leave it out.")


def _node_type_agrees(sku: Sku) -> Iterator[Finding]:
    """What names the machine is the compute instance type to Azure; one in sku.name means the same."""
    name = sku.name
    if not name or not vm_sizes.is_size(name):
        return
    node_type = sku.node_type
    if node_type and vm_sizes.is_size(node_type) and not vm_sizes.same_size(name, node_type):
        remedy = f"Set {sku.called('node_type')} to {name}, or sku.name to {node_type}."
        yield Finding("node_type", f"is {node_type!r}, but sku.name is {name!r}", remedy)
