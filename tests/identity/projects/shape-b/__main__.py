"""A pool, a group and an endpoint made by a component; the location comes from a resource group."""

import pulumi
import pulumi_azure_native as azure

TAGS = {"owner": "ml", "environment": "dev", "costcenter": " "}


class Serving(pulumi.ComponentResource):
    """A pool with all that belongs to it."""

    def __init__(self, name: str, resource_group: azure.resources.ResourceGroup) -> None:
        super().__init__("shop:serving:Serving", name)
        options = pulumi.ResourceOptions(parent=self)
        place = {"resource_group_name": resource_group.name, "workspace_name": "mlw-shop-dev"}
        pool = azure.machinelearningservices.InferencePool(
            f"{name}-pool",
            inference_pool_properties={"nodeSkuType": "Standard_DS3_v2", "scaleUnitConfiguration": {}},
            sku={"name": "Standard_DS3_v2", "tier": "Premum", "family": "standardDv2Family"},
            identity={"type": "UserAssigned", "user_assigned_identities": ["/subscriptions/x/{identity}"]},
            tags=TAGS,
            opts=options,
            **place,
        )
        azure.machinelearningservices.InferenceGroup(
            f"{name}-group",
            pool_name=pool.name,
            group_name="your-group-name",
            inference_group_properties={
                "description": "Serves <team>'s ranker",
                "model_configuration": {"model_id": "azureml:ranker:3"},
                "environment_configuration": {
                    "environment_variables": [
                        {"key": "REGION", "value": pool.location},
                        {"key": "TOKEN", "value": pulumi.Output.secret("hunter2")},
                    ],
                },
            },
            tags=TAGS,
            opts=options,
            **place,
        )
        azure.machinelearningservices.InferenceEndpoint(
            f"{name}-endpoint",
            pool_name=pool.name,
            endpoint_name="endpoint-001",
            inference_endpoint_properties={
                "auth_mode": "Key",
                "group_name": "blue",
                "request_configuration": {"request_timeout": "PT2H", "max_concurrent_requests_per_instance": 0},
            },
            tags=TAGS,
            opts=options,
            **place,
        )


Serving("shop", azure.resources.ResourceGroup("group", location="westeurope"))
