"""A pool in one region, with the group of nodes that serves the model and the endpoint that leads to it."""

from __future__ import annotations

import pulumi
import pulumi_azure_native as azure_native
from settings import PoolSettings

machinelearning = azure_native.machinelearningservices


class RegionalPool(pulumi.ComponentResource):
    """One region's share of the fleet; all its resources carry the name of the settings."""

    endpoint_uri: pulumi.Output[str]

    def __init__(
        self,
        settings: PoolSettings,
        *,
        model_id: str,
        environment_id: str,
        tags: dict[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:index:RegionalPool", settings.name, None, opts)
        identity = machinelearning.ManagedServiceIdentityArgs(
            type=machinelearning.ManagedServiceIdentityType.SYSTEM_ASSIGNED
        )
        sku = machinelearning.SkuArgs(
            name=settings.sku.name,
            tier=settings.sku.tier,
            size=settings.sku.size,
            family=settings.sku.family,
            capacity=settings.sku.capacity,
        )
        pool = machinelearning.InferencePool(
            settings.name,
            resource_group_name=settings.resource_group_name,
            workspace_name=settings.workspace_name,
            inference_pool_name=settings.name,
            location=settings.location,
            identity=identity,
            sku=sku,
            inference_pool_properties=machinelearning.InferencePoolArgs(
                description=f"Ranks products for shops in {settings.location}",
                scale_unit_configuration=machinelearning.ScaleUnitConfigurationArgs(disable_public_egress=True),
            ),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        group_name = f"{settings.name}-ranking"
        group = machinelearning.InferenceGroup(
            group_name,
            resource_group_name=settings.resource_group_name,
            workspace_name=settings.workspace_name,
            pool_name=settings.name,
            group_name=group_name,
            location=settings.location,
            identity=identity,
            sku=sku,
            inference_group_properties=machinelearning.InferenceGroupArgs(
                node_sku_type=settings.sku.name,
                scale_unit_size=settings.scale_unit_size,
                model_configuration=machinelearning.GroupModelConfigurationArgs(model_id=model_id),
                environment_configuration=machinelearning.GroupEnvironmentConfigurationArgs(
                    environment_id=environment_id
                ),
            ),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[pool]),
        )
        endpoint_name = f"{settings.name}-endpoint"
        endpoint = machinelearning.InferenceEndpoint(
            endpoint_name,
            resource_group_name=settings.resource_group_name,
            workspace_name=settings.workspace_name,
            pool_name=settings.name,
            endpoint_name=endpoint_name,
            location=settings.location,
            identity=identity,
            inference_endpoint_properties=machinelearning.InferenceEndpointArgs(
                auth_mode=machinelearning.AuthMode.AAD,
                group_name=group_name,
                request_configuration=machinelearning.RequestConfigurationArgs(
                    request_timeout=settings.request_timeout,
                    max_concurrent_requests_per_instance=settings.max_concurrent_requests_per_instance,
                ),
            ),
            tags=tags,
            # The name of the group is a plain text, so the engine has to be told that the group comes first.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[group]),
        )
        self.endpoint_uri = endpoint.inference_endpoint_properties.endpoint_uri
        self.register_outputs({"endpoint_uri": self.endpoint_uri})
