"""What Azure Machine Learning takes a request and a probe to be, wherever they lie: the fields and their defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from inference_pools.facets import RequestLimits, RequestTimeout
from inference_pools.facets.place import Place, at, place
from inference_pools.platforms.platform import Places

DEFAULT_REQUEST_TIMEOUT: Final = timedelta(seconds=5)
"""`requestTimeout` when absent: "Defaults to 5000ms" (Azure REST API: RequestConfiguration, OnlineRequestSettings)."""
DEFAULT_CONCURRENCY: Final = 1
"""`maxConcurrentRequestsPerInstance` when absent (Azure REST API: RequestConfiguration, OnlineRequestSettings)."""
DEFAULT_FAILURE_THRESHOLD: Final = 30
DEFAULT_SUCCESS_THRESHOLD: Final = 1
DEFAULT_PROBE_TIMEOUT: Final = timedelta(seconds=2)
DEFAULT_PROBE_PERIOD: Final = timedelta(seconds=10)
"""What a probe does that leaves a setting out (`ProbeSettings` in the Azure REST API and in both Pulumi SDKs)."""


def requests(path: str, longest: timedelta | None = None) -> Places:
    """What requests meet by the request settings at a path. `longest` is as the facets take it."""
    timeout = {"timeout": at(f"{path}.requestTimeout", DEFAULT_REQUEST_TIMEOUT, "requestTimeout")}
    concurrency = at(
        f"{path}.maxConcurrentRequestsPerInstance", DEFAULT_CONCURRENCY, "maxConcurrentRequestsPerInstance"
    )
    return {
        RequestTimeout: (place(timeout, longest=longest),),
        RequestLimits: (place({**timeout, "concurrency": concurrency}, longest=longest),),
    }


def probe(path: str, asks: str) -> Place:
    """Where the fields of a Probe lie in the settings at a path; `asks` is as the facet takes it."""
    return place(
        {
            "probe": path,
            "failure_threshold": at(f"{path}.failureThreshold", DEFAULT_FAILURE_THRESHOLD, "failureThreshold"),
            "success_threshold": at(f"{path}.successThreshold", DEFAULT_SUCCESS_THRESHOLD, "successThreshold"),
            "timeout": at(f"{path}.timeout", DEFAULT_PROBE_TIMEOUT, "timeout"),
            "period": at(f"{path}.period", DEFAULT_PROBE_PERIOD, "period"),
            "initial_delay": at(f"{path}.initialDelay", shown="initialDelay"),
        },
        asks=asks,
    )
