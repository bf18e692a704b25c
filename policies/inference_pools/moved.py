"""Former places of what rules of one's own may import: for one release more, with a warning that says the new one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lookup(old: str, elsewhere: Mapping[str, tuple[str, str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a module `old` whose names are at other places.

    `elsewhere` has their modules and what they are called there: `{"Pool": ("platforms.platform", "Subject")}`.
    """

    def found(name: str) -> Any:
        if name not in elsewhere:
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        module, now = elsewhere[name]
        place = f"inference_pools.{module}"
        told = f"{old}.{name} is {place}.{now} now; its old place goes with the next release"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return getattr(import_module(place), now)

    return found
