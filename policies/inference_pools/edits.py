"""Changes to property trees, for rules that put right what they find."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from inference_pools.path import Keys
from inference_pools.values import OUTPUT_SIGNATURE, SIGNATURE_KEY, Json


def changed(tree: Mapping[str, Json], keys: Keys, change: Callable[[Json], Json]) -> dict[str, Json]:
    """A copy of the tree in which the value at a place is what `change` makes of it.

    All else is as it was: secrets are still marked, and what is not known stays so. The marks of a plain output are
    stepped through, and stay around the new value. The place must have been read before, with `reader.Leaf`, which
    reads no secret: there is none on the way to it.
    """
    copied = copy.deepcopy(dict(tree))
    copied[str(keys[0])] = _changed(copied[str(keys[0])], keys[1:], change)
    return copied


def put(tree: Mapping[str, Json], keys: Keys, value: Json) -> dict[str, Json]:
    """A copy of the tree with another value at a place; see `changed`."""
    return changed(tree, keys, lambda _: value)


def _changed(value: Json, keys: Keys, change: Callable[[Json], Json]) -> Json:
    if isinstance(value, dict) and value.get(SIGNATURE_KEY) == OUTPUT_SIGNATURE:
        return {**value, "value": _changed(value["value"], keys, change)}
    if not keys:
        return change(value)
    value[keys[0]] = _changed(value[keys[0]], keys[1:], change)
    return value
