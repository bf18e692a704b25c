"""`poolgate prices import`: a file of prices of a public table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from inference_pools.levels import printable
from inference_pools.platforms.azure.vm_sizes import names
from poolgate.errors import NothingMatchedError
from poolgate.prices.sources import Reading, read
from poolgate.prices.table import Table
from poolgate.report.json_parts import dumps
from poolgate.report.scope import count


def import_prices(
    files: Sequence[Path], day: str | None, regions: Sequence[str], machines: Sequence[str]
) -> tuple[Table, list[str]]:
    """The prices of public tables, and what is to be said of them. Raises NothingMatchedError where there are none."""
    reading = read(files, day, names())
    table = reading.table(regions, machines)
    if not table.prices:
        raise NothingMatchedError("there is no price of that here")
    return table, list(_notes(table, reading))


def told(table: Table, format_: str) -> str:
    """The table as a file of prices, or as a part of a policy config."""
    return dumps(table.as_policy_config() if format_ == "policy-config" else table.as_json())


def _notes(table: Table, reading: Reading) -> Iterator[str]:
    number = sum(map(len, table.prices.values()))
    kinds = len({machine for prices in table.prices.values() for machine in prices})
    yield (
        f"{count(number, 'price')} of {count(kinds, 'machine')} in {count(len(table.prices), 'region')}, in "
        f"{printable(table.currency)} an hour, as of {table.day}, from {table.source}"
    )
    if reading.not_known:
        yield f"{reading.not_known:,} prices of the source are 0, which means not known, never free; they are left out"
    if reading.unlike:
        some = ", ".join(printable(one) for one in dict.fromkeys(reading.unlike[:3]))
        yield f"{len(reading.unlike):,} prices contradict another of the same machine ({some}); the dearer one counts"
