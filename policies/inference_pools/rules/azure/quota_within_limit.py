"""All pools of a stack together fit into the quota of their regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference_pools import azure_regions as regions
from inference_pools import option_checks
from inference_pools.facets import Purchase
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure import vm_sizes
from inference_pools.platforms.names import AZURE
from inference_pools.platforms.platform import Subject
from inference_pools.reader import NotKnownError, ReadError
from inference_pools.rule import Option, OptionError, Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of

ANY = "*"
"""The key of a limit for every family, or region, that has none of its own."""


def _check_numbers(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        inner = value.items() if isinstance(value, Mapping) else [(name, value)]
        for key, number in inner:
            option_checks.whole_number(key, number)


def _check_limits(given: Mapping[str, Any]) -> None:
    """A limit under a name that no machine and no region ever has would be none."""
    _check_numbers(given)
    by_region = {name: inner for name, inner in given.items() if isinstance(inner, Mapping)}
    option_checks.spelt_regions(by_region)
    families = {name for name in given if name not in by_region}.union(*by_region.values())
    strange = sorted(name for name in families - {ANY} if not vm_sizes.is_family(name))
    if strange:
        raise OptionError(f"has {strange[0]!r}, which is no VM family such as standardDSv2Family or DSv2")


@dataclass(frozen=True, slots=True)
class _Use:
    """What one resource takes of a quota."""

    region: str
    family: str
    limit: int | None
    vcpus: int
    instances: int

    @property
    def where(self) -> str:
        return self.region or "the resource group's region"


@stack_rule(
    id="quota-within-limit",
    title="Quota is enough for the whole stack",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Ask for fewer or smaller machines, move some to another region, or have the quota raised first.",
    options={
        "limits": Option(
            {},
            "The quota of vCPUs by VM family, {standardDSv2Family: 500, '*': 100}, or by region and family, "
            "{westeurope: {'*': 100}}. A family may be written in any of its spellings. None by default.",
            check=_check_limits,
        ),
        "instances": Option(0, "The most machines in one region; 0 sets no limit.", check=option_checks.not_negative),
        "vcpus": Option({}, "The vCPUs of VM sizes that the rule does not know.", check=_check_numbers),
        "upgrade_reserve": Option(
            False,
            "Whether a fifth is added for upgrades, as managed online deployments need it; Azure does not say "
            "whether pools do. VM sizes that are exempt there are exempt here.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas",
)
def quota_within_limit(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Each pool by itself may fit where all of them do not; the one that is created last then fails."""
    if not options.limits and not options.instances:
        return
    purchases = [(subject, purchase) for subject in stack.subjects for purchase in facets_of(subject, Purchase)]
    uses = [_known_use(purchase, options) for _, purchase in purchases]
    for place, (subject, purchase) in enumerate(purchases):
        yield subject, _judge(place, purchase, uses, options)


def _judge(place: int, purchase: Purchase, uses: Sequence[_Use | None], options: Options) -> Iterator[Finding]:
    """Says what is too much at the resource that takes most of it."""
    use = _use(purchase, options)
    if use is None:
        return
    in_region = {index: other for index, other in enumerate(uses) if other and other.region == use.region}
    in_family = {index: other for index, other in in_region.items() if other.family == use.family}
    field = purchase.keys_of(purchase.counted)
    vcpus = sum(other.vcpus for other in in_family.values())
    if use.limit is not None and vcpus > use.limit and place == max(in_family, key=lambda i: in_family[i].vcpus):
        reserve = ", with the reserve for upgrades" if options.upgrade_reserve else ""
        words = f"{vcpus} vCPUs of {use.family} in {use.where} over {_resources(len(in_family))}{reserve}"
        yield Finding(field, f"takes {use.vcpus} of {words}, the limit is {use.limit}")
    count = sum(other.instances for other in in_region.values())
    if 0 < options.instances < count and place == max(in_region, key=lambda i: in_region[i].instances):
        words = f"{count} machines in {use.where} over {_resources(len(in_region))}"
        yield Finding(field, f"takes {use.instances} of {words}, the limit is {options.instances}")


def _resources(count: int) -> str:
    return "1 resource" if count == 1 else f"{count} resources"


def _known_use(purchase: Purchase, options: Options) -> _Use | None:
    """What a resource takes; nothing where that cannot be known, which its own part of the judgement says."""
    try:
        return _use(purchase, options)
    except ReadError:
        return None


def _use(purchase: Purchase, options: Options) -> _Use | None:
    machines = [name for name in purchase.machines if vm_sizes.is_size(name)]
    instances = purchase.instances
    if not machines or not instances:
        return None
    region = regions.normalize(purchase.region or "")
    family = vm_sizes.family_of(machines[0])
    limit = _limit(region, machines[0], options.limits)
    size = vm_sizes.lookup(machines[0])
    reserved = options.upgrade_reserve and not (size is not None and size.skip_reservation)
    counted = -(-instances * 6 // 5) if reserved else instances
    vcpus = counted * _vcpus(purchase, machines[0], options) if limit is not None else 0
    return _Use(region, family, limit, vcpus, instances)


def _limit(region: str, size: str, limits: Mapping[str, Any]) -> int | None:
    """The limit of a size's family: that of its region before that of any, that of the family before that of any."""
    by_region = {regions.normalize(name): inner for name, inner in limits.items() if isinstance(inner, Mapping)}
    general = {name: number for name, number in limits.items() if not isinstance(number, Mapping)}
    for table in (by_region.get(region, {}), by_region.get(ANY, {}), general):
        own = (number for name, number in table.items() if name != ANY and vm_sizes.belongs(size, name))
        number = next(own, table.get(ANY))
        if number is not None:
            return int(number)
    return None


def _vcpus(purchase: Purchase, name: str, options: Options) -> int:
    given = next((number for size, number in options.vcpus.items() if vm_sizes.same_size(size, name)), None)
    size = vm_sizes.lookup(name)
    if given is not None:
        return int(given)
    if size is None:
        field = purchase.keys_of("node_type" if purchase.leaf("node_type").text() == name else "sku_name")
        raise NotKnownError(field, f"the vCPUs of {name} are not known, so its quota is not judged")
    return size.vcpus
