"""What a pool costs in a month has a limit."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools import costs, option_checks
from inference_pools.facets import Purchase
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    Purchase,
    id="monthly-cost-bounded",
    title="Monthly cost is within bounds",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Ask for fewer or smaller machines, or have the limit raised.",
    options={
        "maximum": Option(
            0.0,
            "The most that one pool, or one group of a pool, may cost in a month; 0 sets no limit.",
            check=option_checks.not_negative,
        ),
        **costs.OPTIONS,
    },
    since="2026.12",
)
def monthly_cost_bounded(purchase: Purchase, options: Options) -> Iterator[Finding]:
    """A pool's machines run day and night, and the invoice comes a month later."""
    cost = costs.monthly(purchase, options) if options.maximum else None
    if cost is not None and cost.amount > options.maximum:
        limit = costs.money(options.maximum, options.currency)
        yield Finding(purchase.counted, f"brings the cost of a month to {cost.in_words}, the limit is {limit}")
