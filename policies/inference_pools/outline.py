"""How the properties of a resource are divided, so that what was said of equal parts can be said again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from inference_pools.path import Keys
from inference_pools.platforms.platform import Subject
from inference_pools.reader import frozen
from inference_pools.values import SIGNATURE_KEY, Json


def divided(subject: Subject) -> tuple[Hashable, list[Json]] | None:
    """All that facets can tell of a resource, but for what stands in its parts, and those values in the order of
    `Outline`.

    Resources of which the first is equal have an equal `Outline`. None where facets show more than that: what is only
    read has its names in its id, an update has the properties of before, and of a pair of key and value each says what
    the other is, as a mark is about all that stands beside it. Raises TypeError for what is no JSON.
    """
    resource = subject.resource
    properties = resource.properties
    if resource.outputs or resource.previous is not None or _has_pair(properties) or SIGNATURE_KEY in properties:
        return None
    names: tuple[str, ...] | None = None
    values = list(properties.values())
    bag = _open_bag(subject)
    if bag is not None:
        if _has_pair(bag):
            return None
        names = tuple(bag)
        values += bag.values()
    written = []
    for name in subject.platform.shaped_by:
        value = properties.get(name)
        written.append(value if type(value) is str else frozen(value))
    place = (
        resource.type,
        subject.shape,
        resource.provider_version,
        resource.protect,
        resource.ignore_changes,
        *written,
    )
    return (*place, tuple(properties), names), values


def _has_pair(holder: Mapping[str, Json]) -> bool:
    return "value" in holder and ("key" in holder or "name" in holder)


class Outline:
    """How the properties of a resource are divided into parts: each member of its bag of properties is one, and so is
    every other property. A bag that cannot be looked into is a part itself.

    `parts` are their keys. `walked` are the same in the order in which a resource is walked, with the bag before what
    is in it. `open_bag` are the keys of a bag that is divided, of which the names are no part: they are in the outline.
    """

    def __init__(self, subject: Subject) -> None:
        bag_name = subject.layout.bag
        bag = _open_bag(subject)
        inside = [] if bag is None else [(bag_name, name) for name in bag]
        self.open_bag: Keys | None = None if bag is None else (bag_name,)
        self._places: tuple[Keys, ...] = (*((name,) for name in subject.resource.properties), *inside)
        self.parts = frozenset(self._places) - {self.open_bag}
        self.walked: list[Keys] = []
        for name in subject.resource.properties:
            self.walked += [(name,), *inside] if (name,) == self.open_bag else [(name,)]

    def part_of(self, keys: Keys) -> Keys:
        """The keys of the part that a place lies in, if it is there."""
        return keys[: 2 if keys[:1] == self.open_bag else 1]

    def number(self, part: Keys) -> int:
        """Which of the values of `divided` a part has."""
        return self._places.index(part)


def only(subject: Subject, part: Keys) -> Subject:
    """A resource that has one part alone."""
    value: Json = subject.resource.properties
    for key in part:
        value = value[key]
    for key in reversed(part):
        value = {key: value}
    return subject._replace(resource=replace(subject.resource, properties=value))


def _open_bag(subject: Subject) -> dict[str, Json] | None:
    """The bag of properties, where it can be looked into."""
    if not subject.layout.bag:
        return None
    bag = subject.resource.properties.get(subject.layout.bag)
    return bag if type(bag) is dict and SIGNATURE_KEY not in bag else None
