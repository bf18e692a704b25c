"""The ready metric of a scaling policy is one that AWS has for what is scaled."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import ScalingPolicy
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.scaled import DIMENSIONS, READY_METRICS
from inference_pools.rule import Options, rule


@rule(
    ScalingPolicy,
    id="scaling-metric-fits",
    title="The metric that is followed is one of what is scaled",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set predefinedMetricType to one that AWS has for the dimension.",
    since="2026.12",
    source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html",
)
def scaling_metric_fits(policy: ScalingPolicy, options: Options) -> Iterator[Finding]:
    """Each metric that AWS has ready is for one dimension: with another, or misspelt, the policy is refused."""
    metric = policy.metric
    if metric is None:
        return
    if metric not in READY_METRICS:
        near = nearest(metric, READY_METRICS)
        meant = f"; did you mean {near}?" if near else ""
        remedy = f"Set predefinedMetricType to {near or 'one of ' + ', '.join(READY_METRICS)}."
        yield Finding("metric", f"is {metric!r}, none that AWS has ready for SageMaker{meant}", remedy)
        return
    dimension, wanted = policy.dimension, READY_METRICS[metric]
    if dimension in DIMENSIONS and dimension != wanted:
        fitting = [name for name, of in READY_METRICS.items() if of == dimension]
        message = f"is {metric}, which is for {wanted}, and what is scaled is {dimension}"
        yield Finding("metric", message, f"Set predefinedMetricType to {' or '.join(fitting)}.")
