"""A file of prices: of one currency, one day and one source, by region and machine, for an hour."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from inference_pools.levels import printable
from poolgate.errors import UsageError
from poolgate.files import parse_json, read_text

SCHEMA_VERSION: Final = "1.0"
_MEMBERS: Final = ("schema_version", "currency", "day", "source", "prices")


@dataclass(frozen=True, slots=True)
class Table:
    """The prices of an hour by region and machine."""

    currency: str
    day: str
    source: str
    prices: Mapping[str, Mapping[str, float]]

    def find(self, machine: str, region: str | None) -> tuple[str, float] | None:
        """What the table calls a machine, and its price; names are compared without regard to case, `_` and blanks.

        Without a region only what costs the same in all. None where there is no price.
        """
        found = {
            (name, price)
            for place, machines in self.prices.items()
            if region is None or same(place) == same(region)
            for name, price in machines.items()
            if same(name) == same(machine)
        }
        return found.pop() if len({price for _, price in found}) == 1 else None

    def regions_of(self, machine: str) -> list[str]:
        """Where the table has a price of a machine."""
        return sorted(
            region for region, machines in self.prices.items() if any(same(name) == same(machine) for name in machines)
        )

    def as_json(self) -> dict[str, Any]:
        """The table as it is written."""
        prices = {region: dict(sorted(machines.items())) for region, machines in sorted(self.prices.items())}
        return dict(zip(_MEMBERS, (SCHEMA_VERSION, self.currency, self.day, self.source, prices), strict=True))

    def as_policy_config(self) -> dict[str, Any]:
        """The same as the rule `monthly-cost-bounded` takes it; a policy config has no place for day and source."""
        told = self.as_json()
        return {"monthly-cost-bounded": {"currency": self.currency, "prices": told["prices"]}}


def same(name: str) -> str:
    """A name as names are compared."""
    return re.sub(r"[_ ]", "", name).casefold()


def load(file: Path) -> Table:
    """A file of prices. Raises UsageError, with line or key, for what is none."""
    content = parse_json(read_text(file), file)
    if not isinstance(content, dict) or any(name not in content for name in _MEMBERS):
        raise UsageError("is no file of prices, which `poolgate prices import` writes", file=file)
    version = content["schema_version"]
    if not isinstance(version, str) or version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise UsageError(f"is {printable(str(version))}, expected 1", file=file, key="schema_version")
    texts: dict[str, str] = {}
    for name in ("currency", "day", "source"):
        if not isinstance(content[name], str) or not content[name]:
            raise UsageError("expected a text", file=file, key=name)
        if printable(content[name]) != content[name]:
            raise UsageError("holds a character that cannot be shown", file=file, key=name)
        texts[name] = content[name]
    try:
        date.fromisoformat(content["day"])
    except ValueError:
        raise UsageError("is no date such as 2026-11-30", file=file, key="day") from None
    return Table(**texts, prices={region: dict(prices) for region, prices in _prices(content["prices"], file)})


def _prices(content: Any, file: Path) -> Iterator[tuple[str, dict[str, float]]]:
    if not isinstance(content, dict):
        raise UsageError("expected prices by region and machine", file=file, key="prices")
    for region, machines in content.items():
        if not isinstance(machines, dict):
            raise UsageError("expected prices by machine", file=file, key=f"prices.{region}")
        for machine, price in machines.items():
            is_number = isinstance(price, int | float) and not isinstance(price, bool)
            if not is_number or not 0 < price < math.inf:
                raise UsageError("expected a number above 0", file=file, key=f"prices.{region}.{machine}")
        yield region, machines
