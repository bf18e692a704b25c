"""What Application Auto Scaling and CloudWatch call the things of SageMaker that are scaled, and what they publish.

Dimensions and metric types are those of botocore's service model, see `data/bounds.json`. Metrics:
https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html, and of asynchronous endpoints, whose list is
exhaustive, https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NAMESPACE: Final = "sagemaker"
INSTANCES: Final = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY: Final = "sagemaker:variant:DesiredProvisionedConcurrency"
COPIES: Final = "sagemaker:inference-component:DesiredCopyCount"
DIMENSIONS: Final = (INSTANCES, CONCURRENCY, COPIES)

OF_VARIANT: Final = "endpoint/NAME/variant/VARIANT"
OF_COMPONENT: Final = "inference-component/NAME"
FORM_OF: Final[Mapping[str, str]] = {INSTANCES: OF_VARIANT, CONCURRENCY: OF_VARIANT, COPIES: OF_COMPONENT}
"""How the id of what is scaled is written, by what of it is."""

READY_METRICS: Final[Mapping[str, str]] = {
    "SageMakerVariantInvocationsPerInstance": INSTANCES,
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": INSTANCES,
    "SageMakerVariantProvisionedConcurrencyUtilization": CONCURRENCY,
    "SageMakerInferenceComponentInvocationsPerCopy": COPIES,
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": COPIES,
}
"""The metrics that AWS has ready for target tracking, each with what it can scale."""
NOT_READY_FOR_QUEUES: Final = frozenset(metric for metric, of in READY_METRICS.items() if of == INSTANCES)
"""Those that rest on a metric which an asynchronous endpoint does not publish."""

REQUESTS: Final = "AWS/SageMaker"
MACHINES: Final = "/aws/sagemaker/Endpoints"
COPIES_OF_MODELS: Final = "/aws/sagemaker/InferenceComponents"
METRIC_NAMESPACES: Final = (REQUESTS, MACHINES, COPIES_OF_MODELS)

ENDPOINT_NAME: Final = "EndpointName"
VARIANT_NAME: Final = "VariantName"
COMPONENT_NAME: Final = "InferenceComponentName"

BACKLOG: Final = ("ApproximateBacklogSizePerInstance", "ApproximateBacklogSize")
"""The requests that wait at an asynchronous endpoint."""
WAITING: Final = "HasBacklogWithoutCapacity"
"""Whether requests wait at an asynchronous endpoint that has no instance."""
TURNED_AWAY: Final = "NoCapacityInvocationFailures"
"""The requests that found no copy of an inference component."""

OF_QUEUES: Final = frozenset((*BACKLOG, WAITING, "ApproximateAgeOfOldestRequest"))
"""Metrics of a whole asynchronous endpoint: they have its name as a dimension, and no variant's."""
NOT_OF_QUEUES: Final = frozenset(
    ("ConcurrentRequestsPerModel", "Invocations", "InvocationsPerInstance", "OverheadLatency")
)
"""Metrics of variants that no asynchronous endpoint publishes."""
OF_VARIANTS: Final = NOT_OF_QUEUES | {
    *("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors", "ModelLatency", "ModelSetupTime"),
    *("FirstChunkLatency", "FirstChunkModelLatency", "FirstChunkOverheadLatency", "MidStreamErrors"),
    *("ExpiredRequests", "InvocationFailures", "InvocationsProcessed", "TimeInBacklog", "TimeToProcess"),
    *("ModelCacheHit", "ModelDownloadingTime", "ModelLoadingTime", "ModelLoadingWaitTime", "ModelUnloadingTime"),
}
OF_COMPONENTS: Final = frozenset((TURNED_AWAY, "ConcurrentRequestsPerCopy", "InvocationsPerCopy"))
OF_MACHINES: Final = frozenset(
    ("CPUUtilization", "DiskUtilization", "GPUMemoryUtilization", "GPUUtilization", "MemoryUtilization")
)
