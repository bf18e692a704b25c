"""Facets: the small typed views of a pool's configuration that rules judge.

A facet knows no resource type and no API version; `shapes` says where its fields lie. Properties are read on
access, so one unknown value costs only the judgement that needs it. Documented defaults live here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from inference_pools import asset_ids
from inference_pools.catalog import Kind, Node, Shape
from inference_pools.near_words import nearest
from inference_pools.path import Keys
from inference_pools.reader import Leaf, ReadError, UnreadableError, unwrap
from inference_pools.values import SIGNATURE_KEY, Json, is_secret

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
    that name; None where the source does not tell. `previous` are the inputs of the last update, where the source
    knows them: {} for a resource that is new, None where it cannot tell. `depends` are the URNs of the resources whose
    outputs went into an input, by the input's name at the top (`{"poolName": ["urn:…::InferencePool::chat"]}`), as the
    source has them: `made_from` reads them. None where the source does not tell.
    """

    urn: str
    type: str
    name: str
    properties: Mapping[str, Json]
    id: str | None = None
    outputs: bool = False
    provider_version: str | None = None
    protect: bool | None = None
    previous: Mapping[str, Json] | None = None
    depends: Mapping[str, Json] | None = None

    def made_from(self, name: str) -> Sequence[str]:
        """The URNs of the resources whose outputs went into an input; none where the source does not tell."""
        urns = self.depends.get(name) if self.depends else None
        return [urn for urn in urns if isinstance(urn, str)] if isinstance(urns, list | tuple) else ()


class Facet:
    """A view of some properties under names of our own. Subclasses give the fields types and defaults.

    `own` is what it is a view of, and `at` says where in the same properties each field lies.
    """

    __slots__ = ("_at", "own")
    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, own: Leaf, at: Mapping[str, Keys]) -> None:
        self.own = own
        self._at = at

    def leaf(self, field: str) -> Leaf:
        """The place of a field; unsupported where this resource has no such property."""
        own, keys = self.own, self._at.get(field)
        return Leaf(own.root, own.keys, False) if keys is None else Leaf(own.root, keys, True, own.reads)

    def keys_of(self, field: str) -> Keys:
        """Where a finding about this field points ("" is the facet itself)."""
        return self.leaf(field).keys if field else self.own.keys

    @property
    def placed(self) -> Iterable[str]:
        """The fields that this resource has a place for."""
        return self._at.keys()

    @property
    def places(self) -> Iterator[Keys]:
        """Where it lies; the whole resource, which many facets have as their own place, has no keys."""
        return iter((self.own.keys, *self._at.values()))


class Sku(Facet):
    """What hardware the pool is made of, as the resource's envelope says it."""

    __slots__ = ()
    fields = ("name", "tier", "size", "family", "node_type")

    @property
    def node_type(self) -> str | None:
        """The kind of machine, where the resource names it besides."""
        return self.leaf("node_type").text() if self.leaf("node_type").supported else None

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


class Nodes(Facet):
    """The machines that serve: how many are asked for, and how many make a scale unit.

    Pools and, in shape B, groups have them. What an endpoint says of its capacity is no machine of its own, nor what
    a group of shape A says: it draws on its pool.
    """

    __slots__ = ()
    fields = ("instances", "scale_unit_size")

    @property
    def instances(self) -> int | None:
        """How many instances are asked for."""
        return self.leaf("instances").integer()

    @property
    def scale_unit_size(self) -> int | None:
        """How many instances make a scale unit."""
        return self.leaf("scale_unit_size").integer()


class NodeType(Facet):
    """A property that names a kind of machine. A resource may have two of them: each is a facet of its own."""

    __slots__ = ()
    fields = ("node_type", "sku_name")

    @property
    def field(self) -> str:
        """Which of the two it is: `node_type` is for machines only, `sku_name` may be any code that Azure knows."""
        return "node_type" if self.leaf("node_type").supported else "sku_name"

    @property
    def name(self) -> str | None:
        """The kind of machine, usually a VM size."""
        return self.leaf(self.field).text()


