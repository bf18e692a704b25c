"""Where two trees of inputs differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inference_pools.path import Keys
from inference_pools.values import Json
from poolgate.standin.cloud import Kind


def changes(old: Json, new: Json, keys: Keys = ()) -> Iterator[tuple[Keys, Kind]]:
    """The innermost properties that differ, in the order of their names; items of lists by their index."""
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _of_members(keys, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_members(keys, dict(enumerate(old)), dict(enumerate(new)))
    elif old != new:
        yield keys, "update"


def _of_members(keys: Keys, old: Mapping[Any, Json], new: Mapping[Any, Json]) -> Iterator[tuple[Keys, Kind]]:
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            yield (*keys, key), "add"
        elif key not in new:
            yield (*keys, key), "delete"
        else:
            yield from changes(old[key], new[key], (*keys, key))
