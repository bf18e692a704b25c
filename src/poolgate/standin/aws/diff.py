"""What pulumi-aws sees as a change, and what of it replaces the resource.

What may change in place stands in `data/validators.json`. Run on the bridge: a variant that is added, removed or moved
replaces the configuration; a configuration with a name of its own is deleted before its replacement is made; the alarms
of an endpoint's rollback replace the endpoint where they appear or go, and where only a name changes they do not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from inference_pools.path import Keys
from inference_pools.values import Json
from poolgate.standin.aws.schema import DEFAULTS, ResourceType, place_of
from poolgate.standin.changes import changes
from poolgate.standin.cloud import Change, Difference


def diff(kind: ResourceType, old: Mapping[str, Json], new: Mapping[str, Json]) -> Difference:
    """What changed between two sets of checked inputs, without secret marks."""
    found = []
    for keys, change in changes(_comparable(kind, old, ()), _comparable(kind, new, ())):
        added = change in ("add", "delete")
        value = _at(new if change == "add" else old, keys) if added else None
        found.append(Change(keys, change, _replaces(kind, keys, value, added=added)))
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
    return not any(
        place == allowed or place.startswith((f"{allowed}.", f"{allowed}[")) for allowed in kind.facts["inPlace"]
    )
