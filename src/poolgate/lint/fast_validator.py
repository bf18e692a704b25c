"""A validator that is sure of good values, and says nothing of others.

`jsonschema` is the reference, and the only one that finds and words what is wrong. It is also a hundred times slower
than `jsonschema-rs`, and takes longer to import than a thousand files take to judge here. So `jsonschema-rs` goes
first: what it accepts is good, what it does not accept is judged by the reference.

That is sound as far as the two agree. They do for the keywords, patterns and values below, which differential tests
compare; a schema with anything else in it gets no fast validator, and a value that is not tame is left to the
reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Final, Protocol

from poolgate.lint.own_keywords import (
    DURATION_KEYWORD,
    SECRET_KEYWORD,
    SPELLING_KEYWORD,
    is_out_of_bounds,
    is_spelt_otherwise,
)
from poolgate.lint.project import SecureValue


class FastValidator(Protocol):
    """What `compile_fast` makes."""

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is certainly good."""

    def iter_errors(self, instance: Any) -> Iterable[Any]:
        """What seems to be wrong with one that is not; `instance_path` is where."""


_BASE: Final = "poolgate:///"

# Where schemas stand in schemas: as the value itself, in a list, or by name.
_ONE: Final = frozenset(("additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else"))
_LISTED: Final = frozenset(("prefixItems", "allOf", "anyOf", "oneOf"))
_NAMED: Final = frozenset(("properties", "patternProperties", "$defs", "dependentSchemas"))
_OF_THE_WHOLE: Final = frozenset(("required", "minProperties", "dependentRequired"))
_LEADING: Final = ("allOf", "if", "then", "else", "$ref")
_ASSERTING: Final = frozenset(
    """type enum const pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems
    maxItems uniqueItems minContains maxContains minProperties maxProperties required dependentRequired""".split()
)
# What says nothing about the value; `format` is not asserted by either validator.
_SILENT: Final = frozenset(
    "$schema $comment title description examples default deprecated readOnly writeOnly format".split()
)

_REFERENCE: Final = re.compile(r"(?P<file>[\w-][\w.-]*)?#(?P<pointer>(/[\w.%~$-]+)*)", re.ASCII)

# What every engine of regular expressions takes for the same, as far as texts are printable ASCII.
_ESCAPED: Final = r"\\[dDwWsS.\-/\\()\[\]{}+*?|^$]"
_CLASS: Final = rf"\[\^?(?:(?!&&|--|~~)(?:[^\[\]\\]|{_ESCAPED}))+\]"
_ATOM: Final = rf"(?:[\w /:@,=;~%&<>!\"'#.-]|{_ESCAPED}|{_CLASS}|\))"
_TAME_PATTERN: Final = re.compile(
    rf"(?:{_ATOM}(?:(?:[*+?]|\{{[0-9]+(?:,[0-9]*)?\}})\??)?|\((?:\?[:=!])?|[|^$])*", re.ASCII
)
_LARGEST: Final = 2**53

SECRET_MARK: Final = "\0secret"
"""What a secret is in the eyes of the fast validator; no text in a YAML file has this character."""


class _NotAuditedError(Exception):
    """The schema uses something that the two validators have not been shown to agree about."""


def compile_fast(
    name: str, read: Callable[[str], Any], *, secrets: bool = False, whole: bool = True
) -> FastValidator | None:
    """A validator that is sure of good values; None for a schema that is left to the reference.

    `read` gives the contents of a schema file by its plain name; `name` is that of the schema itself. With `secrets`
    the values may have a SECRET_MARK in place of each secret, which costs some time. Without `whole` it does not matter
    what the root object lacks. Values have to be tame.
    """
    import jsonschema_rs

    audit = _audited_with_secrets if secrets else _audited

    def retrieve(uri: str) -> Any:
        file = uri.removeprefix(_BASE)
        contents = read(file)
        if not jsonschema_rs.meta.is_valid(contents):
            raise _NotAuditedError(f"{file} is not a JSON Schema")
        if isinstance(contents, dict):
            contents = dict(contents)
            if contents.pop("$id", file) != file:
                raise _NotAuditedError(f"{file} goes by another name")
        return audit(contents)

    try:
        root = retrieve(_BASE + name)
        if not whole and isinstance(root, dict):
            root = {keyword: argument for keyword, argument in root.items() if keyword not in _OF_THE_WHOLE}
        return jsonschema_rs.Draft202012Validator(
            root, retriever=retrieve, base_uri=_BASE + name, validate_formats=False, keywords=_OWN_KEYWORDS
        )
    except (_NotAuditedError, LookupError, OSError, ValueError, jsonschema_rs.ReferencingError):
        # The reference says what is wrong with the schema, if anything is.
        return None


