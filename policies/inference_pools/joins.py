"""Which resources of a stack belong together.

A join goes by names, and where a name is not known, by the resources whose outputs went into it: a group with
`pool_name=pool.name` lies in that pool for sure, though nobody knows yet what it is called. A name of one resource
that cannot be known costs that one's own judgement only. Whatever cannot be read of *another* resource might be
anything, so it never counts against one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from inference_pools.facets import Address
from inference_pools.platforms.platform import Edge, Identities, Kind, Pairs, Subject
from inference_pools.reader import ReadError, UnknownError
from inference_pools.view import facets_of


@dataclass(frozen=True, slots=True)
class Unnamed:
    """The name that the resource of a URN has, whatever it is. It differs from that of any other resource."""

    urn: str


Name: TypeAlias = str | Unnamed | None
"""A name as it is compared; None where nothing is known of it."""


class Item:
    """A resource of the stack, or an item of a list in one, as the others see it, and its names.

    `names` has what is known of each, be it only by what a name was made from. `hidden` are the fields whose value is
    there and cannot be seen. `number` is its place among all.
    """

    __slots__ = ("address", "hidden", "kind", "names", "number", "subject")

    def __init__(self, subject: Subject, kind: Kind, address: Address, number: int) -> None:
        self.subject = subject
        self.kind = kind
        self.address = address
        self.number = number
        self.names: dict[str, Name] = dict.fromkeys(address.placed)
        self.hidden: set[str] = set()
        for field in address.placed:
            try:
                self.names[field] = address.name(field)
            except UnknownError:
                self.hidden.add(field)
            except ReadError:
                pass

    def read(self, field: str) -> Name:
        """One of its own names, for its own judgement. Raises ReadError for one of which nothing is known."""
        name = self.names.get(field)
        is_own = isinstance(name, Unnamed) and name.urn == self.subject.resource.urn
        return self.address.name(field) if name is None or is_own else name

    def read_all(self, fields: Iterable[str]) -> None:
        """Raises ReadError for the first of its own names of which nothing is known."""
        for field in fields:
            self.read(field)

    def made_from(self, field: str) -> Sequence[str]:
        """The URNs of the resources whose outputs went into a name that cannot be seen."""
        if field not in self.hidden:
            return ()
        return self.subject.resource.made_from(str(self.address.keys_of(field)[0]))


@dataclass(frozen=True, slots=True)
class Joined:
    """The resources that an edge leads to for sure, and those of which that cannot be known; in the stack's order.

    All others are elsewhere.
    """

    sure: Sequence[Item]
    perhaps: Sequence[Item]

    def __bool__(self) -> bool:
        """Whether it leads anywhere in the stack, as far as can be seen."""
        return bool(self.sure or self.perhaps)


NOWHERE: Final = Joined((), ())


class Joins:
    """The resources of one stack, found by the edges between them. A stack may have thousands."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._of_kind: dict[Kind, list[Item]] = defaultdict(list)
        self._by_urn: dict[str, Item] = {}
        identities: dict[str, Identities] = {}
        number = 0
        for subject in subjects:
            identities[subject.platform.name] = subject.platform.identities
            for kind, address in addresses_of(subject):
                item = Item(subject, kind, address, number)
                number += 1
                self._of_kind[kind].append(item)
                if kind == subject.kind:
                    self._by_urn[subject.resource.urn] = item
        self._ways: dict[Edge, _Ways] = {}
        for known in identities.values():
            self._name_by_dependence(known)

    def items(self, kind: Kind) -> Sequence[Item]:
        """The resources of a kind, in the stack's order."""
        return self._of_kind[kind]

    def follow(self, item: Item, edge: Edge) -> Joined:
        """Where an edge leads from a resource."""
        return _joined(self._way(edge).forth(item), item)

    def surely(self, item: Item, edge: Edge) -> Sequence[Item]:
        """Where an edge leads from a resource for sure, without a look at all that it may lead to."""
        return [other for other in self._way(edge).surely_forth(item) if other is not item]

    def leading_to(self, item: Item, edge: Edge) -> Joined:
        """From where an edge leads to a resource."""
        return _joined(self._way(edge).back(item), item)

    def _way(self, edge: Edge) -> _Ways:
        if edge not in self._ways:
            hidden = [item for item in self._of_kind[edge.of] if edge.names in item.hidden]
            targets = {item.number: self._targets(item, edge) for item in hidden}
            self._ways[edge] = _Ways(edge, self._of_kind[edge.of], self._of_kind[edge.to], targets)
        return self._ways[edge]

    def _targets(self, item: Item, edge: Edge) -> Sequence[Item]:
        """The resources of the edge's kind that the name was made from. It may have been made from others as well."""
        found = {self._by_urn.get(urn) for urn in item.made_from(edge.names)}
        return [target for target in found if target is not None and target.kind == edge.to]

    def _name_by_dependence(self, known: Identities) -> None:
        """Gives names to what is not known and was made from one resource that has the name."""
        kinds = set(known.own)
        for kind in kinds:
            for item in self._of_kind[kind]:
                for field, type_ in known.made_elsewhere.items():
                    urns = {urn for urn in item.made_from(field) if f":{type_}::" in urn}
                    if len(urns) == 1:
                        item.names[field] = Unnamed(urns.pop())
        for kind, field in known.named_by_urn.items():
            for item in self._of_kind[kind]:
                if item.names.get(field) is None:
                    item.names[field] = Unnamed(item.subject.resource.urn)
        for edge, fields in known.inherits:
            for item in self._of_kind[edge.of]:
                targets = self._targets(item, edge)
                if len(targets) == 1 and _agree(item, targets[0], edge.against) is not False:
                    _take_place(item, targets[0], fields)
        for again, once, leads in known.one_place:
            for items in (self._of_kind[kind] for kind in kinds):
                for item in items:
                    # Which of the two is meant nobody can tell.
                    if again in item.names and _same(item.names[again], item.names.get(once)) is False:
                        item.names[again] = item.names[leads] = None


