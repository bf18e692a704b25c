"""Why pulumi-aws refuses inputs: the validators of the Terraform provider and of its SDK, in their words.

Two things are put differently: of a long list of values the message shows those that are nearest, and a rule that binds
several properties is told once and not for each of them. Sources are named in `data/validators.json`; the words of the
SDK are from hashicorp/terraform-plugin-sdk `helper/{schema,validation}`, read and not compared with a run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from inference_pools.near_words import nearest_few
from inference_pools.path import Keys, format_path
from inference_pools.values import Json, is_unknown
from poolgate.standin.aws.schema import DEFAULTS, ResourceType, place_of, values
from poolgate.standin.cloud import CheckFailure
from poolgate.standin.wire import contains_unknowns

_CAPITAL = re.compile(r"(?<=.)([A-Z])")
_NAME = re.compile(r"[0-9A-Za-z-]+")
_VARIABLE = re.compile(r"[0-9A-Za-z_]+")
_URI = re.compile(r"^(https|s3)://([^/]+)/?(.*)$")
_PARTITION = re.compile(r"aws(-[a-z]+)*")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_ACCOUNT = re.compile(r"(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})")
_SHOWN: Final = 8
_UNIQUE_SUFFIX: Final = 26
"""Characters that the provider adds to a prefix."""
_LISTS: Final = frozenset(
    "routingConfigs containers s3DataSources additionalModelDataSources stepAdjustments metricSpecifications "
    "metricDataQueries includeInferenceResponseIns".split()
)
"""Properties that Pulumi has in the plural and Terraform in the singular."""

_Problem = tuple[Keys, str]


def failures(kind: ResourceType, inputs: Mapping[str, Json], name: str) -> Iterator[CheckFailure]:
    """The reasons, property by property; `name` is the resource's in the program."""
    missing = [((), key) for key in kind.facts.get("required", ()) if key not in inputs]
    found = [((key,), _missing(key)) for _, key in missing]
    for keys, reason in [*found, *_object(kind, kind.tree, inputs, (), "")]:
        yield CheckFailure(keys, f"{reason}. Examine values at '{name}.{format_path(keys)}'.")


def _missing(attribute: str) -> str:
    return f'Missing required argument. The argument "{attribute}" is required, but no definition was found.'


def _attribute(name: str) -> str:
    """A property by its name in Terraform."""
    return _CAPITAL.sub(r"_\1", name.removesuffix("s") if name in _LISTS else name).lower()


def _object(
    kind: ResourceType, node: Mapping[str, Json], value: Mapping[str, Json], keys: Keys, where: str
) -> Iterator[_Problem]:
    """`where` is the way to the object as Terraform writes it: `production_variants.0.`."""
    place, properties = place_of(keys), node["properties"]
    for name in node.get("required", ()):
        if name not in value:
            yield (*keys, name), _missing(_attribute(name))
    yield from _combined(kind, value, keys, place, where)
    for name in sorted(value):
        if name == DEFAULTS or (not keys and name == "tagsAll"):
            continue
        if name not in properties:
            yield (*keys, name), "Invalid or unknown key"
        elif properties[name].get("output"):
            decided = "its value will be decided automatically based on the result of applying this configuration."
            attribute = f'Can\'t configure a value for "{where}{_attribute(name)}": {decided}'
            yield (*keys, name), f"Value for unconfigurable attribute. {attribute}"
        else:
            yield from _property(kind, properties[name], value[name], (*keys, name), where + _attribute(name))


