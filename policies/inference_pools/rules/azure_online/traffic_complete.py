"""All traffic goes somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import TrafficSplit
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.rule import Options, rule
from inference_pools.rules.azure_online.traffic_share_valid import WHOLE, total_of


@rule(
    TrafficSplit,
    id="traffic-complete",
    title="All traffic is shared out",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_ONLINE,
    remedy="Raise a share so that all of them make 100, or leave the map empty while there is no deployment yet.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints",
)
def traffic_complete(split: TrafficSplit, options: Options) -> Iterator[Finding]:
    """Below a hundred some requests have nowhere to go, unless all callers name the deployment that they want.

    An empty map is what a new endpoint begins with: Azure takes no traffic for a deployment that is not there yet.
    """
    if not split.shares:
        return
    total, hidden = total_of(split)
    if hidden is not None:
        raise hidden
    if total < WHOLE:
        yield Finding("shares", f"makes {total} in all, which leaves {WHOLE - total} with no deployment")