def addresses_of(subject: Subject) -> Iterator[tuple[Kind, Address]]:
    """What there is to join of a resource: itself, and the items of its lists that others lead to, or that lead on."""
    yield subject.kind, next(facets_of(subject, Address))
    for kind, place in subject.layout.inside:
        for own, keys in place.items(subject.leaf()):
            yield kind, Address(own, keys, place)


def _take_place(item: Item, other: Item, fields: Iterable[str]) -> None:
    """The names of what it lies in are those of the other."""
    for field in fields:
        if item.names.get(field) is None:
            known = other.names.get(field)
            item.names[field] = Unnamed(other.subject.resource.urn) if known is None else known


class _Ways:
    """The ways along one edge. `targets` are the resources that unknown names were made from, by the item's number."""

    def __init__(
        self, edge: Edge, ones: Sequence[Item], others: Sequence[Item], targets: Mapping[int, Sequence[Item]]
    ) -> None:
        self._edge = edge
        self._targets = targets
        self._from = ones
        self._to = others

    @cached_property
    def _others(self) -> _Index:
        return _Index(self._to, [theirs for _, theirs in self._edge.by])

    @cached_property
    def _ones(self) -> _Index:
        return _Index(
            [one for one in self._from if not self._targets.get(one.number)], [own for own, _ in self._edge.by]
        )

    @cached_property
    def _made_from(self) -> Mapping[int, Sequence[Item]]:
        """Those whose names were made from a resource, by its number."""
        found: dict[int, list[Item]] = defaultdict(list)
        for one in self._from:
            for target in self._targets.get(one.number, ()):
                found[target.number].append(one)
        return found

    def forth(self, item: Item) -> Iterator[tuple[Item, bool]]:
        """The others that it may lead to, with whether it does for sure."""
        targets = self._targets.get(item.number)
        if targets:
            yield from ((target, len(targets) == 1) for target in targets if self._may_be(item, target))
            return
        for other, is_sure in self._others.agreeing([item.names.get(own) for own, _ in self._edge.by]):
            if _agree(item, other, self._edge.against) is not False:
                yield other, is_sure

    def surely_forth(self, item: Item) -> Iterator[Item]:
        """Those of them that it leads to for sure."""
        targets = self._targets.get(item.number)
        if targets:
            yield from (target for target in targets if len(targets) == 1 and self._may_be(item, target))
            return
        for other in self._others.known_to_agree([item.names.get(own) for own, _ in self._edge.by]):
            if _agree(item, other, self._edge.against) is not False:
                yield other

    def back(self, item: Item) -> Iterator[tuple[Item, bool]]:
        """Those that may lead to it, with whether they do for sure."""
        for one in self._made_from.get(item.number, ()):
            if self._may_be(one, item):
                yield one, len(self._targets[one.number]) == 1
        for one, is_sure in self._ones.agreeing([item.names.get(theirs) for _, theirs in self._edge.by]):
            if _agree(one, item, self._edge.against) is not False:
                yield one, is_sure

    def _may_be(self, one: Item, target: Item) -> bool:
        return _agree(one, target, (*self._edge.by, *self._edge.against)) is not False


