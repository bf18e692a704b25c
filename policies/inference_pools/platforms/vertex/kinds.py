"""The kinds of resources that serve in Vertex AI, as Pulumi's provider gcp has them.

The provider has no model that is deployed to an endpoint, and none that lies in a resource pool: who shares a pool, and
what an endpoint serves, is said outside of Pulumi. So its kinds are joined to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.platforms.platform import Kind
from inference_pools.type_token import TypeToken

NAME: Final = "vertex"
"""What options call the platform."""
PACKAGE: Final = "gcp"
MODULE: Final = "vertex"

ENDPOINT: Final = Kind(NAME, "AiEndpoint", "endpoint")
GARDEN: Final = Kind(NAME, "AiEndpointWithModelGardenDeployment", "Model Garden deployment")
POOL: Final = Kind(NAME, "AiDeploymentResourcePool", "resource pool")
ENGINE: Final = Kind(NAME, "AiReasoningEngine", "reasoning engine")
INDEX: Final = Kind(NAME, "AiIndexEndpointDeployedIndex", "deployed index")
PERSISTENT: Final = Kind(NAME, "AiPersistentResource", "persistent resource")
KINDS: Final = (ENDPOINT, GARDEN, POOL, ENGINE, INDEX, PERSISTENT)
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}


def kind_of(token: TypeToken) -> Kind | None:
    """The kind that a type token of the module names, as `gcp:vertex/aiEndpoint:AiEndpoint` does."""
    return BY_NAME.get(token.kind)
