"""The former place of the kinds of inference pools: rules of one's own may import from here for one release more."""

from __future__ import annotations

from inference_pools import moved

__getattr__ = moved.lookup(
    __name__,
    {
        "Kind": ("platforms.azure_pools.catalog", "FormerKind"),
        "Shape": ("platforms.azure_pools.catalog", "Shape"),
        "shapes_by_version": ("platforms.azure_pools.catalog", "shapes_by_version"),
        "tree": ("platforms.azure_pools.catalog", "tree"),
    },
)
