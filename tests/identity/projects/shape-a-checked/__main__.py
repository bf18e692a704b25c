"""A pool without the one property that the provider demands."""

import pulumi_azure_native as azure

azure.machinelearningservices.InferencePool(
    "pool",
    resource_group_name="rg-shop-dev-001",
    workspace_name="mlw-shop-dev",
    inference_pool_properties={"description": "no node SKU type"},
)
