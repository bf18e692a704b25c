"""Every property is one that the resource's API version knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools import catalog
from inference_pools.catalog import Kind
from inference_pools.facets import Property
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.rule import Options, rule

_UNDERSCORE = re.compile(r"_([a-z])")
_JUDGED_ELSEWHERE = ("sku.tier", "inferenceEndpointProperties.authMode")


@rule(
    Property,
    id="property-known",
    title="Properties are ones the API version knows",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Correct or remove the property.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
)
def property_known(property: Property, options: Options) -> Iterator[Finding]:
    """The provider lets unknown names and values through; Azure refuses them in the middle of a deployment."""
    if property.known is None:
        yield _unknown_name(property)
        return
    if property.known.is_read_only:
        yield Finding("", "is set by Azure, a program cannot", "Remove it.")
        return
    if property.own.path in _JUDGED_ELSEWHERE:
        return
    property.look_inside()
    choice = property.written_choice
    if choice is not None and choice not in property.known.enum:
        allowed = ", ".join(property.known.enum)
        near = nearest(choice, property.known.enum, cutoff=0.4)
        remedy = f"Set it to {near}." if near else f"Set it to one of: {allowed}."
        yield Finding("", f"is {choice!r}, Azure knows {allowed}", remedy)


def _unknown_name(property: Property) -> Finding:
    # The SDK writes the names of a dictionary in camel case where it knows them; it leaves the others as they are.
    name, path = _camel_case(property.name), _camel_case(property.own.path)
    moved = next((move for move in catalog.moves() if move.came_from(property.kind, property.shape, path)), None)
    if moved is not None:
        return Finding("", f"is no property of {property.kind} in this API version; {moved.in_words}", moved.remedy)
    # What another type has under just this name was put into the wrong one, however near its own names are.
    near = nearest(name, property.siblings)
    elsewhere = "" if near == name else _elsewhere(property, name)
    if elsewhere:
        return Finding("", f"is no property of {property.kind}; {elsewhere} has it", f"Move it to the {elsewhere}.")
    if near:
        return Finding("", f"is no property of {property.kind}; did you mean {near}?", f"Rename it to {near}.")
    return Finding("", f"is no property of {property.kind} in this API version")


def _camel_case(name: str) -> str:
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def _elsewhere(property: Property, name: str) -> str:
    """The one other type whose properties have such a name in this shape."""
    if property.own.keys[:-1] != (catalog.BAG[property.kind],):
        return ""
    having = [kind for kind in Kind if name in catalog.bag_of(kind, property.shape).members]
    return having[0] if len(having) == 1 and having[0] is not property.kind else ""
