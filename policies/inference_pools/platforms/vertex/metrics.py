"""The metrics by which Vertex AI adds replicas.

AutoscalingMetricSpec.metric_name in google-cloud-aiplatform 2.7.0, and in Google.Apis.Aiplatform.v1, which has more:
https://googleapis.dev/dotnet/Google.Apis.Aiplatform.v1/latest/api/Google.Apis.Aiplatform.v1.Data.GoogleCloudAiplatformV1AutoscalingMetricSpec.html
"""

from __future__ import annotations

from typing import Final

_OWN: Final = "aiplatform.googleapis.com/"
PROCESSOR: Final = f"{_OWN}prediction/online/cpu/utilization"
ACCELERATOR: Final = f"{_OWN}prediction/online/accelerator/duty_cycle"
REQUESTS: Final = f"{_OWN}prediction/online/request_count"
PERCENTAGES: Final = frozenset((PROCESSOR, ACCELERATOR))
"""Those that cannot be above a hundred."""
KNOWN: Final = (
    PROCESSOR,
    ACCELERATOR,
    REQUESTS,
    "pubsub.googleapis.com/subscription/num_undelivered_messages",
    "prometheus.googleapis.com/vertex_dcgm_fi_dev_gpu_util",
    "prometheus.googleapis.com/vertex_vllm_gpu_cache_usage_perc",
    "prometheus.googleapis.com/vertex_vllm_num_requests_waiting",
)


def is_another_services(name: str) -> bool:
    """Whether a metric is in the name of a service that is not Vertex AI: there are more of them than are listed."""
    service, slash, _ = name.partition("/")
    return bool(slash) and "." in service and not name.startswith(_OWN)
