"""A group's pool and an endpoint's group are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inference_pools.catalog import Kind
from inference_pools.facets import Address
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import IN_POOL, POOL, SERVES, WORKSPACE, Item, around, beside
from inference_pools.near_words import nearest
from inference_pools.reader import Leaf
from inference_pools.rule import Options, stack_rule
from inference_pools.shapes import Pool
from inference_pools.stack import Stack

_POOL = IN_POOL[Kind.ENDPOINT].strict
_BESIDE = beside(Kind.ENDPOINT, Kind.GROUP).strict
_AROUND = {kind: around(kind) for kind in IN_POOL}
_SHOWN = 5
"""How many names a message lists."""
_NEAR = 0.87
"""How alike a misspelt name is: `grp-caht` is grp-chat, but `pool-chat-dev-001` is not pool-chat-prod-001."""


@stack_rule(
    id="references-resolve",
    title="Pools and groups that are named are there",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Name a pool of the workspace, and a group of that pool; best by the other resource's own output.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools/endpoints",
)
def references_resolve(stack: Stack, options: Options) -> Iterator[tuple[Pool, Iterator[Finding]]]:
    """The tie between them is a text: a slip in it fails in the middle of a deployment, or leads to another's group."""
    endpoints = stack.items(Kind.ENDPOINT)
    for own in (*stack.items(Kind.GROUP), *endpoints):
        yield own.pool, _pool_is_there(own, stack)
    for own in endpoints:
        yield own.pool, _group_is_there(own, stack)


@dataclass(frozen=True, slots=True)
class _Reference:
    """A name given to something else: what it names, and where it stands. `name` is in the form that is compared."""

    what: str
    leaf: Leaf
    name: str

    @property
    def written(self) -> str:
        """The name as it is written; of an id only the name."""
        text = self.leaf.text() or ""
        return self.name if "/" in text else text


def _pool_is_there(own: Item, stack: Stack) -> Iterator[Finding]:
    kind = own.pool.kind
    found = stack.follow(own, IN_POOL[kind])
    if found.sure or (found.perhaps and own.names["pool"] is not None):
        return
    beside_it = stack.follow(own, _AROUND[kind])
    if not beside_it:
        return  # it is made elsewhere
    name = own.address.name("pool")
    if name is None:
        return
    if not beside_it.sure:
        own.read_all(WORKSPACE)
    yield from _missing(_Reference("pool", own.address.leaf("pool"), name), beside_it.sure, surely=False)


def _group_is_there(own: Item, stack: Stack) -> Iterator[Finding]:
    found = stack.follow(own, SERVES)
    served = None if found.sure else own.address.serves
    if served is None:
        return
    of_pool, name = served
    leaf = own.address.leaf("serves")
    parent = own.read("pool") if of_pool else None
    if isinstance(parent, str) and of_pool != parent:
        yield Finding(leaf.keys, f"names a group of the pool {of_pool!r}, the endpoint is in {parent!r}")
        return
    groups = stack.follow(own, _BESIDE)
    if found.perhaps or not groups:
        return
    makes_pool = bool(stack.follow(own, _POOL).sure)
    if not groups.sure:
        own.read_all(POOL)
    yield from _missing(_Reference("group", leaf, name), groups.sure, surely=makes_pool)


def _missing(reference: _Reference, others: Iterable[Item], *, surely: bool) -> Iterator[Finding]:
    """What is said of a name that none of those beside it has. It may be made in another stack, unless the name is
    nearly one of theirs, or `surely` nothing is made elsewhere.
    """
    of_others = [(other.names[reference.what], other) for other in others]
    names = {name: _written(other.address, reference.what) for name, other in of_others if isinstance(name, str)}
    known = sorted(names)
    if not known:
        return
    near = nearest(reference.name, known, cutoff=_NEAR, same_numbers=True)  # another number is another thing
    where = "in this pool" if reference.what == "group" else "in this workspace"
    has = ", ".join(repr(names[name]) for name in known[:_SHOWN])
    if len(known) > _SHOWN:
        has = f"{has} and {len(known) - _SHOWN} more"
    message = f"names the {reference.what} {reference.written!r}, this stack makes {has} {where}"
    if near is not None:
        meant = names[near]
        yield Finding(reference.leaf.keys, f"{message}; did you mean {meant!r}?", f"Name {meant}.")
    else:
        yield Finding(reference.leaf.keys, message, enforcement=None if surely else Enforcement.ADVISORY)


def _written(address: Address, field: str) -> str:
    return address.leaf(field).text() or ""
