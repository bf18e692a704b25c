"""A machine has, or takes, the accelerators that are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex import accelerators
from inference_pools.platforms.vertex.facets import Accelerators
from inference_pools.rule import Option, Options, rule


@rule(
    Accelerators,
    id="accelerator-fits-machine",
    title="A machine takes its accelerators",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Choose the machine for the accelerators, or the accelerators for the machine.",
    options={"unchecked": Option((), "Machines of which the table of the day is not right any more.")},
    since="2026.12",
    source="https://cloud.google.com/compute/docs/gpus",
)
def accelerator_fits_machine(machine: Accelerators, options: Options) -> Iterator[Finding]:
    """Nothing looks at the three together before Google does, when the deployment has begun.

    A machine that is made with several may be asked for fewer: Vertex AI then puts several replicas on it.
    """
    name, kind = machine.machine, machine.type
    if name is None or kind is None or name in options.unchecked or kind not in accelerators.types():
        return
    built_in = accelerators.built_in(name)
    if built_in is not None:
        yield from _built_in(machine, name, kind, *built_in)
    elif accelerators.family(name) == accelerators.N1:
        yield from _attached(machine, name, kind)
    elif accelerators.family(name) in accelerators.WITHOUT:
        remedy = f"Set {machine.called('machine')} to {_with(kind)}, or remove {machine.called('type')}."
        yield Finding("type", f"is {kind}, and no machine of the {accelerators.family(name)} family takes any", remedy)


def _built_in(machine: Accelerators, name: str, kind: str, has: str, most: int) -> Iterator[Finding]:
    if kind != has:
        remedy = f"Set {machine.called('type')} to {has}, or {machine.called('machine')} to {_with(kind)}."
        yield Finding("type", f"is {kind}, and {name} is made with {has}", remedy)
        return
    count = machine.count
    if count is not None and count > most:
        having = [each for each in accelerators.machines_with(kind) if _count(each) == count]
        other = f", or {machine.called('machine')} to {having[0]}" if having else ""
        remedy = f"Set {machine.called('count')} to {most if most == 1 else f'{most} or less'}{other}."
        yield Finding("count", f"is {count}, and {name} has {most}", remedy)


def _attached(machine: Accelerators, name: str, kind: str) -> Iterator[Finding]:
    allowed = accelerators.attached(kind)
    if not allowed:
        remedy = f"Set {machine.called('machine')} to {_with(kind)}."
        yield Finding("type", f"is {kind}, which cannot be attached to {name}", remedy)
        return
    count, vcpus = machine.count, accelerators.vcpus(name)
    if count is None or count < 1:
        return  # said by another rule
    fitting = [number for number, most in allowed.items() if vcpus is None or vcpus <= most]
    if count not in fitting:
        counts = ", ".join(map(str, fitting))
        either = f"one of {counts}" if len(fitting) > 1 else counts
        remedy = f"Set {machine.called('count')} to {either}." if fitting else "Take a smaller machine."
        yield Finding("count", f"is {count}, and {name} takes {counts or 'none'} of {kind}", remedy)


def _with(kind: str) -> str:
    """A machine to write instead."""
    having = accelerators.machines_with(kind)
    if having:
        return f"one that is made with it, such as {having[0]}"
    return "one of N1, such as n1-standard-8" if accelerators.attached(kind) else "one that takes it"


def _count(machine: str) -> int:
    found = accelerators.built_in(machine)
    return found[1] if found else 0
