"""The service on Vertex AI: a model of Model Garden on machines of its own; more join by their GPUs' load.

Labels and region are the provider's: Model Garden has neither of its own.
"""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp
from settings import Place, Settings

vertex = gcp.vertex
ACCELERATOR = "NVIDIA_L4"
GPU_USE = "aiplatform.googleapis.com/prediction/online/accelerator/duty_cycle"


def deploy(config: Settings, place: Place) -> pulumi.Output[str]:
    deployment = vertex.AiEndpointWithModelGardenDeployment(
        f"google-{config.service}",
        location=place.region,
        publisher_model_name=place.model,
        model_config=vertex.AiEndpointWithModelGardenDeploymentModelConfigArgs(
            accept_eula=True,
            container_spec=vertex.AiEndpointWithModelGardenDeploymentModelConfigContainerSpecArgs(
                image_uri=place.image,
                envs=[
                    vertex.AiEndpointWithModelGardenDeploymentModelConfigContainerSpecEnvArgs(name=name, value=value)
                    for name, value in config.environment_variables.items()
                ],
                deployment_timeout="1800s",
            ),
        ),
        deploy_config=vertex.AiEndpointWithModelGardenDeploymentDeployConfigArgs(
            dedicated_resources=vertex.AiEndpointWithModelGardenDeploymentDeployConfigDedicatedResourcesArgs(
                machine_spec=vertex.AiEndpointWithModelGardenDeploymentDeployConfigDedicatedResourcesMachineSpecArgs(
                    machine_type=place.machine, accelerator_type=ACCELERATOR, accelerator_count=1
                ),
                min_replica_count=place.minimum,
                required_replica_count=place.minimum,
                max_replica_count=place.maximum,
                autoscaling_metric_specs=[
                    vertex.AiEndpointWithModelGardenDeploymentDeployConfigDedicatedResourcesAutoscalingMetricSpecArgs(
                        metric_name=GPU_USE, target=70
                    )
                ],
            )
        ),
        endpoint_config=vertex.AiEndpointWithModelGardenDeploymentEndpointConfigArgs(
            endpoint_display_name=config.service,
            private_service_connect_config=vertex.AiEndpointWithModelGardenDeploymentEndpointConfigPrivateServiceConnectConfigArgs(
                enable_private_service_connect=True, project_allowlists=[config.calling_project]
            ),
        ),
    )
    return deployment.endpoint
