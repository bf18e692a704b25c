"""What the bridge writes into a resource's inputs before the provider validates them.

In this order: automatic names and the schema's defaults, and values in the type that the schema has for them. Source:
pulumi/pulumi-terraform-bridge `pkg/tfbridge/{schema.go,info/autonaming.go}`.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from typing import Final

from inference_pools.path import Keys
from inference_pools.urn import Urn
from inference_pools.values import Json, is_unknown
from poolgate.standin.bridge_schema import DEFAULTS, ResourceType, place_of
from poolgate.standin.cloud import Autonaming, CheckError, Request

_DIGITS: Final = 7
_LONGEST: Final = 255
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_BEYOND: Final = 1 << 63
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def filled(
    kind: ResourceType, request: Request, inputs: Mapping[str, Json], olds: Mapping[str, Json]
) -> dict[str, Json]:
    """The inputs, without secret marks and nulls, as the provider goes on with them."""
    result = _object(kind, kind.tree, inputs, olds, ())
    name = _name(kind, request, inputs, olds)
    if name is not None:
        result["name"] = name
        result[DEFAULTS] = sorted([*result[DEFAULTS], "name"])
    return result


# --- names ---


def _name(kind: ResourceType, request: Request, news: Mapping[str, Json], olds: Mapping[str, Json]) -> Json | None:
    """The automatic name, where there is to be one; it stays for as long as the resource does."""
    if not kind.takes("name") or "name" in news or "namePrefix" in news:
        return None
    if "name" in olds and _was_default(olds, "name"):
        return olds["name"]
    if request.autonaming is not None:
        return _engine_s_name(kind, request.autonaming)
    return made_up(request.token, Urn.parse(request.urn).name, request.random_seed, _LONGEST)


def _engine_s_name(kind: ResourceType, asked: Autonaming) -> str | None:
    """The name that the engine proposes, as it is."""
    name = asked.proposed_name or ""
    if asked.mode == "disable":
        if kind.refuses_nameless:
            raise CheckError("automatic naming is disabled but no explicit name was provided")
        return None
    if asked.mode == "propose" and len(name) > _LONGEST:
        raise CheckError(f"calculated name '{name}' exceeds maximum length of {_LONGEST}")
    return name


def made_up(token: str, name: str, seed: bytes, longest: int) -> str:
    """A name in the providers' form; its digits follow from the seed, though not as the engine's would."""
    if len(name) + 1 + _DIGITS > longest:
        raise CheckError(
            f"could not make instance of '{token}': name '{name}-' plus {_DIGITS} random chars is longer than maximum "
            f"length {longest}"
        )
    return f"{name}-{hashlib.sha256(seed).hexdigest()[:_DIGITS]}"


def _was_default(olds: Mapping[str, Json], name: str) -> bool:
    return name in olds[DEFAULTS] if isinstance(olds.get(DEFAULTS), list) else True


# --- defaults and types ---


def _object(
    kind: ResourceType, node: Mapping[str, Json], news: Mapping[str, Json], olds: Json, keys: Keys
) -> dict[str, Json]:
    before: Mapping[str, Json] = olds if isinstance(olds, dict) else {}
    properties = node["properties"]
    result = {
        name: _value(kind, properties[name], news[name], before.get(name), (*keys, name))
        if name in properties
        else news[name]
        for name in sorted(news)
        if name != DEFAULTS
    }
    filled_in = []
    for name, value in kind.defaults(place_of(keys)).items():
        if name in result:
            continue
        if name in before and _was_default(before, name):
            value = before[name]
        elif not value:
            continue  # false, zero and nothing are left to Terraform, since version 3.127 of the bridge
        result[name] = value
        filled_in.append(name)
    result[DEFAULTS] = sorted(filled_in)
    return result


def _value(kind: ResourceType, node: Mapping[str, Json], value: Json, old: Json, keys: Keys) -> Json:
    if is_unknown(value):
        return value
    if "items" in node:
        olds = old if isinstance(old, list) else []
        return [
            _value(kind, node["items"], item, olds[index] if index < len(olds) else None, (*keys, index))
            for index, item in enumerate(value if isinstance(value, list) else [value])
        ]
    if "properties" in node and isinstance(value, list) and len(value) == 1:
        value = value[0]  # Terraform has a list of one where Pulumi has an object
    if isinstance(value, dict):
        if "properties" in node:
            return _object(kind, node, value, old, keys)
        inner = node.get("additionalProperties")
        return {key: in_type(inner["type"], item) for key, item in value.items()} if inner else value
    if isinstance(value, list):
        return value
    try:
        return in_type(node["type"], value)
    except ValueError as error:
        raise CheckError(f"{kind.attribute(keys)}: {error}") from None


def in_type(wanted: str, value: Json) -> Json:
    """A plain value in the type of the schema: "2" as 2, 1.5 as 1 for an integer; as it is where that cannot be.

    Raises ValueError, in Go's words, for a text that is no integer: the bridge goes no further.
    """
    if is_unknown(value):
        return value
    if wanted == "string":
        return as_text(value) if isinstance(value, (bool, int, float)) else value
    if isinstance(value, str):
        return _read(wanted, value)
    if wanted == "integer" and isinstance(value, float) and math.isfinite(value):
        return int(value)
    return value


def _read(wanted: str, text: str) -> Json:
    if wanted == "boolean" and text in _TRUE | _FALSE:
        return text in _TRUE
    if wanted == "integer":
        if not _WHOLE.fullmatch(text):
            raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        if not -_BEYOND <= int(text) < _BEYOND:
            raise ValueError(f'strconv.ParseInt: parsing "{text}": value out of range')
        return int(text)
    if wanted == "number" and _DECIMAL.fullmatch(text):
        return float(text)
    return text


def as_text(value: Json) -> str:
    """A plain value as Terraform writes it into a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