class Purchase(Facet):
    """What is bought: machines of one kind, a number of them, somewhere. Only the resources that machines are made
    for have it: the pool in shape A, the group in shape B.
    """

    __slots__ = ()
    fields = ("node_type", "sku_name", "instances", "scale_unit_size", "location")

    @property
    def machines(self) -> tuple[str, ...]:
        """What the machines are called, the name that is meant for machines first."""
        names = (self.leaf("node_type").text(), self.leaf("sku_name").text())
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def counted(self) -> str:
        """Which field has the number of machines. Azure does not document it: the one with the larger number."""
        capacity, unit = self.leaf("instances").integer(), self.leaf("scale_unit_size").integer()
        return "scale_unit_size" if unit is not None and (capacity is None or unit > capacity) else "instances"

    @property
    def instances(self) -> int | None:
        """The number of machines."""
        return self.leaf(self.counted).integer()

    @property
    def region(self) -> str | None:
        """Where they are, as it is written."""
        return self.leaf("location").text()


class PurchaseChange(Facet):
    """What an update makes of a purchase. `before` is None where the resource bought nothing."""

    __slots__ = ("before", "now")
    fields = Purchase.fields

    def __init__(self, now: Purchase, before: Purchase | None) -> None:
        super().__init__(now.own, now._at)
        self.now = now
        self.before = before


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


DEFAULT_FAILURE_THRESHOLD: Final = 30
DEFAULT_SUCCESS_THRESHOLD: Final = 1
DEFAULT_PROBE_TIMEOUT: Final = timedelta(seconds=2)
DEFAULT_PROBE_PERIOD: Final = timedelta(seconds=10)
"""What a probe does that leaves a setting out (`ProbeSettings` in the Azure REST API and in both Pulumi SDKs)."""


class Probe(Facet):
    """One of the questions that tell whether a node lives, takes requests, or has started."""

    __slots__ = ()
    fields = ("probe", "failure_threshold", "success_threshold", "timeout", "period", "initial_delay")

    @property
    def name(self) -> str:
        """The property that it is: livenessProbe, readinessProbe or startupProbe."""
        return str(self.leaf("probe").keys[-1])

    @property
    def is_set(self) -> bool:
        """Whether the probe is written at all. Raises UnknownError when that cannot be known."""
        return self.leaf("probe").present

    @property
    def failure_threshold(self) -> int:
        """How many questions in a row must fail until the node is given up."""
        written = self.leaf("failure_threshold").integer()
        return DEFAULT_FAILURE_THRESHOLD if written is None else written

    @property
    def success_threshold(self) -> int:
        """How many questions in a row must succeed until a node that was given up is trusted again."""
        written = self.leaf("success_threshold").integer()
        return DEFAULT_SUCCESS_THRESHOLD if written is None else written

    @property
    def timeout(self) -> timedelta:
        """How long one question waits for its answer."""
        written = self.leaf("timeout").duration()
        return DEFAULT_PROBE_TIMEOUT if written is None else written

    @property
    def period(self) -> timedelta:
        """How long it is from one question to the next."""
        written = self.leaf("period").duration()
        return DEFAULT_PROBE_PERIOD if written is None else written

    @property
    def initial_delay(self) -> timedelta | None:
        """How long after the start the first question is asked; no default is documented."""
        return self.leaf("initial_delay").duration()

    @property
    def patience(self) -> timedelta:
        """How long a node may stay silent until it is given up."""
        try:
            return self.failure_threshold * self.period
        except OverflowError:
            return timedelta.max


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
class Origin:
    """One place where a resource says what it takes from a workspace or a registry."""

    leaf: Leaf
    names_a_registry: bool = False
    """Whether a registry as such is written there, and no asset."""

    @property
    def keys(self) -> Keys:
        """Where a finding about it points."""
        return self.leaf.keys

    @property
    def asset(self) -> asset_ids.AssetId | None:
        """What is taken; None where nothing is written, or nothing that is an id."""
        written = self.leaf.text()
        if written is None:
            return None
        return asset_ids.registry(written) if self.names_a_registry else asset_ids.parse(written)


class Sources(Facet):
    """What a resource takes from elsewhere: model, environment, code, or the registries that its nodes may ask.

    Each of them is a facet of its own, with one of the fields.
    """

    __slots__ = ()
    fields = ("model", "environment", "code", "registries")

    @property
    def assets(self) -> tuple[Origin, ...]:
        """Where the model, the environment and the code are written."""
        return tuple(Origin(self.leaf(field)) for field in ("model", "environment", "code"))

    @property
    def registries(self) -> Iterator[Origin]:
        """Where registries are written. Raises UnknownError when the list cannot be known."""
        return (Origin(leaf, names_a_registry=True) for leaf in self.leaf("registries").items())


