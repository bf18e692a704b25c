"""An endpoint that works through a queue, and has no instance while the queue is empty.

Two policies make that right. Target tracking follows the backlog of each instance, which is no number while there is no
instance. So the way up from zero is a policy of its own, which an alarm on requests without capacity sets off.
"""

from __future__ import annotations

import models
import pulumi
import pulumi_aws as aws
from access import Access
from settings import Asynchronous, Settings

VARIANT = "queue"
METRICS = "AWS/SageMaker"


def deploy(config: Settings, endpoint: Asynchronous, access: Access) -> aws.sagemaker.Endpoint:
    model = models.isolated("asynchronous-model", config, endpoint.model, access)
    configuration = aws.sagemaker.EndpointConfiguration(
        "asynchronous-config",
        production_variants=[
            aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                variant_name=VARIANT,
                model_name=model.name,
                instance_type=endpoint.instances.type,
                inference_ami_version=endpoint.inference_ami_version,
                initial_instance_count=endpoint.instances.initial_count,
                initial_variant_weight=1,
                container_startup_health_check_timeout_in_seconds=endpoint.instances.startup_timeout,
                model_data_download_timeout_in_seconds=endpoint.instances.download_timeout,
            )
        ],
        async_inference_config=aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs(
            client_config=aws.sagemaker.EndpointConfigurationAsyncInferenceConfigClientConfigArgs(
                max_concurrent_invocations_per_instance=endpoint.max_concurrent_invocations_per_instance
            ),
            output_config=aws.sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigArgs(
                s3_output_path=endpoint.output_url,
                s3_failure_path=endpoint.failure_url,
                kms_key_id=config.kms_key_arn,
            ),
        ),
        kms_key_arn=config.kms_key_arn,
        tags=config.tags,
    )
    deployed = aws.sagemaker.Endpoint(
        "asynchronous-endpoint", name=endpoint.name, endpoint_config_name=configuration.name, tags=config.tags
    )
    _scale(config, endpoint, deployed)
    return deployed


def _scale(config: Settings, endpoint: Asynchronous, deployed: aws.sagemaker.Endpoint) -> None:
    target = aws.appautoscaling.Target(
        "asynchronous-capacity",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=pulumi.Output.concat("endpoint/", deployed.name, "/variant/", VARIANT),
        min_capacity=endpoint.scaling.min_capacity,
        max_capacity=endpoint.scaling.max_capacity,
        tags=config.tags,
    )
    aws.appautoscaling.Policy(
        "asynchronous-backlog",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            customized_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
                namespace=METRICS,
                metric_name="ApproximateBacklogSizePerInstance",
                dimensions=[
                    aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs(
                        name="EndpointName", value=endpoint.name
                    )
                ],
                statistic="Average",
            ),
            target_value=endpoint.scaling.target_value,
            scale_in_cooldown=endpoint.scaling.scale_in_cooldown,
            scale_out_cooldown=endpoint.scaling.scale_out_cooldown,
        ),
    )
    _wake(config, endpoint, target)


def _wake(config: Settings, endpoint: Asynchronous, target: aws.appautoscaling.Target) -> None:
    """The way up from zero: the first request that finds no instance starts one."""
    first_instance = aws.appautoscaling.Policy(
        "asynchronous-first-instance",
        policy_type="StepScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        step_scaling_policy_configuration=aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
            adjustment_type="ChangeInCapacity",
            metric_aggregation_type="Average",
            cooldown=endpoint.scaling.scale_out_cooldown,
            step_adjustments=[
                aws.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                    metric_interval_lower_bound="0", scaling_adjustment=1
                )
            ],
        ),
    )
    aws.cloudwatch.MetricAlarm(
        "asynchronous-without-capacity",
        alarm_description=f"Requests to {endpoint.name} wait and no instance is there.",
        namespace=METRICS,
        metric_name="HasBacklogWithoutCapacity",
        dimensions={"EndpointName": endpoint.name},
        statistic="Average",
        period=60,
        evaluation_periods=2,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        treat_missing_data="missing",
        alarm_actions=[first_instance.arn],
        tags=config.tags,
    )
