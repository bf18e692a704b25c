"""Where each facet lies in the words of aws-native: tags are pairs, and a resource does not say its region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import Capacity, NodeType, Tags
from inference_pools.facets.place import Place, place
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.sagemaker.kinds import COMPONENT, CONFIG, ENDPOINT, MODEL, TARGET
from inference_pools.platforms.sagemaker.layout_common import COMMON, containers, counted

_ENVELOPE: Final[Places] = {Tags: (place({}, "tags", pairs=True),)}
_POOLS: Final = tuple(
    place({"node_type": f"{variants}.instancePools[].instanceType"})
    for variants in ("productionVariants[]", "shadowProductionVariants[]")
)
PLACES: Final[Mapping[Kind, Places]] = {
    CONFIG: {**_ENVELOPE, **COMMON[CONFIG], NodeType: (*COMMON[CONFIG][NodeType], *_POOLS)},
    MODEL: {**_ENVELOPE, **COMMON[MODEL]},
    ENDPOINT: {**_ENVELOPE, **COMMON[ENDPOINT]},
    COMPONENT: {
        **_ENVELOPE,
        **containers(("specification.container", "specifications[].container"), "artifactUrl"),
        Capacity: (Place(counted("runtimeConfig.copyCount")),),
        NodeType: (place({"node_type": "specifications[].instanceType"}),),
    },
    TARGET: {**_ENVELOPE, **COMMON[TARGET]},
}
