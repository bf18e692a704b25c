"""The former place of `view` and what it gives: rules of one's own may import from here for one release more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools import moved

_ELSEWHERE: Final[Mapping[str, tuple[str, str]]] = {
    "Pool": ("platforms.platform", "Subject"),
    "view": ("view", "view"),
    "facets_of": ("view", "facets_of"),
    "is_pool": ("view", "may_be_judged"),
    "api_version_of": ("platforms.azure_pools.versions", "version_of"),
}
__getattr__ = moved.lookup(__name__, _ELSEWHERE)
