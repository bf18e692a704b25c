"""Every bound that a rule has, with the last value inside it and the first outside, at defaults and configured.

The values stand here in full and are read from no rule. What the rules say at each is predicted by the tables of
`prediction`, or written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from inference_pools.finding import Outcome
from inference_pools.platforms.azure_pools.catalog import ENDPOINT, GROUP, KINDS, POOL, Shape
from inference_pools.values import Json
from library.test_runner import TODAY
from mutants.prediction import MACHINES, MODELS, PROBES, REQUESTS, Place

POOL_A: Final = (POOL, Shape.A)
POOL_B: Final = (POOL, Shape.B)
GROUP_B: Final = (GROUP, Shape.B)
ENDPOINT_B: Final = (ENDPOINT, Shape.B)
ALL_PLACES: Final = tuple((kind, shape) for kind in KINDS for shape in Shape)


@dataclass(frozen=True)
class Bound:
    """A bound on one property, which may be written in any of several values.

    `option` is empty for a bound that cannot be configured, `value` the configured one: None for the default.
    """

    rule: str
    option: str
    leaf: str
    inside: Json
    outside: Json
    value: Json = None
    at: str = ""
    places: tuple[Place, ...] = ALL_PLACES

    @property
    def where(self) -> str:
        """The path of the finding."""
        return self.at or self.leaf


def _both(
    rule: str, option: str, leaf: str, default: tuple[Json, Json], value: Json, own: tuple[Json, Json], **more: Any
) -> Iterator[Bound]:
    """A bound at its default, and one that is configured."""
    yield Bound(rule, option, leaf, *default, **more)
    yield Bound(rule, option, leaf, *own, value=value, **more)


def _simple() -> Iterator[Bound]:
    capacity, unit = "sku.capacity", "{bag}.scaleUnitSize"
    for leaf, places in ((capacity, ALL_PLACES), (unit, (GROUP_B,))):
        yield from _both("capacity-bounded", "minimum", leaf, (1.0, 0.0), 3, (3.0, 2.0), places=places)
        yield from _both("capacity-bounded", "maximum", leaf, (50.0, 51.0), 10, (10.0, 11.0), places=places)
    production: dict[str, Any] = {"places": tuple(sorted(MACHINES))}
    yield from _both("redundancy-in-production", "least", capacity, (2.0, 1.0), 3, (3.0, 2.0), **production)
    serving: dict[str, Any] = {"places": tuple(sorted(REQUESTS))}
    timeout = ("request-timeout-bounded", "{bag}.requestConfiguration.requestTimeout")
    rule, leaf = timeout
    yield from _both(rule, "minimum", leaf, ("PT1S", "PT0.999S"), "PT10S", ("PT10S", "PT9.999S"), **serving)
    yield from _both(rule, "maximum", leaf, ("PT5M", "PT300.001S"), "PT1M", ("PT1M", "PT60.001S"), **serving)
    rule, leaf = "request-concurrency-bounded", "{bag}.requestConfiguration.maxConcurrentRequestsPerInstance"
    yield from _both(rule, "minimum", leaf, (1.0, 0.0), 2, (2.0, 1.0), **serving)
    yield from _both(rule, "maximum", leaf, (500.0, 501.0), 8, (8.0, 9.0), **serving)


def _of_probes() -> Iterator[Bound]:
    sane, patience = "probe-settings-sane", "probe-patience-bounded"
    modelled: dict[str, Any] = {"places": tuple(sorted(MODELS))}
    for name in PROBES:
        probe = f"{{bag}}.environmentConfiguration.{name}"
        failures, period, timeout = f"{probe}.failureThreshold", f"{probe}.period", f"{probe}.timeout"
        yield Bound(sane, "", failures, 1.0, 0.0, **modelled)
        yield from _both(sane, "most_failures", failures, (100.0, 101.0), 40, (40.0, 41.0), **modelled)
        yield Bound(sane, "", f"{probe}.successThreshold", 1.0, 0.0, **modelled)
        for leaf in (timeout, period, f"{probe}.initialDelay"):
            yield from _both(sane, "shortest", leaf, ("PT1S", "PT0.999S"), "PT5S", ("PT5S", "PT4.999S"), **modelled)
        yield from _both(
            sane, "longest_period", period, ("PT5M", "PT300.001S"), "PT1M", ("PT1M", "PT60.001S"), **modelled
        )
        delay = f"{probe}.initialDelay"
        yield from _both(
            sane, "longest_delay", delay, ("PT1H", "PT3600.001S"), "PT2M", ("PT2M", "PT120.001S"), **modelled
        )
        # The timeout against the period of PT10S that all of these have, or against a longest_period below that.
        yield Bound(sane, "", timeout, "PT10S", "PT10.001S", **modelled)
        yield Bound(sane, "longest_period", timeout, "PT8S", "PT8.001S", value="PT8S", **modelled)
        if name != "startupProbe":
            # Times PT10S, or times 30.
            yield from _both(patience, "maximum", failures, (30.0, 31.0), "PT10M", (60.0, 61.0), at=probe, **modelled)
            yield from _both(
                patience,
                "maximum",
                period,
                ("PT10S", "PT10.001S"),
                "PT10M",
                ("PT20S", "PT20.001S"),
                at=probe,
                **modelled,
            )
    live = "{bag}.environmentConfiguration.livenessProbe"
    yield Bound(sane, "", f"{live}.successThreshold", 1.0, 2.0, **modelled)
    # Against the request timeout of PT30S.
    yield Bound(patience, "", f"{live}.failureThreshold", 3.0, 2.0, at=live, places=(POOL_A,))
    yield Bound(patience, "", f"{live}.period", "PT1S", "PT0.999S", at=live, places=(POOL_A,))


def _of_names() -> Iterator[Bound]:
    longest = {"resourceGroupName": 90, "workspaceName": 33}
    for leaf, places in (
        ("resourceGroupName", ALL_PLACES),
        ("workspaceName", ALL_PLACES),
        ("inferencePoolName", (POOL_A, POOL_B)),
        ("poolName", tuple(place for place in ALL_PLACES if place[0] is not POOL)),
        ("groupName", tuple(place for place in ALL_PLACES if place[0] is GROUP)),
        ("endpointName", tuple(place for place in ALL_PLACES if place[0] is ENDPOINT)),
        ("{bag}.groupName", (ENDPOINT_B,)),
    ):
        length = longest.get(leaf, 255)
        name = "chat-weu-" * 30
        yield Bound("name-wellformed", "", leaf, f"{name[: length - 1]}1", f"{name[:length]}1", places=places)
    yield Bound("name-wellformed", "", "workspaceName", "mlw", "ml")


BOUNDS: Final = (*_simple(), *_of_probes(), *_of_names())


@dataclass(frozen=True)
class Case:
    """Bounds on something that is put together. `inside` and `outside` are changes by path: of properties, or of the
    rule's options where the path begins with `options.`; `today` may be changed, too.

    `says` is what the rule says outside, by path.
    """

    rule: str
    option: str
    place: Place
    inside: Mapping[str, Json]
    outside: Mapping[str, Json]
    says: Mapping[str, Outcome]
    options: Mapping[str, Json] = field(default_factory=dict)
    properties: Mapping[str, Json] = field(default_factory=dict)
    previous: Mapping[str, Json] | None = None
    today: tuple[date, date] = (TODAY, TODAY)


_CAPACITY: Final = {"sku.capacity": Outcome.VIOLATED}


def _retiring() -> Iterator[Case]:
    """Standard_DS3_v2 retires on 2028-05-01, by Azure's page of retirements."""
    rule, both = "sku-retiring", {"sku.name": Outcome.VIOLATED, "{bag}.nodeSkuType": Outcome.VIOLATED}
    yield Case(rule, "notice", POOL_A, {}, {}, both, today=(date(2027, 5, 1), date(2027, 5, 2)))
    month = {"notice": "P30D"}
    yield Case(rule, "notice", GROUP_B, {}, {}, both, month, today=(date(2028, 3, 31), date(2028, 4, 1)))


