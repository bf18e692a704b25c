"""Pools of a local package (`pulumi package add azure-native machinelearningservices v20230801preview`), in 3.x the
only way to shape A. What the package's SDK does is done here by hand.
"""

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2

PACKAGE = "azure-native_machinelearningservices_v20230801preview"
# {"module":"machinelearningservices","version":"v20230801preview"}, as the provider writes it.
PARAMETER = b"eyJtb2R1bGUiOiJtYWNoaW5lbGVhcm5pbmdzZXJ2aWNlcyIsInZlcnNpb24iOiJ2MjAyMzA4MDFwcmV2aWV3In0="

parameterization = resource_pb2.Parameterization(name=PACKAGE, version="3.29.0", value=PARAMETER)
reference = settings.get_monitor().RegisterPackage(
    resource_pb2.RegisterPackageRequest(name="azure-native", version="3.29.0", parameterization=parameterization)
)


async def package() -> str:
    return reference.ref


def pool(name: str, module: str, **more: object) -> None:
    properties = {
        "resourceGroupName": "rg-shop-dev-001",
        "workspaceName": "mlw-shop-dev",
        "sku": {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 999},
        "inferencePoolProperties": {"nodeSkuType": "Standard_DS3_v2"},
        **more,
    }
    pulumi.CustomResource(f"{PACKAGE}:{module}:InferencePool", name, properties, package_ref=package())


pool("short-token", "machinelearningservices", location="westeurope")
pool("long-token", "machinelearningservices/v20230801preview")
