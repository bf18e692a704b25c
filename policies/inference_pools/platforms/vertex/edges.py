"""How Vertex AI's resources are told apart. None leads to another: the provider has no model that is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets.place import Place, place
from inference_pools.platforms.platform import Identities, Kind
from inference_pools.platforms.vertex.kinds import ENDPOINT, ENGINE, GARDEN, INDEX, PERSISTENT, POOL

ADDRESSES: Final[Mapping[Kind, Place]] = {
    ENDPOINT: place({"project": "project", "location": "location", "endpoint": "name"}),
    POOL: place({"project": "project", "region": "region", "pool": "name"}),
    INDEX: place({"index_endpoint": "indexEndpoint", "index": "deployedIndexId"}),
    PERSISTENT: place({"project": "project", "location": "location", "persistent": "name"}),
    GARDEN: place({"location": "location"}),
    ENGINE: place({"region": "region"}),
}
IDENTITIES: Final = Identities(
    own={
        ENDPOINT: ("project", "location", "endpoint"),
        POOL: ("project", "region", "pool"),
        INDEX: ("index_endpoint", "index"),
        PERSISTENT: ("project", "location", "persistent"),
    },
)
"""Google names deployments of Model Garden and reasoning engines itself."""
