"""The reference validator, spared the parts of a value that the fast one accepts.

One wrong number in a list of pools is no reason to judge all of the others by `jsonschema` again. Where it stands
before `properties` or `items` that hold for the value unconditionally, it goes on only to the parts in which the fast
validator found something. What is under `anyOf`, `if`, `not` and the like is judged whole, and so is what is behind
`$ref`. A test holds that the errors are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from jsonschema import ValidationError, validators

from poolgate.lint.secure_validator import Reference, SecureAwareValidator

_extend: Any = validators.extend  # it has no annotations

_REFERENCES: Final = ("$ref", "$dynamicRef")


class Narrowed(Reference):
    """The reference validator of one schema. It is not for use by several threads at once."""

    def __init__(self, contents: Mapping[str, Any], registry: Any) -> None:
        is_referred_to = _refers_into(contents, contents.get("$id"))
        self._unconditional = frozenset(() if is_referred_to else _unconditional(contents))
        self._steps: dict[int, set[Any]] = {}
        self._properties = SecureAwareValidator.VALIDATORS["properties"]
        self._items = SecureAwareValidator.VALIDATORS["items"]
        make: Any = _extend(SecureAwareValidator, {"properties": self._some_properties, "items": self._some_items})
        self._validator = make(contents, registry=registry)

    def errors(self, instance: Any, paths: Iterable[Iterable[Any]] = ()) -> list[ValidationError]:
        """The errors of a value; `paths` are where the fast validator found one, all of them, or nothing at all."""
        self._steps = _steps(instance, paths)
        return list(self._validator.iter_errors(instance))

    def _wanted(self, instance: Any, schema: Any) -> set[Any] | None:
        return self._steps.get(id(instance)) if id(schema) in self._unconditional else None

    def _some_properties(self, validator: Any, properties: Any, instance: Any, schema: Any) -> Any:
        wanted = self._wanted(instance, schema)
        if wanted is not None:
            properties = {name: inner for name, inner in properties.items() if name in wanted}
        return self._properties(validator, properties, instance, schema)

    def _some_items(self, validator: Any, items: Any, instance: Any, schema: Any) -> Any:
        wanted = self._wanted(instance, schema)
        # Of `false` the reference says that the list is too long, not what is wrong with an item.
        if wanted is None or isinstance(items, bool) or not isinstance(instance, list):
            return self._items(validator, items, instance, schema)
        first = len(schema.get("prefixItems", ()))
        return (
            error
            for index in sorted(wanted)
            if index >= first
            for error in validator.descend(instance[index], items, path=index)
        )


def _steps(instance: Any, paths: Iterable[Iterable[Any]]) -> dict[int, set[Any]]:
    """For each object and list on the way to an error, the steps that lead there; where one ends, all of it counts."""
    steps: dict[int, set[Any]] = {}
    whole: set[int] = set()
    for path in paths:
        at = instance
        for step in path:
            steps.setdefault(id(at), set()).add(step)
            at = at[step]
        whole.add(id(at))
    return {place: found for place, found in steps.items() if place not in whole}


def _unconditional(schema: Any) -> Iterator[int]:
    """The schemas that hold for a part of the value whatever the rest is like."""
    if not isinstance(schema, dict):
        return
    yield id(schema)
    for inner in (*schema.get("properties", {}).values(), schema.get("items")):
        yield from _unconditional(inner)


def _refers_into(schema: Any, own: Any) -> bool:
    """Whether some `$ref` may lead to a schema of the kind above, which may then be judged on a condition.

    `own` is the name by which the whole refers to itself.
    """
    if isinstance(schema, list):
        return any(_refers_into(inner, own) for inner in schema)
    if not isinstance(schema, dict):
        return False
    if any(
        isinstance(to, str) and to.partition("#")[0] in ("", own) and "#/$defs/" not in to
        for to in map(schema.get, _REFERENCES)
    ):
        return True
    return any(_refers_into(inner, own) for inner in schema.values())
