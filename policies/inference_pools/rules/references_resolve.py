"""A group's pool and an endpoint's group are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inference_pools.catalog import Kind
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.model import Address
from inference_pools.near_words import nearest
from inference_pools.reader import Leaf
from inference_pools.rule import Options, stack_rule
from inference_pools.shapes import Pool
from inference_pools.stack import Stack
from inference_pools.topology import POOL, WORKSPACE, Neighbour, Neighbours, lie_with

_GROUP = (*POOL, "group")
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
    pools = Neighbours(stack, Kind.POOL, POOL)
    groups = Neighbours(stack, Kind.GROUP, _GROUP)
    endpoints = Neighbours(stack, Kind.ENDPOINT, POOL)
    for own in (*groups, *endpoints):
        yield own.pool, _pool_is_there(own, pools)
    for own in endpoints:
        yield own.pool, _group_is_there(own, groups, pools)


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


def _pool_is_there(own: Neighbour, pools: Neighbours) -> Iterator[Finding]:
    if own.names["pool"] is not None and pools.may_lie_with(own, POOL):
        return
    beside = pools.may_lie_with(own, WORKSPACE)
    if not beside:
        return  # it is made elsewhere
    name = own.address.name("pool")
    if name is None:
        return
    reference = _Reference("pool", own.address.leaf("pool"), name)
    yield from _missing(reference, lie_with(beside, own, WORKSPACE), surely=False)


def _group_is_there(own: Neighbour, groups: Neighbours, pools: Neighbours) -> Iterator[Finding]:
    served = own.address.serves
    if served is None or groups.named(tuple(own.names[field] for field in (*POOL, "serves"))):
        return
    of_pool, name = served
    leaf = own.address.leaf("serves")
    parent = own.address.name("pool") if of_pool else None
    if parent and of_pool != parent:
        yield Finding(leaf.keys, f"names a group of the pool {of_pool!r}, the endpoint is in {parent!r}")
        return
    beside = groups.may_lie_with(own, POOL)
    if not beside or any(other.names["group"] in (None, name) for other in beside):
        return
    makes_pool = bool(pools.named(own.read(POOL)))
    yield from _missing(_Reference("group", leaf, name), lie_with(beside, own, POOL), surely=makes_pool)


def _missing(reference: _Reference, beside: Iterable[Neighbour], *, surely: bool) -> Iterator[Finding]:
    """What is said of a name that none of those beside it has. It may be made in another stack, unless the name is
    nearly one of theirs, or `surely` nothing is made elsewhere.
    """
    names = {other.names[reference.what]: _written(other.address, reference.what) for other in beside}
    known = sorted(name for name in names if name is not None)
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
