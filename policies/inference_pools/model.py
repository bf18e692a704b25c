"""The former place of the facets and of `Resource`: rules of one's own may import from here for one release more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools import facets, moved

_DEFAULTS: Final = (
    *("DEFAULT_REQUEST_TIMEOUT", "DEFAULT_CONCURRENCY", "DEFAULT_FAILURE_THRESHOLD", "DEFAULT_SUCCESS_THRESHOLD"),
    *("DEFAULT_PROBE_TIMEOUT", "DEFAULT_PROBE_PERIOD"),
)
_ELSEWHERE: Final[Mapping[str, tuple[str, str]]] = {
    "Resource": ("resource", "Resource"),
    **{name: ("facets", name) for name in facets.__all__},
    **{name: ("facets.requests", name) for name in ("LOAD_PREFIX", "LOAD_NAMES")},
    **{name: ("platforms.azure.requests", name) for name in _DEFAULTS},
    **{name: ("facets.texts", name) for name in ("walk_text", "walk_plain_text", "walk_properties")},
}
__getattr__ = moved.lookup(__name__, _ELSEWHERE)
