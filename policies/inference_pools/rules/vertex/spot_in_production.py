"""What serves production is not taken away at half a minute's notice."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.context import Context
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.facets import Spot
from inference_pools.rule import Options, rule


@rule(
    Spot,
    id="spot-in-production",
    title="Production is on no spot machines",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Remove {spot} in production, or keep a second deployment there without it and waive this one.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/predictions/use-spot-vms",
)
def spot_in_production(spot: Spot, options: Options, context: Context) -> Iterator[Finding]:
    """Google may take a spot machine away at any time, and need not have another one; there is no SLA."""
    if spot.is_spot and context.is_production:
        yield Finding("spot", "is true: Google may take each replica away at any time")
