"""What a resource of a bridged provider has as outputs in a preview.

The inputs; unknown what the provider or the cloud makes up; null what nobody wrote and nobody makes up. Source:
pulumi/pulumi-terraform-bridge `pkg/tfbridge/schema.go` (MakeTerraformOutputs).
"""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.path import Keys
from inference_pools.values import UNKNOWN_STRING, Json, is_unknown
from poolgate.standin.bridge_schema import DEFAULTS, ResourceType, place_of
from poolgate.standin.wire import contains_unknowns


def preview(kind: ResourceType, inputs: Mapping[str, Json]) -> dict[str, Json]:
    """The outputs of a creation in a preview, of checked inputs without secret marks."""
    return _object(kind, kind.tree, inputs, ())


def _object(kind: ResourceType, node: Mapping[str, Json], value: Mapping[str, Json], keys: Keys) -> dict[str, Json]:
    own = {key: item for key, item in value.items() if key not in node["properties"] and key != DEFAULTS}
    return own | {name: _member(kind, child, value, (*keys, name)) for name, child in node["properties"].items()}


def _member(kind: ResourceType, node: Mapping[str, Json], value: Mapping[str, Json], keys: Keys) -> Json:
    name = str(keys[-1])
    if name in value:
        return _value(kind, node, value[name], keys)
    if node.get("output") or kind.is_computed(place_of(keys)):
        return UNKNOWN_STRING
    if name in (defaults := kind.defaults(place_of(keys[:-1]))):
        return defaults[name]
    return [] if "properties" in node.get("items", ()) else None


def _value(kind: ResourceType, node: Mapping[str, Json], value: Json, keys: Keys) -> Json:
    if is_unknown(value):
        return value
    if "additionalProperties" in node and value == {}:
        return None
    if "additionalProperties" in node and contains_unknowns(value):
        return UNKNOWN_STRING
    if isinstance(value, dict) and "properties" in node:
        return _object(kind, node, value, keys)
    if isinstance(value, list) and "items" in node:
        return [_value(kind, node["items"], item, (*keys, index)) for index, item in enumerate(value)]
    return value


def kept(kind: ResourceType, outputs: Mapping[str, Json], state: Mapping[str, Json]) -> dict[str, Json]:
    """The outputs of an update in a preview: what is made up at the creation stays as the state has it."""
    return {
        key: state[key] if is_unknown(value) and key in state and _is_made_up(kind, key) else value
        for key, value in outputs.items()
    }


def _is_made_up(kind: ResourceType, key: str) -> bool:
    return kind.is_computed(key) or bool(kind.tree["properties"].get(key, {}).get("output"))
