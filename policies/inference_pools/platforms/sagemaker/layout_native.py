"""Where each facet lies in the words of aws-native: tags are pairs, and a resource does not say its region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import Capacity, NodeType, StatedCapacity, Tags
from inference_pools.facets.place import at, place
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.sagemaker.kinds import COMPONENT, CONFIG, ENDPOINT, MODEL, TARGET
from inference_pools.platforms.sagemaker.layout_common import COMMON, containers
from inference_pools.platforms.sagemaker.reading import some

_ENVELOPE: Final[Places] = {Tags: (place({}, "tags", pairs=True),)}
_POOLS: Final = tuple(
    place({"node_type": f"{variants}.instancePools[].instanceType"})
    for variants in ("productionVariants[]", "shadowProductionVariants[]")
)
_BASE: Final = "specification.baseInferenceComponentName"
PLACES: Final[Mapping[Kind, Places]] = {
    CONFIG: {**_ENVELOPE, **COMMON[CONFIG], NodeType: (*COMMON[CONFIG][NodeType], *_POOLS)},
    MODEL: {**_ENVELOPE, **COMMON[MODEL]},
    ENDPOINT: {**_ENVELOPE, **COMMON[ENDPOINT]},
    COMPONENT: {
        **_ENVELOPE,
        **containers(("specification.container", "specifications[].container"), "artifactUrl"),
        Capacity: (place({"instances": at("runtimeConfig.copyCount", read=some)}),),
        # An adapter lies on the copies of its base.
        StatedCapacity: (place({"instances": "runtimeConfig.copyCount", "unit": _BASE}),),
        NodeType: (place({"node_type": "specifications[].instanceType"}),),
    },
    TARGET: {**_ENVELOPE, **COMMON[TARGET]},
}