def _descriptions() -> Iterator[Case]:
    rule, leaf = "description-present", "{bag}.description"
    for place in ALL_PLACES:
        said = {leaf: Outcome.VIOLATED}
        yield Case(rule, "words", place, {leaf: "Chat"}, {leaf: ""}, said)
        three = {"words": 3}
        yield Case(rule, "words", place, {leaf: "Chat in production"}, {leaf: "Production chat"}, said, three)


def _end_dates() -> Iterator[Case]:
    """Judged on 2026-12-01: 180 days later it is 2027-05-30."""
    rule, leaf = "enddate-tag-current", "tags.enddate"
    said, trial = {leaf: Outcome.VIOLATED}, {"tags.environment": "dev"}
    for place in ALL_PLACES:
        yield Case(rule, "longest", place, {leaf: "2027-05-30"}, {leaf: "2027-05-31"}, said, {}, trial)
        ten = {"longest": "P10D"}
        yield Case(rule, "longest", place, {leaf: "2026-12-11"}, {leaf: "2026-12-12"}, said, ten, trial)
        yield Case(rule, "", place, {leaf: "2026-12-01"}, {leaf: "2026-11-30"}, said, {}, trial)
        # Production may last for ever.
        yield Case(rule, "longest", place, {leaf: "2031-01-01"}, {leaf: "2026-11-30"}, said)


