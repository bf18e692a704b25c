"""Production is not smaller than what it is tried on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference_pools.counterparts import Member, counterparts
from inference_pools.facets import Capacity, NodeType
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.path import Keys
from inference_pools.platforms.platform import Subject
from inference_pools.reader import ReadError
from inference_pools.rule import Options, project_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of


@project_rule(
    id="production-capacity-leads",
    title="Production is no smaller than the other stacks",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    remedy="Raise the capacity in production, or lower it in the other stack.",
    since="2026.12",
)
def production_capacity_leads(stacks: Sequence[Stack], options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """More instances in a trial than in production means that one of them was forgotten, and one of them costs.

    Only instances of the same machine are compared, each number with the one at its place in the other stack.
    """
    for member, others in counterparts(stacks):
        for capacity in facets_of(member.subject, Capacity):
            yield member.subject, _leads(member, capacity, others)


def _leads(member: Member, capacity: Capacity, others: Sequence[Member]) -> Iterator[Finding]:
    instances = capacity.instances
    if instances is None:
        return
    machine = _machine(member.subject)
    keys = capacity.keys_of("instances")
    for other in others:
        known = _seen(other.subject, keys)
        if known is not None and known > instances and _machine_seen(other.subject) == machine:
            yield Finding(keys, f"is {instances}, in {other.stack.name} it is {known}")


def _seen(subject: Subject, keys: Keys) -> int | None:
    """The number at a place of another resource; None where it cannot be read."""
    try:
        found = (capacity for capacity in facets_of(subject, Capacity) if capacity.keys_of("instances") == keys)
        return next((capacity.instances for capacity in found), None)
    except ReadError:
        return None


def _machine(subject: Subject) -> tuple[str, ...]:
    return tuple((node.name or "").casefold() for node in facets_of(subject, NodeType))


def _machine_seen(subject: Subject) -> tuple[str, ...] | None:
    try:
        return _machine(subject)
    except ReadError:
        return None
