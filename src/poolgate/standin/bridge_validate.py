"""Why a bridged provider refuses inputs: by its schema and the validators of Terraform's SDK, in their words.

Two things are put differently: of a long list of values the message shows those that are nearest, and a rule that binds
several properties is told once and not for each of them. What a cloud's provider adds are `rules` of its types. The
words are from hashicorp/terraform-plugin-sdk `helper/{schema,validation}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from inference_pools.near_words import nearest_few
from inference_pools.path import Keys, format_path
from inference_pools.values import Json, is_secret, is_unknown
from poolgate.standin.bridge_schema import DEFAULTS, ResourceType, place_of
from poolgate.standin.cloud import CheckFailure

_SHOWN: Final = 8

_HIDDEN: Final = "[secret]"

_Problem = tuple[Keys, str]


def failures(kind: ResourceType, inputs: Mapping[str, Json], name: str) -> Iterator[CheckFailure]:
    """The reasons, property by property; `name` is the resource's in the program."""
    missing = [((), key) for key in kind.facts.get("required", ()) if key not in inputs]
    found = [((key,), _missing(key)) for _, key in missing]
    for keys, reason in [*found, *_object(kind, kind.tree, inputs, (), "")]:
        yield CheckFailure(keys, f"{reason}. Examine values at '{name}.{format_path(_told(kind, keys))}'.")


def _told(kind: ResourceType, keys: Keys) -> Keys:
    """As far as the bridge tells the way: an item of a set has no number."""
    for end in range(len(keys)):
        if place_of(keys[:end]) in kind.facts.get("sets", ()):
            return keys[:end]
    return keys


def without_secrets(text: str, inputs: Mapping[str, Json]) -> str:
    """A text with nothing in it that the inputs, as they were given, mark as secret."""
    for one in sorted({*_secret_texts(dict(inputs))}, key=len, reverse=True):
        text = text.replace(one, _HIDDEN)
    return text


def _secret_texts(value: Json, *, hidden: bool = False) -> Iterator[str]:
    if is_secret(value):
        yield from _secret_texts(value.get("value"), hidden=True)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _secret_texts(item, hidden=hidden)
    elif hidden and isinstance(value, str) and len(value) > 2:
        yield value


def _missing(attribute: str) -> str:
    return f'Missing required argument. The argument "{attribute}" is required, but no definition was found.'


def _object(
    kind: ResourceType, node: Mapping[str, Json], value: Mapping[str, Json], keys: Keys, where: str
) -> Iterator[_Problem]:
    """`where` is the way to the object as Terraform writes it: `production_variants.0.`."""
    place, properties = place_of(keys), node["properties"]
    for name in node.get("required", ()):
        if name not in value:
            yield (*keys, name), _missing(where + kind.attribute((*keys, name)))
    yield from _combined(kind, value, keys, place, where)
    for name in sorted(value):
        if name == DEFAULTS or (not keys and name in kind.written_by_provider):
            continue
        if name not in properties:
            yield (*keys, name), "Invalid or unknown key"
        elif properties[name].get("output"):
            decided = "its value will be decided automatically based on the result of applying this configuration."
            attribute = f'Can\'t configure a value for "{where}{kind.attribute((*keys, name))}": {decided}'
            yield (*keys, name), f"Value for unconfigurable attribute. {attribute}"
        else:
            yield from _property(
                kind, properties[name], value[name], (*keys, name), where + kind.attribute((*keys, name))
            )


def _combined(kind: ResourceType, value: Mapping[str, Json], keys: Keys, place: str, where: str) -> Iterator[_Problem]:
    for pair in kind.facts.get("conflicts", {}).get(place, ()):
        if all(name in value and not is_unknown(value[name]) for name in pair):
            first, second = (where + kind.attribute((*keys, name)) for name in pair)
            yield (*keys, pair[0]), f'Conflicting configuration arguments. "{first}": conflicts with {second}'
    for rule, summary in (
        ("exactlyOneOf", "Invalid combination of arguments"),
        ("atLeastOneOf", "Missing required argument"),
    ):
        names = kind.facts.get(rule, {}).get(place, ())
        if not names:
            continue
        called = {name: where + kind.attribute((*keys, name)) for name in names}
        given = [called[name] for name in names if name in value and not is_unknown(value[name])]
        all_names = ",".join(called.values())
        if not any(name in value for name in names):
            yield (
                (*keys, names[0]),
                f'{summary}. "{called[names[0]]}": one of `{all_names}` must be specified',
            )
        elif rule == "exactlyOneOf" and len(given) > 1:
            yield (
                (*keys, names[0]),
                f'{summary}. "{called[names[0]]}": only one of `{all_names}` can be specified, but '
                f"`{','.join(given)}` were specified.",
            )


