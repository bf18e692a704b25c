"""An accelerator, how many there are and the machine they are on are said together."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex import accelerators
from inference_pools.platforms.vertex.facets import Accelerators
from inference_pools.rule import Judgement, Options, rule


@rule(
    Accelerators,
    id="accelerator-complete",
    title="An accelerator has a count and a machine",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Set {machine}, {type} and {count} together, or neither {type} nor {count}.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/MachineSpec",
)
def accelerator_complete(machine: Accelerators, options: Options) -> Iterator[Judgement]:
    """Google's client refuses a half of the two; the provider sends it, and the deployment fails or has no GPU.

    Without a machine it is n1-standard-2, which is seldom what a model with a GPU needs.
    """
    yield _both(machine)
    yield _machine(machine)


def _both(machine: Accelerators) -> Iterator[Finding]:
    count, kind = machine.count, machine.leaf("type").present
    if count is not None and count < 0:
        yield Finding("count", f"is {count}, the least is 1", f"Set {machine.called('count')} to 1 or more.")
    elif kind and not count:
        said = "is 0" if count == 0 else "is not set"
        remedy = f"Set {machine.called('count')} to 1 or more, or remove {machine.called('type')}."
        yield Finding("count", f"{said}, and {machine.called('type')} is {machine.type}", remedy)
    elif count and not kind:
        remedy = f"Set {machine.called('type')}{_such_as(machine)}, or remove {machine.called('count')}."
        yield Finding("type", f"is not set, and {machine.called('count')} is {count}", remedy)


def _such_as(machine: Accelerators) -> str:
    built_in = accelerators.built_in(machine.machine or "")
    return f" to {built_in[0]}" if built_in else ""


def _machine(machine: Accelerators) -> Iterator[Finding]:
    if machine.leaf("type").present and not machine.leaf("machine").present:
        having = accelerators.machines_with(machine.type or "")
        remedy = f"Set {machine.called('machine')}, for example to {having[0] if having else 'n1-standard-8'}."
        yield Finding("machine", f"is not set, which is n1-standard-2, and {machine.called('type')} is set", remedy)