class CodeSource(Facet):
    """The code that a pool runs: an asset that holds a folder, and the script in it."""

    __slots__ = ()
    fields = ("id", "script")

    @property
    def script(self) -> str | None:
        """The scoring script's path in the folder."""
        return self.leaf("script").text()


class Identity(Facet):
    """Who a resource is to other Azure services. `kind` is the resource's type."""

    __slots__ = ("kind",)
    fields = ("type", "ids")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], kind: Kind) -> None:
        super().__init__(own, at)
        self.kind = kind

    @property
    def is_set(self) -> bool:
        """Whether there is anything about an identity at all."""
        return self.own.present

    @property
    def types(self) -> frozenset[str] | None:
        """SystemAssigned, UserAssigned, both or neither; None when no type is written, which Azure refuses."""
        written = self.leaf("type").text()
        if written is None:
            return None
        return frozenset(part.strip() for part in written.split(",")) - {"None", ""}

    @property
    def assigned(self) -> list[Text]:
        """The ids of user-assigned identities: a list in inputs, a map by id in outputs."""
        leaf = self.leaf("ids")
        value = leaf.value()
        if isinstance(value, dict):
            return [Text(child, name, is_key=True) for name, child in leaf.members()]
        return [Text(item) for item in leaf.items()]


class Exposure(Facet):
    """What a pool's nodes may reach."""

    __slots__ = ()
    fields = ("unit", "egress")

    @property
    def is_scale_unit(self) -> bool:
        """Whether the pool has settings of a scale unit, which its egress is one of."""
        return self.leaf("unit").present

    @property
    def is_egress_disabled(self) -> bool:
        """Whether the way out to public networks is closed; false when absent (REST API, ScaleUnitConfiguration)."""
        return self.leaf("egress").boolean() or False


class Authentication(Facet):
    """How callers of an endpoint prove who they are."""

    __slots__ = ()
    fields = ("mode",)

    @property
    def mode(self) -> str | None:
        """The mode as it is written."""
        return self.leaf("mode").text()


class Protection(Facet):
    """Whether Pulumi refuses to delete the resource. `kind` is the resource's type."""

    __slots__ = ("is_protected", "kind")
    fields = ()

    def __init__(self, own: Leaf, *, kind: Kind, is_protected: bool) -> None:
        super().__init__(own, {})
        self.kind = kind
        self.is_protected = is_protected


@dataclass(frozen=True, slots=True)
class NameRule:
    """What Azure asks of one kind of name. `pattern` is a whole-value regular expression.

    `of` is what a naming convention calls the thing: pool, group, endpoint, workspace, resourceGroup. It is empty
    for the name of a pool or group where another resource refers to it, since that is judged where it is made.
    """

    what: str
    pattern: str
    longest: int
    in_words: str
    of: str = ""


class Name(Facet):
    """One name: of the resource itself, or of one it lies in."""

    __slots__ = ("rule",)
    fields = ("name", "location")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], rule: NameRule) -> None:
        super().__init__(own, at)
        self.rule = rule

    @property
    def value(self) -> str | None:
        """The name; None when Azure or the provider is to make one."""
        return self.leaf("name").text()

    @property
    def location(self) -> str | None:
        """The region of the resource, where the name is its own; what it lies in may be elsewhere, and has None."""
        return self.leaf("location").text() if self.leaf("location").supported else None


class Address(Facet):
    """Where a resource lies and what it is called. Azure compares all of these names without regard to case."""

    __slots__ = ()
    fields = ("resource_group", "workspace", "pool", "group", "endpoint", "serves")

    def name(self, field: str) -> str | None:
        """One of the names, as it is compared; None when it is left to the provider, or is no part of this type."""
        written = self.leaf(field).text()
        return written.casefold() if written is not None else None

    @property
    def serves(self) -> tuple[str | None, str] | None:
        """The group that an endpoint leads to, and the pool that its id says it is in, both as they are compared.

        None for what leads to no group, and for an id that names none.
        """
        written = self.name("serves")
        if written is None or "/" not in written:
            return (None, written) if written else None
        parts = written.strip("/").split("/")
        named = dict(zip(parts[::2], parts[1::2], strict=False))
        return (named.get("inferencepools"), named["groups"]) if "groups" in named else None


