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


class Joined(pulumi.ComponentResource):
    """What belongs together is named by outputs alone. The spare group has no endpoint."""

    def __init__(self, name: str, resource_group: azure.resources.ResourceGroup) -> None:
        super().__init__("shop:serving:Joined", name)
        options = pulumi.ResourceOptions(parent=self)
        place = {"resource_group_name": resource_group.name, "workspace_name": "mlw-shop-dev"}
        pool = azure.machinelearningservices.InferencePool(
            f"{name}-pool", inference_pool_properties={}, tags=TAGS, opts=options, **place
        )
        groups = {
            called: azure.machinelearningservices.InferenceGroup(
                f"{name}-{called}",
                pool_name=pool.name,
                group_name=f"grp-{called}",
                inference_group_properties={"node_sku_type": "Standard_DS3_v2"},
                sku={"name": "Standard_DS3_v2", "capacity": 1},
                tags={**TAGS, "load.peak-rps": "10", "load.service-time": "PT0.2S"},
                opts=options,
                **place,
            )
            for called in ("busy", "spare")
        }
        azure.machinelearningservices.InferenceEndpoint(
            f"{name}-endpoint",
            pool_name=pool.name,
            endpoint_name="ep-joined",
            inference_endpoint_properties={"auth_mode": "AAD", "group_name": groups["busy"].name},
            tags=TAGS,
            opts=options,
            **place,
        )


resource_group = azure.resources.ResourceGroup("group", location="westeurope")
Serving("shop", resource_group)
Joined("joined", resource_group)
