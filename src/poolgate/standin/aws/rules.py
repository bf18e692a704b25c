"""What pulumi-aws refuses by checks of its own, `internal/service/sagemaker/validate.go` and `internal/verify`.

`data/validators.json` says which property has which, and names the sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from inference_pools.values import Json
from poolgate.standin.bridge_schema import Rule
from poolgate.standin.wire import contains_unknowns

_NAME = re.compile(r"[0-9A-Za-z-]+")
_VARIABLE = re.compile(r"[0-9A-Za-z_]+")
_URI = re.compile(r"(https|s3)://[^/]+(?:/.*)?")
_PARTITION = re.compile(r"aws(-[a-z]+)*")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_ACCOUNT = re.compile(r"(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})")
_UNIQUE_SUFFIX: Final = 26
"""Characters that the provider adds to a prefix."""


def _arn(where: str, value: Json) -> Iterator[str]:
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
    if not _URI.fullmatch(value):
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


RULES: Final[Mapping[str, Rule]] = {
    "arn": _arn,
    "name": _name,
    "prefix": _prefix,
    "environment": _environment,
    "image": _image,
    "uri": _uri,
    "time": _time,
}
