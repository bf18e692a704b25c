"""One inference pool that carries its model, environment and request limits itself."""

import pulumi
import pulumi_azure_native as azure_native
import settings

machinelearning = azure_native.machinelearningservices
config = settings.load()

resource_group = azure_native.resources.ResourceGroup(
    "ml-resource-group",
    resource_group_name=config.resource_group_name,
    location=config.location,
    tags=config.tags,
)

inference_pool = machinelearning.InferencePool(
    "ml-inference-pool",
    resource_group_name=resource_group.name,
    location=config.location,
    workspace_name=config.workspace_name,
    inference_pool_name=config.pool_name,
    identity=machinelearning.ManagedServiceIdentityArgs(
        type=machinelearning.ManagedServiceIdentityType.SYSTEM_ASSIGNED
    ),
    sku=machinelearning.SkuArgs(
        name=config.sku.name,
        tier=config.sku.tier,
        size=config.sku.size,
        family=config.sku.family,
        capacity=config.sku.capacity,
    ),
    inference_pool_properties=machinelearning.InferencePoolArgs(
        description=config.description,
        node_sku_type=config.node_sku_type,
        code_configuration=machinelearning.CodeConfigurationArgs(
            code_id=config.code_id, scoring_script=config.scoring_script
        ),
        model_configuration=machinelearning.PoolModelConfigurationArgs(model_id=config.model_id),
        environment_configuration=machinelearning.PoolEnvironmentConfigurationArgs(
            environment_id=config.environment_id, environment_variables=config.environment_variables
        ),
        request_configuration=machinelearning.RequestConfigurationArgs(
            request_timeout=config.request_timeout,
            max_concurrent_requests_per_instance=config.max_concurrent_requests_per_instance,
        ),
    ),
    tags=config.tags,
)

pulumi.export("inference_pool_id", inference_pool.id)
