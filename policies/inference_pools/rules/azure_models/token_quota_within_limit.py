"""All deployments of a stack together fit into the quota of their models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from inference_pools import azure_regions as regions
from inference_pools import option_checks
from inference_pools.facets import Location
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.near_words import did_you_mean
from inference_pools.platforms.azure_models.catalog import DEPLOYMENT, sku, skus
from inference_pools.platforms.azure_models.edges import TO_ACCOUNT
from inference_pools.platforms.azure_models.facets import ModelDeployment
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.platforms.platform import Subject
from inference_pools.reader import ReadError
from inference_pools.rule import Option, OptionError, Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of

_ANY: Final = "*"
_PREFIX: Final = "openai."


def _check_limits(given: Mapping[str, Any]) -> None:
    """A limit under a name that no quota ever has would be none."""
    by_region = {name: inner for name, inner in given.items() if isinstance(inner, Mapping)}
    option_checks.spelt_regions(name for name in by_region if name != _ANY)
    own = {name: number for name, number in given.items() if name not in by_region}
    for table in (own, *by_region.values()):
        for name, number in table.items():
            option_checks.whole_number(name, number)
            first = name.casefold().removeprefix(_PREFIX).partition(".")[0]
            if name != _ANY and sku(first) is None:
                known = [one.name for one in skus().values()]
                raise OptionError(f"has {name!r}, which begins with no SKU of deployments{did_you_mean(first, known)}")


@dataclass(frozen=True, slots=True)
class _Use:
    """What one deployment takes of a quota. `model` is "" where the quota is one for all models."""

    region: str
    sku: str
    model: str
    unit: str
    capacity: int
    limit: int | None

    def shares_with(self, other: _Use) -> bool:
        """Whether both take of the same quota."""
        return (self.region, self.sku, self.model) == (other.region, other.sku, other.model)

    @property
    def pool(self) -> str:
        """What the quota is of."""
        what = f"{self.sku} {self.model}".strip()
        return f"{what} in {self.region}" if self.region else what


@stack_rule(
    id="token-quota-within-limit",
    title="Quota of tokens is enough for the whole stack",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_MODELS,
    remedy="Lower sku.capacity, move a deployment to another region, or have the quota raised first.",
    options={
        "limits": Option(
            {},
            "The quota by SKU and model, {GlobalStandard.gpt-4o: 450, GlobalStandard: 100, '*': 50}, or by region and "
            "those, {westeurope: {Standard.gpt-4o: 120}}, in thousands of tokens a minute or, of provisioned SKUs, in "
            "units. `az cognitiveservices usage list --location REGION` has them, as OpenAI.Standard.gpt-4o, which is "
            "taken, too. None by default.",
            check=_check_limits,
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits",
)
def token_quota_within_limit(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Quota is one for a subscription, a region, a SKU and a model, however many accounts there are: each deployment by
    itself may fit where all of them do not, and the one that is made last is refused.
    """
    if not options.limits:
        return
    items = stack.items(DEPLOYMENT)
    uses = [_known_use(item, stack, options) for item in items]
    for place, item in enumerate(items):
        yield item.subject, _judge(place, item, uses, stack, options)


def _judge(place: int, item: Item, uses: Sequence[_Use | None], stack: Stack, options: Options) -> Iterator[Finding]:
    """Says what is too much at the deployment that takes most of it."""
    use = _use(item, stack, options)
    if use is None or use.limit is None:
        return
    together = {number: other for number, other in enumerate(uses) if other is not None and other.shares_with(use)}
    total = sum(other.capacity for other in together.values())
    if total > use.limit and place == max(together, key=lambda number: together[number].capacity):
        over = "1 deployment" if len(together) == 1 else f"{len(together)} deployments"
        keys = _facet(item).keys_of("capacity")
        yield Finding(
            keys, f"takes {use.capacity} of {total} {use.unit} of {use.pool} over {over}, the limit is {use.limit}"
        )


def _known_use(item: Item, stack: Stack, options: Options) -> _Use | None:
    """What a deployment takes; nothing where that cannot be known, which its own part of the judgement says."""
    try:
        return _use(item, stack, options)
    except ReadError:
        return None


def _facet(item: Item) -> ModelDeployment:
    return next(facets_of(item.subject, ModelDeployment))


def _use(item: Item, stack: Stack, options: Options) -> _Use | None:
    deployment = _facet(item)
    capacity = deployment.capacity
    known = sku(deployment.sku_name)
    if not capacity or known is None:
        return None
    is_of_all = known.billing == "provisioned"
    model = "" if is_of_all else (deployment.model or "").casefold()
    by_region = any(isinstance(inner, Mapping) for inner in options.limits.values())
    region = regions.normalize(_region(item, stack) or "") if by_region else ""
    unit = "provisioned throughput units" if is_of_all else "thousand tokens a minute"
    return _Use(region, known.name, model, unit, capacity, _limit(region, known.name, model, options.limits))


def _region(item: Item, stack: Stack) -> str | None:
    """The region of its account, as written; None where that is made elsewhere. Raises ReadError where unknown."""
    for account in stack.follow(item, TO_ACCOUNT).sure:
        for location in facets_of(account.subject, Location):
            return location.name
    return None


def _limit(region: str, name: str, model: str, limits: Mapping[str, Any]) -> int | None:
    """The limit of a model and a SKU: that of its region before that of any, the more exact one before the others."""
    by_region = {regions.normalize(key): inner for key, inner in limits.items() if isinstance(inner, Mapping)}
    general = {key: number for key, number in limits.items() if not isinstance(number, Mapping)}
    for table in (by_region.get(region, {}), by_region.get(_ANY, {}), general):
        spelt = {key.casefold().removeprefix(_PREFIX): number for key, number in table.items()}
        for key in (f"{name.casefold()}.{model}", name.casefold(), _ANY):
            if key in spelt:
                return int(spelt[key])
    return None