class ApiVersion(Facet):
    """The API version that a resource is made with.

    `in_use` is told by the type token, else by what the provider wrote, else it is the provider's default; None
    where none of these is known.
    """

    __slots__ = ("in_use",)
    fields = ("version",)

    def __init__(self, own: Leaf, at: Mapping[str, Keys], in_use: str | None) -> None:
        super().__init__(own, at)
        self.in_use = in_use


class Description(Facet):
    """What a resource says it is for. `of` is its type: pool, group or endpoint."""

    __slots__ = ("of",)
    fields = ("text",)

    def __init__(self, own: Leaf, at: Mapping[str, Keys], of: str) -> None:
        super().__init__(own, at)
        self.of = of

    @property
    def text(self) -> str | None:
        """The description."""
        return self.leaf("text").text()


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


LOAD_PREFIX: Final = "load."
LOAD_NAMES: Final[Mapping[str, str]] = {
    "peak_rps": "load.peak-rps",
    "service_time": "load.service-time",
    "wait_target": "load.wait-target",
    "wait_percentile": "load.wait-percentile",
}
"""How each part of a declared load is written, in tags and in `properties`."""


class Load(Facet):
    """The load that is expected, as somebody declared it: in tags, or among the resource's own `properties`.

    Names are compared without regard to case, as Azure compares those of tags. A tag goes before a property of the
    same name: a tag can be changed in place, a property only be added.
    """

    __slots__ = ()
    fields = ("tags", "properties")

    def leaf(self, field: str) -> Leaf:
        """The place of one part, where it is written; a tag's place where it is not."""
        name = LOAD_NAMES.get(field)
        if name is None:
            return super().leaf(field)
        written = self.written.get(name)
        return super().leaf("tags").child(name) if written is None else written

    @property
    def written(self) -> dict[str, Leaf]:
        """The places of the parts that are declared, by their names.

        Raises UnknownError where a whole map is not known, and the other does not say all that is needed.
        """
        return {name: leaf for name, leaf in self.prefixed if name in LOAD_NAMES.values()}

    @property
    def misspelt(self) -> dict[str, Leaf]:
        """The places of what must be one of the parts, by its right name. Raises UnknownError as `written` does.

        Other tags may begin with the same word, so a name has to be near.
        """
        parts = {name.removeprefix(LOAD_PREFIX): name for name in LOAD_NAMES.values()}
        near = [
            (nearest(name.removeprefix(LOAD_PREFIX), parts, cutoff=0.7), leaf)
            for name, leaf in self.prefixed
            if name not in LOAD_NAMES.values()
        ]
        return {parts[name]: leaf for name, leaf in near if name is not None}

    @property
    def prefixed(self) -> list[tuple[str, Leaf]]:
        """All that is written under a name which begins as that of a part does. Raises UnknownError as `written`."""
        found: list[tuple[str, Leaf]] = []
        hidden: ReadError | None = None
        for bag in (self.leaf("properties"), self.leaf("tags")):
            try:
                found += [(name.casefold(), leaf) for name, leaf in _pairs(bag, LOAD_PREFIX)]
            except ReadError as error:
                hidden = error
        names = {name for name, _ in found}
        if hidden is not None and not {LOAD_NAMES["peak_rps"], LOAD_NAMES["service_time"]} <= names:
            raise hidden
        return found

    @property
    def peak_rps(self) -> float | None:
        """Requests a second at the peak, above zero."""
        rate = self._number("peak_rps", "a number of requests a second such as 12.5")
        if rate is not None and not 0 < rate < float("inf"):
            raise UnreadableError(self.keys_of("peak_rps"), f"is {rate:g}, expected a number above 0")
        return rate

    @property
    def service_time(self) -> timedelta | None:
        """How long an instance is busy with one request, on average; above zero."""
        service = self.leaf("service_time").duration()
        if service is not None and not service:
            raise UnreadableError(self.keys_of("service_time"), "is no time at all, expected more than zero")
        return service

    @property
    def wait_target(self) -> timedelta | None:
        """How long a request may wait until an instance takes it up."""
        return self.leaf("wait_target").duration()

    @property
    def wait_percentile(self) -> float | None:
        """Of a hundred requests, how many must not wait longer than the target."""
        percentile = self._number("wait_percentile", "a number above 0 and below 100 such as 99")
        if percentile is not None and not 0 < percentile < 100:
            keys = self.keys_of("wait_percentile")
            raise UnreadableError(keys, f"is {percentile:g}, expected a number above 0 and below 100")
        return percentile

    def _number(self, field: str, expected: str) -> float | None:
        """A number, or text that is one: tags hold nothing but text."""
        leaf = self.leaf(field)
        value = leaf.value()
        if value is None:
            return None
        try:
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return float(value)
        except (ValueError, OverflowError):
            pass
        raise UnreadableError(leaf.keys, f"is {value!r}, expected {expected}")


