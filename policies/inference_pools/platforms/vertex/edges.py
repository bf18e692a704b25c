"""How Vertex AI's resources are told apart, and how they serve. None leads to another: no deployed model is one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from inference_pools.facets.place import Place, at, place
from inference_pools.platforms.platform import Identities, Kind, Serving
from inference_pools.platforms.vertex.kinds import ENDPOINT, ENGINE, GARDEN, INDEX, PERSISTENT, POOL
from inference_pools.reader import Leaf
from inference_pools.readings import number_in_text

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

_SHARED: Final = timedelta(seconds=60)
_OWN: Final = timedelta(seconds=600)
"""How long a request may take: fixed on the shared public endpoint, by default on a dedicated or a private one.

https://cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type
"""


def _patience(deployment: Leaf) -> timedelta:
    """Raises ReadError where it cannot be seen which endpoint there is."""
    endpoint = deployment.child("endpointConfig")
    private = endpoint.child("privateServiceConnectConfig").child("enablePrivateServiceConnect")
    has_own = (endpoint.child("dedicatedEndpointEnabled").boolean(), private.boolean())
    return _OWN if True in has_own else _SHARED


SERVING: Final = (
    Serving(
        GARDEN,
        patience=_patience,
        ceiling=at("deployConfig.dedicatedResources.maxReplicaCount", shown="maxReplicaCount", read=number_in_text),
    ),
    # By which endpoint the models of a pool are called is said outside of Pulumi: the longer time counts.
    Serving(
        POOL,
        patience=lambda pool: _OWN,
        ceiling=at("dedicatedResources.maxReplicaCount", shown="maxReplicaCount", read=number_in_text),
    ),
)
