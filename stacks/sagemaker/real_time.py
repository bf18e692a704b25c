"""An endpoint that answers at once. Two variants share its requests, and each scales by the requests it gets.

The endpoint's name is what callers know it by, so it is configured. The configuration's is made by the provider: with a
name of its own, each change of capacity would delete the configuration before the endpoint has another.
"""

from __future__ import annotations

import models
import pulumi
import pulumi_aws as aws
from access import Access
from settings import RealTime, Settings, Variant


def deploy(config: Settings, endpoint: RealTime, access: Access) -> aws.sagemaker.Endpoint:
    configuration = aws.sagemaker.EndpointConfiguration(
        "real-time-config",
        production_variants=[_variant(config, variant, access) for variant in endpoint.variants],
        data_capture_config=aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
            enable_capture=True,
            initial_sampling_percentage=100,
            destination_s3_uri=endpoint.capture_url,
            kms_key_id=config.kms_key_arn,
            capture_options=[
                aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
                for mode in ("Input", "Output")
            ],
        ),
        kms_key_arn=config.kms_key_arn,
        tags=config.tags,
    )
    alarms = [_server_errors(config, endpoint, variant) for variant in endpoint.variants]
    deployed = aws.sagemaker.Endpoint(
        "real-time-endpoint",
        name=endpoint.name,
        endpoint_config_name=configuration.name,
        deployment_config=_rollout(alarms),
        tags=config.tags,
    )
    for variant in endpoint.variants:
        _scale(config, deployed, variant)
    return deployed


def _variant(
    config: Settings, variant: Variant, access: Access
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgs:
    model = models.isolated(f"{variant.name}-model", config, variant.model, access)
    return aws.sagemaker.EndpointConfigurationProductionVariantArgs(
        variant_name=variant.name,
        model_name=model.name,
        instance_type=variant.instances.type,
        initial_instance_count=variant.instances.initial_count,
        initial_variant_weight=variant.weight,
        container_startup_health_check_timeout_in_seconds=variant.instances.startup_timeout,
        model_data_download_timeout_in_seconds=variant.instances.download_timeout,
        routing_configs=[
            aws.sagemaker.EndpointConfigurationProductionVariantRoutingConfigArgs(
                routing_strategy="LEAST_OUTSTANDING_REQUESTS"
            )
        ],
    )


def _server_errors(config: Settings, endpoint: RealTime, variant: Variant) -> aws.cloudwatch.MetricAlarm:
    return aws.cloudwatch.MetricAlarm(
        f"{variant.name}-server-errors",
        alarm_description=f"Requests to {endpoint.name}/{variant.name} fail; a rollout is taken back.",
        namespace="AWS/SageMaker",
        metric_name="Invocation5XXErrors",
        dimensions={"EndpointName": endpoint.name, "VariantName": variant.name},
        statistic="Sum",
        period=60,
        evaluation_periods=2,
        comparison_operator="GreaterThanThreshold",
        threshold=variant.server_errors,
        treat_missing_data="notBreaching",
        tags=config.tags,
    )


def _rollout(alarms: list[aws.cloudwatch.MetricAlarm]) -> aws.sagemaker.EndpointDeploymentConfigArgs:
    """New instances take over and old ones wait. Alarms are there from the start: to add them replaces the endpoint."""
    return aws.sagemaker.EndpointDeploymentConfigArgs(
        blue_green_update_policy=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgs(
            traffic_routing_configuration=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgs(
                type="ALL_AT_ONCE", wait_interval_in_seconds=600
            ),
            termination_wait_in_seconds=300,
            maximum_execution_timeout_in_seconds=7200,
        ),
        auto_rollback_configuration=aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgs(
            alarms=[
                aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationAlarmArgs(alarm_name=alarm.name)
                for alarm in alarms
            ]
        ),
    )


def _scale(config: Settings, endpoint: aws.sagemaker.Endpoint, variant: Variant) -> None:
    target = aws.appautoscaling.Target(
        f"{variant.name}-capacity",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=pulumi.Output.concat("endpoint/", endpoint.name, "/variant/", variant.name),
        min_capacity=variant.scaling.min_capacity,
        max_capacity=variant.scaling.max_capacity,
        tags=config.tags,
    )
    aws.appautoscaling.Policy(
        f"{variant.name}-requests",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="SageMakerVariantInvocationsPerInstance"
            ),
            target_value=variant.scaling.target_value,
            scale_in_cooldown=variant.scaling.scale_in_cooldown,
            scale_out_cooldown=variant.scaling.scale_out_cooldown,
        ),
    )