def _combined(kind: ResourceType, value: Mapping[str, Json], keys: Keys, place: str, where: str) -> Iterator[_Problem]:
    conflicting = kind.facts.get("conflicts", {}).get(place, ())
    if conflicting and all(name in value for name in conflicting):
        first, second = (where + _attribute(name) for name in conflicting)
        yield (*keys, conflicting[0]), f'Conflicting configuration arguments. "{first}": conflicts with {second}'
    for rule, summary in (
        ("exactlyOneOf", "Invalid combination of arguments"),
        ("atLeastOneOf", "Missing required argument"),
    ):
        names = kind.facts.get(rule, {}).get(place, ())
        if not names:
            continue
        given = [where + _attribute(name) for name in names if name in value and not is_unknown(value[name])]
        all_names = ",".join(where + _attribute(name) for name in names)
        if not any(name in value for name in names):
            yield (
                (*keys, names[0]),
                f'{summary}. "{where}{_attribute(names[0])}": one of `{all_names}` must be specified',
            )
        elif rule == "exactlyOneOf" and len(given) > 1:
            yield (
                (*keys, names[0]),
                f'{summary}. "{where}{_attribute(names[0])}": only one of `{all_names}` can be specified, but '
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
        if not isinstance(value, dict):
            yield keys, "Attribute must be a map"
        elif "rule" in checks:
            yield from ((keys, reason) for reason in _RULES[checks["rule"]](where, value))
    elif isinstance(value, (dict, list)):
        yield keys, f"Attribute must be a single value, not a {_kind_of(value)}"
    else:
        yield from ((keys, reason) for reason in _scalar(node["type"], value, where, checks))


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

_GO: Final = {"integer": ("int", "ParseInt"), "number": ("float", "ParseFloat"), "boolean": ("bool", "ParseBool")}


def _scalar(wanted: str, value: Json, where: str, checks: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, str) and wanted in _GO:
        word, function = _GO[wanted]
        yield f"cannot parse '' as {word}: strconv.{function}: parsing \"{value}\": invalid syntax"
        return
    for check, expected in checks.items():
        if check in _CHECKS:
            yield from _CHECKS[check](where, value, expected)
    if "rule" in checks:
        yield from _RULES[checks["rule"]](where, value)


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


def _one_of(where: str, value: Json, allowed: str | list[Json]) -> Iterator[str]:
    known = values(allowed) if isinstance(allowed, str) else allowed
    if value in known:
        return
    if not isinstance(value, str):
        yield f"expected {where} to be one of [{' '.join(map(str, known))}], got {value}"
        return
    shown = list(known) if len(known) <= _SHOWN else nearest_few(value, known, most=_SHOWN // 2, cutoff=0.0)
    more = f" and {len(known) - len(shown)} others" if len(shown) < len(known) else ""
    listed = " ".join(f'"{one}"' for one in shown)
    # Enumerations are told by the last part of the way.
    yield f"expected {where.rpartition('.')[2]} to be one of [{listed}]{more}, got {value}"


def _arn(where: str, value: Json, _: bool) -> Iterator[str]:
    if value == "":
        return
    parts = value.split(":", 5)
    if parts[0] != "arn":
        yield f'"{where}" ({value}) is an invalid ARN: arn: invalid prefix'
    elif len(parts) < 6:
        yield f'"{where}" ({value}) is an invalid ARN: arn: not enough sections'
    else:
        partition, _, region, account, resource = parts[1:]
        if not partition:
            yield f'"{where}" ({value}) is an invalid ARN: missing partition value'
        told = (
            ("partition", partition, _PARTITION),
            ("region", region, _REGION),
            ("account ID", account, _ACCOUNT),
        )
        for word, part, pattern in told:
            if part and not pattern.fullmatch(part):
                expected = f"expecting to match regular expression: ^{pattern.pattern}$"
                yield f'"{where}" ({value}) is an invalid ARN: invalid {word} value ({expected})'
        if not resource:
            yield f'"{where}" ({value}) is an invalid ARN: missing resource value'


_CHECKS: Final[Mapping[str, Callable[[str, Json, Any], Iterator[str]]]] = {
    "range": _range,
    "atLeast": _at_least,
    "length": _length,
    "matches": _matches,
    "values": _one_of,
    "arn": _arn,
}


# --- the provider's own rules ---


def _name(where: str, value: Json, longest: int = 63) -> Iterator[str]:
    if not _NAME.fullmatch(value):
        yield f'only alphanumeric characters and hyphens allowed in "{where}": "{value}"'
    if len(value) > longest:
        yield f'"{where}" cannot be longer than {longest} characters: "{value}"'
    if value.startswith("-"):
        yield f'"{where}" cannot begin with a hyphen: "{value}"'


def _prefix(where: str, value: Json) -> Iterator[str]:
    yield from _name(where, value, 63 - _UNIQUE_SUFFIX)


def _environment(where: str, value: Json) -> Iterator[str]:
    """The values of variables are not told: they may be secret."""
    for key, text in value.items():
        if not _VARIABLE.fullmatch(key):
            yield f'only alphanumeric characters and underscore allowed in "{where}": "{key}"'
        if len(key) > 1024:
            yield f'"{where}" cannot be longer than 1024 characters: "{key}"'
        if isinstance(text, str) and not contains_unknowns(text) and len(text.encode()) > 1024:
            yield f'"{where}" cannot be longer than 1024 characters: the value of "{key}"'
        if key[:1].isdigit():
            yield f'"{where}" cannot begin with a digit: "{key}"'


def _image(where: str, value: Json) -> Iterator[str]:
    if not value.strip():
        yield f'no whitespace allowed in "{where}": "{value}"'
    if len(value) > 255:
        yield f'"{where}" cannot be longer than 255 characters: "{value}"'


def _uri(where: str, value: Json) -> Iterator[str]:
    if not _URI.match(value):
        yield f"invalid value for {where} (must be HTTPS or Amazon S3 URI)"
    if len(value) > 1024:
        yield f"expected length of {where} to be in the range (0 - 1024), got {value}"


def _time(where: str, value: Json) -> Iterator[str]:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None or "T" not in value:
        yield f'expected "{where}" to be a valid RFC3339 date, got "{value}"'


_RULES: Final[Mapping[str, Callable[[str, Json], Iterator[str]]]] = {
    "name": _name,
    "prefix": _prefix,
    "environment": _environment,
    "image": _image,
    "uri": _uri,
    "time": _time,
}
