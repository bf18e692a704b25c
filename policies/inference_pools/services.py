"""One service on several clouds: which resources are of it, and what those of one cloud say that the others do not.

A service is told by its tag `service`, else by the resource's name in Pulumi: `fraud-aws-prod` and `fraud-pool` are
both of fraud, since words for environments, vendors, kinds of resources and regions count for nothing. Only what is of
one environment is compared, and only the clouds of different vendors.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from inference_pools import platforms
from inference_pools.context import words_of
from inference_pools.facets import Tags
from inference_pools.naming import SAME_ENVIRONMENT
from inference_pools.platforms.platform import Layout, Platform, Subject
from inference_pools.reader import ReadError, frozen
from inference_pools.stack import Stack
from inference_pools.view import facets_of

TAG: Final = "service"
"""The tag that says which service a resource is of, whatever it is called."""
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHORT: Final = frozenset(("config", "conf", "cfg", "ep", "svc", "service", "cloud"))
"""What people write for kinds of resources besides the words that the vendors have."""
_ENVIRONMENTS: Final = {word: min(group) for group in SAME_ENVIRONMENT for word in group if len(word) > 1}

T = TypeVar("T")
U = TypeVar("U")


class _Key(NamedTuple):
    service: str
    environment: str


@dataclass(frozen=True, slots=True)
class OnCloud:
    """What one service has on one vendor's cloud, in the order of the stacks."""

    vendor: str
    subjects: tuple[Subject, ...]
    stacks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs on several clouds, in one environment. `where` has an entry for each of them."""

    name: str
    where: tuple[OnCloud, ...]

    @property
    def is_in_one_stack(self) -> bool:
        """Whether all of it is in one stack."""
        return len({frozenset(one.stacks) for one in self.where}) == 1 and len(self.where[0].stacks) == 1


def services(stacks: Sequence[Stack]) -> Iterator[Service]:
    """The services that are on several clouds, in the order in which they are met."""
    if len(frozenset().union(*(stack.once(_vendors) for stack in stacks))) < 2:
        return
    found: dict[_Key, dict[str, list[tuple[Stack, Subject]]]] = defaultdict(lambda: defaultdict(list))
    for stack in stacks:
        for key, subject in stack.once(_by_service):
            found[key][subject.platform.facts.vendor].append((stack, subject))
    for (name, _), by_vendor in found.items():
        if len(by_vendor) > 1:
            yield Service(
                name,
                tuple(
                    OnCloud(vendor, tuple(subject for _, subject in those), frozenset(stack.name for stack, _ in those))
                    for vendor, those in by_vendor.items()
                ),
            )


def _vendors(stack: Stack) -> frozenset[str]:
    return frozenset(subject.platform.facts.vendor for subject in stack.subjects)


def _by_service(stack: Stack) -> Sequence[tuple[_Key, Subject]]:
    """What is of a service, in the order of the stack, each with that."""
    found: list[tuple[_Key, Subject]] = []
    told: dict[Hashable, tuple[str, str] | None] = {}
    nothing = _words_for_nothing()
    for subject in stack.subjects:
        # Most of a stack has the same tags, and to read them takes longer than all the rest.
        sight = _tags_seen(subject)
        if sight not in told:
            told[sight] = _by_tags(stack, subject)
        by_tags = told[sight]
        if by_tags is None:
            continue  # it may be of any
        tagged, environment = by_tags
        name = tagged or _service_in(subject.resource.name.casefold(), subject.platform, nothing)
        if name:
            found.append((_Key(name, environment), subject))
    return found


def _tags_seen(subject: Subject) -> Hashable:
    """All by which `_by_tags` may tell two resources of a stack apart."""
    seen = _where_tags_are(subject.platform, subject.layout)
    if seen is None:
        return subject.resource.urn
    properties = subject.resource.properties
    return subject.layout, subject.resource.type, *(frozen(properties.get(name)) for name in seen)


@lru_cache(maxsize=1024)
def _where_tags_are(platform: Platform, layout: Layout) -> tuple[str, ...] | None:
    """The properties in which tags lie; None where they may lie anywhere."""
    parts = [keys for place in layout.places.get(Tags, ()) for keys in (place.own_keys, *place.keys.values())]
    if Tags in platform.special or () in parts:
        return None
    return tuple(dict.fromkeys((platform.own_tags, platform.merged_tags, *(str(keys[0]) for keys in parts))))


def _by_tags(stack: Stack, subject: Subject) -> tuple[str, str] | None:
    """The service that a resource is tagged with, "" for none, and its environment; None where they cannot be known."""
    try:
        tagged = (tag_of(subject, TAG) or "").casefold()
        return tagged, _environment_in(stack.context(subject).environment, _words_for_nothing())
    except ReadError:
        return None


def at_odds(
    said: Mapping[U, Sequence[T]], same: Callable[[T, T], bool | None], newness: Callable[[T], tuple[int, ...]]
) -> Iterator[tuple[U, U, list[tuple[T, T]]]]:
    """Those who say nothing that another one says, each with that one, and the pairs that differ.

    Compared is with the one that most agree with; of several with the one that says the newest, then with the first.
    Where for any pair it cannot be told whether they are the same, the two are not at odds.
    """
    names = list(said)

    def agrees(one: U, other: U) -> bool:
        return any(same(a, b) for a in said[one] for b in said[other])

    def rank(name: U) -> tuple[int, tuple[int, ...], int]:
        others = sum(agrees(name, other) for other in names if other != name)
        return others, max((newness(one) for one in said[name]), default=()), -names.index(name)

    reference = max(names, key=rank, default=None)
    for name in names:
        if reference is None or name == reference:
            continue
        pairs = [(a, b) for a in said[name] for b in said[reference]]
        if pairs and all(same(a, b) is False for a, b in pairs):
            yield name, reference, pairs


def tag_of(subject: Subject, name: str) -> str | None:
    """The value of a tag, whatever its case; None where there is none. Raises ReadError where it cannot be known."""
    for tags in facets_of(subject, Tags):
        written = tags.names.get(name)
        if written is not None:
            return (tags.value(written) or "").strip() or None
    return None


@lru_cache(maxsize=4096)  # a fleet has the same names in each stack
def _service_in(name: str, platform: Platform, nothing: frozenset[str]) -> str:
    for region in platform.facts.regions.existing:
        name = re.sub(rf"(?<![a-z0-9]){re.escape(region)}(?![a-z0-9])", "", name) if region in name else name
    return "-".join(word for word in words_of(name) if word and word not in nothing and word not in _ENVIRONMENTS)


@lru_cache(maxsize=256)
def _environment_in(text: str, nothing: frozenset[str]) -> str:
    return "-".join(sorted(_ENVIRONMENTS.get(word, word) for word in words_of(text) if word not in nothing))


def _words_for_nothing() -> frozenset[str]:
    return _words(platforms.known())


@lru_cache(maxsize=8)
def _words(known: Sequence[Platform]) -> frozenset[str]:
    """The words that say which cloud or what kind of resource: those by which the platforms call themselves."""
    texts = [name for one in known for name in (one.name, one.facts.vendor, *(part for m in one.modules for part in m))]
    texts += [text for one in known for kind in one.kinds for text in (kind.name, kind.label)]
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text)) | _SHORT
