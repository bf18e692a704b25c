"""The online endpoint, its deployments, and how each of them scales by the load of its processors."""

from __future__ import annotations

import pulumi
import pulumi_azure_native as azure_native
from settings import Deployment, Scaling, Settings

machinelearning = azure_native.machinelearningservices
monitor = azure_native.monitor


def deploy(config: Settings) -> machinelearning.OnlineEndpoint:
    endpoint = machinelearning.OnlineEndpoint(
        "endpoint",
        resource_group_name=config.resource_group_name,
        workspace_name=config.workspace_name,
        endpoint_name=config.endpoint_name,
        location=config.location,
        identity=machinelearning.ManagedServiceIdentityArgs(
            type=machinelearning.ManagedServiceIdentityType.SYSTEM_ASSIGNED
        ),
        properties=machinelearning.OnlineEndpointPropertiesArgs(
            description=config.description,
            auth_mode=machinelearning.EndpointAuthMode.AAD_TOKEN,
            public_network_access=machinelearning.PublicNetworkAccessType.DISABLED,
            traffic=config.traffic,
        ),
        tags=config.tags,
    )
    for deployment in config.deployments:
        _scale(config, deployment, _deployment(config, deployment, endpoint))
    return endpoint


def _deployment(
    config: Settings, deployment: Deployment, endpoint: machinelearning.OnlineEndpoint
) -> machinelearning.OnlineDeployment:
    return machinelearning.OnlineDeployment(
        deployment.name,
        resource_group_name=config.resource_group_name,
        workspace_name=config.workspace_name,
        endpoint_name=config.endpoint_name,
        deployment_name=deployment.name,
        location=config.location,
        sku=machinelearning.SkuArgs(name="Default", capacity=deployment.instances),
        properties=machinelearning.ManagedOnlineDeploymentArgs(
            endpoint_compute_type="Managed",
            instance_type=deployment.instance_type,
            model=deployment.model_id,
            environment_id=deployment.environment_id,
            environment_variables=deployment.environment_variables,
            code_configuration=machinelearning.CodeConfigurationArgs(
                code_id=deployment.code_id, scoring_script=deployment.scoring_script
            ),
            request_settings=machinelearning.OnlineRequestSettingsArgs(
                request_timeout=deployment.request_timeout,
                max_concurrent_requests_per_instance=deployment.max_concurrent_requests_per_instance,
            ),
            scale_settings=machinelearning.DefaultScaleSettingsArgs(scale_type="Default"),
            liveness_probe=machinelearning.ProbeSettingsArgs(initial_delay="PT30S"),
            readiness_probe=machinelearning.ProbeSettingsArgs(initial_delay="PT10S"),
            data_collector=machinelearning.DataCollectorArgs(
                collections={
                    name: machinelearning.CollectionArgs(
                        data_collection_mode=machinelearning.DataCollectionMode.ENABLED, sampling_rate=1
                    )
                    for name in ("model_inputs", "model_outputs")
                }
            ),
            app_insights_enabled=True,
            egress_public_network_access=machinelearning.EgressPublicNetworkAccessType.DISABLED,
        ),
        tags=config.tags,
        # The name of the endpoint is a plain text, so the engine has to be told that the endpoint comes first.
        opts=pulumi.ResourceOptions(depends_on=[endpoint]),
    )


def _scale(config: Settings, deployment: Deployment, target: machinelearning.OnlineDeployment) -> None:
    scaling = deployment.scaling
    monitor.AutoscaleSetting(
        f"{deployment.name}-scaling",
        resource_group_name=config.resource_group_name,
        autoscale_setting_name=f"{config.endpoint_name}-{deployment.name}",
        location=config.location,
        # Without it the setting is there and does nothing.
        enabled=True,
        target_resource_uri=target.id,
        profiles=[
            monitor.AutoscaleProfileArgs(
                name="by load",
                capacity=monitor.ScaleCapacityArgs(
                    minimum=str(scaling.minimum), default=str(scaling.default), maximum=str(scaling.maximum)
                ),
                rules=_rules(scaling, target),
            )
        ],
        tags=config.tags,
    )


def _rules(scaling: Scaling, target: machinelearning.OnlineDeployment) -> list[monitor.ScaleRuleArgs]:
    return [
        _rule(
            target,
            monitor.ComparisonOperationType.GREATER_THAN,
            scaling.cpu_percentage_out,
            monitor.ScaleDirection.INCREASE,
        ),
        _rule(
            target,
            monitor.ComparisonOperationType.LESS_THAN,
            scaling.cpu_percentage_in,
            monitor.ScaleDirection.DECREASE,
        ),
    ]


def _rule(
    target: machinelearning.OnlineDeployment,
    operator: monitor.ComparisonOperationType,
    threshold: int,
    direction: monitor.ScaleDirection,
) -> monitor.ScaleRuleArgs:
    return monitor.ScaleRuleArgs(
        metric_trigger=monitor.MetricTriggerArgs(
            metric_name="CpuUtilizationPercentage",
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
