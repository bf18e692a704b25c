"""Who answers for a resource, as its `owner` tag, or label, says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import Tags
from inference_pools.finding import printable
from inference_pools.reader import Leaf, ReadError
from inference_pools.values import Json

TAG: Final = "owner"


def owner_of(properties: Mapping[str, Json]) -> str:
    """The owner that a resource's tags name; "" where there is none, or it is not known, secret, or no text."""
    for bag in ("tags", "labels"):
        tags = Tags(Leaf(properties, (bag,)), {})
        try:
            name = tags.names.get(TAG)
            if name:
                return printable(tags.value(name) or "")
        except ReadError:
            return ""
    return ""
