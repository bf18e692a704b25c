"""Where each facet lies in the words of the provider aws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import Location, Tags
from inference_pools.facets.place import place
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.sagemaker.kinds import CONFIG, ENDPOINT, MODEL, TARGET
from inference_pools.platforms.sagemaker.layout_common import COMMON

# The provider's Check writes both into the inputs: its own tags and the resource's together, and its region.
# https://github.com/pulumi/pulumi-aws (provider/tags.go, provider/region.go)
_ENVELOPE: Final[Places] = {
    Tags: (place({"merged": "tagsAll"}, "tags"),),
    Location: (place({"location": "region"}),),
}
PLACES: Final[Mapping[Kind, Places]] = {
    kind: {**_ENVELOPE, **COMMON[kind]} for kind in (CONFIG, MODEL, ENDPOINT, TARGET)
}
