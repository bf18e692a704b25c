"""A record of requests: when each came, and how long it took, read from CSV or Parquet.

What a number or a time means is never guessed: seconds and milliseconds look alike, and a time without its zone is
another one elsewhere. A line that cannot be read ends the reading: what the rest would say nobody knows.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from inference_pools.durations import DurationError, parse
from inference_pools.levels import printable
from poolgate.errors import UsageError
from poolgate.files import special

MOST: Final = 50_000_000
"""So many requests are read at most; each takes 16 bytes while they are."""

UNITS: Final[Mapping[str, float]] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_TIMES: Final = ("time", "timestamp", "Timestamp", "@timestamp", "TimeGenerated")
_SERVICES: Final = ("service_time", "service", "duration")
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
_CHUNK: Final = 50_000
_STRETCH: Final = 600.0
"""Seconds that are sorted at a time."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How a record is to be read: its columns, and the units of those that are numbers.

    Without a unit a time is ISO 8601, as is a service time. `zone` is that of times which name none.
    """

    time: str | None = None
    service: str | None = None
    name: str | None = None
    time_unit: str | None = None
    service_unit: str | None = None
    zone: str | None = None


@dataclass(slots=True)
class Requests:
    """The requests to one service: times in seconds since 1970, and service times, where there are any."""

    times: array[float] = field(default_factory=lambda: array("d"))
    services: array[float] = field(default_factory=lambda: array("d"))

    def in_order(self) -> Requests:
        """The same, sorted by time: stretch by stretch, so that no more than one is sorted at a time."""
        times = self.times
        if all(earlier <= later for earlier, later in pairwise(times)):
            return self
        stretches: dict[int, Requests] = {}
        for time, service in zip_longest(times, self.services):
            stretch = stretches.setdefault(int(time // _STRETCH), Requests())
            stretch.times.append(time)
            if service is not None:
                stretch.services.append(service)
        found = Requests()
        for key in sorted(stretches):
            stretch = stretches.pop(key)
            order = sorted(range(len(stretch.times)), key=stretch.times.__getitem__)
            found.times.extend(stretch.times[at] for at in order)
            if stretch.services:
                found.services.extend(stretch.services[at] for at in order)
        return found


def together(requests: Iterable[Requests]) -> Requests:
    """All of several services as one."""
    found = Requests()
    for each in requests:
        found.times.extend(each.times)
        found.services.extend(each.services)
    return found.in_order()


def read(file: Path, columns: Columns) -> dict[str, Requests]:
    """The requests of a record by service; under "" where no column names one. Raises UsageError, with line and key."""
    rows = _parquet(file, columns) if file.suffix.casefold() == ".parquet" else _csv(file, columns)
    found: dict[str, Requests] = {}
    count = 0
    for name, time, service in rows:
        requests = found.get(name)
        if requests is None:
            requests = found[name] = Requests()
        requests.times.append(time)
        if service is not None:
            requests.services.append(service)
        count += 1
        if count > MOST:
            raise UsageError(f"has more than {MOST:,} requests; take a day of it, or a part", file=file)
    if not count:
        raise UsageError("holds no requests", file=file)
    return {name: requests.in_order() for name, requests in sorted(found.items())}


_Row = tuple[str, float, float | None]


def _csv(file: Path, columns: Columns) -> Iterator[_Row]:
    with _opened(file) as stream:
        try:
            first = stream.readline()
            heads = next(csv.reader([first], delimiter=_delimiter(first)), [])
            places = _places(file, heads, columns, 1)
            read_time, read_service = _time_reader(columns), _service_reader(columns)
            at_time, at_service, at_name = places
            reader = csv.reader(stream, delimiter=_delimiter(first))
            for row in reader:
                if not row:
                    continue
                line = reader.line_num + 1
                try:
                    key = heads[at_time]
                    time = read_time(row[at_time])
                    service = None
                    if at_service is not None:
                        key = heads[at_service]
                        service = read_service(row[at_service])
                    name = row[at_name] if at_name is not None else ""
                except IndexError:
                    raise UsageError(f"has {len(row)} cells, expected {len(heads)}", file=file, line=line) from None
                except ValueError as error:
                    raise UsageError(str(error), file=file, line=line, key=key) from None
                yield name, time, service
        except UnicodeDecodeError:
            raise UsageError("is not UTF-8 text", file=file) from None
        except csv.Error as error:
            raise UsageError(f"is no CSV: {error}", file=file, line=reader.line_num + 1) from None
        except (OSError, EOFError) as error:
            raise UsageError(f"cannot be read: {error}", file=file) from None


def _opened(file: Path) -> IO[str]:
    try:
        what = special(file.stat().st_mode)
        if what and what != "is a pipe":
            raise UsageError(f"{what}, where a record of requests is expected", file=file)
        binary: Any = gzip.open(file) if file.suffix == ".gz" else file.open("rb")  # noqa: SIM115 - closed with the text around it
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None
    return io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _places(file: Path, heads: Sequence[str], columns: Columns, line: int | None) -> tuple[int, int | None, int | None]:
    """Where the columns are. Raises UsageError for one that is named and not there."""

    def place(named: str | None, usual: Sequence[str], option: str) -> int | None:
        for name in (named,) if named is not None else usual:
            if name in heads:
                return heads.index(name)
        if named is None:
            return None
        there = ", ".join(printable(head) for head in heads[:20])
        raise UsageError(f"has no column {named!r} ({option}), but {there}", file=file, line=line)

    time = place(columns.time, _TIMES, "--time-column")
    if time is None:
        there = ", ".join(printable(head) for head in heads[:20]) or "nothing"
        raise UsageError(f"which column is the time? --time-column says it; there are {there}", file=file, line=line)
    return time, place(columns.service, _SERVICES, "--service-column"), place(columns.name, (), "--name-column")


def _time_reader(columns: Columns) -> Callable[[str], float]:
    if columns.time_unit is not None:
        factor = UNITS[columns.time_unit]

        def of_number(text: str) -> float:
            return _likely(float(text) * factor, text)

        return of_number
    zone = _zone(columns.zone)

    def of_text(text: str) -> float:
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(_no_time(text)) from None
        if found.tzinfo is None:
            if zone is None:
                raise ValueError(f"{printable(text)!r} names no time zone; --time-zone says which")
            found = found.replace(tzinfo=zone)
        return _likely(found.timestamp(), text)

    return of_text


def _no_time(text: str) -> str:
    try:
        float(text)
    except ValueError:
        return f"{printable(text[:40])!r} is no ISO 8601 time"
    return f"{printable(text[:40])!r} is a number; --time-unit says whether of s, ms, us or ns"


def _likely(time: float, text: str) -> float:
    if not _EARLIEST <= time <= _LATEST:
        raise ValueError(f"{printable(text[:40])!r} is no time between 1990 and 2200 in that unit")
    return time


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise UsageError(f"--time-zone is {printable(name)!r}, which is none that is known here") from None


def _service_reader(columns: Columns) -> Callable[[str], float]:
    factor = UNITS[columns.service_unit] if columns.service_unit is not None else None

    def read_service(text: str) -> float:
        if factor is None:
            try:
                seconds = parse(text.strip()).total_seconds()
            except DurationError as error:
                try:
                    float(text)
                except ValueError:
                    raise ValueError(str(error)) from None
                message = f"{printable(text[:40])!r} is a number; --service-unit says whether of s, ms, us or ns"
                raise ValueError(message) from None
        else:
            seconds = float(text) * factor
        if not 0 <= seconds < math.inf:
            raise ValueError(f"{printable(text[:40])!r} is no time that anything takes")
        return seconds

    return read_service


def _parquet(file: Path, columns: Columns) -> Iterator[_Row]:
    try:
        import duckdb
    except ImportError:
        raise UsageError("Parquet is read by DuckDB: pip install 'poolgate[history]'", file=file) from None
    if not file.is_file():
        raise UsageError("is no file", file=file)
    if any(sign in str(file.absolute()) for sign in "*?[]{}"):
        raise UsageError("has a character in its path that DuckDB takes for a pattern: one of *?[]{}", file=file)
    source = "read_parquet(?, hive_partitioning=false)"
    try:
        with duckdb.connect(
            ":memory:",
            config={"threads": 1, "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
        ) as database:
            database.execute("SET TimeZone = 'UTC'")
            described = database.execute(f"DESCRIBE SELECT * FROM {source}", [str(file)]).fetchall()
            heads, types = [row[0] for row in described], [row[1] for row in described]
            places = _places(file, heads, columns, None)
            chosen = [_as_text(heads[place], types[place]) for place in places if place is not None]
            read_time, read_service = _time_reader(columns), _service_reader(columns)
            cursor = database.execute(f"SELECT {', '.join(chosen)} FROM {source}", [str(file)])
            number = 0
            while rows := cursor.fetchmany(_CHUNK):
                for row in rows:
                    number += 1
                    cells = iter(row)
                    key = heads[places[0]]
                    try:
                        time = read_time(_given(next(cells)))
                        service = None
                        if places[1] is not None:
                            key = heads[places[1]]
                            service = read_service(_given(next(cells)))
                        name = _given(next(cells)) if places[2] is not None else ""
                    except ValueError as error:
                        raise UsageError(str(error), file=file, line=number, key=key) from None
                    yield name, time, service
    except duckdb.Error as error:
        raise UsageError(f"cannot be read: {str(error).splitlines()[0]}", file=file) from None


def _as_text(name: str, type_: str) -> str:
    """A column as its cells would be written in CSV: a time with its zone in ISO 8601."""
    quoted = '"' + name.replace('"', '""') + '"'
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({quoted} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f') || '+00:00'"
    if type_.startswith("TIMESTAMP"):
        return f"strftime({quoted}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f')"
    return f"{quoted}::VARCHAR"


def _given(cell: str | None) -> str:
    if cell is None:
        raise ValueError("is empty")
    return cell
