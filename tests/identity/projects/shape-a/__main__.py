"""Pools whose configuration is wrong, unknown, secret or left to the provider."""

import pulumi
import pulumi_azure_native as azure

TAGS = {"owner": "ml", "environment": "dev", "costcenter": "4711"}
MODEL = "azureml://registries/shop-models/models/ranker/versions/3"

group = azure.resources.ResourceGroup("group")
store = azure.storage.StorageAccount(
    "store",
    resource_group_name=group.name,
    kind="StorageV2",
    sku={"name": "Standard_LRS"},
)

azure.machinelearningservices.InferencePool(
    "unknown-model",
    resource_group_name="rg-shop-dev-001",
    workspace_name="mlw-shop-dev",
    sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 999},
    tags=TAGS,
    inference_pool_properties={
        "node_sku_type": "Standard_DS3_v2",
        "model_configuration": {"model_id": store.id},
    },
)

azure.machinelearningservices.InferencePool(
    "secret-variables",
    resource_group_name="rg-shop-dev-001",
    workspace_name="mlw-shop-dev",
    tags={**TAGS, "owner": pulumi.Output.secret("{owner}")},
    inference_pool_properties={
        "node_sku_type": "Standard_DS3_v2",
        "model_configuration": {
            "model_id": pulumi.Output.secret("azureml://registries/{registry}/models/m/versions/1")
        },
        "environment_configuration": {
            "environment_variables": {"TOKEN": pulumi.Output.secret("hunter2"), "REGION": "${region}"},
        },
    },
)

azure.machinelearningservices.InferencePool(
    "left-to-the-provider",
    resource_group_name=group.name,
    workspace_name="mlw-shop-dev",
    tags=TAGS,
    inference_pool_properties={
        "node_sku_type": "Standard_DS3_v2",
        "model_configuration": {"model_id": MODEL},
        "request_configuration": {"request_timeout": "30s"},
    },
    opts=pulumi.ResourceOptions(protect=True),
)

azure.machinelearningservices.v20241001preview.InferenceGroup(
    "other-api-version",
    resource_group_name="rg-shop-dev-001",
    workspace_name="mlw-shop-dev",
    pool_name="unknown-model",
    tags=TAGS,
    inference_group_properties={"scale_unit_size": 0, "node_sku_type": "Standard_DS3_v2", "nodeSkuTyp": "x"},
)

azure.machinelearningservices.InferencePool(
    "clean",
    resource_group_name="rg-shop-dev-001",
    workspace_name="mlw-shop-dev",
    inference_pool_name="pool-shop-dev-001",
    location="North Europe",
    tags=TAGS,
    inference_pool_properties={"node_sku_type": "Standard_DS3_v2", "model_configuration": {"model_id": MODEL}},
)