def _api_versions() -> Iterator[Case]:
    leaf, said = "azureApiVersion", {"azureApiVersion": Outcome.VIOLATED}
    new, old = {leaf: "2025-01-01-preview"}, {leaf: "2024-10-01-preview"}
    yield Case("api-version-supported", "oldest", POOL_B, new, old, said, {"oldest": "2025-01-01-preview"})


def _costs() -> Iterator[Case]:
    """Two machines at 0.25 an hour are 365.00 in a month of 730 hours, one of them 182.50."""
    rule, prices = "monthly-cost-bounded", {"prices": {"Standard_DS3_v2": 0.25}}
    for place in (POOL_A, GROUP_B):
        # Of a group, the field with the larger number counts, and capacity where both are alike.
        limit = {"options.maximum": 365}, {"options.maximum": 364.99}
        yield Case(rule, "maximum", place, *limit, _CAPACITY, prices)
        hours = {"options.hours": 730}, {"options.hours": 730.1}
        yield Case(rule, "hours", place, *hours, _CAPACITY, {**prices, "maximum": 365})
        yield Case(rule, "maximum", place, {}, {"options.maximum": 1}, {"{bag}.nodeSkuType": Outcome.UNKNOWN})
        rule_of_rise, one = "cost-increase-bounded", {"sku.capacity": 1.0, "{bag}.scaleUnitSize": 1.0}
        for option, inside, outside in (("maximum", 182.5, 182.49), ("percent", 100, 99.9)):
            change = {f"options.{option}": inside}, {f"options.{option}": outside}
            yield Case(rule_of_rise, option, place, *change, _CAPACITY, prices, previous=one)
        agreed = {**prices, "maximum": 182.5}
        yield Case(rule_of_rise, "hours", place, *hours, _CAPACITY, agreed, previous=one)
        unpriced = {"{bag}.nodeSkuType": Outcome.UNKNOWN}
        yield Case(rule_of_rise, "maximum", place, {}, {"options.maximum": 1}, unpriced, previous=one)
        yield Case(rule_of_rise, "percent", place, {}, {"options.percent": 99.9}, _CAPACITY, previous=one)


def _quotas() -> Iterator[Case]:
    """Standard_DS3_v2 has 4 vCPUs, so two of them have 8; with a fifth more, rounded up, they are three."""
    rule = "quota-within-limit"
    for place in (POOL_A, GROUP_B):
        yield Case(rule, "instances", place, {"options.instances": 2}, {"options.instances": 1}, _CAPACITY)
        yield Case(rule, "instances", place, {}, {"options.instances": 1}, _CAPACITY)
        for family in ("standardDSv2Family", "*"):
            limits = {"options.limits": {family: 8}}, {"options.limits": {family: 7}}
            yield Case(rule, "limits", place, *limits, _CAPACITY)
        reserved = {"options.limits": {"*": 12}}, {"options.limits": {"*": 11}}
        yield Case(rule, "limits", place, *reserved, _CAPACITY, {"upgrade_reserve": True})


