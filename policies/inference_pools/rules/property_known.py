"""Every property is one that the resource's API version knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools.facets import Property
from inference_pools.facets.texts import Api
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.rule import Options, rule
from inference_pools.tree import Node

_UNDERSCORE = re.compile(r"_([a-z])")


@rule(
    Property,
    id="property-known",
    title="Properties are ones the API version knows",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Correct or remove the property.",
    since="2026.12",
)
def property_known(property: Property, options: Options) -> Iterator[Finding]:
    """A provider lets unknown names and values through; the API refuses them in the middle of a deployment."""
    if property.known is None:
        yield from _unknown_name(property)
        return
    if property.known.is_read_only:
        yield Finding("", f"is set by {property.api.vendor}, a program cannot", "Remove it.")
        return
    if property.own.keys in property.api.told_elsewhere:
        return
    property.look_inside()
    choice = property.written_choice
    if choice is not None and not _is_one(choice, property.known, property.api):
        allowed = ", ".join(property.known.enum)
        near = nearest(choice, property.known.enum, cutoff=0.4)
        remedy = f"Set it to {near}." if near else f"Set it to one of: {allowed}."
        yield Finding("", f"is {choice!r}, {property.api.vendor} knows {allowed}", remedy)


def _is_one(choice: str, known: Node, api: Api) -> bool:
    """Whether a value is one of those that there are."""
    if api.folds_case and known.raw.get("openEnum"):
        return choice.casefold() in {each.casefold() for each in known.enum}
    return choice in known.enum


def _unknown_name(property: Property) -> Iterator[Finding]:
    # The SDK writes the names of a dictionary in camel case where it knows them; it leaves the others as they are.
    name, api = _camel_case(property.name), property.api
    keys = tuple([_camel_case(key) if isinstance(key, str) else key for key in property.own.keys])
    explained = api.explain(keys, name)
    if explained is not None:
        # What another type has under just this name was put into the wrong one, however near its own names are.
        yield Finding("", *explained)
        return
    if name != property.name and name in property.siblings:
        yield Finding("", f"is in snake_case, and the provider sees nothing but {name}", f"Write {name}.")
        return
    near = nearest(name, property.siblings)
    if near and not api.is_open:
        yield Finding("", f"is no property of {api.kind}; did you mean {near}?", f"Rename it to {near}.")
    elif not api.is_open:
        yield Finding("", f"is no property of {api.kind} in this {api.version}")


def _camel_case(name: str) -> str:
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)
