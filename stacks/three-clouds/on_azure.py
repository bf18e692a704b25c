"""The service on Azure Machine Learning: an online endpoint, one deployment, and what scales it by its GPUs' load."""

from __future__ import annotations

import pulumi
import pulumi_azure_native as azure_native
from settings import Place, Settings

machinelearning = azure_native.machinelearningservices
monitor = azure_native.monitor
DEPLOYMENT = "primary"


def deploy(config: Settings, place: Place) -> pulumi.Output[str]:
    endpoint = machinelearning.OnlineEndpoint(
        f"azure-{config.service}",
        resource_group_name=config.azure.resource_group_name,
        workspace_name=config.azure.workspace_name,
        endpoint_name=config.service,
        location=place.region,
        identity=machinelearning.ManagedServiceIdentityArgs(
            type=machinelearning.ManagedServiceIdentityType.SYSTEM_ASSIGNED
        ),
        properties=machinelearning.OnlineEndpointPropertiesArgs(
            description=config.description,
            auth_mode=machinelearning.EndpointAuthMode.AAD_TOKEN,
            public_network_access=machinelearning.PublicNetworkAccessType.DISABLED,
            traffic={DEPLOYMENT: 100},
        ),
        tags=config.tags | config.load,
    )
    _scale(config, place, _deployment(config, place, endpoint))
    return endpoint.name


def _deployment(
    config: Settings, place: Place, endpoint: machinelearning.OnlineEndpoint
) -> machinelearning.OnlineDeployment:
    return machinelearning.OnlineDeployment(
        f"azure-{config.service}-{DEPLOYMENT}",
        resource_group_name=config.azure.resource_group_name,
        workspace_name=config.azure.workspace_name,
        endpoint_name=config.service,
        deployment_name=DEPLOYMENT,
        location=place.region,
        sku=machinelearning.SkuArgs(name="Default", capacity=place.minimum),
        properties=machinelearning.ManagedOnlineDeploymentArgs(
            endpoint_compute_type="Managed",
            instance_type=place.machine,
            model=place.model,
            environment_id=place.image,
            environment_variables=config.environment_variables,
            request_settings=machinelearning.OnlineRequestSettingsArgs(
                request_timeout="PT60S", max_concurrent_requests_per_instance=8
            ),
            scale_settings=machinelearning.DefaultScaleSettingsArgs(scale_type="Default"),
            # A language model takes minutes to load.
            liveness_probe=machinelearning.ProbeSettingsArgs(initial_delay="PT10M"),
            readiness_probe=machinelearning.ProbeSettingsArgs(initial_delay="PT5M"),
            app_insights_enabled=True,
            egress_public_network_access=machinelearning.EgressPublicNetworkAccessType.DISABLED,
        ),
        tags=config.tags,
        opts=pulumi.ResourceOptions(depends_on=[endpoint]),
    )


def _scale(config: Settings, place: Place, target: machinelearning.OnlineDeployment) -> None:
    monitor.AutoscaleSetting(
        f"azure-{config.service}-scaling",
        resource_group_name=config.azure.resource_group_name,
        autoscale_setting_name=config.service,
        location=place.region,
        enabled=True,
        target_resource_uri=target.id,
        profiles=[
            monitor.AutoscaleProfileArgs(
                name="by load",
                capacity=monitor.ScaleCapacityArgs(
                    minimum=str(place.minimum), default=str(place.minimum), maximum=str(place.maximum)
                ),
                rules=[
                    _rule(target, monitor.ComparisonOperationType.GREATER_THAN, 70, monitor.ScaleDirection.INCREASE),
                    _rule(target, monitor.ComparisonOperationType.LESS_THAN, 30, monitor.ScaleDirection.DECREASE),
                ],
            )
        ],
        tags=config.tags,
    )


def _rule(
    target: machinelearning.OnlineDeployment,
    operator: monitor.ComparisonOperationType,
    threshold: int,
    direction: monitor.ScaleDirection,
) -> monitor.ScaleRuleArgs:
    return monitor.ScaleRuleArgs(
        metric_trigger=monitor.MetricTriggerArgs(
            metric_name="GpuUtilizationPercentage",
            metric_resource_uri=target.id,
            operator=operator,
            threshold=threshold,
            statistic=monitor.MetricStatisticType.AVERAGE,
            time_aggregation=monitor.TimeAggregationType.AVERAGE,
            time_grain="PT1M",
            time_window="PT5M",
        ),
        scale_action=monitor.ScaleActionArgs(
            direction=direction, type=monitor.ScaleType.CHANGE_COUNT, value="1", cooldown="PT5M"
        ),
    )
