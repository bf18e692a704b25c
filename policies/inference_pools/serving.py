"""What serves together: the resource that holds the instances, those that requests come by, and the declared load.

One resource may be all of that. Where the instances are one's and another says what a request may take of them, they
are brought together by their names, as the platform says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from inference_pools.facets import Load, Nodes, RequestLimits, TrafficSplit
from inference_pools.facets.requests import LOAD_NAMES, LOAD_PREFIX
from inference_pools.joins import NOWHERE, Item
from inference_pools.path import Keys
from inference_pools.platforms.platform import Kind, Serving, Subject
from inference_pools.queueing import Traffic
from inference_pools.reader import Leaf, ReadError, UnknownError
from inference_pools.stack import Stack
from inference_pools.values import Json
from inference_pools.view import facets_of
from inference_pools.ways import surely_along


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

    `item` has the instances. `around` is what it lies in; None when the stack has no such resource. `doors` lead to it
    for certain; `perhaps` are those of which that cannot be known. `inside` is what lies in it. `shared` says whether
    others lie, or may lie, beside it. `scaler` makes the instances more or fewer.
    """

    item: Item
    way: Serving
    callers: tuple[Subject, ...]
    perhaps: tuple[Subject, ...]
    around: Subject | None = None
    inside: tuple[Subject, ...] = ()
    shared: bool = False
    scaler: Subject | None = None

    @property
    def holder(self) -> Subject:
        """The resource that has the instances."""
        return self.item.subject

    @property
    def nodes(self) -> Nodes:
        """The instances."""
        found = list(facets_of(self.holder, Nodes))
        own = self.item.address.own.keys
        return next((nodes for nodes in found if nodes.own.keys == own), found[0])

    @property
    def most(self) -> tuple[str, Keys, int | None] | None:
        """What messages call the greatest number that the service scales the instances to, where it is, and the number.

        None where resources of the kind have no such number.
        """
        at = self.way.ceiling
        if at is None:
            return None
        own = self.item.address.own
        steps = tuple(step for step in at.path if isinstance(step, str))
        leaf = Leaf(own.root, (*own.keys, *steps), own.supported, own.reads)
        return at.shown, leaf.keys, at.read(leaf) if at.read else leaf.integer()

    @property
    def has_own_limits(self) -> bool:
        """Whether the resource that has the instances says itself what a request may take."""
        return self.way.doors is None

    @property
    def doors(self) -> tuple[Subject, ...]:
        """The resources that say how long a request may take and how many an instance takes at once."""
        return (self.holder,) if self.way.doors is None else self.callers

    def limits(self) -> list[RequestLimits]:
        """What the doors say, none of it read yet.

        Raises UnknownError where no door is known to lead here: which it is decides what an instance takes.
        """
        if self.way.doors is not None and not self.doors:
            theirs = [name for _, name in self.way.doors.by]
            self.item.read_all(theirs)
            door, keys = self.way.doors.of.one, self.nodes.keys_of("instances")
            if self.perhaps:
                names = " or ".join(f"the {name}" for name in theirs)
                raise NotHere(keys, f"needs {door} of which {names} is not known yet")
            raise NotHere(keys, f"needs {door} that leads here, and the stack has none")
        return [limits for door in self.doors for limits in facets_of(door, RequestLimits)]

    def demands(self, configured: Mapping[str, Json]) -> list[Demand]:
        """What is declared: in the configuration of the rule, else by the holder, else by what lies in it or leads to
        it, else by what it lies in. The parts of one level add up. What is declared of several together is shared out;
        what is declared of one by its name is its own.

        Raises ValueError for a configuration that is none, and ReadError for the holder's own declaration. One of
        another resource that cannot be read counts as none here: what is left is the least that may come.
        """
        given = self._configured(configured)
        if given is not None:
            return [demand for demand in (demand_of(given),) if demand]
        own = list(_read_demands([self.holder], self.name))
        levels: Iterator[tuple[Iterable[_Declared], Callable[[], float]]] = (
            (_known_demands(level, self.name), share) for level, share in self._levels()
        )
        for level, share in [(own, self._share)] if own else levels:
            found = list(level)
            if found:
                return list(_shared(found, share))
        return []

    def _levels(self) -> Iterator[tuple[Iterable[Subject], Callable[[], float]]]:
        """Who else may declare the load, and which part of it comes here."""
        yield self.inside, _all
        yield self.callers, self._share
        if self.around is not None:
            yield (self.around,), self._share_around

    def _share(self) -> float:
        return 1.0 if self.way.share is None else self.way.share(self.item.address.own)

    def _share_around(self) -> float:
        """Which part of the load of what it lies in is its own: all where it is the only one, else what it is given.

        None of it where nothing says so. Raises NotHere where that cannot be known.
        """
        try:
            part = self._part_around()
        except ReadError:
            around = self.around.kind.label if self.around else ""
            at = self.nodes.keys_of("instances")
            raise NotHere(at, f"needs the traffic of the {around}, which is not known") from None
        return part if part is not None else float(not self.shared)

    def _part_around(self) -> float | None:
        splits = facets_of(self.around, TrafficSplit) if self.around is not None else iter(())
        return next((split.part_of(self.name) for split in splits), None)

    @property
    def is_told_its_part(self) -> bool:
        """Whether what it lies in says which part of its requests come here, readable or not; none is a part, too."""
        try:
            return self._part_around() is not None
        except ReadError:
            return True

    @property
    def known_name(self) -> str | None:
        """Its own name, where that is known."""
        own = self.holder.platform.identities.own.get(self.item.kind)
        known = self.item.names.get(own[-1]) if own else None
        return known if isinstance(known, str) else None

    @property
    def name(self) -> str:
        """Its own name; where that is not known, the one in the program."""
        return self.known_name or self.holder.resource.name

    def is_called(self, name: str) -> bool:
        """Whether a name in the configuration of a rule means this: its own, or that with what it lies in before it."""
        own = self.name
        if self.way.share is not None:
            # Items of lists have names that are each other's elsewhere: that of what leads to it tells them apart.
            callers = (caller.resource.name for caller in self.callers)
            return name.casefold() in (f"{caller}/{own}".casefold() for caller in (*callers, self.holder.resource.name))
        if not self.way.around:
            return name.casefold() == own.casefold()
        parent = self.item.names.get(self.holder.platform.identities.own[self.item.kind][-2])
        return name.casefold() in (own.casefold(), f"{parent}/{own}".casefold())

    def _configured(self, configured: Mapping[str, Json]) -> Load | None:
        names = [name for name in configured if self.is_called(name)]
        # The longer name says what it lies in, and means this one only.
        return configured_load(configured[max(names, key=len)]) if names else None


