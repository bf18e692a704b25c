"""What serves together: the resource that holds the instances, those that requests come by, and the declared load.

In shape A one pool is all of that. In shape B the instances are a group's, and what a request may take of them is
said by the endpoints that lead to it; they are brought together by their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from inference_pools.catalog import Kind, Shape
from inference_pools.facets import Load, RequestLimits
from inference_pools.facets.requests import LOAD_NAMES, LOAD_PREFIX
from inference_pools.joins import IN_POOL, SERVES, Item, beside
from inference_pools.path import Keys
from inference_pools.queueing import Traffic
from inference_pools.reader import Leaf, ReadError, UnknownError
from inference_pools.shapes import Pool, facets_of
from inference_pools.stack import Stack
from inference_pools.values import Json


class NotHere(UnknownError):
    """What a judgement needs is a matter of another resource, and not to be had there."""

    def __init__(self, keys: Keys, message: str) -> None:
        super().__init__(keys)
        self.message = message


@dataclass(frozen=True, slots=True)
class Demand:
    """A declared load: how many requests come and how long they take, and the wait that is wanted."""

    traffic: Traffic
    wait_target: timedelta | None
    wait_percentile: float | None


@dataclass(frozen=True, slots=True)
class Service:
    """Instances, and how requests come to them.

    `item` has the instances. `pool` is the pool it lies in, or itself; None when the stack has no such resource.
    `endpoints` lead to it for certain; `perhaps` are those of which that cannot be known. `groups` are those of a
    pool of shape A. `shared` says whether the pool has, or may have, other groups.
    """

    item: Item
    pool: Pool | None
    endpoints: tuple[Pool, ...]
    perhaps: tuple[Pool, ...]
    groups: tuple[Pool, ...] = ()
    shared: bool = False

    @property
    def holder(self) -> Pool:
        """The resource that has the instances."""
        return self.item.pool

    @property
    def doors(self) -> tuple[Pool, ...]:
        """The resources that say how long a request may take and how many an instance takes at once."""
        return (self.holder,) if self.holder.shape is Shape.A else self.endpoints

    def limits(self) -> list[RequestLimits]:
        """What the doors say, none of it read yet.

        Raises UnknownError where no endpoint is known to lead here: which it is decides what an instance takes.
        """
        if not self.doors:
            for name in ("pool", "group"):
                self.item.read(name)
            if self.perhaps:
                raise NotHere(_CAPACITY, "needs an endpoint of which the pool or the group is not known yet")
            raise NotHere(_CAPACITY, "needs an endpoint that leads here, and the stack has none")
        return [limits for door in self.doors for limits in facets_of(door, RequestLimits)]

    def demands(self, configured: Mapping[str, Json]) -> list[Demand]:
        """What is declared: in the configuration of the rule, else by the holder, else by what lies in it or leads to
        it, else by the pool of an only group. The parts of one level add up.

        Raises ValueError for a configuration that is none, and ReadError for the holder's own declaration. One of
        another resource that cannot be read counts as none here: what is left is the least that may come.
        """
        given = self._configured(configured)
        own = list(_read_demands([self.holder])) if given is None else [demand_of(given)]
        levels = [own] if any(own) else (_known_demands(level) for level in self._levels())
        return next((found for level in levels if (found := [demand for demand in level if demand])), [])

    def _levels(self) -> Iterator[Iterable[Pool]]:
        yield self.groups
        yield self.endpoints
        if self.pool is not None and self.pool is not self.holder and not self.shared:
            yield (self.pool,)

    def is_called(self, name: str) -> bool:
        """Whether a name in the configuration of a rule means this: `pool`, `group`, or `pool/group`."""
        above = self.item.names["pool"]
        known = self.item.names["group"] if self.holder.kind is Kind.GROUP else above
        own = known if isinstance(known, str) else self.holder.resource.name.casefold()
        return name.casefold() in (own, f"{above}/{own}")

    def _configured(self, configured: Mapping[str, Json]) -> Load | None:
        names = [name for name in configured if self.is_called(name)]
        # The longer name is pool/group, and means this group only.
        return configured_load(configured[max(names, key=len)]) if names else None


_CAPACITY: Final = ("sku", "capacity")
_GROUPS_BESIDE: Final = beside(Kind.GROUP, Kind.GROUP)


def services(stack: Stack) -> list[Service]:
    """Everything in a stack that holds instances: pools of shape A and groups of shape B."""
    pools = [_of_pool(stack, item) for item in stack.items(Kind.POOL) if item.pool.shape is Shape.A]
    return [*pools, *(_of_group(stack, item) for item in stack.items(Kind.GROUP) if item.pool.shape is Shape.B)]


def _of_pool(stack: Stack, item: Item) -> Service:
    doors = stack.leading_to(item, IN_POOL[Kind.ENDPOINT])
    groups = stack.leading_to(item, IN_POOL[Kind.GROUP])
    return Service(item, item.pool, _pools(doors.sure), _pools(doors.perhaps), groups=_pools(groups.sure))


def _of_group(stack: Stack, item: Item) -> Service:
    doors = stack.leading_to(item, SERVES)
    pools = stack.follow(item, IN_POOL[Kind.GROUP]).sure
    others = stack.follow(item, _GROUPS_BESIDE)
    pool = pools[0].pool if pools else None
    return Service(item, pool, _pools(doors.sure), _pools(doors.perhaps), shared=bool(others))


def _pools(items: Iterable[Item]) -> tuple[Pool, ...]:
    return tuple(item.pool for item in items)


def demand_of(load: Load) -> Demand | None:
    """The demand that a complete declaration makes; None where nothing, or not enough, is declared.

    Raises ReadError for a part that cannot be read, and QueueingError for more than can be computed.
    """
    rate, service = load.peak_rps, load.service_time
    if rate is None or service is None:
        return None
    return Demand(Traffic(rate, service.total_seconds()), load.wait_target, load.wait_percentile)


def configured_load(entry: Json) -> Load:
    """An entry of a rule's configuration as the declaration it is.

    Raises ValueError for what is no object, or has a name that is no part of a declaration.
    """
    if not isinstance(entry, Mapping):
        raise ValueError(f"is {entry!r}, expected an object")
    known = [name.removeprefix(LOAD_PREFIX) for name in LOAD_NAMES.values()]
    strange = [name for name in entry if name not in known]
    if strange:
        raise ValueError(f"has {', '.join(map(repr, strange))}, expected {', '.join(known)}")
    root = {"tags": {f"{LOAD_PREFIX}{name}": value for name, value in entry.items()}}
    return Load(Leaf(root, ()), {"tags": ("tags",), "properties": ("properties",)})


def _read_demands(pools: Iterable[Pool]) -> Iterator[Demand | None]:
    for pool in pools:
        for load in facets_of(pool, Load):
            if is_declared(load):
                yield demand_of(load)


def _known_demands(pools: Iterable[Pool]) -> Iterator[Demand | None]:
    for pool in pools:
        try:
            yield from _read_demands([pool])
        except ReadError:
            continue


def is_declared(load: Load, *, unknown: bool = False) -> bool:
    """Whether anything of a load is declared. A map that is not known, or is none, declares nothing: `unknown` lets
    the ReadError through.
    """
    try:
        return bool(load.prefixed and (load.written or load.misspelt))
    except ReadError:
        if unknown:
            raise
        return False


def may_be_declared(load: Load) -> bool:
    """Whether anything is written that begins as a part of a load does, or cannot be seen to be."""
    try:
        return bool(load.prefixed)
    except ReadError:
        return True
