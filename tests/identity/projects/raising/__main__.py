"""A pool, and then an error."""

import pulumi_azure_native as azure

azure.machinelearningservices.InferencePool(
    "pool",
    resource_group_name="rg-shop-dev-001",
    workspace_name="mlw-shop-dev",
    sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 999},
    tags={"owner": "ml", "environment": "dev", "costcenter": "4711"},
    inference_pool_properties={"node_sku_type": "Standard_DS3_v2"},
)


def settings() -> dict[str, str]:
    raise KeyError("modelId")


print(settings())
