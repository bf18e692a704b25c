"""What a platform is: which resources are its own, and where in them each facet lies.

A platform is values, no code of a rule's and no names that a rule knows: rules name facets, and a platform says where
they lie, what absent means there, and how its resources are joined. `docs/adding-a-platform.md` walks through one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple, TypeAlias

from inference_pools.facets import Facet, NameRule
from inference_pools.facets.place import NOWHERE, At, Place
from inference_pools.facets.texts import Api
from inference_pools.facts import NOTHING_KNOWN, Facts
from inference_pools.given import NOTHING_GIVEN, Given
from inference_pools.path import Keys, Steps
from inference_pools.reader import Leaf
from inference_pools.resource import Resource
from inference_pools.tree import Node
from inference_pools.type_token import TypeToken
from inference_pools.values import Json


class Kind(NamedTuple):  # and no dataclass: thousands of them are looked up in tables, and a tuple's hash is C
    """A type of resource: `Kind("azure-pools", "InferencePool", "pool")`.

    `name` is Pulumi's, and `label` what messages and options call it.
    """

    platform: str
    name: str
    label: str
    is_judged: bool = True
    """Whether rules judge it. What is not judged is kept for what leads to it: the policies of a model's role."""

    def __str__(self) -> str:
        return self.name

    @property
    def one(self) -> str:
        """One of the kind, in a sentence: `an endpoint`."""
        return f"{'an' if self.label[0] in 'aeiou' else 'a'} {self.label}"


