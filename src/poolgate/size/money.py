"""What instances cost, with the day and the source of the price: an amount without them means nothing later."""

from __future__ import annotations

from dataclasses import dataclass

from inference_pools.costs import HOURS, money


@dataclass(frozen=True, slots=True)
class Price:
    """Of one machine for an hour. `day` and `source` are what whoever gave the price says of it; "" is not said."""

    amount: float
    currency: str
    day: str = ""
    source: str = ""

    def month(self, instances: float) -> float:
        """Of so many for a month, to the cent."""
        return round(instances * self.amount * HOURS, 2)

    def in_words(self, instances: float) -> str:
        """The cost of a month, as it is shown."""
        return money(self.month(instances), self.currency)

    @property
    def of_what(self) -> str:
        """The price, and where it is from."""
        day, source = self.day or "a day that is not said", self.source or "a source that is not named"
        return f"{self.amount:g} {self.currency} an hour, as of {day}, from {source}"
