"""Who answers for a resource, as its `owner` tag says."""

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
    tags = Tags(Leaf(properties, ("tags",)), {})
    try:
        name = tags.names.get(TAG)
        return printable((tags.value(name) if name else None) or "")
    except ReadError:
        return ""
