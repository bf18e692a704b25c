"""An autoscale setting is switched on."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import ScalingSwitch
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.rule import Options, rule


@rule(
    ScalingSwitch,
    id="autoscale-enabled",
    title="Autoscale settings are switched on",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_ONLINE,
    remedy="Set {is_on} to true, or remove the setting.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.insights/autoscalesettings",
)
def autoscale_enabled(switch: ScalingSwitch, options: Options) -> Iterator[Finding]:
    """Left out, it is off: the setting is there, the bill says so, and the number of instances never changes."""
    if not switch.is_on:
        yield Finding("is_on", "is not true, so nothing scales")
