"""What pulumi-aws writes into a resource's inputs before it validates them.

In this order, as the bridge does: the provider's region, all tags, automatic names and the schema's defaults, and
values in the type that the schema has for them. Sources: pulumi/pulumi-aws `provider/{region,tags,autonaming}.go`;
pulumi/pulumi-terraform-bridge `pkg/tfbridge/{schema.go,info/autonaming.go}`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from inference_pools.path import Keys
from inference_pools.urn import Urn
from inference_pools.values import UNKNOWN_STRING, Json, is_unknown
from poolgate.standin.aws.schema import DEFAULTS, ResourceType, place_of
from poolgate.standin.cloud import CheckError, Request
from poolgate.standin.wire import contains_unknowns

DEFAULT_TAGS: Final = "defaultTags"
_DIGITS: Final = 7
_LONGEST: Final = 255
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_WHOLE: Final = re.compile(r"[+-]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def filled(kind: ResourceType, request: Request, news: Mapping[str, Json], olds: Mapping[str, Json]) -> dict[str, Json]:
    """The inputs, without secret marks and nulls, as the provider goes on with them."""
    inputs = dict(news)
    if kind.has("region") and "region" not in inputs and request.config.get("region"):
        inputs["region"] = request.config["region"]
    if kind.has("tagsAll"):
        inputs["tagsAll"] = all_tags(inputs.get("tags"), request.config)
    result = _object(kind, kind.tree, inputs, olds, ())
    name = _name(kind, request, inputs, olds)
    if name is not None:
        result["name"] = name
        result[DEFAULTS] = sorted([*result[DEFAULTS], "name"])
    return result


# --- tags ---


def all_tags(tags: Json, config: Mapping[str, str]) -> Json:
    """The tags and the provider's default tags, without those it ignores; unknown while one of the tags is.

    The resource's win. A provider that is itself not known yet checks nothing at all.
    """
    if contains_unknowns(tags):
        return UNKNOWN_STRING
    merged = {**default_tags(config), **(tags if isinstance(tags, dict) else {})}
    ignored = _setting(config, "ignoreTags", None)
    keys, prefixes = (tuple(ignored.get(name) or ()) for name in ("keys", "keyPrefixes"))
    return {
        key: _text(value)
        for key, value in merged.items()
        if key not in keys and not key.startswith(prefixes or ("\0",))
    }


def default_tags(config: Mapping[str, str]) -> Mapping[str, Any]:
    """The tags that the provider gives to whatever it makes."""
    return _setting(config, DEFAULT_TAGS, "tags")


def _setting(config: Mapping[str, str], name: str, member: str | None) -> Mapping[str, Any]:
    """A setting of the provider that is an object, or an object in it; empty where there is none."""
    try:
        value = json.loads(config.get(name, "{}"))
    except ValueError:
        return {}
    if member is not None:
        value = value.get(member) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


# --- names ---


def _name(kind: ResourceType, request: Request, news: Mapping[str, Json], olds: Mapping[str, Json]) -> Json | None:
    """The automatic name, where there is to be one; it stays for as long as the resource does."""
    if not kind.has("name") or "name" in news or "namePrefix" in news:
        return None
    if "name" in olds and _was_default(olds, "name"):
        return olds["name"]
    if request.autonaming is not None:
        return None if request.autonaming.mode == "disable" else request.autonaming.proposed_name or ""
    return made_up(request.token, Urn.parse(request.urn).name, request.random_seed, _LONGEST)


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
        name: _value(kind, properties[name], value, before.get(name), (*keys, name)) if name in properties else value
        for name, value in news.items()
        if name != DEFAULTS
    }
    missing = {name: value for name, value in kind.defaults(place_of(keys)).items() if name not in result}
    for name, value in missing.items():
        result[name] = before[name] if name in before and _was_default(before, name) else value
    result[DEFAULTS] = sorted(missing)
    return result


def _value(kind: ResourceType, node: Mapping[str, Json], value: Json, old: Json, keys: Keys) -> Json:
    if is_unknown(value):
        return value
    if isinstance(value, dict):
        if "properties" in node:
            return _object(kind, node, value, old, keys)
        inner = node.get("additionalProperties")
        return {key: in_type(inner["type"], item) for key, item in value.items()} if inner else value
    if isinstance(value, list):
        if "items" not in node:
            return value
        olds = old if isinstance(old, list) else []
        return [
            _value(kind, node["items"], item, olds[index] if index < len(olds) else None, (*keys, index))
            for index, item in enumerate(value)
        ]
    return in_type(node["type"], value)


def in_type(wanted: str, value: Json) -> Json:
    """A plain value in the type of the schema: "2" as 2, 1.5 as 1 for an integer; as it is where that cannot be."""
    if is_unknown(value):
        return value
    if wanted == "string":
        return _text(value) if isinstance(value, (bool, int, float)) else value
    if isinstance(value, str):
        return _read(wanted, value)
    if wanted == "integer" and isinstance(value, float) and math.isfinite(value):
        return int(value)
    return value


def _read(wanted: str, text: str) -> Json:
    if wanted == "boolean" and text in _TRUE | _FALSE:
        return text in _TRUE
    if wanted == "integer" and _WHOLE.fullmatch(text):
        sign, digits = text[0] == "-", text.lstrip("+-")
        octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
        return (-1 if sign else 1) * int(digits, 8 if octal else 0)
    if wanted == "number" and _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
