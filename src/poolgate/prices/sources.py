"""Public tables of prices, as those who publish them write them.

| source | what of it | its day |
| --- | --- | --- |
| `libcloud/data/pricing.json` of Apache Libcloud | Linux machines of Azure and EC2 | its stamp |
| pages of Azure's [Retail Prices API](https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices) | consumption, Linux, no spot | said by whoever fetched them: each price says since when it holds, none says until when |
| AWS's [price list](https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html) of AmazonSageMaker or AmazonEC2, as CSV | hosting by the hour; Linux on demand, shared | its publication date |

A price of 0 means that it is not known, and never that a machine is free. Google's catalogue has prices of cores and of
memory, and none of machines; of which machines they are only a sentence for people says.
"""  # noqa: E501 - a table

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from inference_pools.levels import printable
from poolgate.errors import UsageError
from poolgate.files import parse_json, read_text
from poolgate.prices.table import Table, same

_OF_LIBCLOUD: Final = {"azure_linux": "Azure", "ec2_linux": "EC2"}
_HOSTED: Final = re.compile(r"(?:^|-)Host:(ml\.\S+)$")
_METADATA: Final = 5
"""Rows of AWS's files that stand before the names of the columns."""


class Priced(NamedTuple):
    """One price of a source."""

    region: str
    machine: str
    price: float


@dataclass(slots=True)
class Reading:
    """What is read of a source. `not_known` counts prices of 0; `unlike` are those that contradict another."""

    currency: str = ""
    day: str = ""
    source: str = ""
    prices: dict[str, dict[str, float]] = field(default_factory=dict)
    not_known: int = 0
    unlike: list[str] = field(default_factory=list)

    def take(self, priced: Iterable[Priced]) -> None:
        """Adds prices. Of two that contradict each other, the dearer one counts."""
        for region, machine, price in priced:
            if not price:
                self.not_known += 1
                continue
            there = self.prices.setdefault(region, {})
            if there.get(machine, price) != price:
                self.unlike.append(f"{machine} in {region}")
            there[machine] = max(price, there.get(machine, 0.0))

    def table(self, regions: Iterable[str], machines: Iterable[str]) -> Table:
        """The prices of some regions and machines; of all, where none are named."""
        places, names = set(map(same, regions)), set(map(same, machines))
        kept = {
            region: {name: price for name, price in prices.items() if not names or same(name) in names}
            for region, prices in self.prices.items()
            if not places or same(region) in places
        }
        return Table(
            self.currency, self.day, self.source, {region: prices for region, prices in kept.items() if prices}
        )


def read(files: Iterable[Path], day: str | None, known: Iterable[str]) -> Reading:
    """The prices of files of one source. `known` are names of machines as they are written elsewhere.

    Raises UsageError for what is no such source, and for a day that is not said, or said twice.
    """
    reading = Reading()
    named = {same(name): name for name in known}
    for file in files:
        for currency, its_day, source, priced in _parts(file):
            if {reading.currency or currency, reading.source or source} != {currency, source}:
                raise UsageError(f"is of another source or currency than {reading.source}", file=file)
            reading.currency, reading.source = currency, source
            if its_day and day:
                raise UsageError(f"says its own day, {its_day}; --day is for a source that does not", file=file)
            if not its_day and not day:
                raise UsageError("does not say of which day it is; --day says when it was fetched", file=file)
            reading.day = max(reading.day, its_day or day or "")
            reading.take(one._replace(machine=named.get(same(one.machine), one.machine)) for one in priced)
    return reading


_Part = tuple[str, str, str, Iterator[Priced]]


def _parts(file: Path) -> Iterator[_Part]:
    if file.suffix.casefold() == ".csv":
        yield from _of_aws(file)
        return
    content = parse_json(read_text(file), file)
    if isinstance(content, dict) and isinstance(content.get("compute"), dict) and "updated" in content:
        yield _of_libcloud(content, file)
    elif isinstance(content, dict) and isinstance(content.get("Items"), list):
        yield _of_azure(content, file)
    elif isinstance(content, dict) and "skus" in content:
        message = "has prices of cores and memory, as Google's catalogue does, and none of machines"
        raise UsageError(f"{message}; the option prices of monthly-cost-bounded can give those of Vertex AI", file=file)
    else:
        raise UsageError(
            "is no source that is known here: Libcloud's pricing.json, pages of Azure's retail prices, AWS's CSV",
            file=file,
        )


