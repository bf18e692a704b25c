"""The pools of Pulumi projects: what is declared of each, what is configured, and what it would take."""

from __future__ import annotations

import argparse
import operator
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from itertools import groupby

from inference_pools import costs
from inference_pools.facets import Purchase
from inference_pools.loads import capacities, request_limits, scale_unit, target_of
from inference_pools.own_checks import PROGRAM_RUNS
from inference_pools.path import format_path
from inference_pools.policy_config import Setting
from inference_pools.queueing import QueueingError, WaitTarget
from inference_pools.reader import NotKnownError, ReadError
from inference_pools.rule import Options
from inference_pools.rules.capacity_meets_load import capacity_meets_load
from inference_pools.rules.monthly_cost_bounded import monthly_cost_bounded
from inference_pools.runner import hidden_in
from inference_pools.secrets import scrub
from inference_pools.serving import Demand, Service, services
from inference_pools.stack import Stack, context_of, stacks_of
from inference_pools.view import facets_of
from poolgate.findings import PassedOver, Tally
from poolgate.prices.table import Table
from poolgate.size.given import asked_of, pooled
from poolgate.size.money import Price
from poolgate.size.plan import Size, Wanted
from poolgate.size.pooling import Pooling
from poolgate.size.report import Report, Unsized
from poolgate.sources.judged_stacks import NOT_ASKED_FOR
from poolgate.sources.unjudged import NO_POOL
from poolgate.together import Gathered

NO_LOAD = "declares no load (docs/load.md)"
"""Why a pool is not sized of which nothing is asked."""


def report_of(
    gathered: Gathered,
    tally: Tally,
    settings: Sequence[Setting],
    given: argparse.Namespace,
    day: date,
    secrets: frozenset[str] = frozenset(),
    table: Table | None = None,
) -> Report:
    """What programs made, sized. Nothing that is said repeats one of the secrets. The prices of a table go before
    those of the policy config.
    """
    hidden = secrets | hidden_in([resource.properties for resource in gathered.pools.values()], shows_values=True)
    sizes: list[Size] = []
    unsized: list[Unsized] = []
    pools: list[Pooling] = []
    stacks = sorted(stacks_of(gathered.pools.values(), day), key=lambda stack: (stack.project, stack.name))
    for stack in stacks:
        of_stack: list[tuple[str, Size]] = []
        for service in services(stack):
            name = scrub(f"{stack.project}/{stack.name}: {service.item.kind.label} {service.name}", hidden)
            found = _sized(service, name, stack, settings, given, table)
            if isinstance(found, Unsized):
                unsized.append(Unsized(name, scrub(found.why, hidden), found.is_open))
            else:
                of_stack.append((service.holder.platform.name, found))
        sizes += [size for _, size in of_stack]
        pools += list(_pools(of_stack, given.burst))
    for finding in tally.findings:
        if finding.rule == PROGRAM_RUNS:
            unsized.append(Unsized(f"{finding.subject.project}/{finding.subject.stack}", finding.message, is_open=True))
    unsized += [Unsized(over.name, over.why) for over in tally.passed_over if _matters(over)]
    unsized += [
        Unsized(scrub(each.urn, hidden), f"is a {each.kind}, which no rule judges") for each in tally.not_judged
    ]
    failed = any(finding.rule == PROGRAM_RUNS for finding in tally.findings)
    return Report(tuple(sizes), tuple(pools), (), tuple(unsized), tuple(tally.notes), failed)


def _matters(over: PassedOver) -> bool:
    """Whether what was passed over may have pools that nobody left out."""
    return over.kind != "resource" and over.why not in (NOT_ASKED_FOR, NO_POOL)


def _pools(sizes: list[tuple[str, Size]], burst: float) -> Iterator[Pooling]:
    """What could be pooled in one stack: services of one platform, on one kind of machine."""

    def alike(entry: tuple[str, Size]) -> tuple[str, str, int]:
        platform, size = entry
        return platform, size.machine, size.at_once

    for _, group in groupby(sorted(sizes, key=alike), key=alike):
        yield from pooled([size for _, size in group], burst)


def _sized(
    service: Service,
    name: str,
    stack: Stack,
    settings: Sequence[Setting],
    given: argparse.Namespace,
    table: Table | None,
) -> Size | Unsized:
    """One of them, or why not."""
    try:
        options = _options(settings, capacity_meets_load.id, service, stack)
        demands = service.demands(options.load)
        if not demands:
            return Unsized(name, NO_LOAD)
        size = _of(service, demands, name, options, given)
        machine, price = _price(service, _options(settings, monthly_cost_bounded.id, service, stack), table)
        return replace(size, machine=machine, price=price)
    except ReadError as error:
        at = f"{format_path(error.keys)}: " if error.keys else ""
        return Unsized(name, f"{at}{error.message}", is_open=True)
    except (QueueingError, ValueError) as error:
        return Unsized(name, str(error), is_open=True)


def _options(settings: Sequence[Setting], rule: str, service: Service, stack: Stack) -> Options:
    """The options of a rule, as they hold for the resource that has the instances."""
    setting = next(setting for setting in settings if setting.rule.id == rule)
    here = setting.on(service.holder.platform.name)
    context = context_of(service.holder.resource, stack.day, here.options.environment)
    return here.in_context(context).options


def _of(service: Service, demands: list[Demand], name: str, options: Options, given: argparse.Namespace) -> Size:
    traffic = reduce(operator.add, (demand.traffic for demand in demands))
    without = service.way.at_once(service.item.address.own)
    busiest = options.utilisation if given.utilisation is None else given.utilisation
    if without is not None and service.way.patience is not None:
        # What it cannot take at once is turned away: nobody waits.
        _, most = without
        timeout = service.way.patience(service.item.address.own)
        asked = asked_of(traffic, argparse.Namespace(**{**vars(given), "patience": 0.0}))
        targets = [WaitTarget(0.0, target_of(demand, timeout, options).excess) for demand in demands]
        return _checked(Size(name, asked, 1, tuple(Wanted(target, busiest) for target in targets), most, most))
    timeout, concurrency = request_limits(service, options)
    at_once = concurrency * (scale_unit(service) if options.capacity_counts_scale_units else 1)
    if at_once < 1:
        raise QueueingError("an instance takes no request at once")
    numbers = [number for number, *_ in capacities(service)]
    wanted = tuple(dict.fromkeys(Wanted(target_of(demand, timeout, options), busiest) for demand in demands))
    gives_up = timeout.total_seconds() if given.patience is None else None
    size = Size(name, asked_of(traffic, given), at_once, wanted, numbers[-1] or 0, numbers[0] or 0, gives_up=gives_up)
    return _checked(size)


def _checked(size: Size) -> Size:
    """The same; raises QueueingError where no number of instances is enough."""
    assert size.enough
    return size


def _price(service: Service, options: Options, table: Table | None) -> tuple[str, Price | None]:
    """The machine, and its price where one is known."""
    purchase = next(facets_of(service.holder, Purchase), None)
    if purchase is None:
        return "", None
    try:
        machine, region = next(iter(purchase.machines), ""), purchase.region
    except ReadError:
        return "", None
    if table is not None and machine and region:
        found = table.find(machine, purchase.facts.regions.normalize(region))
        if found is not None:
            return machine, Price(found[1], table.currency, table.day, table.source)
    if not options.prices:
        return machine, None
    try:
        machine, amount = costs.price_of(purchase, options.prices)
    except (NotKnownError, ReadError):
        return machine, None
    return machine, Price(amount, options.currency, "", "the policy config")
