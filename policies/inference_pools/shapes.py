"""The former place of `view` and what it gives: rules of one's own may import from here for one release more."""

from __future__ import annotations

from inference_pools import moved

__getattr__ = moved.lookup(
    __name__,
    {
        "Pool": ("platforms.platform", "Subject"),
        "view": ("view", "view"),
        "facets_of": ("view", "facets_of"),
        "is_pool": ("view", "may_be_judged"),
        "api_version_of": ("platforms.azure_pools.versions", "version_of"),
    },
)
