"""What machines cost a month, by the prices that a policy config gives.

There is no table of prices here: a list price is neither what an organisation pays nor true for long. Azure's are
at https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from inference_pools import option_checks
from inference_pools.facets import Purchase
from inference_pools.reader import NotKnownError
from inference_pools.rule import Option, OptionError, Options

HOURS: Final = 730.0
"""Hours of a month, as Azure's own price calculator counts them: 365 days of 24 hours, in twelve parts."""


def _check_prices(prices: Mapping[str, Any]) -> None:
    option_checks.spelt_regions(name for name, value in prices.items() if isinstance(value, Mapping))
    for name, value in prices.items():
        inner = value.items() if isinstance(value, Mapping) else [(name, value)]
        for machine, price in inner:
            if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < math.inf:
                raise OptionError(f"has {price!r} as the price of {machine}, expected a number, 0 or more")


OPTIONS: Final[Mapping[str, Option]] = {
    "prices": Option(
        {},
        "The price of an hour by VM size, {Standard_DS3_v2: 0.25}, or by region and VM size, "
        "{westeurope: {Standard_DS3_v2: 0.25}}; a region's own price goes before the general one.",
        check=_check_prices,
    ),
    "currency": Option("USD", "The currency of the prices and of the limit, as messages name it."),
    "hours": Option(HOURS, "The hours of a month.", check=option_checks.positive),
}
"""The options of every rule that counts money."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of machines for a month, with what it was made from."""

    instances: int
    machine: str
    price: float
    hours: float
    currency: str

    @property
    def amount(self) -> float:
        """The cost, to the cent."""
        return round(self.instances * self.price * self.hours, 2)

    @property
    def in_words(self) -> str:
        """The amount and its inputs."""
        inputs = f"{self.instances} x {self.machine} at {self.price:g} an hour x {self.hours:g} hours"
        return f"{money(self.amount, self.currency)} ({inputs})"


def money(amount: float, currency: str) -> str:
    """An amount as a message shows it."""
    return f"{amount:,.2f} {currency}"


def monthly(purchase: Purchase, options: Options) -> Cost | None:
    """The cost of a purchase for a month; None where nothing is bought.

    Raises NotKnownError where there is no price, or no number of machines: what is not known is not 0.
    """
    machines, instances = purchase.machines, purchase.instances
    if not machines and instances is None:
        return None
    if instances is None:
        raise NotKnownError(purchase.keys_of("instances"), "no number of machines is given, so the cost is not judged")
    machine, price = price_of(purchase, options.prices)
    return Cost(instances, machine, price, options.hours, options.currency)


def price_of(purchase: Purchase, prices: Mapping[str, Any]) -> tuple[str, float]:
    """The first of the machine's names that has a price, with the price. Raises NotKnownError where none has."""
    machines = purchase.machines
    for table in _tables(purchase, prices):
        for machine in machines:
            for name, price in table.items():
                if not isinstance(price, Mapping) and purchase.facts.machines.same(name, machine):
                    return machine, float(price)
    field = "node_type" if purchase.leaf("node_type").present else "sku_name"
    named = " or ".join(repr(machine) for machine in machines) or "a machine that is not named"
    raise NotKnownError(purchase.keys_of(field), f"no price is known for {named}, so the cost is not judged")


def _tables(purchase: Purchase, prices: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The prices of the purchase's region, then those of any."""
    regions = purchase.facts.regions
    by_region = {regions.normalize(name): inner for name, inner in prices.items() if isinstance(inner, Mapping)}
    if by_region:
        region = purchase.region
        if region is not None and regions.normalize(region) in by_region:
            yield by_region[regions.normalize(region)]
    yield prices
