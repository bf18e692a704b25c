"""A resource as rules see it: of a kind, with facets that lie where its platform says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final, TypeVar

from inference_pools import platforms
from inference_pools.facets import (
    Address,
    Facet,
    Fixed,
    IgnoredChange,
    Name,
    PlainText,
    Property,
    Protection,
    Purchase,
    PurchaseChange,
    Replacement,
    Text,
)
from inference_pools.facets.place import At, Place
from inference_pools.facets.texts import Api, walk_plain_text, walk_properties, walk_text
from inference_pools.given import with_given
from inference_pools.path import EACH, Keys, format_steps, parse_pattern
from inference_pools.platforms.platform import Layout, Platform, Subject
from inference_pools.reader import Leaf, ReadError
from inference_pools.resource import Resource
from inference_pools.values import Json

F = TypeVar("F", bound=Facet)


def may_be_judged(token: str) -> bool:
    """Whether a type token names a kind that rules judge. Of some kinds they do not judge every resource."""
    found = platforms.kind_of(token)
    return found is not None and found[1].is_judged


def is_judged(token: str, properties: Mapping[str, Json]) -> bool:
    """Whether rules judge a resource: of a kind that they do, and no other service's."""
    found = platforms.kind_of(token)
    return found is not None and found[1].is_judged and found[0].is_ours(found[1], properties)


def asks_provider(token: str) -> bool:
    """Whether the settings of its provider are part of what a resource of a type is."""
    found = platforms.kind_of(token)
    return found is not None and found[1] in found[0].asking_provider


def platform_of(token: str) -> str:
    """The name of the platform that a type token is of; "" where it is of none."""
    found = platforms.kind_of(token)
    return "" if found is None else found[0].name


def is_kept(token: str) -> bool:
    """Whether a resource of a type is worth keeping: judged itself, or led to by what is."""
    return platforms.kind_of(token) is not None


def view(resource: Resource) -> Subject | None:
    """The resource as rules see it, judged or only led to; None when it is of no platform."""
    found = platforms.kind_of(resource.type)
    if found is None:
        return None
    platform, kind = found
    if not platform.is_ours(kind, resource.properties):
        return None
    if resource.outputs:
        resource = platform.as_written(kind, resource)
    layout = platform.by_shape[kind, platform.shape_of(kind, resource)]
    return Subject(with_given(resource, layout.given) if layout.given else resource, platform, layout)


def facets_of(subject: Subject, facet: type[F]) -> Iterator[F]:
    """Each facet of a kind in a resource, in the order of its places; none where the platform has no such property."""
    for place in range(places_of(subject, facet)):
        yield from facets_at(subject, facet, place)


def places_of(subject: Subject, facet: type[Facet]) -> int:
    """In how many places such a facet lies. At each there may be several, or none: there is one an item of a list."""
    places = subject.layout.places.get(facet)
    if places is not None:
        return len(places)
    if facet is Name:
        return len(subject.layout.names)
    return int(facet in _SPECIAL or facet in subject.platform.special)


def has_places(platform: Platform, layout: Layout, facet: type[Facet]) -> bool:
    """Whether a kind of resource can have such a facet at all."""
    if facet is Property:
        return layout.tree is not None and layout.checks_names
    if facet is PurchaseChange:
        return Purchase in layout.places
    if facet is Replacement:
        return Fixed in layout.places
    if facet is Name:
        return bool(layout.names)
    special = platform.special.get(facet)
    if special is not None:
        return next(special(Subject(Resource("", "", "", {}, previous={}), platform, layout)), None) is not None
    return facet in layout.places or facet in _SPECIAL


def facets_at(subject: Subject, facet: type[F], number: int) -> Iterator[F]:
    """The facets at one of the places, by its number."""
    places = subject.layout.places.get(facet)
    if places is not None:
        place = places[number]
    elif facet is Name:
        subject = _with_names(subject)
        place = _name_places(subject.platform, subject.layout)[number]
    else:
        special = subject.platform.special.get(facet) or _SPECIAL[facet]
        yield from special(subject)  # type: ignore[misc]
        return
    resource, reads = subject.resource, subject.reads
    if place.is_repeated:
        for own, keys in place.items(Leaf(resource.properties, (), True, reads)):
            yield facet(own, keys, place, **place.more)
    else:
        yield facet(Leaf(resource.properties, place.own_keys, True, reads), place.keys, place, **place.more)


def parts_at(subject: Subject, facet: type[Facet], number: int) -> Iterator[Keys]:
    """Where the facets of a place lie: the keys of each field, as far as a list that has to be opened."""
    if facet in subject.platform.special or facet in _SPECIAL:
        for one in facets_at(subject, facet, number):
            yield from one.places
    elif facet is Name:
        yield from _name_places(subject.platform, subject.layout)[number].parts
    else:
        yield from subject.layout.places[facet][number].parts


def called(subject: Subject, facet: type[Facet], field: str) -> str:
    """What the platform of a resource calls a field of a facet, wherever the facet may lie."""
    for layout in subject.platform.layouts:
        for place in layout.places.get(facet, ()):
            if field in place.at:
                return place.at[field].shown
    return facet.words.get(field, field)