def services(stack: Stack) -> list[Service]:
    """Everything in a stack that holds instances."""
    platforms = dict.fromkeys(subject.platform for subject in stack.subjects)
    return [
        _service(stack, item, way, scalers)
        for platform in platforms
        for way in platform.serving
        for scalers in (_scalers(stack, way, platform.identities.own),)
        for item in stack.items(way.holder)
        if item.subject.shape == way.shape
    ]


def _scalers(stack: Stack, way: Serving, own: Mapping[Kind, tuple[str, ...]]) -> Mapping[int, Subject]:
    """What scales the holders, by the number of each: the first of several."""
    found: dict[int, Subject] = {}
    if not way.scaling:
        return found
    name = own[way.holder][-1]
    # What leads straight to a holder is told by its id which one it is, and that may be another's output.
    is_straight = len(way.scaling) == 1
    for scaler in stack.items(way.scaling[0].of):
        for item in surely_along(stack, scaler, *way.scaling):
            if is_straight or (item.names.get(name) is not None and item.names[name] == scaler.names.get(name)):
                found.setdefault(item.number, scaler.subject)
    return found


def _service(stack: Stack, item: Item, way: Serving, scalers: Mapping[int, Subject]) -> Service:
    edge = way.doors or way.callers
    callers = stack.leading_to(item, edge) if edge else NOWHERE
    inside = stack.leading_to(item, way.inside) if way.inside else NOWHERE
    around = stack.follow(item, way.around).sure if way.around else ()
    return Service(
        item,
        way,
        _subjects(callers.sure),
        _subjects(callers.perhaps),
        around[0].subject if around else None,
        _subjects(inside.sure),
        shared=bool(way.beside and stack.follow(item, way.beside)),
        scaler=scalers.get(item.number),
    )


def _subjects(items: Iterable[Item]) -> tuple[Subject, ...]:
    return tuple(item.subject for item in items)


class _Declared(NamedTuple):
    """A demand, and whether it is declared of this one by its name."""

    demand: Demand
    is_own: bool


def _all() -> float:
    return 1.0


def _shared(found: Iterable[_Declared], share: Callable[[], float]) -> Iterator[Demand]:
    """What is its own, and a part of each demand that is declared of several; nothing where that is none."""
    for demand, is_own in found:
        part = 1.0 if is_own else share()
        if part:
            yield replace(demand, traffic=demand.traffic.part(part))


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


def _read_demands(subjects: Iterable[Subject], part: str) -> Iterator[_Declared]:
    for subject in subjects:
        for load in facets_of(subject, Load):
            if is_declared(load):
                own = load.of(part)
                demand = demand_of(own)
                if demand is not None:
                    yield _Declared(demand, own.has_own_rate)


def _known_demands(subjects: Iterable[Subject], part: str) -> Iterator[_Declared]:
    for subject in subjects:
        try:
            yield from _read_demands([subject], part)
        except ReadError:
            continue


def is_declared(load: Load, *, unknown: bool = False) -> bool:
    """Whether anything of a load is declared. A map that is not known, or is none, declares nothing: `unknown` lets
    the ReadError through.
    """
    try:
        return bool(load.prefixed and load.declared)
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