class Nature(Enum):
    """Whether the two validators agree about a value."""

    WILD = 0
    TAME = 1
    TAME_WITH_SECRETS = 2


def nature_of(value: Any) -> Nature:
    """Tame are printable ASCII, numbers of common size, and what is made of them."""
    secrets: list[SecureValue] = []
    if not _is_tame(value, secrets):
        return Nature.WILD
    return Nature.TAME_WITH_SECRETS if secrets else Nature.TAME


def _is_tame(value: Any, secrets: list[SecureValue]) -> bool:
    kind = value.__class__
    if kind is str:
        return bool(value.isascii() and value.isprintable())
    if kind is dict:
        # An empty key is left out of the paths of jsonschema-rs.
        return all(key and _is_tame(key, secrets) and _is_tame(inner, secrets) for key, inner in value.items())
    if kind is int or kind is float:
        return bool(-_LARGEST < value < _LARGEST)
    if kind is list:
        return all(_is_tame(inner, secrets) for inner in value)
    if kind is SecureValue:
        secrets.append(value)
        return True
    return value is None or kind is bool


def _is_tame_argument(argument: Any) -> bool:
    return nature_of(argument) is Nature.TAME


def _audited(schema: Any) -> Any:
    """The schema for values without secrets: nothing can stand where there has to be a secret."""
    if isinstance(schema, bool):
        return schema
    return _rebuilt(schema, _audited) if schema.get(SECRET_KEYWORD) != "required" else False


def _audited_with_secrets(schema: Any) -> Any:
    """The schema for marked values. Of a secret, only the keywords that lead on to other schemas judge."""
    if isinstance(schema, bool):
        return schema
    rebuilt = _rebuilt(schema, _audited_with_secrets)
    definitions = rebuilt.pop("$defs", None)
    wanted = schema.get(SECRET_KEYWORD)
    leading = {keyword: rebuilt[keyword] for keyword in _LEADING if keyword in rebuilt}
    guarded = {
        "if": {"const": SECRET_MARK},
        "then": False if wanted == "forbidden" else leading or True,
        "else": False if wanted == "required" else rebuilt,
    }
    return guarded if definitions is None else {**guarded, "$defs": definitions}


def _rebuilt(schema: Mapping[str, Any], inner: Callable[[Any], Any]) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {}
    for keyword, argument in schema.items():
        if keyword in _SILENT or keyword == SECRET_KEYWORD or (keyword == DURATION_KEYWORD and not argument):
            continue
        if keyword in _ONE:
            rebuilt[keyword] = inner(argument)
        elif keyword in _LISTED:
            rebuilt[keyword] = [inner(each) for each in argument]
        elif keyword in _NAMED:
            rebuilt[keyword] = {name: inner(each) for name, each in argument.items()}
        elif keyword in _ASSERTING or keyword == "$ref" or keyword in _OWN_KEYWORDS:
            rebuilt[keyword] = argument
        else:
            raise _NotAuditedError(keyword)
        if not _AUDITS.get(keyword, _anything)(argument):
            raise _NotAuditedError(f"{keyword}: {argument}")
    return rebuilt


def _own_keyword(is_broken: Callable[[Any, Any], bool]) -> type:
    """A keyword as `jsonschema-rs` wants it, that judges by the function the reference judges by."""

    class Keyword:
        def __init__(self, _schema: Any, argument: Any, _path: Any) -> None:
            self._is_broken = cache(lambda instance: is_broken(argument, instance))

        def validate(self, instance: Any) -> None:
            if isinstance(instance, str) and self._is_broken(instance):
                raise ValueError

    return Keyword


_OWN_KEYWORDS: Final = {
    DURATION_KEYWORD: _own_keyword(is_out_of_bounds),
    SPELLING_KEYWORD: _own_keyword(is_spelt_otherwise),
}


def _anything(_argument: Any) -> bool:
    return True


def _is_tame_pattern(pattern: str) -> bool:
    return _TAME_PATTERN.fullmatch(pattern) is not None


_AUDITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "$ref": lambda reference: _REFERENCE.fullmatch(reference) is not None,
    "pattern": _is_tame_pattern,
    "patternProperties": lambda patterns: all(map(_is_tame_pattern, patterns)),
    "multipleOf": lambda divisor: isinstance(divisor, int),  # with fractions the reference rounds
    "enum": _is_tame_argument,
    "const": _is_tame_argument,
}
