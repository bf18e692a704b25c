"""What serves together: the resource that holds the instances, those that requests come by, and the declared load.

In shape A one pool is all of that. In shape B the instances are a group's, and what a request may take of them is
said by the endpoints that lead to it; they are brought together by their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from inference_pools.catalog import Kind, Shape
from inference_pools.model import LOAD_NAMES, LOAD_PREFIX, Address, Load, RequestLimits
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

    `holder` has the instances. `pool` is the pool it lies in, or itself; None when the stack has no such resource.
    `endpoints` lead to it for certain; `perhaps` are those of which that cannot be known. `groups` are those of a
    pool of shape A. `shared` says whether the pool has, or may have, other groups.
    """

    holder: Pool
    pool: Pool | None
    endpoints: tuple[Pool, ...]
    perhaps: tuple[Pool, ...]
    groups: tuple[Pool, ...] = ()
    shared: bool = False

    @property
    def doors(self) -> tuple[Pool, ...]:
        """The resources that say how long a request may take and how many an instance takes at once."""
        return (self.holder,) if self.holder.shape is Shape.A else self.endpoints

    def limits(self) -> list[RequestLimits]:
        """What the doors say, none of it read yet.

        Raises UnknownError where no endpoint is known to lead here: which it is decides what an instance takes.
        """
        if not self.doors:
            _read_names(self.holder)
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
        own, above = _own_name(self.holder), _known_name(self.holder, "pool")
        return name.casefold() in (own, f"{above}/{own}")

    def _configured(self, configured: Mapping[str, Json]) -> Load | None:
        names = [name for name in configured if self.is_called(name)]
        # The longer name is pool/group, and means this group only.
        return configured_load(configured[max(names, key=len)]) if names else None


_CAPACITY: Final = ("sku", "capacity")


def services(stack: Stack) -> list[Service]:
    """Everything in a stack that holds instances: pools of shape A and groups of shape B."""
    places = [_Place.of(pool) for pool in stack.pools]
    by_pool: dict[str | None, list[_Place]] = {}
    for place in places:
        by_pool.setdefault(place.pool, []).append(place)

    def around(name: str | None) -> list[_Place]:
        """All that may lie in the pool of that name."""
        return places if name is None else [*by_pool.get(name, ()), *by_pool.get(None, ())]

    found: list[Service] = []
    for place in places:
        subject = place.subject
        if (subject.kind, subject.shape) in ((Kind.POOL, Shape.A), (Kind.GROUP, Shape.B)):
            found.append(_service(place, around(place.pool)))
    return found


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


@dataclass(frozen=True, slots=True)
class _Place:
    """The names by which a resource is found, None where they are not known. `leads` is None for no group as well."""

    subject: Pool
    pool: str | None
    group: str | None
    parents: tuple[str | None, str | None] = field(default=(None, None))
    leads: tuple[str | None, str] | None = None

    @classmethod
    def of(cls, subject: Pool) -> _Place:
        address = _address(subject)
        names = [_quietly(address, name) for name in ("pool", "group", "resource_group", "workspace")]
        try:
            leads = address.serves
        except ReadError:
            leads = None
        return cls(subject, names[0], names[1], (names[2], names[3]), leads)

    def lies_with(self, other: _Place) -> bool | None:
        """Whether both are of one pool; None when that cannot be known.

        The resource group is often an output of the same program, and so unknown in a preview: it and the workspace
        speak against it where both are known, and are not needed for it.
        """
        if any(map(_are_others, self.parents, other.parents)):
            return False
        return self.pool == other.pool if self.pool and other.pool else None

    def leads_to(self, group: _Place) -> bool | None:
        """Whether this endpoint leads to a group; None when that cannot be known."""
        together = self.lies_with(group)
        if self.leads is None or not group.group:
            return together and None
        pool, name = self.leads
        if name != group.group or (pool and group.pool and pool != group.pool):
            return False
        return together


def _are_others(name: str | None, other: str | None) -> bool:
    return bool(name and other) and name != other


def _service(place: _Place, around: Iterable[_Place]) -> Service:
    subject = place.subject
    near = {kind: [other for other in around if other.subject.kind is kind] for kind in Kind}
    is_group = subject.kind is Kind.GROUP
    ways = [
        (other.subject, other.leads_to(place) if is_group else other.lies_with(place)) for other in near[Kind.ENDPOINT]
    ]
    groups = [(other.subject, other.lies_with(place)) for other in near[Kind.GROUP] if other is not place]
    pools = [other.subject for other in near[Kind.POOL] if other.lies_with(place)]
    return Service(
        holder=subject,
        pool=next(iter(pools), None) if is_group else subject,
        endpoints=tuple(pool for pool, leads in ways if leads),
        perhaps=tuple(pool for pool, leads in ways if leads is None),
        groups=() if is_group else tuple(pool for pool, lies in groups if lies),
        shared=is_group and any(lies is not False for _, lies in groups),
    )


def _address(pool: Pool) -> Address:
    return next(facets_of(pool, Address))


def _quietly(address: Address, field_name: str) -> str | None:
    try:
        return address.name(field_name)
    except ReadError:
        return None


def _own_name(pool: Pool) -> str:
    """The name of a resource in Azure, in lower case; where that is not known, its name in the program."""
    return _known_name(pool, "group" if pool.kind is Kind.GROUP else "pool") or pool.resource.name.casefold()


def _known_name(pool: Pool, field_name: str) -> str | None:
    return _quietly(_address(pool), field_name)


def _read_names(group: Pool) -> None:
    """Raises UnknownError at the name that is not known."""
    address = _address(group)
    for field_name in ("pool", "group"):
        address.name(field_name)


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
