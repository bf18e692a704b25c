"""JSON Schema 2020-12 for values of which some are secrets.

The type of a secret is not known, so no keyword can judge one. What a schema can say is whether there has to be one.
`own_keywords` tells of this and the other keywords that are poolgate's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError, validators

from poolgate.lint.own_keywords import (
    DURATION_KEYWORD,
    SECRET_KEYWORD,
    SPELLING_KEYWORD,
    is_out_of_bounds,
    is_spelt_otherwise,
)
from poolgate.lint.project import SecureValue

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
            for keyword, judge in Draft202012Validator.VALIDATORS.items()
        },
        **KEYWORDS,
    },
)
"""Draft 2020-12, with the keywords above, for instances in which a SecureValue stands for each secret."""