def _property(kind: ResourceType, node: Mapping[str, Json], value: Json, keys: Keys, where: str) -> Iterator[_Problem]:
    if is_unknown(value):
        return
    checks = kind.checks(place_of(keys))
    if "properties" in node:
        if isinstance(value, dict):
            yield from _object(kind, node, value, keys, f"{where}." if isinstance(keys[-1], int) else f"{where}.0.")
        else:
            yield keys, f"Expected Object Type. Expected object, got {_kind_of(value)}"
    elif "items" in node:
        yield from _list(kind, node, value, keys, where, checks)
    elif "additionalProperties" in node:
        yield from _map(kind, value, keys, where, checks)
    elif isinstance(value, (dict, list)):
        yield keys, f"Attribute must be a single value, not a {_kind_of(value)}"
    else:
        yield from ((keys, reason) for reason in _scalar(kind, node["type"], value, where, checks))


def _map(kind: ResourceType, value: Json, keys: Keys, where: str, checks: Mapping[str, Any]) -> Iterator[_Problem]:
    if not isinstance(value, dict):
        yield keys, "Attribute must be a map"
        return
    for key, item in value.items():
        if isinstance(item, (dict, list)) and not is_unknown(item):
            expected = f"'' expected type 'string', got unconvertible type '{_GO_KINDS[type(item)]}'"
            yield (*keys, key), expected
    if "rule" in checks:
        yield from ((keys, reason) for reason in kind.rules[checks["rule"]](where, value))


_GO_KINDS: Final = {dict: "map[string]interface {}", list: "[]interface {}"}


def _list(
    kind: ResourceType, node: Mapping[str, Json], value: Json, keys: Keys, where: str, checks: Mapping[str, Any]
) -> Iterator[_Problem]:
    if not isinstance(value, list):
        yield keys, "Attribute must be a list"
        return
    fewest, most = checks.get("items", (0, None))
    if most is not None and len(value) > most:
        yield keys, f"Too many list items. Attribute supports {most} item maximum, but config has {len(value)} declared"
    elif len(value) < fewest:
        yield keys, f"Not enough list items. Attribute requires {fewest} item minimum, but config has only {len(value)}"
    for index, item in enumerate(value):
        yield from _property(kind, node["items"], item, (*keys, index), f"{where}.{index}")


def _kind_of(value: Json) -> str:
    kinds = ((bool, "bool"), (str, "string"), (list, "list"), (dict, "map"))
    return next((word for cls, word in kinds if isinstance(value, cls)), "number")


# --- one value ---

_GO: Final = {"number": ("float", "ParseFloat"), "boolean": ("bool", "ParseBool")}


def _scalar(kind: ResourceType, wanted: str, value: Json, where: str, checks: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, str) and wanted in _GO:
        if value == "":
            return  # false, and zero
        word, function = _GO[wanted]
        yield f"cannot parse '' as {word}: strconv.{function}: parsing \"{value}\": invalid syntax"
        return
    if wanted == "integer" and isinstance(value, bool):
        yield f"Attribute must be a whole number, got {str(value).lower()}"
        return
    for check, expected in checks.items():
        if check == "values":
            # A schema's own enumeration is told by the last part of the way.
            allowed = kind.values(expected) if isinstance(expected, str) else expected
            yield from _one_of(where.rpartition(".")[2], value, allowed)
        elif check == "oneOf":
            yield from _one_of(where, value, expected)
        elif check in _CHECKS:
            yield from _CHECKS[check](where, value, expected)
        elif check in kind.rules:
            yield from kind.rules[check](where, value)
    if "rule" in checks:
        yield from kind.rules[checks["rule"]](where, value)


def _range(where: str, value: Json, bounds: tuple[int, int]) -> Iterator[str]:
    low, high = bounds
    if not low <= value <= high:
        yield f"expected {where} to be in the range ({low} - {high}), got {value}"


def _at_least(where: str, value: Json, low: int) -> Iterator[str]:
    if value < low:
        yield f"expected {where} to be at least ({low}), got {value}"


def _length(where: str, value: Json, bounds: tuple[int, int]) -> Iterator[str]:
    low, high = bounds
    if not low <= len(value.encode()) <= high:
        yield f"expected length of {where} to be in the range ({low} - {high}), got {value}"


def _matches(where: str, value: Json, pattern: str) -> Iterator[str]:
    if not re.search(pattern, value):
        yield f'expected value of {where} to match regular expression "{pattern}", got {value}'


def _one_of(where: str, value: Json, known: Sequence[Json]) -> Iterator[str]:
    if value in known:
        return
    if not isinstance(value, str):
        yield f"expected {where} to be one of [{' '.join(map(str, known))}], got {value}"
        return
    shown = list(known) if len(known) <= _SHOWN else nearest_few(value, known, most=_SHOWN // 2, cutoff=0.0)
    more = f" and {len(known) - len(shown)} others" if len(shown) < len(known) else ""
    listed = " ".join(f'"{one}"' for one in shown)
    yield f"expected {where} to be one of [{listed}]{more}, got {value}"


_CHECKS: Final[Mapping[str, Callable[[str, Json, Any], Iterator[str]]]] = {
    "range": _range,
    "atLeast": _at_least,
    "length": _length,
    "matches": _matches,
}
