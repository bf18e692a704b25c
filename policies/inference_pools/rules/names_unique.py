"""No two resources of a stack are one in Azure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from inference_pools.catalog import Kind
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import POOL, Item, Name, twin
from inference_pools.rule import Options, stack_rule
from inference_pools.shapes import Pool
from inference_pools.stack import Stack

_OWN: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.POOL: POOL,
    Kind.GROUP: (*POOL, "group"),
    Kind.ENDPOINT: (*POOL, "endpoint"),
}
"""The names that make up a resource's id in Azure, its own last."""

_TWINS = {kind: twin(kind, *fields) for kind, fields in _OWN.items()}


@stack_rule(
    id="names-unique",
    title="Names are taken once",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Give one of the two another name, or remove it.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
)
def names_unique(stack: Stack, options: Options) -> Iterator[tuple[Pool, Iterator[Finding]]]:
    """Azure knows a resource by its name: of two in one place the later overwrites the earlier, and nothing says so.

    Two that Azure has given different ids are two, whatever they are called: they lie in different subscriptions.
    """
    for kind, fields in _OWN.items():
        alike = stack.items(kind)
        last = fields[-1]
        names = Counter(own.names[last] for own in alike)
        for own in alike:
            if len(alike) > 1:
                yield own.pool, _is_taken(own, stack, names, fields)


def _is_taken(own: Item, stack: Stack, names: Mapping[Name, int], fields: Sequence[str]) -> Iterator[Finding]:
    last = fields[-1]
    # The name first: it is nearly always known and another, and then nothing else has to be known.
    if names[own.read(last)] < 2:
        return
    alike = stack.follow(own, _TWINS[own.pool.kind])
    earlier = (other for other in alike.sure if other.number < own.number)
    first = next((other for other in earlier if not _are_two(own.pool, other.pool)), None)
    if first is None and alike.perhaps:
        own.read_all(fields)
    if first is not None:
        where = "workspace" if last == "pool" else "pool"
        leaf = own.address.leaf(last)
        message = f"is {leaf.text()!r}, like {first.pool.resource.name} in the same {where}"
        yield Finding(leaf.keys, message)


def _are_two(pool: Pool, other: Pool) -> bool:
    ids = (pool.resource.id, other.resource.id)
    return None not in ids and len({str(name).casefold() for name in ids}) > 1
