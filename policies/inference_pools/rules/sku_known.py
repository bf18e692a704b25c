"""A VM size that is asked for exists."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import NodeType
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    NodeType,
    id="sku-known",
    title="Machine exists",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    remedy="Name a {machine_noun} that {vendor} has, for example {machine_example}, or add a new one to the option "
    "`also`.",
    options={
        "also": Option((), "Further machines that exist: vendors add some every year."),
        "size_required": Option(
            False,
            "Whether what names a machine must be one of the list. By default only what is written as one is looked "
            "up.",
        ),
    },
    since="2026.12",
)
def sku_known(node: NodeType, options: Options) -> Iterator[Finding]:
    """Any text passes for a machine until deployment, when the service finds out and the old one may be gone."""
    name = node.name
    machines = node.facts.machines
    if name is None or any(machines.same(name, other) for other in options.also):
        return
    if machines.is_claimed(name):
        if machines.is_known(name) is False:
            near = machines.nearest(name)
            meant = f"; did you mean {near}?" if near else ""
            yield Finding(node.field, f"is {name!r}, no {machines.noun} that was known on {machines.known_on()}{meant}")
    elif options.size_required and node.field == "node_type":
        yield Finding(node.field, f"is {name!r}, which is no {machines.noun}")
