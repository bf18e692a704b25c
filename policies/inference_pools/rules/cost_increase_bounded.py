"""An update does not make a pool dearer by more than was agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from inference_pools import costs, option_checks
from inference_pools.facets import Purchase, PurchaseChange
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Judgement, Option, Options, rule


@rule(
    PurchaseChange,
    id="cost-increase-bounded",
    title="Cost rises within bounds",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Take smaller steps, or have the new cost agreed and raise the limit.",
    options={
        "maximum": Option(
            0.0,
            "The most that one update may add to a month's cost; 0 sets no limit.",
            check=option_checks.not_negative,
        ),
        "percent": Option(
            0.0,
            "The most that one update may add to a month's cost, in percent of it; 0 sets no limit. Where the "
            "machines stay the same kind, in the same region, no price is needed.",
            check=option_checks.not_negative,
        ),
        **costs.OPTIONS,
    },
    since="2026.12",
)
def cost_increase_bounded(change: PurchaseChange, options: Options) -> Iterator[Judgement]:
    """A slip in a number that goes through review looks small; what it adds to the invoice does not."""
    if options.maximum:
        yield _by_amount(change, options)
    if options.percent:
        yield _by_percent(change, options)


def _by_amount(change: PurchaseChange, options: Options) -> Iterator[Finding]:
    now = costs.monthly(change.now, options)
    before = costs.monthly(change.before, options) if change.before else None
    if now is None:
        return
    rise = round(now.amount - (before.amount if before else 0), 2)
    if rise > options.maximum:
        was = before.in_words if before else "nothing"
        amount, limit = (costs.money(value, options.currency) for value in (rise, options.maximum))
        yield Finding(
            change.now.counted, f"adds {amount} to a month, from {was} to {now.in_words}; the limit is {limit}"
        )


def _by_percent(change: PurchaseChange, options: Options) -> Iterator[Finding]:
    ratio, words = _ratio(change, options)
    percent = round((ratio - 1) * 100, 1)
    if percent > options.percent:
        limit = f"the limit is {options.percent:g} percent"
        yield Finding(change.now.counted, f"makes a month {percent:g} percent dearer, {words}; {limit}")


def _ratio(change: PurchaseChange, options: Options) -> tuple[float, str]:
    """How many times as dear it gets, with the inputs; 1 where there was nothing that could get dearer."""
    now, before = change.now, change.before
    if before is None:
        return 1, ""
    if _are_alike(now, before, options) and now.instances is not None and before.instances:
        return now.instances / before.instances, f"from {before.instances} to {now.instances} machines"
    new, old = costs.monthly(now, options), costs.monthly(before, options)
    if new is None or old is None or not old.amount:
        return 1, ""
    return new.amount / old.amount, f"from {old.in_words} to {new.in_words}"


def _are_alike(now: Purchase, before: Purchase, options: Options) -> bool:
    """Whether one of the machines costs what it did, whatever that is. A region may have prices of its own."""
    machines = zip_longest(now.machines, before.machines, fillvalue="")
    if not all(now.facts.machines.same(one, other) for one, other in machines):
        return False
    if not any(isinstance(price, Mapping) for price in options.prices.values()):
        return True
    here, there = now.region, before.region
    normalize = now.facts.regions.normalize
    return None in (here, there) or normalize(here or "") == normalize(there or "")