PEAK, SERVICE = 'tags["load.peak-rps"]', 'tags["load.service-time"]'
TARGET, PERCENTILE = 'tags["load.wait-target"]', 'tags["load.wait-percentile"]'


def _loads() -> Iterator[Case]:
    """One request a second of one second each is a load of 1 erlang: by Erlang's C formula 1/3 of the requests wait
    for two servers, 1/11 for three and 1/49 for four; for three, e^-2t of those wait longer than t seconds.
    """
    rule = "capacity-meets-load"
    one_at_a_time = {"{bag}.requestConfiguration.maxConcurrentRequestsPerInstance": 1.0}
    load = {**one_at_a_time, PEAK: "1", SERVICE: "PT1S"}
    at_once = {**load, TARGET: "PT0S", "sku.capacity": 3.0}
    # 1/11 wait: 90.909 of a hundred do not.
    share = {"options.percentile": 90.9}, {"options.percentile": 90.92}
    yield Case(rule, "percentile", POOL_A, *share, _CAPACITY, {}, at_once)
    tag = {PERCENTILE: "90.9"}, {PERCENTILE: "90.92"}
    yield Case(rule, "", POOL_A, *tag, _CAPACITY, {}, at_once)
    few = {"sku.capacity": 4.0}, {"sku.capacity": 3.0}
    yield Case(rule, "percentile", POOL_A, *few, _CAPACITY, {"percentile": 97.9}, {**load, TARGET: "PT0S"})
    # 1/11 of e^-2t is 1 in a hundred at 1.1036 seconds.
    times = {TARGET: "PT1.104S"}, {TARGET: "PT1.103S"}
    yield Case(rule, "percentile", POOL_A, *times, _CAPACITY, {}, {**load, "sku.capacity": 3.0})
    # 10 erlangs keep 20 servers busy for half of the time; more than 10 are needed by any means.
    ten = {**load, PEAK: "10"}
    half = {"sku.capacity": 20.0}, {"sku.capacity": 19.0}
    yield Case(rule, "utilisation", POOL_A, *half, _CAPACITY, {"utilisation": 0.5}, ten)
    stable = {"sku.capacity": 11.0}, {"sku.capacity": 10.0}
    yield Case(rule, "utilisation", POOL_A, *stable, _CAPACITY, {}, ten)
    full = {"options.utilisation": 0.98}, {"options.utilisation": 0.979}
    yield Case(rule, "utilisation", POOL_A, *full, _CAPACITY, {}, {**ten, PEAK: "49", "sku.capacity": 50.0})
    almost = {**one_at_a_time, PEAK: "4990", SERVICE: "PT0.01S", "sku.capacity": 50.0}
    yield Case(rule, "utilisation", POOL_A, {}, {"options.utilisation": 0.99}, _CAPACITY, {}, almost)
    # What a declaration may say.
    hardly = {**load, PEAK: "0.01"}
    for inside, outside, outcome in (
        ({PEAK: "0.01"}, {PEAK: "0"}, Outcome.UNREADABLE),
        ({SERVICE: "PT0.001S"}, {SERVICE: "PT0S"}, Outcome.UNREADABLE),
        ({SERVICE: "PT29.999S"}, {SERVICE: "PT30S"}, Outcome.VIOLATED),
        ({TARGET: "PT30S"}, {TARGET: "PT30.001S"}, Outcome.VIOLATED),
        ({PERCENTILE: "99.9"}, {PERCENTILE: "100"}, Outcome.UNREADABLE),
        ({PERCENTILE: "1"}, {PERCENTILE: "0"}, Outcome.UNREADABLE),
    ):
        path = next(iter(outside))
        yield Case(rule, "", POOL_A, inside, outside, {path: outcome}, {}, hardly)
    # Less than one of a hundred is a share that was taken for a percentile.
    yield Case(rule, "", POOL_A, {PERCENTILE: "1"}, {PERCENTILE: "0.99"}, _CAPACITY, {}, hardly)


CASES: Final = (
    *_retiring(),
    *_descriptions(),
    *_end_dates(),
    *_api_versions(),
    *_costs(),
    *_quotas(),
    *_loads(),
)