def _pairs(bag: Leaf, prefix: str) -> Iterator[tuple[str, Leaf]]:
    """Names with a prefix and their places in a map, or in a list of pairs of key and value; nothing for what is
    neither.
    """
    value = bag.value()
    if isinstance(value, list):
        for item in bag.items():
            name = _visible_text(item.child("key"))
            if name is not None and name.casefold().startswith(prefix):
                yield name, item.child("value")
    elif isinstance(value, dict) and SIGNATURE_KEY not in value:
        for name in value:
            if name.casefold().startswith(prefix):
                yield name, bag.child(name)


def _visible_text(leaf: Leaf) -> str | None:
    try:
        return leaf.text()
    except ReadError:
        return None


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
        """The name that the text stands under: of its pair, else of the nearest property."""
        return self._name or next((key for key in reversed(self.own.keys) if isinstance(key, str)), None)


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


def walk_text(leaf: Leaf, value: Json, node: Node | None, name: str | None = None) -> Iterator[Text]:
    """Every text below a place, in order of appearance, and every name of a map's member that is no plain word.

    The name in a pair of key and value is taken as the name of a map's member is. `value` is what stands at the
    place, `node` what is known of it, `name` the name that somebody gave it. A value that cannot be seen is one
    Text, whose reading says so, unless it is known to be no text. Names beginning with two underscores are the
    engine's and the provider's own, and what Azure sets nobody wrote.
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
            if not (key == "key" and _is_pair(node) and isinstance(item, str) and item.isidentifier()):
                yield from walk_text(child, item, known, _free_name(seen, key, node))


_SECRETS_WANTED: Final = frozenset(("properties", "environmentVariables"))
"""What hands secrets to the code that serves; elsewhere a value that is not known yet is hardly one."""


def walk_plain_text(leaf: Leaf, value: Json, node: Node | None, name: str | None = None) -> Iterator[PlainText]:
    """Every text below a place that stands there in plain, by its name where it has one.

    What is marked as a secret is passed over, and so is what Azure sets and what the engine and the provider write.
    """
    if is_secret(value):
        return
    try:
        seen = unwrap(value, leaf.keys)
    except ReadError:
        if _may_hand_secrets_on(leaf.keys, node):
            yield PlainText(leaf, name, None)
        return
    if isinstance(seen, str):
        yield PlainText(leaf, name, seen)
    elif isinstance(seen, list):
        for index, item in enumerate(seen):
            yield from walk_plain_text(leaf.child(index), item, node.items if node else None, name)
    elif isinstance(seen, dict) and SIGNATURE_KEY not in seen:
        for key, item in seen.items():
            known = (node.members.get(key) or node.values) if node else None
            if not key.startswith("__") and not (known and known.output):
                yield from walk_plain_text(leaf.child(key), item, known, _free_name(seen, key, node))


def _is_pair(node: Node | None) -> bool:
    return node is not None and node.members.keys() == {"key", "value"}


def _free_name(holder: Mapping[str, Json], key: str, node: Node | None) -> str | None:
    """The name that somebody gave to a member: the key of its pair, or its own where the API has no such name."""
    pair = holder.get("key")
    if key == "value" and isinstance(pair, str):
        return pair
    return None if node is not None and key in node.members else key


def _may_hand_secrets_on(keys: Keys, node: Node | None) -> bool:
    """Whether a value that cannot be seen is, or may have inside, one that hands secrets on."""
    if not _SECRETS_WANTED.isdisjoint(keys):
        return node is None or node.type not in _NO_TEXT
    return node is not None and any(_may_hand_secrets_on((name,), member) for name, member in node.members.items())


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
