"""All endpoints of a stack together fit into the account's quotas, also when each is scaled as far as it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from inference_pools import option_checks
from inference_pools.facets import Location, ScalingBounds
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.near_words import did_you_mean
from inference_pools.path import Keys
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker import machines
from inference_pools.platforms.sagemaker.edges import (
    ENDPOINT_TO_CONFIG,
    SHADOW_TO_CONFIG,
    TARGET_TO_ENDPOINT,
    TO_TARGET,
    VARIANT_TO_CONFIG,
)
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.platforms.sagemaker.kinds import ENDPOINT, SCHEDULE
from inference_pools.platforms.sagemaker.scaled import INSTANCES
from inference_pools.reader import ReadError
from inference_pools.rule import Option, OptionError, Options, stack_rule
from inference_pools.serving import NotHere
from inference_pools.stack import Stack
from inference_pools.view import facets_of
from inference_pools.ways import facets_in

_ANY: Final = "*"
_USAGE: Final = " for endpoint usage"
"""How Service Quotas goes on after a machine: `ml.g5.xlarge for endpoint usage`."""


def _machine(name: str) -> str:
    return name.strip().casefold().removesuffix(_USAGE)


def _check_limits(given: Mapping[str, Any]) -> None:
    """A limit under a name that no machine and no region ever has would be none."""
    by_region = {name: inner for name, inner in given.items() if isinstance(inner, Mapping)}
    option_checks.spelt_regions(name for name in by_region if name != _ANY)
    own = {name: number for name, number in given.items() if name not in by_region}
    for table in (own, *by_region.values()):
        for name, number in table.items():
            option_checks.whole_number(name, number)
            near = machines.FACTS.machines.nearest(_machine(name))
            if name != _ANY and not _machine(name).startswith("ml."):
                meant = did_you_mean(name, [near]) if near else ""
                raise OptionError(f"has {name!r}, which is no instance type such as ml.g5.xlarge{meant}")


@dataclass(frozen=True, slots=True)
class _Use:
    """What one variant of one endpoint takes of the quotas at most, and where that is said."""

    keys: Keys
    region: str
    machine: str
    instances: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class _Taker:
    """A variant of an endpoint, with the target that scales it for that endpoint, if one does."""

    endpoint: Item
    variant: Item
    scaler: Item | None

    @property
    def subject(self) -> Subject:
        """The resource that says how much it takes."""
        return (self.scaler or self.variant).subject


@stack_rule(
    id="endpoint-quota-within-limit",
    title="Quota of endpoints is enough for the whole stack",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Scale less far, take another instance type, or have the quota raised first.",
    options={
        "limits": Option(
            {},
            "The quota of instances by instance type, {ml.g5.xlarge: 5, '*': 2}, or by region and type, "
            "{eu-west-1: {ml.g5.xlarge: 5}}. A type may be written as Service Quotas does, `ml.g5.xlarge for endpoint "
            "usage`; `aws service-quotas list-service-quotas --service-code sagemaker` has them. None by default.",
            check=_check_limits,
        ),
        "instances": Option(
            0, "`Number of instances across active endpoints`; 0 sets no limit.", check=option_checks.not_negative
        ),
        "concurrency": Option(
            0,
            "`Maximum total concurrency that can be allocated across all serverless endpoints`; 0 sets no limit.",
            check=option_checks.not_negative,
        ),
        "endpoints": Option(
            0, "The most endpoints that the stack may have; 0 sets no limit.", check=option_checks.not_negative
        ),
    },
    since="2026.12",
    source="https://docs.aws.amazon.com/general/latest/gr/sagemaker.html",
)
def endpoint_quota_within_limit(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Quota is one for an account, a region and an instance type. Endpoints that fit today do not when all of them are
    scaled to their maximum, and the one that is made, or scaled, last is refused. Of a new account many are 0.
    """
    if not (options.limits or options.instances or options.concurrency or options.endpoints):
        return
    endpoints = stack.items(ENDPOINT)
    if 0 < options.endpoints < len(endpoints):
        yield endpoints[-1].subject, _too_many(len(endpoints), options.endpoints)
    takers: list[_Taker] = []
    for endpoint in endpoints:
        found = stack.follow(endpoint, ENDPOINT_TO_CONFIG)
        takers += [taker for config in found.sure for taker in _takers(stack, endpoint, config)]
        if found.perhaps and not found.sure:
            yield endpoint.subject, _not_joined(endpoint)
    uses = [_known_use(taker, stack) for taker in takers]
    for place, taker in enumerate(takers):
        yield taker.subject, _judge(place, taker, uses, stack, options)


def _too_many(count: int, limit: int) -> Iterator[Finding]:
    yield Finding((), f"is one of {count} endpoints, the limit is {limit}")


