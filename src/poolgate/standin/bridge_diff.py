"""What a bridged provider sees as a change, and what of it replaces the resource.

Run on the bridge: an item that is added, removed or moved replaces where its parts do; a resource with a name of its
own is deleted before its replacement is made; what is replaced as a whole is so where it appears or goes, and not where
a part of it changes; what is added or removed replaces where a part of it does. Only inputs are told of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from inference_pools.path import Keys
from inference_pools.values import Json
from poolgate.standin.bridge_schema import DEFAULTS, ResourceType, place_of
from poolgate.standin.changes import changes
from poolgate.standin.cloud import Change, Difference, Kind


def diff(kind: ResourceType, old: Mapping[str, Json], new: Mapping[str, Json]) -> Difference:
    """What changed between two sets of checked inputs, without secret marks."""
    found = []
    before, after = _comparable(kind, old, ()), _comparable(kind, new, ())
    for keys, change in changes(before, after):
        place = place_of(keys)
        if change == "delete" and kind.is_computed(place):
            continue  # what is made up where nobody writes it stays as it was
        if change == "update" and kind.is_same(place, _at(before, keys), _at(after, keys)):
            continue
        added = change in ("add", "delete")
        value = _at(after if change == "add" else before, keys) if added else None
        if added and (str(keys[-1]), value) in kind.defaults(place_of(keys[:-1])).items():
            continue  # whether the default is written is one to Terraform
        replaces = _replaces(kind, keys, value, added=added)
        told: Kind = "update" if change == "add" and kind.is_computed(place) else change
        found.append(Change(keys, told, replaces))
    return Difference(tuple(found), any(change.replaces for change in found) and _has_own_name(new))


def _has_own_name(new: Mapping[str, Json]) -> bool:
    """Whether the name is one that nobody made up: two resources cannot have it at once.

    Source: pulumi/pulumi-terraform-bridge `pkg/tfbridge/schema.go`, nameRequiresDeleteBeforeReplace.
    """
    defaults = new.get(DEFAULTS)
    return "name" in new and isinstance(defaults, list) and "name" not in defaults


def _comparable(kind: ResourceType, value: Json, keys: Keys) -> Json:
    """Without what is no input, and with the items of sets in an order of ours."""
    if isinstance(value, dict):
        suppressed = {
            name for name, other in kind.facts.get("suppressedWithout", {}).items() if keys and not value.get(other)
        }
        return {
            key: _comparable(kind, item, (*keys, key))
            for key, item in value.items()
            if key != DEFAULTS and key not in suppressed
        }
    if isinstance(value, list):
        items = [_comparable(kind, item, (*keys, index)) for index, item in enumerate(value)]
        if place_of(keys) in kind.facts.get("sets", ()):
            items.sort(key=lambda item: json.dumps(item, sort_keys=True))
        return items
    return value


def _at(tree: Json, keys: Keys) -> Json:
    for key in keys:
        tree = tree[key]
    return tree


def _replaces(kind: ResourceType, keys: Keys, value: Json, *, added: bool) -> bool:
    place = place_of(keys)
    if added:
        for whole in kind.facts.get("replacedAsAWhole", ()):
            inner = whole.removeprefix(place).removeprefix(".")
            if whole == place or (whole.startswith(f"{place}.") and isinstance(value, dict) and inner in value):
                return True
        if any(kind.is_replacing(place_of(inner)) for inner in _inside(keys, value)):
            return True
    return kind.is_replacing(place)


def _inside(keys: Keys, value: Json) -> Iterator[Keys]:
    """Where the parts of a value lie, and theirs."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if key != DEFAULTS:
                yield (*keys, key)
                yield from _inside((*keys, key), item)
