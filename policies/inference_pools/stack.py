"""The pools of one stack, as rules over a whole stack see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar

from inference_pools.catalog import Kind
from inference_pools.context import Context
from inference_pools.joins import Edge, Item, Joined, Joins
from inference_pools.reader import Leaf
from inference_pools.resource import Resource
from inference_pools.shapes import Pool, view
from inference_pools.urn import Urn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stack:
    """All resources of the pool types in one stack, pools first."""

    project: str
    name: str
    pools: tuple[Pool, ...]
    day: date | None = None
    _made: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, make: Callable[[Stack], T]) -> T:
        """What a function makes of the stack, made once however many rules want it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def of(self, kind: Kind) -> Iterator[Pool]:
        """The resources of one type."""
        return (pool for pool in self.pools if pool.kind is kind)

    def items(self, kind: Kind) -> Sequence[Item]:
        """The resources of one type as an edge is followed from them."""
        return self.once(_joins).items(kind)

    def follow(self, item: Item, edge: Edge) -> Joined:
        """Where an edge leads from a resource."""
        return self.once(_joins).follow(item, edge)

    def leading_to(self, item: Item, edge: Edge) -> Joined:
        """From where an edge leads to a resource."""
        return self.once(_joins).leading_to(item, edge)

    def context(self, pool: Pool) -> Context:
        """The surroundings of one of them."""
        return context_of(pool.resource, self.day)


def _joins(stack: Stack) -> Joins:
    return Joins(stack.pools)


def context_of(resource: Resource, day: date | None = None, forced_environment: str = "") -> Context:
    """The surroundings of a resource."""
    urn = Urn.parse(resource.urn)
    return Context(urn.project, urn.stack, Leaf(resource.properties, ("tags",)), day, forced_environment)


def stacks_of(resources: Iterable[Resource], day: date | None = None) -> Sequence[Stack]:
    """The resources gathered by stack: pools, then groups, then endpoints, each in the order of their URNs.

    Sources meet them in different orders, and a verdict must not depend on that. Only pool types count. Raises what
    `view` raises for a resource it cannot read.
    """
    found: dict[tuple[str, str], list[Pool]] = {}
    for resource in resources:
        pool = view(resource)
        if pool is not None:
            urn = Urn.parse(resource.urn)
            found.setdefault((urn.project, urn.stack), []).append(pool)
    return [Stack(project, name, tuple(sorted(pools, key=_order)), day) for (project, name), pools in found.items()]


_KINDS: Final = tuple(Kind)


def _order(pool: Pool) -> tuple[int, str]:
    return _KINDS.index(pool.kind), pool.resource.urn
