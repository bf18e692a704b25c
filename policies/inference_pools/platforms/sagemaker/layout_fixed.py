"""What of an endpoint cannot change in place.

Of configurations and models everything cannot: to replace them is how anything changes, and the endpoint stays.
`aws`: run on the Terraform bridge with the provider's schema (hashicorp/terraform-provider-aws,
`internal/service/sagemaker/endpoint.go`): the alarms of a rollback replace the endpoint where they appear or go, and
where other alarms are named they do not. `aws-native`: replaceOnChanges of its SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import Fixed
from inference_pools.facets.replacing import fixed, there
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.sagemaker.kinds import ENDPOINT, Shape
from inference_pools.resource import Resource

PLACES: Final[Mapping[tuple[Kind, Shape], Places]] = {
    (ENDPOINT, Shape.AWS): {
        Fixed: (
            fixed("name", filled=True),
            fixed("region", filled=True),
            fixed("deploymentConfig.autoRollbackConfiguration", read=there),
        )
    },
    (ENDPOINT, Shape.NATIVE): {Fixed: (fixed("endpointName", filled=True),)},
}


def deletes_first(before: Resource, now: Resource) -> bool:
    """Whether the old one goes first. `aws` makes the new one first unless the program gives the name, which two cannot
    have (pulumi/pulumi-terraform-bridge, `pkg/tfbridge/schema.go`); `aws-native` always deletes first.
    """
    if now.type.startswith(f"{Shape.NATIVE}:"):
        return True
    made = now.properties.get("__defaults")
    return "name" in now.properties and isinstance(made, list) and "name" not in made