def _joined(found: Iterable[tuple[Item, bool]], item: Item) -> Joined:
    ordered = sorted(((one, is_sure) for one, is_sure in found if one is not item), key=lambda each: each[0].number)
    return Joined([one for one, is_sure in ordered if is_sure], [one for one, is_sure in ordered if not is_sure])


def _agree(one: Item, other: Item, pairs: Pairs) -> bool | None:
    """Whether all of the names agree; None where that cannot be known."""
    agree: bool | None = True
    for own, theirs in pairs:
        same = _same(one.names.get(own), other.names.get(theirs))
        if same is False:
            return False
        agree = agree and same
    return agree


def _same(name: Name, other: Name) -> bool | None:
    if name is None or other is None:
        return None
    # What a resource is called that nobody has named yet may be any text, but not what another one is called.
    return name == other if type(name) is type(other) else None


class _Index:
    """Resources by some of their names, so that those which agree are found without a look at the others."""

    def __init__(self, items: Iterable[Item], fields: Sequence[str]) -> None:
        self._fields = fields
        self._by_form: dict[tuple[type, ...], list[Item]] = defaultdict(list)
        self._tables: dict[tuple[tuple[type, ...], tuple[int, ...]], Mapping[tuple[Name, ...], Sequence[Item]]] = {}
        for item in items:
            self._by_form[tuple(type(item.names.get(field)) for field in fields)].append(item)

    def agreeing(self, names: Sequence[Name]) -> Iterator[tuple[Item, bool]]:
        """Those with none of whose names these are at odds, with whether all are known to agree."""
        for form in self._by_form:
            # Only names of one type can be told apart.
            told = tuple(n for n, name in enumerate(names) if name is not None and type(name) is form[n])
            for item in self._table(form, told).get(tuple(names[n] for n in told), ()):
                yield item, len(told) == len(names)

    def known_to_agree(self, names: Sequence[Name]) -> Sequence[Item]:
        """Those all of whose names are known to agree."""
        form = tuple(map(type, names))
        if None in names or form not in self._by_form:
            return ()
        return self._table(form, tuple(range(len(names)))).get(tuple(names), ())

    def _table(self, form: tuple[type, ...], told: tuple[int, ...]) -> Mapping[tuple[Name, ...], Sequence[Item]]:
        """The resources of a form by the names at some places of it."""
        if (form, told) not in self._tables:
            table: dict[tuple[Name, ...], list[Item]] = defaultdict(list)
            for item in self._by_form[form]:
                table[tuple(item.names.get(self._fields[n]) for n in told)].append(item)
            self._tables[form, told] = table
        return self._tables[form, told]
