"""Whatever is written in a resource, piece by piece: every text, every property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from inference_pools.facets.facet import Facet
from inference_pools.path import Keys
from inference_pools.reader import Leaf, ReadError, unwrap
from inference_pools.tree import Node
from inference_pools.values import SIGNATURE_KEY, Json, is_secret


class Text(Facet):
    """One piece of text anywhere in the resource, or one name of a map's member."""

    __slots__ = ("_name", "_seen", "is_key")
    fields = ()

    def __init__(self, own: Leaf, seen: str | None = None, *, is_key: bool = False, name: str | None = None) -> None:
        super().__init__(own, {})
        self._seen = seen
        self._name = name
        self.is_key = is_key

    @property
    def value(self) -> str | None:
        """The text. Raises UnknownError for one that cannot be seen."""
        return self.own.text() if self._seen is None else self._seen

    @property
    def property_name(self) -> str | None:
        """The name that the text stands under: of its pair, else of the nearest property.

        The name of an item says little without its list: it is the `dimensions.name` of `dimensions[0].name`.
        """
        if self._name:
            return self._name
        match self.own.keys:
            case (*_, str(items), int(), "name"):
                return f"{items}.name"
            case keys:
                return next((key for key in reversed(keys) if isinstance(key, str)), None)


class PlainText(Facet):
    """A text that is not marked as a secret. `name` is that of the variable, property or tag whose value it is."""

    __slots__ = ("_seen", "name")
    fields = ()

    def __init__(self, own: Leaf, name: str | None, seen: str | None) -> None:
        super().__init__(own, {})
        self.name = name
        self._seen = seen

    @property
    def value(self) -> str | None:
        """The text. Raises UnknownError for one that is not known yet."""
        return self.own.text() if self._seen is None else self._seen


_NO_TEXT: Final = frozenset(("integer", "number", "boolean"))


@dataclass(frozen=True, eq=False)
class Api:
    """What a platform's API is called, and what it says of a property that a kind of resource has not.

    `kind` is the type's name, `vendor` whose API it is, `version` what tells its versions apart. `told_elsewhere` are
    places whose values another rule judges. `explain` gives, for the keys and the name in camel case, what to say of a
    property that is not there, as message and remedy; None where there is nothing to say but that.
    """

    kind: str
    vendor: str
    version: str = "API version"
    told_elsewhere: frozenset[Keys] = frozenset()
    explain: Callable[[Keys, str], tuple[str, str] | None] = lambda keys, name: None
    is_open: bool = False
    """Whether it may have properties that are not known here: it is newer, or older, than what was read of it."""
    folds_case: bool = False
    """Whether it takes its own words in any case where it takes others besides."""


class Property(Facet):
    """One property as it is written, beside what the API knows of it.

    `known` is its description; None when the API has no such property. `siblings` are the names that a program may
    write where it stands.
    """

    __slots__ = ("api", "known", "siblings")
    fields = ()

    def __init__(self, own: Leaf, *, api: Api, known: Node | None, siblings: tuple[str, ...]) -> None:
        super().__init__(own, {})
        self.api = api
        self.known = known
        self.siblings = siblings

    @property
    def name(self) -> str:
        """The property's name as written."""
        return str(self.own.keys[-1])

    @property
    def written_choice(self) -> str | None:
        """What is written where the API knows a few values only; None where it takes any."""
        return self.own.text() if self.known is not None and self.known.enum else None

    def look_inside(self) -> None:
        """Raises UnknownError or UnreadableError when named properties belong inside and cannot be seen."""
        if self.known is None:
            return
        if self.known.members:
            list(self.own.members())
        elif self.known.items is not None and self.known.items.members:
            list(self.own.items())


