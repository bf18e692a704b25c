"""No two resources of a stack are one in Azure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

from inference_pools.catalog import Kind
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Options, stack_rule
from inference_pools.shapes import Pool
from inference_pools.stack import Stack
from inference_pools.topology import POOL, Neighbour, Neighbours

_OWN: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.POOL: POOL,
    Kind.GROUP: (*POOL, "group"),
    Kind.ENDPOINT: (*POOL, "endpoint"),
}
"""The names that make up a resource's id in Azure, its own last."""


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
        alike = Neighbours(stack, kind, fields)
        names = Counter(own.names[fields[-1]] for own in alike)
        for own in alike:
            if len(alike.all) > 1:
                yield own.pool, _is_taken(own, alike, names, fields)


def _is_taken(
    own: Neighbour, alike: Neighbours, names: Mapping[str | None, int], fields: Sequence[str]
) -> Iterator[Finding]:
    last = fields[-1]
    # The name first: it is nearly always known and another, and then nothing else has to be known.
    if names[own.address.name(last)] < 2:
        return
    if None in [own.names[field] for field in fields] and len(alike.may_lie_with(own, fields)) < 2:
        return
    earlier = takewhile(lambda other: other is not own, alike.named(own.read(fields)))
    first = next((other for other in earlier if not _are_two(own.pool, other.pool)), None)
    if first is not None:
        where = "workspace" if last == "pool" else "pool"
        leaf = own.address.leaf(last)
        message = f"is {leaf.text()!r}, like {first.pool.resource.name} in the same {where}"
        yield Finding(leaf.keys, message)


def _are_two(pool: Pool, other: Pool) -> bool:
    ids = (pool.resource.id, other.resource.id)
    return None not in ids and len({str(name).casefold() for name in ids}) > 1
