"""The service on SageMaker: a model, its configuration, the endpoint, and what scales it by the requests it gets."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from settings import Place, Settings

VARIANT = "primary"
REQUESTS_PER_MINUTE = 300
"""What an instance takes on the long run; more of them start above it."""


def deploy(config: Settings, place: Place) -> pulumi.Output[str]:
    endpoint = aws.sagemaker.Endpoint(
        f"aws-{config.service}",
        name=config.service,
        region=place.region,
        endpoint_config_name=_configuration(config, place).name,
        tags=config.tags | config.load,
    )
    _scale(config, place, endpoint)
    return endpoint.name


def _configuration(config: Settings, place: Place) -> aws.sagemaker.EndpointConfiguration:
    model = aws.sagemaker.Model(
        f"aws-{config.service}-model",
        region=place.region,
        # The role and its policies are another project's, and are there before.
        execution_role_arn=config.aws.role_arn,
        enable_network_isolation=True,
        vpc_config=aws.sagemaker.ModelVpcConfigArgs(
            subnets=config.aws.subnet_ids, security_group_ids=config.aws.security_group_ids
        ),
        primary_container=aws.sagemaker.ModelPrimaryContainerArgs(
            image=place.image, model_data_url=place.model, environment=config.environment_variables
        ),
        tags=config.tags,
    )
    return aws.sagemaker.EndpointConfiguration(
        f"aws-{config.service}-config",
        region=place.region,
        production_variants=[
            aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                variant_name=VARIANT,
                model_name=model.name,
                instance_type=place.machine,
                initial_instance_count=place.minimum,
                initial_variant_weight=1,
                inference_ami_version="al2-ami-sagemaker-inference-gpu-2",
                container_startup_health_check_timeout_in_seconds=1200,
                model_data_download_timeout_in_seconds=1200,
            )
        ],
        kms_key_arn=config.aws.kms_key_arn,
        tags=config.tags,
    )


def _scale(config: Settings, place: Place, endpoint: aws.sagemaker.Endpoint) -> None:
    target = aws.appautoscaling.Target(
        f"aws-{config.service}-capacity",
        region=place.region,
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=pulumi.Output.concat("endpoint/", endpoint.name, "/variant/", VARIANT),
        min_capacity=place.minimum,
        max_capacity=place.maximum,
        tags=config.tags,
    )
    aws.appautoscaling.Policy(
        f"aws-{config.service}-requests",
        region=place.region,
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="SageMakerVariantInvocationsPerInstance"
            ),
            target_value=REQUESTS_PER_MINUTE,
        ),
    )
