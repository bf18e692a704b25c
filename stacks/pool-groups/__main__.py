"""A pool, the groups of nodes in it, and the endpoints that lead to the groups."""

import pulumi
import pulumi_azure_native as azure_native
import settings

machinelearning = azure_native.machinelearningservices
config = settings.load()


def sku_args(sku: settings.Sku) -> machinelearning.SkuArgs:
    return machinelearning.SkuArgs(
        name=sku.name, tier=sku.tier, size=sku.size, family=sku.family, capacity=sku.capacity
    )


def environment_variables(
    group: settings.Group,
) -> list[machinelearning.StringStringKeyValuePairArgs]:
    """What the group sets itself, and the connection to telemetry, which is a secret."""
    plain = [
        machinelearning.StringStringKeyValuePairArgs(key=key, value=value)
        for key, value in group.environment_variables.items()
    ]
    secret = machinelearning.StringStringKeyValuePairArgs(
        key="APPLICATIONINSIGHTS_CONNECTION_STRING", value=config.telemetry_connection
    )
    return [*plain, secret]


system_identity = machinelearning.ManagedServiceIdentityArgs(
    type=machinelearning.ManagedServiceIdentityType.SYSTEM_ASSIGNED
)

pool = machinelearning.InferencePool(
    "pool",
    resource_group_name=config.resource_group_name,
    workspace_name=config.workspace_name,
    inference_pool_name=config.pool_name,
    location=config.location,
    identity=system_identity,
    sku=sku_args(config.pool_sku),
    inference_pool_properties=machinelearning.InferencePoolArgs(
        description=config.description,
        scale_unit_configuration=machinelearning.ScaleUnitConfigurationArgs(
            disable_public_egress=True, registries=config.registries
        ),
    ),
    tags=config.tags,
)

groups = {
    group.name: machinelearning.InferenceGroup(
        group.name,
        resource_group_name=config.resource_group_name,
        workspace_name=config.workspace_name,
        pool_name=config.pool_name,
        group_name=group.name,
        location=config.location,
        identity=system_identity,
        sku=sku_args(group.sku),
        inference_group_properties=machinelearning.InferenceGroupArgs(
            node_sku_type=group.node_sku_type,
            scale_unit_size=group.scale_unit_size,
            model_configuration=machinelearning.GroupModelConfigurationArgs(model_id=group.model_id),
            environment_configuration=machinelearning.GroupEnvironmentConfigurationArgs(
                environment_id=group.environment_id,
                environment_variables=environment_variables(group),
                readiness_probe=machinelearning.ProbeSettingsArgs(initial_delay="PT10S"),
            ),
        ),
        tags=config.tags,
        opts=pulumi.ResourceOptions(depends_on=[pool]),
    )
    for group in config.groups
}

endpoints = {
    endpoint.name: machinelearning.InferenceEndpoint(
        endpoint.name,
        resource_group_name=config.resource_group_name,
        workspace_name=config.workspace_name,
        pool_name=config.pool_name,
        endpoint_name=endpoint.name,
        location=config.location,
        identity=system_identity,
        inference_endpoint_properties=machinelearning.InferenceEndpointArgs(
            auth_mode=machinelearning.AuthMode.AAD,
            group_name=endpoint.group,
            request_configuration=machinelearning.RequestConfigurationArgs(
                request_timeout=endpoint.request_timeout,
                max_concurrent_requests_per_instance=endpoint.max_concurrent_requests_per_instance,
            ),
        ),
        tags=config.tags,
        # The name of the group is a plain text, so the engine has to be told that the group comes first.
        opts=pulumi.ResourceOptions(depends_on=[groups[endpoint.group]]),
    )
    for endpoint in config.endpoints
}

pulumi.export("pool_id", pool.id)
pulumi.export("endpoint_ids", {name: endpoint.id for name, endpoint in endpoints.items()})