def _not_joined(endpoint: Item) -> Iterator[Finding]:
    keys = endpoint.address.keys_of("config")
    raise NotHere(keys, "needs the configuration that the endpoint has, which is not known, so its quota is not judged")
    yield


def _takers(stack: Stack, endpoint: Item, config: Item) -> Iterator[_Taker]:
    """The variants of a configuration, as an endpoint has them."""
    found = stack.leading_to(endpoint, TARGET_TO_ENDPOINT).sure
    scalers = {one.names["variant"]: one for one in found if one.names["dimension"] == INSTANCES}
    variants = [
        variant for edge in (VARIANT_TO_CONFIG, SHADOW_TO_CONFIG) for variant in stack.leading_to(config, edge).sure
    ]
    for variant in variants:
        # A target that names its variant by what is not known yet means the only one.
        nameless = scalers.get(None) if len(variants) == 1 else None
        name = variant.names["variant"]
        yield _Taker(endpoint, variant, nameless if name is None else scalers.get(name, nameless))


def _judge(place: int, taker: _Taker, uses: Sequence[_Use | None], stack: Stack, options: Options) -> Iterator[Finding]:
    """Says what is too much at the variant that takes most of it."""
    use = _use(taker, stack)
    where = f" in {use.region}" if use.region else ""
    known = {number: other for number, other in enumerate(uses) if other is not None and other.region == use.region}
    limit = _limit(use.region, use.machine, options.limits) if use.machine else None
    same = {number: other.instances for number, other in known.items() if other.machine == use.machine}
    every = {number: other.instances for number, other in known.items()}
    at_once = {number: other.concurrency for number, other in known.items()}
    yield from _above(place, use, same, limit, f"{use.machine}{_USAGE}{where}")
    yield from _above(place, use, every, options.instances or None, f"instances across active endpoints{where}")
    yield from _above(place, use, at_once, options.concurrency or None, f"concurrency of serverless endpoints{where}")


def _above(place: int, use: _Use, taken: Mapping[int, int], quota: int | None, of: str) -> Iterator[Finding]:
    total, own = sum(taken.values()), taken.get(place, 0)
    if quota is None or total <= quota or not own or place != max(taken, key=lambda number: taken[number]):
        return
    count = sum(1 for number in taken.values() if number)
    over = "1 variant" if count == 1 else f"{count} variants"
    yield Finding(use.keys, f"takes at most {own} of {total} {of} over {over}, the quota is {quota}")


def _known_use(taker: _Taker, stack: Stack) -> _Use | None:
    """What a variant takes; nothing where that cannot be known, which its own part of the judgement says."""
    try:
        return _use(taker, stack)
    except ReadError:
        return None


def _use(taker: _Taker, stack: Stack) -> _Use:
    variant = next(facets_in(taker.variant, Variant))
    region = next((location.name for location in facets_of(taker.variant.subject, Location)), None)
    region = machines.FACTS.regions.normalize(region or "")
    if taker.scaler is not None:
        bounds = next(facets_of(taker.scaler.subject, ScalingBounds))
        most = max([bounds.most or 0, *_scheduled(taker.scaler, stack)])
        return _Use(bounds.keys_of("most"), region, variant.instance_type or "", most, 0)
    if variant.is_serverless:
        return _Use(variant.keys_of("concurrency"), region, "", 0, variant.concurrency or 0)
    initial, most = variant.count or 0, (variant.scaling_maximum or 0) if variant.is_scaled_by_aws else 0
    keys = variant.keys_of("scaling_maximum" if most > initial else "count")
    return _Use(keys, region, variant.instance_type or "", max(initial, most), 0)


def _scheduled(target: Item, stack: Stack) -> Iterator[int]:
    """How far its scheduled actions let it be scaled, as far as that can be seen."""
    _, *own = facets_of(target.subject, ScalingBounds)
    actions = stack.leading_to(target, TO_TARGET[SCHEDULE]).sure
    for bounds in (*own, *(bounds for action in actions for bounds in facets_of(action.subject, ScalingBounds))):
        with suppress(ReadError):
            yield bounds.most or 0


def _limit(region: str, machine: str, limits: Mapping[str, Any]) -> int | None:
    """The quota of a type: that of its region before that of any, the type before the others."""
    normalize = machines.FACTS.regions.normalize
    by_region = {normalize(name): inner for name, inner in limits.items() if isinstance(inner, Mapping)}
    general = {name: number for name, number in limits.items() if not isinstance(number, Mapping)}
    for table in (by_region.get(region, {}), by_region.get(_ANY, {}), general):
        spelt = {_machine(name): number for name, number in table.items()}
        number = spelt.get(machine, spelt.get(_ANY))
        if number is not None:
            return int(number)
    return None