Places: TypeAlias = Mapping[type[Facet], tuple[Place, ...]]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the facets lie in one kind of resource, in one shape of its content.

    A facet with two places is judged twice. `names` are where names stand that the vendor has rules for. `address`
    are the places of the names by which resources are joined. `bag` is the property that holds most others, where
    there is one: what is remembered of a judgement goes by its members. `api_tree` gives what the API has.
    """

    kind: Kind
    shape: str = ""
    places: Places = field(default_factory=dict)
    names: Mapping[Steps, NameRule] = field(default_factory=dict)
    address: Place = NOWHERE
    inside: tuple[tuple[Kind, Place], ...] = ()
    """Items of its lists that are joined to others, each with its kind and the places of its names."""
    items: Mapping[str, str] = field(default_factory=dict)
    """The lists whose items have facets of their own, each with the property that names an item, if one does:
    `{"productionVariants[]": "variantName"}`. A finding is the same one as before by that name."""
    bag: str = ""
    api_tree: Callable[[], Node | None] = lambda: None
    checks_names: bool = True
    """Whether the API's names are held against what is written; not where the provider refuses unknown ones itself."""
    hands_secrets_on: frozenset[str] = frozenset()
    """Properties whose members reach the code that serves: where secrets are wanted, and end up in plain text."""
    given: Mapping[str, Given] = field(default_factory=lambda: NOTHING_GIVEN)
    """What the provider's own settings give such a resource, by the property that has it:
    `{"region": Given("region"), "effectiveLabels": Given("defaultLabels", under="labels")}`."""

    @cached_property
    def tree(self) -> Node | None:
        """What the API has, made when somebody asks: a run meets few of all kinds."""
        return self.api_tree()

    variant: str | None = None
    """What readers are told of the shape; the shape itself where that is for them."""

    @property
    def title(self) -> str:
        """What a table of kinds calls it: `InferencePool A`. Several shapes may be one to a reader."""
        return f"{self.kind} {self.shape if self.variant is None else self.variant}".strip()


Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names of one resource, each with the one of the other that it has to agree with."""


class Edge(NamedTuple):
    """How resources of one kind lead to those of another.

    `by` are the names that have to agree. `against` are those that need not be known, and part the two where they
    differ. `names` is the name, among those of the one, that is given of the other itself: where it is not known, the
    resources that it was made from tell which that is.
    """

    of: Kind
    to: Kind
    by: Pairs
    against: Pairs = ()
    names: str = ""

    @property
    def strict(self) -> Edge:
        """The same edge, for what is sure only where all of the names are known to agree."""
        return Edge(self.of, self.to, (*self.by, *self.against), (), self.names)


def alike(*names: str) -> Pairs:
    """Names that are called the same in both resources."""
    return tuple((name, name) for name in names)


@dataclass(frozen=True, eq=False)
class Reference:
    """A name that one resource gives to another, which may be misspelt.

    `edge` leads to what is named, `others` to all that could have been meant there; both are of the same kind.
    `where` says where those are, `in this workspace`, if not anywhere; `remedy` is what to do about a name that is not
    there. Where `sure` leads anywhere, nothing of the kind is made elsewhere, so that a name which is not there is
    wrong; else another stack may make it. `known_first` says that the name is asked for before there is anything that
    it could mean.
    """

    edge: Edge
    others: Edge
    where: str
    remedy: str
    sure: Edge | None = None
    known_first: bool = False
    mistaken: tuple[tuple[Kind, str], ...] = ()
    """Kinds that may be taken for what is meant, each with the name that is its own: a model for a configuration."""


@dataclass(frozen=True, eq=False)
class Serving:
    """How requests come to the instances of one kind of resource, and where the load on them may be declared.

    `doors` lead to it and say what a request may take; None where it says so itself. `around` leads to what it lies
    in, whose declared load it bears where it is the only one; `beside` to the others there. `inside` leads to it from
    what lies in it, and may declare the load in parts. `share` reads from what the holder lies in, and from where in
    it, which part of a load that is declared around several of them is its own, and `patience` how long a request waits
    where no property says so. `at_once` is how many requests at once a holder takes that has no instances, and where
    that is said; None of one that has. `ceiling` is where the holder says itself to how many the service scales it.
    `scaling` leads, edge by edge, from what makes the instances more or fewer, to where the holder is found by its own
    name.
    """

    holder: Kind
    shape: str = ""
    doors: Edge | None = None
    callers: Edge | None = None
    around: Edge | None = None
    beside: Edge | None = None
    inside: Edge | None = None
    share: Callable[[Leaf], float] | None = None
    patience: Callable[[Leaf], timedelta] | None = None
    at_once: Callable[[Leaf], tuple[Keys, int] | None] = lambda holder: None
    ceiling: At | None = None
    scaling: tuple[Edge, ...] = ()


@dataclass(frozen=True, eq=False)
class Identities:
    """How resources are told apart, and joined where a name is not known.

    `own` are the names that make up an id, the resource's own last. `named_by_urn` is, for a kind, the name that is
    its own whatever it is called. `made_elsewhere` says of a name which type its resource has, where that is of no
    platform: `{"workspace": "Workspace"}`. `inherits` are edges to what a resource lies in, with the names that it
    has in common with that.
    """

    own: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    named_by_urn: Mapping[Kind, str] = field(default_factory=dict)
    made_elsewhere: Mapping[str, str] = field(default_factory=dict)
    inherits: tuple[tuple[Edge, tuple[str, ...]], ...] = ()
    one_place: tuple[tuple[str, str, str], ...] = ()
    """Of each three names, the first says once more what the second does; where they are at odds, neither it nor the
    third says anything: `("pool_served", "pool", "serves")`, of an id that names a group of another pool."""


def _no_names(kind: Kind, resource_id: str) -> Mapping[str, str]:
    return {}


def _before(kind: Kind, resource: Resource) -> Resource:
    """The resource as it was before an update."""
    return replace(resource, properties=resource.previous or {}, outputs=False)


@dataclass(frozen=True, eq=False)
class Platform:
    """A serving system, as rules see it. `name` is what options call it, `title` what a report does.

    `modules` are the packages and modules of its type tokens; `kind_of` gives the kind that a token of them names, and
    `is_ours` says by the properties of a resource of a kind whether it serves here: the target of another service's
    scaling does not. `names_in_id` are the names that the provider's id says, by the property that has them in inputs.
    """

    name: str
    title: str
    modules: frozenset[tuple[str, str]]
    kind_of: Callable[[TypeToken], Kind | None]
    layouts: Sequence[Layout]
    """Those of a platform of ours are `Late`: most runs meet one or two of all."""
    facts: Facts = NOTHING_KNOWN
    shape_of: Callable[[Kind, Resource], str] = lambda kind, resource: ""
    is_ours: Callable[[Kind, Mapping[str, Json]], bool] = lambda kind, properties: True
    identities: Identities = field(default_factory=Identities)
    references: tuple[Reference, ...] = ()
    serving: tuple[Serving, ...] = ()
    names_in_id: Callable[[Kind, str], Mapping[str, str]] = _no_names
    as_written: Callable[[Kind, Resource], Resource] = lambda kind, resource: resource
    """Of a resource of which only outputs are known, what a program would have written to have them."""
    before: Callable[[Kind, Resource], Resource] = _before
    deletes_first: Callable[[Resource, Resource], bool] = lambda before, now: True
    """Whether a replacement deletes what is there before it makes the new one, by the resource before and after."""
    tags_as_pairs: frozenset[str] = frozenset()
    """The packages whose tags are a list of pairs of key and value, and no map."""
    other_names: frozenset[str] = frozenset()
    """Names that kinds have in another package than that which gave them theirs."""
    merged_tags: str = ""
    """The property that a provider writes a resource's tags and its own to, together."""
    own_tags: str = "tags"
    """The property with a resource's own."""
    shaped_by: tuple[str, ...] = ()
    """Properties that `shape_of` or a special facet reads besides the names of all others."""
    api: Callable[[Kind, str], Api] = lambda kind, shape: Api(kind.name, "the provider")
    defaults: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Options of rules, by the rule's id, as a policy config writes them, where this platform's differ from others'."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The vendor's page that a shared rule rests on here, by the rule's id."""
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The controls of published catalogues that a shared rule serves here, by the rule's id."""
    special: Mapping[type[Facet], Callable[[Subject], Iterator[Facet]]] = field(default_factory=dict)
    """Facets that are more than a place."""

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """Its kinds, in report order."""
        return tuple(dict.fromkeys(layout.kind for layout in self.layouts))

    @cached_property
    def asking_provider(self) -> frozenset[Kind]:
        """The kinds that a provider's own settings are part of."""
        return frozenset(layout.kind for layout in self.layouts if layout.given)

    @cached_property
    def by_shape(self) -> Mapping[tuple[Kind, str], Layout]:
        """The layouts by kind and shape, their facets told what is known of the platform's world."""
        return {(layout.kind, layout.shape): self._told(layout) for layout in self.layouts}

    def _told(self, layout: Layout) -> Layout:
        places = {
            facet: tuple(replace(place, facts=self.facts) for place in places)
            for facet, places in layout.places.items()
        }
        return replace(layout, places=places)


class Subject(NamedTuple):
    """A resource that is judged, its kind and shape told once for all rules."""

    resource: Resource
    platform: Platform
    layout: Layout
    reads: list[Keys] | None = None
    """Takes note of each place that is read through one of its facets, where someone wants to know."""

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.layout.kind

    @property
    def shape(self) -> str:
        """The shape of its content; "" where the platform knows one only."""
        return self.layout.shape

    def leaf(self, *keys: str | int) -> Leaf:
        """A place in the properties."""
        return Leaf(self.resource.properties, keys, True, self.reads)
