"""Facets: the small typed views of a pool's configuration that rules judge.

A facet knows no resource type and no API version; `shapes` says where its fields lie. Properties are read on
access, so one unknown value costs only the judgement that needs it. Documented defaults live here, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from inference_pools.catalog import Kind, Node, Shape
from inference_pools.reader import Keys, Leaf, ReadError, unwrap
from inference_pools.values import SIGNATURE_KEY, Json

DEFAULT_REQUEST_TIMEOUT: Final = timedelta(seconds=5)
"""`requestTimeout` when absent: "Defaults to 5000ms" (Azure REST API, RequestConfiguration)."""
DEFAULT_CONCURRENCY: Final = 1
"""`maxConcurrentRequestsPerInstance` when absent (Azure REST API, RequestConfiguration)."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as one of the sources met it.

    `properties` is in the wire encoding (see `values`): a resource's inputs as its provider checked them, or its
    outputs where `outputs` says so (state of a resource that was only read). `id` is the provider's id, when
    deployed. `provider_version` is that of the azure-native provider, when known. `protect` is Pulumi's option of
    that name; None where the source does not tell.
    """

    urn: str
    type: str
    name: str
    properties: Mapping[str, Json]
    id: str | None = None
    outputs: bool = False
    provider_version: str | None = None
    protect: bool | None = None


class Facet:
    """A view of some properties under names of our own. Subclasses give the fields types and defaults."""

    __slots__ = ("_leaves", "own")
    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, own: Leaf, leaves: Mapping[str, Leaf]) -> None:
        self.own = own
        self._leaves = leaves

    def leaf(self, field: str) -> Leaf:
        """The place of a field; unsupported where this resource has no such property."""
        leaf = self._leaves.get(field)
        return leaf if leaf is not None else Leaf(self.own.root, self.own.keys, supported=False)

    def keys_of(self, field: str) -> Keys:
        """Where a finding about this field points ("" is the facet itself)."""
        return self.leaf(field).keys if field else self.own.keys


class Sku(Facet):
    """What hardware the pool is made of, as the resource's envelope says it."""

    __slots__ = ()
    fields = ("name", "tier", "size", "family")

    @property
    def name(self) -> str | None:
        """The SKU's name, usually a VM size."""
        return self.leaf("name").text()

    @property
    def tier(self) -> str | None:
        """Free, Basic, Standard or Premium."""
        return self.leaf("tier").text()

    @property
    def size(self) -> str | None:
        """The size, when the name is not itself one."""
        return self.leaf("size").text()

    @property
    def family(self) -> str | None:
        """The hardware generation."""
        return self.leaf("family").text()


class Capacity(Facet):
    """A number of instances. A resource may have several: each is a facet of its own."""

    __slots__ = ()
    fields = ("instances",)

    @property
    def instances(self) -> int | None:
        """How many instances are asked for."""
        return self.leaf("instances").integer()


class RequestLimits(Facet):
    """How long a request may take, and how many an instance takes at once."""

    __slots__ = ()
    fields = ("timeout", "concurrency")

    @property
    def written_timeout(self) -> str | None:
        """The timeout as it is written; None when the default is left to Azure."""
        return self.leaf("timeout").text()

    @property
    def timeout(self) -> timedelta:
        """When a request is given up."""
        written = self.leaf("timeout").duration()
        return DEFAULT_REQUEST_TIMEOUT if written is None else written

    @property
    def concurrency(self) -> int:
        """Requests that one instance serves at a time."""
        written = self.leaf("concurrency").integer()
        return DEFAULT_CONCURRENCY if written is None else written


class ModelSource(Facet):
    """Where the model comes from."""

    __slots__ = ()
    fields = ("id",)

    @property
    def id(self) -> str | None:
        """The URI path or resource id of the model."""
        return self.leaf("id").text()


class EnvironmentSource(Facet):
    """Where the environment the model runs in comes from."""

    __slots__ = ()
    fields = ("id",)

    @property
    def id(self) -> str | None:
        """The resource id or registry URI of the environment."""
        return self.leaf("id").text()


@dataclass(frozen=True, slots=True)
class NameRule:
    """What Azure asks of one kind of name. `pattern` is a whole-value regular expression."""

    what: str
    pattern: str
    longest: int
    in_words: str


class Name(Facet):
    """One name: of the resource itself, or of one it lies in."""

    __slots__ = ("rule",)
    fields = ("name",)

    def __init__(self, own: Leaf, leaves: Mapping[str, Leaf], rule: NameRule) -> None:
        super().__init__(own, leaves)
        self.rule = rule

    @property
    def value(self) -> str | None:
        """The name; None when Azure or the provider is to make one."""
        return self.leaf("name").text()


class Location(Facet):
    """Where in the world the resource lies."""

    __slots__ = ()
    fields = ("location",)

    @property
    def name(self) -> str | None:
        """The region, in any of the spellings Azure takes."""
        return self.leaf("location").text()


