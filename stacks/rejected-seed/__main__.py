"""A pool program as people copy it: only the SDK names that never existed are corrected, every value is left."""

import pulumi
import pulumi_azure_native as azure_native

# Create an Azure resource group for organizing resources
resource_group = azure_native.resources.ResourceGroup("ml_resource_group")

# Define the SKU for the inference pool, which specifies its size, tier, etc.
sku = azure_native.machinelearningservices.SkuArgs(
    name="Standard_D3_v2",
    tier="Standard",
    size="Standard_D3_v2",
    family="D_v2",
    capacity=2,
)

# Define Azure Machine Learning Inference Pool properties
inference_pool_props = azure_native.machinelearningservices.InferencePoolArgs(
    description="Inference Pool for large-scale ML Platform",
    node_sku_type="Standard",
    code_configuration=azure_native.machinelearningservices.CodeConfigurationArgs(scoring_script="score.py"),
    model_configuration=azure_native.machinelearningservices.PoolModelConfigurationArgs(
        model_id="/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace_name}/models/{model_name}/versions/{model_version}"
    ),
    request_configuration=azure_native.machinelearningservices.RequestConfigurationArgs(
        request_timeout="PT5S", max_concurrent_requests_per_instance=1
    ),
    environment_configuration=azure_native.machinelearningservices.PoolEnvironmentConfigurationArgs(
        environment_id="/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace_name}/environments/{environment_name}/versions/{environment_version}"
    ),
)

# Create an Azure Machine Learning Inference Pool
inference_pool = azure_native.machinelearningservices.InferencePool(
    "ml_inference_pool",
    resource_group_name=resource_group.name,
    location=resource_group.location,
    workspace_name="my_ml_workspace",
    inference_pool_name="my_inference_pool",
    sku=sku,
    inference_pool_properties=inference_pool_props,
)

# Export the inference pool endpoint URL
pulumi.export("inference_pool_endpoint", inference_pool.id)
