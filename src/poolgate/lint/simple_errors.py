"""Errors that `jsonschema-rs` finds and that are told without `jsonschema`, which takes long to import.

Simple is an error of a keyword that judges one value by itself, in a schema that holds for the value whatever else is
there. Of those the two validators say the same: the place in the value, the schema, the keyword and its argument, which
is all that messages are made of. A differential test holds that. As soon as one of the errors of a value is not simple,
all of them are left to the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from poolgate.lint.own_keywords import DURATION_KEYWORD, SPELLING_KEYWORD

_JUDGING: Final = frozenset(
    """type enum const pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems
    maxItems required""".split()
) | {DURATION_KEYWORD, SPELLING_KEYWORD}
_ONE: Final = frozenset(("items", "additionalProperties"))
_NAMED: Final = frozenset(("properties", "patternProperties"))
_LISTED: Final = frozenset(("allOf", "prefixItems"))

Refer = Callable[[Any, str], tuple[Any, Any]]
"""From a document and a reference in it to the document that it leads into, and what is there."""


class SimpleError:
    """What messages read of a `jsonschema.ValidationError`."""

    __slots__ = ("absolute_path", "absolute_schema_path", "instance", "message", "schema", "validator")

    context = ()
    parent = None

    def __init__(
        self, path: Sequence[Any], schema_path: tuple[Any, ...], instance: Any, schema: Any, message: str
    ) -> None:
        self.absolute_path = path
        self.absolute_schema_path = schema_path
        self.instance = instance
        self.schema = schema
        self.message = message
        self.validator = schema_path[-1]

    @property
    def validator_value(self) -> Any:
        """The argument of the keyword."""
        return self.schema[self.validator]


def simple_errors(found: Iterable[Any], instance: Any, contents: Any, refer: Refer) -> list[SimpleError] | None:
    """The errors that the fast validator found; None unless all of them are simple, and there is one.

    `contents` is the schema as it was written, and `refer` follows its references.
    """
    told = []
    for error in found:
        simple = _simple(error, instance, contents, refer)
        if simple is None:
            return None
        told.append(simple)
    return told or None


def _simple(error: Any, instance: Any, contents: Any, refer: Refer) -> SimpleError | None:
    path, evaluation_path = error.instance_path, error.evaluation_path
    led = _led_to(evaluation_path[:-1], contents, refer)
    if led is None:
        return None
    schema, schema_path = led
    keyword = evaluation_path[-1] if evaluation_path else None
    if not isinstance(schema, dict) or keyword not in schema:
        return None
    is_unknown_key = keyword == "additionalProperties" and schema[keyword] is False
    if not (is_unknown_key or keyword in _JUDGING):
        return None
    value = instance
    for step in path:
        if isinstance(step, int) != isinstance(value, list):
            return None  # jsonschema-rs takes a key like "0" for an index
        value = value[step]
    message = f"{error.kind.property!r} is a required property" if keyword == "required" else ""
    return SimpleError(path, (*schema_path, keyword), value, schema, message)


def _led_to(path: Sequence[Any], contents: Any, refer: Refer) -> tuple[Any, list[Any]] | None:
    """The schema that a path leads to, and the path as the reference tells it; None where it may not hold."""
    document = schema = contents
    told: list[Any] = []
    steps = iter(path)
    for step in steps:
        if not isinstance(schema, dict) or step not in schema:
            return None
        inner = schema[step]
        if step == "$ref":
            document, schema = refer(document, inner)
            continue
        told.append(step)
        if step in _ONE:
            schema = inner
            continue
        which = next(steps, None)
        # jsonschema-rs takes a key like "0" for an index here, too.
        if step not in (_LISTED if isinstance(which, int) else _NAMED) or which is None:
            return None
        told.append(which)
        schema = inner[which]
    return schema, told
