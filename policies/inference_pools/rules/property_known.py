"""Every property is one that the resource's API version knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from inference_pools import catalog
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.model import Property
from inference_pools.rule import Options, rule

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
        near = difflib.get_close_matches(choice, property.known.enum, n=1, cutoff=0.4)
        remedy = f"Set it to {near[0]}." if near else f"Set it to one of: {allowed}."
        yield Finding("", f"is {choice!r}, Azure knows {allowed}", remedy)


def _unknown_name(property: Property) -> Finding:
    path = property.own.path
    moved = next((move for move in catalog.moves() if move.came_from(property.kind, property.shape, path)), None)
    if moved is not None:
        return Finding("", f"is no property of {property.kind} in this API version; {moved.in_words}", moved.remedy)
    near = difflib.get_close_matches(property.name, property.siblings, n=1)
    if near:
        return Finding("", f"is no property of {property.kind}; did you mean {near[0]}?", f"Rename it to {near[0]}.")
    return Finding("", f"is no property of {property.kind} in this API version")