class Tags(Facet):
    """The resource's tags. Azure compares tag names without regard to case."""

    __slots__ = ()
    fields = ()

    def leaf(self, field: str) -> Leaf:
        """The place of one tag."""
        return self.own.child(field)

    @property
    def names(self) -> dict[str, str]:
        """Each tag's name as written, by its name in lower case."""
        # Sorted: of two names that differ in case only, the same one counts in every run.
        return {name.casefold(): name for name in sorted(name for name, _ in self.own.members())}

    def value(self, name: str) -> str | None:
        """The value of a tag, by its name as written."""
        return self.leaf(name).text()


class Text(Facet):
    """One piece of text anywhere in the resource, or one name of a map's member."""

    __slots__ = ("_seen", "is_key")
    fields = ()

    def __init__(self, own: Leaf, seen: str | None = None, *, is_key: bool = False) -> None:
        super().__init__(own, {})
        self._seen = seen
        self.is_key = is_key

    @property
    def value(self) -> str | None:
        """The text. Raises UnknownError for one that cannot be seen."""
        return self.own.text() if self._seen is None else self._seen

    @property
    def property_name(self) -> str | None:
        """The nearest name of a property that the text stands under."""
        return next((key for key in reversed(self.own.keys) if isinstance(key, str)), None)


_NO_TEXT: Final = frozenset(("integer", "number", "boolean"))


class Property(Facet):
    """One property as it is written, beside what the API version knows of it.

    `known` is its description in the catalog; None when the API version has no such property. `siblings` are the
    names that a program may write where it stands.
    """

    __slots__ = ("kind", "known", "shape", "siblings")
    fields = ()

    def __init__(self, own: Leaf, *, kind: Kind, shape: Shape, known: Node | None, siblings: tuple[str, ...]) -> None:
        super().__init__(own, {})
        self.kind = kind
        self.shape = shape
        self.known = known
        self.siblings = siblings

    @property
    def name(self) -> str:
        """The property's name as written."""
        return str(self.own.keys[-1])

    @property
    def written_choice(self) -> str | None:
        """What is written where Azure knows a few values only; None where it takes any."""
        return self.own.text() if self.known is not None and self.known.enum else None

    def look_inside(self) -> None:
        """Raises UnknownError or UnreadableError when named properties belong inside and cannot be seen."""
        if self.known is None:
            return
        if self.known.members:
            list(self.own.members())
        elif self.known.items is not None and self.known.items.members:
            list(self.own.items())


def walk_text(leaf: Leaf, value: Json, node: Node | None) -> Iterator[Text]:
    """Every text below a place, in order of appearance, and every name of a map's member.

    `value` is what stands at the place, `node` what is known of it. A value that cannot be seen is one Text, whose
    reading says so, unless it is known to be no text. Names beginning with two underscores are the engine's and
    the provider's own, and what Azure sets nobody wrote.
    """
    try:
        seen = unwrap(value, leaf.keys)
    except ReadError:
        if node is None or node.type not in _NO_TEXT:
            yield Text(leaf)
        return
    if isinstance(seen, str):
        yield Text(leaf, seen)
    elif isinstance(seen, list):
        for index, item in enumerate(seen):
            yield from walk_text(leaf.child(index), item, node.items if node else None)
    elif isinstance(seen, dict) and SIGNATURE_KEY not in seen:
        for key, item in seen.items():
            known = (node.members.get(key) or node.values) if node else None
            if key.startswith("__") or (known and known.output):
                continue
            child = leaf.child(key)
            if leaf.keys and not key.isidentifier():
                yield Text(child, key, is_key=True)
            yield from walk_text(child, item, known)


def walk_properties(leaf: Leaf, node: Node, kind: Kind, shape: Shape) -> Iterator[Property]:
    """Every property below a place, and every object in a list, with its description.

    Below what cannot be seen there is nothing; reading the property itself says so.
    """
    siblings = tuple(name for name, member in node.members.items() if not member.output)
    for name, child in _visible_members(leaf):
        if name.startswith("__"):
            continue
        # What Azure sets is known here, too: the provider writes azureApiVersion and its like into the inputs.
        known = node.members.get(name)
        yield Property(child, kind=kind, shape=shape, known=known, siblings=siblings)
        if known is None:
            continue
        if known.members:
            yield from walk_properties(child, known, kind, shape)
        elif known.items is not None and known.items.members:
            for item in _visible_items(child):
                yield Property(item, kind=kind, shape=shape, known=known.items, siblings=())
                yield from walk_properties(item, known.items, kind, shape)


def _visible_items(leaf: Leaf) -> list[Leaf]:
    try:
        return list(leaf.items())
    except ReadError:
        return []


def _visible_members(leaf: Leaf) -> list[tuple[str, Leaf]]:
    try:
        return list(leaf.members())
    except ReadError:
        return []
