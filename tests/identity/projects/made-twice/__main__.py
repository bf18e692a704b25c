"""Two pools under one name."""

import pulumi_azure_native as azure

for capacity in (2, 1):
    azure.machinelearningservices.InferencePool(
        "pool",
        resource_group_name="rg-shop-dev-001",
        workspace_name="mlw-shop-dev",
        sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": capacity},
        tags={"owner": "ml", "environment": "dev", "costcenter": "4711"},
        inference_pool_properties={"description": "One of two.", "node_sku_type": "Standard_DS3_v2"},
    )
