"""A model of Model Garden: the one resource that names a model, its machines and its endpoint together.

Google gives it neither labels nor a key of ours. Its region is the provider's: no other can be right.
"""

from __future__ import annotations

import pulumi_gcp as gcp
from settings import GardenDeployment, Settings

GPU_USE = "aiplatform.googleapis.com/prediction/online/accelerator/duty_cycle"


def deploy(config: Settings, deployment: GardenDeployment) -> gcp.vertex.AiEndpointWithModelGardenDeployment:
    return gcp.vertex.AiEndpointWithModelGardenDeployment(
        deployment.name,
        location=config.region,
        publisher_model_name=deployment.publisher_model_name,
        model_config=gcp.vertex.AiEndpointWithModelGardenDeploymentModelConfigArgs(
            accept_eula=True,
            container_spec=gcp.vertex.AiEndpointWithModelGardenDeploymentModelConfigContainerSpecArgs(
                image_uri=deployment.image_uri,
                envs=[
                    gcp.vertex.AiEndpointWithModelGardenDeploymentModelConfigContainerSpecEnvArgs(
                        name=name, value=value
                    )
                    for name, value in deployment.environment.items()
                ],
                deployment_timeout=deployment.deployment_timeout,
                predict_route="/generate",
                health_route="/ping",
            ),
        ),
        deploy_config=gcp.vertex.AiEndpointWithModelGardenDeploymentDeployConfigArgs(
            dedicated_resources=gcp.vertex.AiEndpointWithModelGardenDeploymentDeployConfigDedicatedResourcesArgs(
                machine_spec=gcp.vertex.AiEndpointWithModelGardenDeploymentDeployConfigDedicatedResourcesMachineSpecArgs(
                    machine_type=deployment.machine_type,
                    accelerator_type=deployment.accelerator_type,
                    accelerator_count=deployment.accelerator_count,
                ),
                min_replica_count=deployment.replicas.minimum,
                required_replica_count=deployment.replicas.minimum,
                max_replica_count=deployment.replicas.maximum,
                autoscaling_metric_specs=[
                    gcp.vertex.AiEndpointWithModelGardenDeploymentDeployConfigDedicatedResourcesAutoscalingMetricSpecArgs(
                        metric_name=GPU_USE, target=deployment.replicas.target
                    )
                ],
            )
        ),
        endpoint_config=gcp.vertex.AiEndpointWithModelGardenDeploymentEndpointConfigArgs(
            endpoint_display_name=deployment.name,
            private_service_connect_config=gcp.vertex.AiEndpointWithModelGardenDeploymentEndpointConfigPrivateServiceConnectConfigArgs(
                enable_private_service_connect=True, project_allowlists=deployment.callers
            ),
        ),
    )
