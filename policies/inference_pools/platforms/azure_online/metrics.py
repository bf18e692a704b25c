"""The metrics that Azure has of online endpoints and of their deployments.

From https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics, the pages of
Microsoft.MachineLearningServices/workspaces/onlineEndpoints and …/onlineEndpoints/deployments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from inference_pools.platforms.azure_online.catalog import DEPLOYMENT, ENDPOINT
from inference_pools.platforms.platform import Kind
from inference_pools.values import UNKNOWN_SENTINELS, Json

OF_DEPLOYMENTS: Final = frozenset(
    (
        "CpuMemoryUtilizationPercentage",
        "CpuUtilizationPercentage",
        "DeploymentCapacity",
        "DiskUtilization",
        "GpuEnergyJoules",
        "GpuMemoryUtilizationPercentage",
        "GpuUtilizationPercentage",
    )
)
"""Those that only deployments have."""
OF_ENDPOINTS: Final = frozenset(("ConnectionsActive", "NetworkBytes", "NewConnectionsPerSecond", "RequestLatency"))
"""Those that only endpoints have."""
OF_BOTH: Final = frozenset(
    (
        "DataCollectionErrorsPerMinute",
        "DataCollectionEventsPerMinute",
        *(f"RequestLatency_P{percentile}" for percentile in (50, 90, 95, 99)),
        "RequestsPerMinute",
    )
)
_BY_KIND: Final = {
    **dict.fromkeys((name.casefold() for name in OF_DEPLOYMENTS), DEPLOYMENT),
    **dict.fromkeys((name.casefold() for name in OF_ENDPOINTS), ENDPOINT),
}
_KNOWN: Final = frozenset(name.casefold() for name in OF_DEPLOYMENTS | OF_ENDPOINTS | OF_BOTH)


def is_known(name: str) -> bool:
    """Whether endpoints or deployments have a metric of that name, in whatever case."""
    return name.casefold() in _KNOWN


def kind_with(name: str) -> Kind | None:
    """The only kind that has a metric; None where both have it, or none."""
    return _BY_KIND.get(name.casefold())


def may_be_ours(properties: Mapping[str, Json]) -> bool:
    """Whether what an autoscale setting follows may be metrics of ours: one of them is, or none can be seen."""
    names = list(_names(properties))
    return not names or any(map(is_known, names))


def _names(properties: Mapping[str, Json]) -> Iterator[str]:
    for profile in _objects(properties.get("profiles")):
        for rule in _objects(profile.get("rules")):
            trigger = rule.get("metricTrigger")
            name = trigger.get("metricName") if isinstance(trigger, Mapping) else None
            if isinstance(name, str) and name not in UNKNOWN_SENTINELS:
                yield name


def _objects(value: Json) -> Iterator[Mapping[str, Json]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())
