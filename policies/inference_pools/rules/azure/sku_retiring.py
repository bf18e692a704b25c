"""A VM size is not about to be switched off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.context import Context
from inference_pools.facets import NodeType
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure import vm_sizes
from inference_pools.platforms.names import AZURE
from inference_pools.rule import Option, Options, rule


@rule(
    NodeType,
    id="sku-retiring",
    title="VM size is not retired",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Move to a VM size of a series that Azure keeps, for example Standard_D4as_v5.",
    options={
        "notice": Option(
            timedelta(days=365),
            "How long before its retirement a size is reported. Until that day the finding is advisory.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/virtual-machines/sizes/lifecycle/retirements-and-capacity-restrictions",
)
def sku_retiring(node: NodeType, options: Options, context: Context) -> Iterator[Finding]:
    """On the day a series retires its machines are switched off, whether or not the pool has moved."""
    name = node.name
    series = vm_sizes.series_of(name) if name is not None and vm_sizes.is_size(name) else None
    if series is None or series.retires is None or series.retires - context.today > options.notice:
        return
    retired = series.retires <= context.today
    when = f"retired on {series.retires}" if retired else f"retires on {series.retires}"
    remedy = f"Move to a VM size of {series.successors}." if series.successors else None
    level = None if retired else Enforcement.ADVISORY
    yield Finding(node.field, f"is {name!r}, whose series {series.name} {when}", remedy, level)
