"""The former place of the kinds of inference pools: rules of one's own may import from here for one release more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools import moved

_ELSEWHERE: Final[Mapping[str, tuple[str, str]]] = {
    "Kind": ("platforms.azure_pools.catalog", "FormerKind"),
    "Shape": ("platforms.azure_pools.catalog", "Shape"),
    "shapes_by_version": ("platforms.azure_pools.catalog", "shapes_by_version"),
    "tree": ("platforms.azure_pools.catalog", "tree"),
}
__getattr__ = moved.lookup(__name__, _ELSEWHERE)
