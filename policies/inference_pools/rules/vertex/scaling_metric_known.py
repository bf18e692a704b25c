"""A metric by which replicas are added is one that Vertex AI scales by."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex import metrics
from inference_pools.platforms.vertex.facets import ScalingTarget
from inference_pools.rule import Options, rule


@rule(
    ScalingTarget,
    id="scaling-metric-known",
    title="The metric that is scaled by is one that there is",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy=f"Set {{metric}} to one that Vertex AI scales by, such as {metrics.PROCESSOR}.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/DedicatedResources#AutoscalingMetricSpec",
)
def scaling_metric_known(scaling: ScalingTarget, options: Options) -> Iterator[Finding]:
    """The provider takes any text, and Google refuses the deployment. Metrics of other services are not looked at."""
    name = scaling.metric
    if name is None or name in metrics.KNOWN or metrics.is_another_services(name):
        return
    near = next((one for one in metrics.KNOWN if one.endswith(f"/{name.strip('/')}")), None) or nearest(
        name, metrics.KNOWN, cutoff=0.9
    )
    question = f"; did you mean {near}?" if near else ""
    remedy = f"Set {scaling.called('metric')} to {near}." if near else None
    yield Finding("metric", f"is {name!r}, by which Vertex AI does not scale{question}", remedy)