def walk_text(leaf: Leaf, value: Json, node: Node | None, name: str | None = None) -> Iterator[Text]:
    """Every text below a place, in order of appearance, and every name of a map's member that is no plain word.

    The name in a pair is taken as the name of a map's member is. `value` is what stands at the place, `node` what
    is known of it, `name` the name that somebody gave it. A value that cannot be seen is one Text, whose reading
    says so, unless it is known to be no text. Names beginning with two underscores are the engine's and the
    provider's own, and what the service sets nobody wrote.
    """
    try:
        seen = unwrap(value, leaf.keys)
    except ReadError:
        if node is None or node.type not in _NO_TEXT:
            yield Text(leaf, name=name)
        return
    if isinstance(seen, str):
        yield Text(leaf, seen, name=name)
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
            if not (_names_a_pair(key, node) and isinstance(item, str) and item.isidentifier()):
                yield from walk_text(child, item, known, _free_name(seen, key, node))


def walk_plain_text(
    leaf: Leaf, value: Json, node: Node | None, wanted: frozenset[str], name: str | None = None
) -> Iterator[PlainText]:
    """Every text below a place that stands there in plain, by its name where it has one.

    What is marked as a secret is passed over, and so is what the service sets and what the engine and the provider
    write. `wanted` are the properties that hand secrets to the code that serves; elsewhere a value that is not known
    yet is hardly one.
    """
    if is_secret(value):
        return
    try:
        seen = unwrap(value, leaf.keys)
    except ReadError:
        if _may_hand_secrets_on(leaf.keys, node, wanted):
            yield PlainText(leaf, name, None)
        return
    if isinstance(seen, str):
        yield PlainText(leaf, name, seen)
    elif isinstance(seen, list):
        for index, item in enumerate(seen):
            yield from walk_plain_text(leaf.child(index), item, node.items if node else None, wanted, name)
    elif isinstance(seen, dict) and SIGNATURE_KEY not in seen:
        for key, item in seen.items():
            known = (node.members.get(key) or node.values) if node else None
            if not key.startswith("__") and not (known and known.output):
                yield from walk_plain_text(leaf.child(key), item, known, wanted, _free_name(seen, key, node))


_PAIRS: Final = {"key": ({"key", "value"},), "name": ({"name", "value"}, {"name", "secretRef"})}
"""What is called by that name has these members: tags as a list, and the variables of a container."""


def _names_a_pair(key: str, node: Node | None) -> bool:
    return node is not None and key in _PAIRS and node.members.keys() in _PAIRS[key]


def _free_name(holder: Mapping[str, Json], key: str, node: Node | None) -> str | None:
    """The name that somebody gave to a member: the key of its pair, or its own where the API has no such name.

    A pair is `{key, value}`, or `{name, value}` as containers' variables are written.
    """
    if key == "value" and (pair := _pair_name(holder)) is not None:
        return pair
    return None if node is not None and key in node.members else key


def _pair_name(holder: Mapping[str, Json]) -> str | None:
    """What the value of a pair is called; None for what is no pair."""
    return next((name for name in (holder.get("key"), holder.get("name")) if isinstance(name, str)), None)


def _may_hand_secrets_on(keys: Keys, node: Node | None, wanted: frozenset[str]) -> bool:
    """Whether a value that cannot be seen is, or may have inside, one that hands secrets on."""
    if not wanted.isdisjoint(keys):
        return node is None or node.type not in _NO_TEXT
    members = node.members.items() if node is not None else ()
    return any(_may_hand_secrets_on((name,), member, wanted) for name, member in members)


def walk_properties(leaf: Leaf, node: Node, api: Api) -> Iterator[Property]:
    """Every property below a place, and every object in a list, with its description.

    Below what cannot be seen there is nothing; reading the property itself says so.
    """
    siblings = tuple(name for name, member in node.members.items() if not member.output)
    for name, child in _visible_members(leaf):
        if name.startswith("__"):
            continue
        # What the service sets is known here, too: a provider may write some of it into the inputs.
        known = node.members.get(name)
        yield Property(child, api=api, known=known, siblings=siblings)
        if known is None:
            continue
        if known.members:
            yield from walk_properties(child, known, api)
        elif known.items is not None and known.items.members:
            for item in _visible_items(child):
                yield Property(item, api=api, known=known.items, siblings=())
                yield from walk_properties(item, known.items, api)


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
