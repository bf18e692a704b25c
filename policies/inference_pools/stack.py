"""The resources of one stack, as rules over a whole stack see them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from inference_pools import platforms, type_token
from inference_pools.context import Context, tags_of
from inference_pools.joins import Item, Joined, Joins
from inference_pools.platforms.platform import Edge, Kind, Subject
from inference_pools.reader import Leaf
from inference_pools.resource import Resource
from inference_pools.urn import Urn
from inference_pools.view import view

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stack:
    """All resources of one stack that are judged, in the order of their kinds."""

    project: str
    name: str
    subjects: tuple[Subject, ...]
    companions: tuple[Subject, ...] = ()
    """What is not judged, and led to by what is."""
    day: date | None = None
    _made: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False, compare=False)
    _parts: dict[frozenset[str], Stack] = field(default_factory=dict, repr=False, compare=False)
    _whole: Stack | None = field(default=None, repr=False, compare=False)
    """What it is a part of."""

    def once(self, make: Callable[[Stack], T]) -> T:
        """What a function makes of the stack, made once however many rules want it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def forget(self) -> None:
        """Lets go of what was made of it, which leads back to it: no more is to be asked."""
        self._made.clear()
        self._parts.clear()

    def of(self, kind: Kind) -> Iterator[Subject]:
        """The resources of one type."""
        return (subject for subject in self.subjects if subject.kind == kind)

    @property
    def pools(self) -> tuple[Subject, ...]:
        """The former name of `subjects`, for one release more."""
        told = "Stack.pools is Stack.subjects now; the old name goes with the next release"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return self.subjects

    @property
    def platforms(self) -> frozenset[str]:
        """The names of the platforms that it has resources of."""
        return self.once(_platforms)

    def of_platforms(self, names: Collection[str]) -> Stack:
        """The stack with what is of these platforms only, the same for all who ask; as it is where none is named."""
        present = self.platforms
        wanted = present.intersection(names) if names else present
        if wanted == present:
            return self
        if wanted not in self._parts:
            ours = tuple(subject for subject in self.subjects if subject.platform.name in wanted)
            companions = tuple(subject for subject in self.companions if subject.platform.name in wanted)
            self._parts[wanted] = Stack(self.project, self.name, ours, companions, self.day, _whole=self)
        return self._parts[wanted]

    @property
    def _joins(self) -> Joins:
        """Those of the whole, for its parts as well: no edge leads from one platform to another."""
        return (self._whole or self).once(_joins)

    def items(self, kind: Kind) -> Sequence[Item]:
        """The resources of one type as an edge is followed from them."""
        return self._joins.items(kind)

    def follow(self, item: Item, edge: Edge) -> Joined:
        """Where an edge leads from a resource."""
        return self._joins.follow(item, edge)

    def surely(self, item: Item, edge: Edge) -> Sequence[Item]:
        """Where an edge leads from a resource for sure."""
        return self._joins.surely(item, edge)

    def leading_to(self, item: Item, edge: Edge) -> Joined:
        """From where an edge leads to a resource."""
        return self._joins.leading_to(item, edge)

    def context(self, subject: Subject) -> Context:
        """The surroundings of one of them."""
        return context_of(subject.resource, self.day)


def _platforms(stack: Stack) -> frozenset[str]:
    return frozenset(subject.platform.name for subject in stack.subjects)


def _joins(stack: Stack) -> Joins:
    return Joins((*stack.subjects, *stack.companions))


def context_of(resource: Resource, day: date | None = None, forced_environment: str = "") -> Context:
    """The surroundings of a resource."""
    urn = Urn.parse(resource.urn)
    own, merged, pairs = _tags(resource.type)
    tags = Leaf(resource.properties, tags_of(resource.properties, merged, own))
    return Context(urn.project, urn.stack, tags, day, forced_environment, pairs)


def _tags(token: str) -> tuple[str, str, bool]:
    """The properties with tags and with a provider's besides, and whether tags are pairs, by a type token."""
    found, parsed = platforms.kind_of(token), type_token.parse(token)
    if found is None or parsed is None:
        return "tags", "", False
    platform = found[0]
    return platform.own_tags, platform.merged_tags, parsed.package in platform.tags_as_pairs


def stacks_of(resources: Iterable[Resource], day: date | None = None) -> Sequence[Stack]:
    """The resources gathered by stack: by platform and kind, each in the order of their URNs.

    Sources meet them in different orders, and a verdict must not depend on that. Only what is judged counts. Raises
    what `view` raises for a resource it cannot read.
    """
    found: dict[tuple[str, str], list[Subject]] = {}
    for resource in resources:
        subject = view(resource)
        if subject is not None:
            urn = Urn.parse(resource.urn)
            found.setdefault((urn.project, urn.stack), []).append(subject)
    return [_stack(project, name, those, day) for (project, name), those in found.items()]


def _stack(project: str, name: str, subjects: Iterable[Subject], day: date | None) -> Stack:
    ordered = sorted(subjects, key=_order)
    judged = tuple(subject for subject in ordered if subject.kind.is_judged)
    companions = tuple(subject for subject in ordered if not subject.kind.is_judged)
    return Stack(project, name, judged, companions, day)


def _order(subject: Subject) -> tuple[int, int, str]:
    platform = platforms.known().index(subject.platform)
    return platform, subject.platform.kinds.index(subject.kind), subject.resource.urn
