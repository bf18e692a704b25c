"""What the rules have to say of a configuration that was changed in one place, written down as tables.

Nothing here asks a rule, its options or a facet: every bound, every default and every dependence stands here a second
time. A table that is wrong, and a rule that has changed, look the same from here: the test fails, and somebody has to
say which of the two is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from inference_pools.finding import Outcome
from inference_pools.path import Keys, format_path
from inference_pools.platforms.azure_pools.catalog import ENDPOINT, GROUP, KINDS, POOL, Shape
from inference_pools.platforms.azure_pools.catalog import tree as tree_of
from inference_pools.platforms.platform import Kind
from inference_pools.tree import Node
from inference_pools.values import Json
from library.test_runner import SET_BY_AZURE, may_hold_a_secret

Said: TypeAlias = tuple[str, Outcome, str]
"""Rule, outcome and path: what is predicted of a verdict."""
Place: TypeAlias = tuple[Kind, Shape]
Bounds: TypeAlias = Mapping[tuple[str, str], float]
"""Bounds that a policy config sets, by rule and option."""

BAGS: Final = {
    POOL: "inferencePoolProperties",
    GROUP: "inferenceGroupProperties",
    ENDPOINT: "inferenceEndpointProperties",
}
EVERYWHERE: Final = frozenset((kind, shape) for kind in KINDS for shape in Shape)
MACHINES: Final = frozenset({(POOL, Shape.A), (POOL, Shape.B), (GROUP, Shape.B)})
MODELS: Final = frozenset({(POOL, Shape.A), (GROUP, Shape.B)})
REQUESTS: Final = frozenset({(POOL, Shape.A), (ENDPOINT, Shape.B)})

# The bounds. `of` and `than` name properties; what is absent has the value that Azure documents, in DEFAULTS.

Number: TypeAlias = float | str
"""A number (of seconds, for a duration), or the property that has it."""


@dataclass(frozen=True)
class Limit:
    """A property, or the product of two, lies between two bounds. `at` is where a finding points.

    `options` are the rule's options for the two bounds; a bound without one is fixed. `above` exempts values: those
    up to it are not judged by this limit.
    """

    rule: str
    of: str
    least: Number | None = None
    most: Number | None = None
    at: str = ""
    instead: str = ""
    """Where it points when the property itself is left out."""
    options: tuple[str, str] = ("", "")
    where: frozenset[Place] = EVERYWHERE
    production: bool = False
    needs: str = ""
    """An object without which there is nothing to judge."""
    above: float | None = None


def _of_probe(probe: str) -> Iterator[Limit]:
    place = f"{{bag}}.environmentConfiguration.{probe}"
    judged: dict[str, Any] = {"where": MODELS, "needs": place}
    sane, patience = "probe-settings-sane", f"{place}.failureThreshold * {place}.period"
    yield Limit(sane, f"{place}.failureThreshold", 1, 100, options=("", "most_failures"), **judged)
    yield Limit(sane, f"{place}.successThreshold", 1, 1 if probe == "livenessProbe" else None, **judged)
    yield Limit(sane, f"{place}.timeout", 1, 300, options=("shortest", "longest_period"), **judged)
    yield Limit(sane, f"{place}.period", 1, 300, options=("shortest", "longest_period"), **judged)
    yield Limit(sane, f"{place}.initialDelay", 1, 3600, options=("shortest", "longest_delay"), **judged)
    yield Limit(sane, f"{place}.timeout", most=f"{place}.period", instead=f"{place}.period", **judged)
    if probe != "startupProbe":
        yield Limit("probe-patience-bounded", patience, most=300, options=("", "maximum"), at=place, **judged)
    if probe == "livenessProbe":
        # A group by itself has no endpoint, and no request that could be cut short.
        timeout = "{bag}.requestConfiguration.requestTimeout"
        alone: dict[str, Any] = {**judged, "where": frozenset({(POOL, Shape.A)})}
        yield Limit("probe-patience-bounded", patience, least=timeout, at=place, above=0, **alone)


PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_REQUEST: Final = "{bag}.requestConfiguration"
_UNIT: Final = "{bag}.scaleUnitSize"
_BOUNDED: Final = ("minimum", "maximum")
LIMITS: Final = (
    Limit("capacity-bounded", "sku.capacity", 1, 50, options=_BOUNDED),
    Limit("capacity-bounded", _UNIT, 1, 50, options=_BOUNDED, where=frozenset({(GROUP, Shape.B)})),
    Limit("redundancy-in-production", "sku.capacity", 2, options=("least", ""), where=MACHINES, production=True),
    Limit("request-timeout-bounded", f"{_REQUEST}.requestTimeout", 1, 300, options=_BOUNDED, where=REQUESTS),
    Limit(
        "request-concurrency-bounded",
        f"{_REQUEST}.maxConcurrentRequestsPerInstance",
        1,
        500,
        options=_BOUNDED,
        where=REQUESTS,
    ),
    *(limit for probe in PROBES for limit in _of_probe(probe)),
)
DEFAULTS: Final = {
    "requestTimeout": 5.0,
    "maxConcurrentRequestsPerInstance": 1.0,
    "failureThreshold": 30.0,
    "successThreshold": 1.0,
    "timeout": 2.0,
    "period": 10.0,
}
"""What Azure does where a property is left out; what is not listed is then not judged."""


# What has to be there.


@dataclass(frozen=True)
class Wanted:
    """Where the object `holder` is, `name` has to be in it; `at` is where a finding points.

    A holder that has to be there itself is `required`. `has` is a text that another member must hold before.
    """

    rule: str
    holder: str
    name: str
    at: str
    required: bool = False
    only_if: tuple[str, str] | None = None
    where: frozenset[Place] = EVERYWHERE


WANTED: Final = (
    *(Wanted("tags-required", "tags", name, "tags", required=True) for name in ("owner", "environment", "costcenter")),
    Wanted("managed-identity-required", "identity", "type", "identity.type"),
    Wanted(
        "managed-identity-required",
        "identity",
        "userAssignedIdentities",
        "identity.userAssignedIdentities",
        only_if=("type", "UserAssigned"),
    ),
    Wanted(
        "public-egress-disabled",
        "{bag}.scaleUnitConfiguration",
        "disablePublicEgress",
        "{bag}.scaleUnitConfiguration.disablePublicEgress",
        where=frozenset({(POOL, Shape.B)}),
    ),
)

# Which rules read a value, and so cannot judge where it is not known or of the wrong type.


@dataclass(frozen=True)
class Reads:
    """A rule reads properties. `[]` stands for any index. `only_if` is a condition of CONDITIONS."""

    rule: str
    paths: tuple[str, ...]
    where: frozenset[Place] = EVERYWHERE
    only_if: str = ""


_POOL_A: Final = frozenset({(POOL, Shape.A)})
_POOL_B: Final = frozenset({(POOL, Shape.B)})
_GROUP_B: Final = frozenset({(GROUP, Shape.B)})
_ENDPOINT_A: Final = frozenset({(ENDPOINT, Shape.A)})
_ENDPOINT_B: Final = frozenset({(ENDPOINT, Shape.B)})
_IDS: Final = "identity.userAssignedIdentities"
_MODEL_AND_ENVIRONMENT: Final = (
    "{bag}.modelConfiguration.modelId",
    "{bag}.environmentConfiguration.environmentId",
)
_CODE: Final = ("{bag}.codeConfiguration.codeId",)
_REGISTRIES: Final = ("{bag}.scaleUnitConfiguration.registries", "{bag}.scaleUnitConfiguration.registries[]")
_ENVIRONMENT_TAGS: Final = ("tags", "tags.environment", "tags.env")
END_DATES: Final = ("enddate", "end-date", "expires", "expiry", "expirydate", "expiry-date")
NAMES: Final = ("resourceGroupName", "workspaceName", "inferencePoolName", "poolName", "groupName", "endpointName")
READS: Final = (
    Reads("sku-consistent", ("sku.name", "sku.size", "sku.family")),
    Reads("sku-consistent", ("{bag}.nodeSkuType",), MODELS, only_if="sku.name is a VM size"),
    Reads("sku-known", ("sku.name",)),
    Reads("sku-known", ("{bag}.nodeSkuType",), MODELS),
    Reads("sku-retiring", ("sku.name",)),
    Reads("sku-retiring", ("{bag}.nodeSkuType",), MODELS),
    Reads("sku-tier-allowed", ("sku.tier",)),
    Reads("capacity-bounded", ("sku.capacity",)),
    Reads("capacity-bounded", ("{bag}.scaleUnitSize",), _GROUP_B),
    Reads("redundancy-in-production", ("sku.capacity",), MACHINES, only_if="in production"),
    Reads("redundancy-in-production", _ENVIRONMENT_TAGS, MACHINES, only_if="one instance"),
    Reads("request-timeout-format", ("{bag}.requestConfiguration.requestTimeout",), REQUESTS),
    Reads("request-timeout-bounded", ("{bag}.requestConfiguration.requestTimeout",), REQUESTS),
    Reads("request-concurrency-bounded", ("{bag}.requestConfiguration.maxConcurrentRequestsPerInstance",), REQUESTS),
    *(
        Reads(
            "probe-settings-sane",
            tuple(
                f"{{bag}}.environmentConfiguration.{probe}{leaf}"
                for leaf in ("", ".failureThreshold", ".successThreshold", ".timeout", ".period", ".initialDelay")
            ),
            MODELS,
        )
        for probe in PROBES
    ),
    *(
        Reads(
            "probe-patience-bounded",
            tuple(f"{{bag}}.environmentConfiguration.{probe}{leaf}" for leaf in ("", ".failureThreshold", ".period")),
            MODELS,
        )
        for probe in ("livenessProbe", "readinessProbe")
    ),
    Reads(
        "probe-patience-bounded",
        ("{bag}.requestConfiguration.requestTimeout",),
        _POOL_A,
        only_if="has a liveness probe",
    ),
    Reads("model-id-wellformed", ("{bag}.modelConfiguration.modelId",), MODELS),
    Reads("environment-id-wellformed", ("{bag}.environmentConfiguration.environmentId",), MODELS),
    Reads("model-version-pinned", _MODEL_AND_ENVIRONMENT, MODELS),
    Reads("model-version-pinned", _CODE, _POOL_A),
    Reads("same-environment-sources", _MODEL_AND_ENVIRONMENT, MODELS, only_if="in production"),
    Reads("same-environment-sources", _CODE, _POOL_A, only_if="in production"),
    Reads("same-environment-sources", _REGISTRIES, _POOL_B, only_if="in production"),
    Reads("same-environment-sources", _ENVIRONMENT_TAGS, MODELS | _POOL_B),
    Reads("scoring-script-safe", ("{bag}.codeConfiguration.scoringScript",), _POOL_A),
    Reads("public-egress-disabled", ("{bag}.scaleUnitConfiguration.disablePublicEgress",), _POOL_B),
    Reads("description-present", ("{bag}.description",)),
    Reads("name-wellformed", NAMES, only_if="names are written"),
    Reads("name-wellformed", ("{bag}.groupName",), _ENDPOINT_B),
    Reads("references-resolve", ("{bag}.groupId",), _ENDPOINT_A),
    Reads("references-resolve", ("{bag}.groupName",), _ENDPOINT_B),
    Reads("references-resolve", ("poolName",), _ENDPOINT_A, only_if="leads to an id"),
    Reads("location-allowed", ("location",)),
    Reads("tags-required", ("tags", "tags.owner", "tags.environment", "tags.costcenter")),
    Reads("owner-tag-valid", ("tags", "tags.owner")),
    Reads("tag-keys-lowercase", ("tags",)),
    Reads("enddate-tag-current", ("tags", *(f"tags.{name}" for name in END_DATES))),
    Reads("managed-identity-required", ("identity", "identity.type", _IDS, f"{_IDS}[]")),
    Reads("auth-mode-aad", ("{bag}.authMode",), _ENDPOINT_A | _ENDPOINT_B),
)
"""But for the rules that look at everything: `placeholder-replaced`, `no-plaintext-secret` and `property-known`."""

CONDITIONS: Final[Mapping[str, Callable[[Mapping[str, Json], str, bool], bool]]] = {
    "": lambda tree, bag, outputs: True,
    "in production": lambda tree, bag, outputs: in_production(tree),
    "sku.name is a VM size": lambda tree, bag, outputs: (
        str(at(tree, "sku.name")).strip().casefold().startswith("standard")
    ),
    "one instance": lambda tree, bag, outputs: (at(tree, "sku.capacity") or 2) < 2,
    "has a liveness probe": lambda tree, bag, outputs: (
        at(tree, f"{bag}.environmentConfiguration.livenessProbe") is not None
    ),
    "leads to an id": lambda tree, bag, outputs: "/" in str(at(tree, f"{bag}.groupId")) and not outputs,
    "names are written": lambda tree, bag, outputs: not outputs,  # those of outputs are in the id
}


@dataclass
class Change:
    """What was done to a configuration, as far as it cannot be seen in it: values that cannot be read, with what that
    is to the rules, and what else follows.
    """

    hidden: dict[Keys, Outcome] = field(default_factory=dict)
    more: set[Said] = field(default_factory=set)
    told: frozenset[str] = frozenset()
    """Rules that say something else of what is hidden from the others: it is among `more`."""
    before: Mapping[str, Json] = field(default_factory=dict)
    """The configuration as it was."""


def predicted(
    place: Place, tree: Mapping[str, Json], change: Change, bounds: Bounds | None = None, *, outputs: bool = False
) -> set[Said]:
    """All that the rules say of a resource that is alone in its stack, but for what is clean."""
    kind = place[0]
    said = set(change.more)
    said |= {each for keys, outcome in change.hidden.items() for each in _hidden(place, change, keys, outcome, outputs)}
    said |= {each for limit in LIMITS for each in _broken(limit, place, tree, change, bounds or {})}
    said |= {each for wanted in WANTED for each in _missing(wanted, place, tree, change)}
    return {(rule, outcome, path.replace("{bag}", BAGS[kind])) for rule, outcome, path in said}


def _hidden(place: Place, change: Change, keys: Keys, outcome: Outcome, outputs: bool) -> Iterator[Said]:
    if keys[0] in SET_BY_AZURE:
        return
    tree, bag = change.before, BAGS[place[0]]
    path = format_path(keys)
    general = ".".join(key.casefold() if keys[0] == "tags" else key for key in keys if isinstance(key, str))
    general += "[]" if isinstance(keys[-1], int) else ""
    rules = {
        reads.rule
        for reads in READS
        if place in reads.where
        and CONDITIONS[reads.only_if](tree, bag, outputs)
        and any(_is_in(wanted.replace("{bag}", bag), general) for wanted in reads.paths)
    }
    node = node_at(place, keys)
    if node is not None and not outputs and _is_looked_into(node, general):
        rules.add("property-known")
    for rule in rules - change.told:
        yield rule, outcome, path


def _is_in(wanted: str, general: str) -> bool:
    return wanted == general or wanted.startswith((f"{general}.", f"{general}["))


def _is_looked_into(node: Node, general: str) -> bool:
    """Whether `property-known` has to see it: names that belong to the API are in it, or it is a value of a few."""
    inner = node.items or node
    return bool(inner.members) or (bool(node.enum) and general == "identity.type")


def node_at(place: Place, keys: Keys) -> Node | None:
    """What the catalog knows of a place; None inside a map, and for what it does not know."""
    node: Node | None = tree_of(*place)
    for key in keys:
        if node is not None:
            node = node.items if isinstance(key, int) else node.members.get(key)
    return node


def text_needs(place: Place, keys: Keys, value: Json) -> set[str]:
    """The rules that look at every text, and need this value: numbers and what Azure sets hold none."""
    node = node_at(place, keys)
    if keys[0] in SET_BY_AZURE or isinstance(value, bool | int | float) or (node is not None and node.output):
        return set()
    return {"placeholder-replaced"} | ({"no-plaintext-secret"} if may_hold_a_secret(keys) else set())


def _broken(limit: Limit, place: Place, tree: Mapping[str, Json], change: Change, bounds: Bounds) -> Iterator[Said]:
    if place not in limit.where or (limit.production and not in_production(tree)):
        return
    bag = BAGS[place[0]]
    if limit.needs and not _present(tree, limit.needs.replace("{bag}", bag)):
        return
    try:
        value = _number(limit.of, bag, tree, change)
        least, most = (
            _number(bounds.get((limit.rule, option), bound) if bound is not None else None, bag, tree, change)
            for option, bound in zip(limit.options, (limit.least, limit.most), strict=True)
        )
    except _HiddenError:
        return
    if value is None or (limit.above is not None and value <= limit.above):
        return
    if (least is not None and value < least) or (most is not None and value > most):
        absent = limit.instead and not _present(tree, limit.of.replace("{bag}", bag))
        yield limit.rule, Outcome.VIOLATED, limit.instead if absent else limit.at or limit.of


class _HiddenError(Exception):
    """The value cannot be read, and the rules that need it say so."""


def _number(of: Number | None, bag: str, tree: Mapping[str, Json], change: Change) -> float | None:
    if of is None or isinstance(of, int | float):
        return of
    if " * " in of:
        one, other = (_number(part, bag, tree, change) for part in of.split(" * "))
        return None if one is None or other is None else one * other
    path = of.replace("{bag}", bag)
    if any(path == format_path(keys) or path.startswith(f"{format_path(keys)}.") for keys in change.hidden):
        raise _HiddenError
    value = at(tree, path)
    if value is None:
        return DEFAULTS.get(path.rpartition(".")[2])
    return seconds(value) if isinstance(value, str) else float(value)


_DURATION: Final = re.compile(
    r"P(?:(?P<d>\d+)D)?T?(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?", re.ASCII
)


def seconds(text: str) -> float:
    """A duration in the few forms that are written here."""
    found = _DURATION.fullmatch(text)
    assert found, text
    return sum(float(found[unit] or 0) * size for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)))


def _missing(wanted: Wanted, place: Place, tree: Mapping[str, Json], change: Change) -> Iterator[Said]:
    holder = wanted.holder.replace("{bag}", BAGS[place[0]])
    keys = tuple(holder.split("."))
    hidden = {hidden for hidden in change.hidden if hidden[: len(keys)] == keys or keys[: len(hidden)] == hidden}
    if place not in wanted.where or {len(one) for one in hidden} & set(range(len(keys) + 1)):
        return
    held = at(tree, holder)
    if held is None and not wanted.required:
        return
    members: Mapping[str, Json] = held or {}
    if wanted.only_if is not None:
        name, text = wanted.only_if
        if (*keys, name) in hidden or text not in str(members.get(name)):
            return
    # Azure compares names of tags without regard to case; those of properties are told by `property-known`.
    written = [name for name in members if name == wanted.name or (holder == "tags" and name.casefold() == wanted.name)]
    if not any((*keys, name) in hidden or members[name] for name in written):
        yield wanted.rule, Outcome.VIOLATED, wanted.at


def in_production(tree: Mapping[str, Json]) -> bool:
    """Whether the tag says so; the stacks of these tests are called dev."""
    return at(tree, "tags.environment") in ("prod", "production", "live")


def at(tree: Mapping[str, Json], path: str) -> Json:
    """The value at a path without indexes; None where the way ends."""
    value: Json = tree
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _present(tree: Mapping[str, Json], path: str) -> bool:
    return at(tree, path) is not None
