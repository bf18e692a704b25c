"""Which resource of a stack belongs to which: by names, since groups and endpoints say no more of their pool.

A rule judges one resource at a time and reads that one's own names, which may be unknown and then cost its own
judgement only. Whatever cannot be read of *another* resource might be anything, so it never counts against one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from inference_pools.catalog import Kind
from inference_pools.model import Address
from inference_pools.reader import ReadError
from inference_pools.shapes import Pool, facets_of
from inference_pools.stack import Stack

WORKSPACE: Final = ("resource_group", "workspace")
"""The fields of an address that say in which workspace a resource lies."""
POOL: Final = (*WORKSPACE, "pool")
"""The fields of an address that say in, or which, pool it is."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A resource of the stack, as the others see it: `names` has None for what cannot be seen of its address."""

    pool: Pool
    address: Address
    names: Mapping[str, str | None]

    def may_lie_with(self, other: Neighbour, fields: Sequence[str]) -> bool:
        """Whether both agree in all of the fields, as far as can be seen."""
        mine, others = self.names, other.names
        return all(mine[field] == others[field] or None in (mine[field], others[field]) for field in fields)

    def read(self, fields: Sequence[str]) -> tuple[str | None, ...]:
        """Its own names, for its own judgement. Raises UnknownError for one that cannot be known."""
        return tuple(self.address.name(field) for field in fields)


class Neighbours:
    """The resources of one type in a stack, found by what is seen of some fields of their address."""

    def __init__(self, stack: Stack, kind: Kind, fields: Sequence[str]) -> None:
        self._fields = tuple(fields)
        self.all = stack.once(_everyone)[kind]

    @cached_property
    def _by_names(self) -> Mapping[tuple[str | None, ...], Sequence[Neighbour]]:
        found: dict[tuple[str | None, ...], list[Neighbour]] = defaultdict(list)
        for neighbour in self.all:
            found[tuple(neighbour.names[field] for field in self._fields)].append(neighbour)
        return found

    @cached_property
    def _by_pool(self) -> Mapping[str | None, Sequence[Neighbour]]:
        found: dict[str | None, list[Neighbour]] = defaultdict(list)
        for neighbour in self.all:
            found[neighbour.names["pool"]].append(neighbour)
        return found

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self.all)

    def named(self, names: tuple[str | None, ...]) -> Sequence[Neighbour]:
        """Those that certainly have these names in the fields; none where a name is missing."""
        return () if None in names else self._by_names.get(names, ())

    def may_lie_with(self, own: Neighbour, fields: Sequence[str]) -> list[Neighbour]:
        """Those that agree in some fields with a resource, as far as can be seen of both."""
        pool = own.names["pool"]
        # A stack may have thousands, and nearly always the name of the pool is known.
        narrow = "pool" in fields and pool is not None
        candidates = (*self._by_pool.get(pool, ()), *self._by_pool.get(None, ())) if narrow else self.all
        return [other for other in candidates if other.may_lie_with(own, fields)]


def lie_with(others: Sequence[Neighbour], own: Neighbour, fields: Sequence[str]) -> list[Neighbour]:
    """Those that certainly agree in all of the fields with a resource.

    Raises UnknownError for a name of that resource that cannot be known.
    """
    if not others:
        return []
    names = own.read(fields)
    return [other for other in others if None not in names and tuple(other.names[field] for field in fields) == names]


def _everyone(stack: Stack) -> Mapping[Kind, Sequence[Neighbour]]:
    return {kind: tuple(map(_seen, stack.of(kind))) for kind in Kind}


_NAMELESS: Final[Mapping[str, str | None]] = dict.fromkeys(Address.fields)


def _seen(pool: Pool) -> Neighbour:
    address = next(facets_of(pool, Address))
    return Neighbour(pool, address, {**_NAMELESS, **{field: _quietly(address, field) for field in address.placed}})


def _quietly(address: Address, field: str) -> str | None:
    try:
        if field != "serves":
            return address.name(field)
        served = address.serves
        if served is None:
            return None
        of_pool, group = served
        # An id may name a group of another pool; which of the two is meant nobody can tell.
        return group if of_pool is None or of_pool == address.name("pool") else None
    except ReadError:
        return None
