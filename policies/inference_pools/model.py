"""The former place of the facets and of `Resource`: rules of one's own may import from here for one release more."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any, Final

from inference_pools import facets

_ELSEWHERE: Final = {
    "resource": ("Resource",),
    "facets": facets.__all__,
    "facets.requests": (
        *("DEFAULT_REQUEST_TIMEOUT", "DEFAULT_CONCURRENCY", "DEFAULT_FAILURE_THRESHOLD", "DEFAULT_SUCCESS_THRESHOLD"),
        *("DEFAULT_PROBE_TIMEOUT", "DEFAULT_PROBE_PERIOD", "LOAD_PREFIX", "LOAD_NAMES"),
    ),
    "facets.texts": ("walk_text", "walk_plain_text", "walk_properties"),
}


def __getattr__(name: str) -> Any:
    for module, names in _ELSEWHERE.items():
        if name in names:
            place = f"inference_pools.{module}"
            told = f"{__name__}.{name} is {place}.{name} now; its old place goes with the next release"
            warnings.warn(told, DeprecationWarning, stacklevel=2)
            return getattr(import_module(place), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
