"""JSON Schema 2020-12 for values of which some are secrets.

The type of a secret is not known, so no keyword can judge one. What a schema can say is whether there has to be one.
`own_keywords` tells of this and the other keywords that are poolgate's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError, validators

from poolgate.lint.own_keywords import (
    DURATION_KEYWORD,
    SECRET_KEYWORD,
    SPELLING_KEYWORD,
    is_out_of_bounds,
    is_spelt_otherwise,
)
from poolgate.lint.secure_value import SecureValue, holds_secret

_Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]
# These only lead on to other schemas, where the keyword above may stand.
_LEADING: Final = frozenset(("$ref", "$dynamicRef", "allOf", "if"))


def _unless_secure(judge: _Keyword) -> _Keyword:
    def guarded(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        return None if isinstance(instance, SecureValue) else judge(validator, argument, instance, schema)

    return guarded


def _secret(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    is_secret = isinstance(instance, SecureValue)
    if wanted == "required" and not is_secret:
        yield ValidationError("has to be a secret")
    if wanted == "forbidden" and is_secret:
        yield ValidationError("must not be a secret")


def _duration(_validator: Any, bounds: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if is_out_of_bounds(bounds, instance):
        yield ValidationError("out of bounds")


def _spelling(_validator: Any, words: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if is_spelt_otherwise(words, instance):
        yield ValidationError("another case")


def _unique(validator: Any, is_wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
    """Of two secrets nobody knows whether they are the same."""
    known = [item for item in instance if not holds_secret(item)] if isinstance(instance, list) else instance
    judge: _Keyword = Draft202012Validator.VALIDATORS["uniqueItems"]
    return judge(validator, is_wanted, known, schema)


def _nothing(name: str, value: Any) -> ValidationError:
    """The reference leaves out the name of a property that may not be."""
    make: Any = ValidationError  # its annotations leave out what the reference itself passes
    error: ValidationError = make(
        "nothing may be here", validator=None, path=[name], schema_path=[name], instance=value, schema=False
    )
    return error


def _properties(validator: Any, named: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    judge: _Keyword = Draft202012Validator.VALIDATORS["properties"]
    yield from (
        judge(validator, {name: part for name, part in named.items() if part is not False}, instance, schema) or ()
    )
    if isinstance(instance, dict):
        yield from (
            _nothing(name, instance[name]) for name, part in named.items() if part is False and name in instance
        )


def _pattern_properties(validator: Any, named: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    judge: _Keyword = Draft202012Validator.VALIDATORS["patternProperties"]
    others = {pattern: part for pattern, part in named.items() if part is not False}
    yield from judge(validator, others, instance, schema) or ()
    if isinstance(instance, dict):
        forbidden = [pattern for pattern, part in named.items() if part is False]
        for name, value in instance.items():
            if any(re.search(pattern, name) for pattern in forbidden):
                yield _nothing(name, value)


_OURS: Final[Mapping[str, _Keyword]] = {
    "uniqueItems": _unique,
    "properties": _properties,
    "patternProperties": _pattern_properties,
}
"""Keywords of JSON Schema that say more, or less, here."""

KEYWORDS: Final[Mapping[str, _Keyword]] = {
    SECRET_KEYWORD: _secret,
    DURATION_KEYWORD: _unless_secure(_duration),
    SPELLING_KEYWORD: _unless_secure(_spelling),
}
"""The keywords of our own."""

_extend: Any = validators.extend  # it has no annotations

SecureAwareValidator: Final[Any] = _extend(
    Draft202012Validator,
    {
        **{
            keyword: judge if keyword in _LEADING else _unless_secure(judge)
            for keyword, judge in {**Draft202012Validator.VALIDATORS, **_OURS}.items()
        },
        **KEYWORDS,
    },
)
"""Draft 2020-12, with the keywords above, for instances in which a SecureValue stands for each secret."""


class Reference:
    """What says in the end what is wrong with a value, by one schema and those that it refers to."""

    def __init__(self, contents: Mapping[str, Any], registry: Any) -> None:
        self._validator = SecureAwareValidator(contents, registry=registry)

    def errors(self, instance: Any, _: Iterable[Iterable[Any]] = ()) -> list[ValidationError]:
        """The errors of a value. One that is faster looks where it was told of errors; this one everywhere."""
        return list(self._validator.iter_errors(instance))
