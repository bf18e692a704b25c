"""A utilization that is aimed at is a number of per cent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex import metrics
from inference_pools.platforms.vertex.facets import ScalingTarget
from inference_pools.rule import Options, rule

_WHOLE: Final = 100


@rule(
    ScalingTarget,
    id="scaling-target-percent",
    title="A utilization to aim at is 1 to 100 per cent",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Set {target} to a whole number from 1 to 100; it is 60 where it is left out.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/DedicatedResources#AutoscalingMetricSpec",
)
def scaling_target_percent(scaling: ScalingTarget, options: Options) -> Iterator[Finding]:
    """Provider and client take any number: above 100 nothing is ever scaled out, and 0.6 for 60 is no whole number.

    A metric that counts, such as requests, has no hundred.
    """
    target = scaling.target
    if target is None:
        return
    if target < 1:
        yield Finding("target", f"is {target}, the least is 1")
    elif target > _WHOLE and scaling.metric in metrics.PERCENTAGES:
        yield Finding("target", f"is {target}, the most is {_WHOLE}: it is never reached, and nothing is scaled out")