def _of_libcloud(content: Mapping[str, Any], file: Path) -> _Part:
    try:
        day = datetime.fromtimestamp(content["updated"], UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        raise UsageError("expected a number of seconds", file=file, key="updated") from None

    def prices() -> Iterator[Priced]:
        for table in _OF_LIBCLOUD:
            for machine, by_region in _members(content["compute"].get(table, {}), file, f"compute.{table}"):
                if machine.startswith("lowpriority"):
                    continue
                for region, price in _members(by_region, file, f"compute.{table}.{machine}"):
                    yield Priced(region, machine, _number(price, file, f"compute.{table}.{machine}.{region}"))

    return "USD", day, "Apache Libcloud's pricing.json", prices()


def _of_azure(content: Mapping[str, Any], file: Path) -> _Part:
    currency = content.get("BillingCurrency") or next(
        (item.get("currencyCode") for item in content["Items"] if isinstance(item, dict)), None
    )
    if not isinstance(currency, str):
        raise UsageError("names no currency", file=file, key="BillingCurrency")

    def prices() -> Iterator[Priced]:
        for number, item in enumerate(content["Items"]):
            if not isinstance(item, dict):
                raise UsageError("expected an object", file=file, key=f"Items[{number}]")
            names = f"{item.get('skuName', '')} {item.get('meterName', '')}"
            is_other = "Windows" in str(item.get("productName")) or re.search(r"\bSpot\b|\bLow Priority\b", names)
            is_hour = item.get("type") == "Consumption" and item.get("unitOfMeasure") == "1 Hour"
            if not item.get("armSkuName") or not item.get("armRegionName") or not is_hour or is_other:
                continue
            if item.get("currencyCode", currency) != currency:
                raise UsageError(f"is not in {currency}", file=file, key=f"Items[{number}]")
            price = _number(item.get("retailPrice"), file, f"Items[{number}].retailPrice")
            yield Priced(str(item["armRegionName"]), str(item["armSkuName"]), price)

    return currency, "", "Azure's retail prices", prices()


def _of_aws(file: Path) -> Iterator[_Part]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            with _refusing(file):
                currency, day, source, priced = _aws_part(stream, file)
            yield currency, day, source, _refused(priced, file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None


def _refused(priced: Iterator[Priced], file: Path) -> Iterator[Priced]:
    """The rows, which are read only when they are asked for."""
    with _refusing(file):
        yield from priced


@contextmanager
def _refusing(file: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8 text", file=file) from None
    except csv.Error as error:
        raise UsageError(f"is no CSV: {error}", file=file) from None


def _aws_part(stream: TextIO, file: Path) -> _Part:
    rows = csv.reader(stream)
    said = dict(row[:2] for _, row in zip(range(_METADATA), rows, strict=False) if len(row) >= 2)
    day, offer = said.get("Publication Date", "")[:10], said.get("OfferCode", "")
    if offer not in ("AmazonSageMaker", "AmazonEC2") or not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise UsageError("is no price list of AmazonSageMaker or AmazonEC2 with a publication date", file=file)
    heads = next(rows, [])
    wanted = ("TermType", "Unit", "PricePerUnit", "Currency", "usageType", "Region Code")
    of_ec2 = ("Instance Type", "Tenancy", "Operating System", "Pre Installed S/W", "CapacityStatus")
    missing = [head for head in (*wanted, *(of_ec2 if offer == "AmazonEC2" else ())) if head not in heads]
    if missing:
        raise UsageError(f"lacks the columns {', '.join(missing)}", file=file, line=_METADATA + 1)
    first = next(rows, None)
    currency = dict(zip(heads, first, strict=False)).get("Currency", "USD") if first else "USD"

    def prices() -> Iterator[Priced]:
        for row in () if first is None else chain([first], rows):
            if not row:
                continue
            if len(row) < len(heads):
                raise UsageError(f"has {len(row)} cells, expected {len(heads)}", file=file, line=rows.line_num)
            cells = dict(zip(heads, row, strict=False))
            machine = _hosted(cells) if offer == "AmazonSageMaker" else _on_demand(cells)
            if machine and cells["TermType"] == "OnDemand" and cells["Unit"] in ("Hrs", "Hour", "hours"):
                if cells["Currency"] != currency:
                    raise UsageError(f"is not in {currency}", file=file, line=rows.line_num, key="Currency")
                price = _number(_float(cells["PricePerUnit"]), file, f"line {rows.line_num}: PricePerUnit")
                yield Priced(cells["Region Code"], machine, price)

    return currency, day, f"AWS's price list of {offer}", prices()


def _hosted(cells: Mapping[str, str]) -> str:
    """The machine of a row on hosting; SageMaker sells the same machine for other ends, too."""
    found = _HOSTED.search(cells["usageType"])
    return found[1] if found else ""


def _on_demand(cells: Mapping[str, str]) -> str:
    """The machine of a row on Linux and nothing else, on hardware that is shared, that is in use."""
    plain = {"Tenancy": "Shared", "Operating System": "Linux", "Pre Installed S/W": "NA", "CapacityStatus": "Used"}
    return cells["Instance Type"] if all(cells[head] == value for head, value in plain.items()) else ""


def _members(value: Any, file: Path, key: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise UsageError("expected an object", file=file, key=key)
    yield from value.items()


def _float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _number(value: Any, file: Path, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise UsageError(f"is {printable(repr(value)[:40])}, expected a price", file=file, key=key)
    return float(value)