def same_as(subject: Subject, keys: Keys) -> Keys | None:
    """The keys of a place by the names of the items that it lies in; None where it lies in none of a list of items.

    An item that has no name, or none that can be seen, is known by its number.
    """
    if not subject.layout.items or not any(isinstance(key, int) for key in keys):
        return None
    found: list[str | int] = []
    lists = 0
    for number, key in enumerate(keys):
        steps = format_steps(tuple([EACH if isinstance(one, int) else one for one in keys[: number + 1]]))
        name = subject.layout.items.get(steps) if isinstance(key, int) else None
        lists += name is not None
        found.append((_name_of(subject.leaf(*keys[: number + 1]), name) or key) if name else key)
    return tuple(found) if lists else None


def _name_of(item: Leaf, name: str) -> str | None:
    try:
        return item.child(name).text()
    except ReadError:
        return None


def is_everywhere(facet: type[Facet]) -> bool:
    """Whether there is such a facet wherever there is a property: the texts, the properties themselves."""
    return facet in (Text, PlainText, Property)


@cache
def _name_places(platform: Platform, layout: Layout) -> tuple[Place, ...]:
    located = {"location": At(("location",), shown="location")}
    return tuple(
        Place(
            {"name": At(keys, shown=str(keys[-1])), **(located if rule.is_own else {})},
            facts=platform.facts,
            more={"rule": rule},
        )
        for keys, rule in layout.names.items()
    )


def _with_names(subject: Subject) -> Subject:
    """The resource with its names: where only outputs are known they are in its id."""
    resource = subject.resource
    if not resource.outputs:
        return subject
    named = subject.platform.names_in_id(subject.kind, resource.id or "")
    return subject._replace(resource=replace(resource, properties={**resource.properties, **named}))


def _address(subject: Subject) -> Iterator[Facet]:
    place = subject.layout.address
    yield Address(_with_names(subject).leaf(), place.keys, place)


def _protection(subject: Subject) -> Iterator[Facet]:
    # What a stack only reads it cannot delete, and not every source tells.
    protect = subject.resource.protect
    if protect is not None and not subject.resource.outputs:
        yield Protection(subject.leaf(), kind=subject.kind.name, is_protected=protect)


def _ignored_changes(subject: Subject) -> Iterator[Facet]:
    # What a stack only reads it never changes.
    for path in () if subject.resource.outputs else subject.resource.ignore_changes:
        yield IgnoredChange(subject.leaf(*parse_pattern(path)), path)


def _purchase_changes(subject: Subject) -> Iterator[Facet]:
    """What becomes of each purchase, where the source knows what it was. The shape may change with the update."""
    resource = subject.resource
    if resource.previous is None:
        return
    old = view(subject.platform.before(subject.kind, resource))
    before = list(facets_of(old, Purchase)) if old is not None else []
    for number, now in enumerate(facets_of(subject, Purchase)):
        yield PurchaseChange(now, before[number] if number < len(before) else None)


def _replacements(subject: Subject) -> Iterator[Facet]:
    """What becomes of each property that cannot change in place, where the source knows what it was."""
    resource = subject.resource
    if not resource.previous or resource.outputs or Fixed not in subject.layout.places:
        return
    earlier = subject.platform.before(subject.kind, resource)
    old = view(earlier)
    before = dict(_fixed(old)) if old is not None else {}
    ignored = [parse_pattern(path) for path in resource.ignore_changes]
    deletes_first = subject.platform.deletes_first(earlier, resource)
    after = dict(_fixed(subject))
    for keys in {**after, **before}:
        if not any(keys[: len(path)] == path for path in ignored):
            now = after.get(keys) or before[keys].seen_in(subject.leaf())
            yield Replacement(
                now, before.get(keys), subject.kind.label, deletes_first=deletes_first, in_program=resource.name
            )


def _fixed(subject: Subject) -> Iterator[tuple[Keys, Fixed]]:
    """Each of them, by where it lies: the shape may change with the update, and its places with that."""
    return ((one.keys_of("value"), one) for one in facets_of(subject, Fixed))


def _texts(subject: Subject) -> Iterator[Facet]:
    world = _world(subject.platform)
    for text in walk_text(subject.leaf(), subject.resource.properties, subject.layout.tree):
        text.place = world
        yield text


def _plain_texts(subject: Subject) -> Iterator[Facet]:
    layout, world = subject.layout, _world(subject.platform)
    for text in walk_plain_text(subject.leaf(), subject.resource.properties, layout.tree, layout.hands_secrets_on):
        text.place = world
        yield text


@cache
def _world(platform: Platform) -> Place:
    """The place of what lies anywhere: it tells no more than the platform's world."""
    return Place({}, facts=platform.facts)


def _properties(subject: Subject) -> Iterator[Facet]:
    # In outputs the service decides what there is; only what a program wrote can be misspelt.
    layout = subject.layout
    if layout.tree is not None and layout.checks_names and not subject.resource.outputs:
        yield from walk_properties(subject.leaf(), layout.tree, _api(subject.platform, layout))


@cache
def _api(platform: Platform, layout: Layout) -> Api:
    return platform.api(layout.kind, layout.shape)


_SPECIAL: Final[Mapping[type[Facet], Callable[[Subject], Iterator[Facet]]]] = {
    Address: _address,
    IgnoredChange: _ignored_changes,
    PlainText: _plain_texts,
    Property: _properties,
    Protection: _protection,
    PurchaseChange: _purchase_changes,
    Replacement: _replacements,
    Text: _texts,
}
