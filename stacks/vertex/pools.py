"""Machines that several models share. A change of a pool replaces it; what is deployed there has to move first."""

from __future__ import annotations

import pulumi_gcp as gcp
from settings import Pool

CPU_USE = "aiplatform.googleapis.com/prediction/online/cpu/utilization"


def make(pool: Pool) -> gcp.vertex.AiDeploymentResourcePool:
    return gcp.vertex.AiDeploymentResourcePool(
        pool.name,
        name=pool.name,
        region=pool.region,
        dedicated_resources=gcp.vertex.AiDeploymentResourcePoolDedicatedResourcesArgs(
            machine_spec=gcp.vertex.AiDeploymentResourcePoolDedicatedResourcesMachineSpecArgs(
                machine_type=pool.machine_type
            ),
            min_replica_count=pool.replicas.minimum,
            max_replica_count=pool.replicas.maximum,
            autoscaling_metric_specs=[
                gcp.vertex.AiDeploymentResourcePoolDedicatedResourcesAutoscalingMetricSpecArgs(
                    metric_name=CPU_USE, target=pool.replicas.target
                )
            ],
        ),
    )
