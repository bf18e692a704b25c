"""`poolgate size`: from what the command line names to what is said."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from inference_pools.levels import printable
from inference_pools.queueing import QueueingError, Traffic
from inference_pools.reader import ReadError
from inference_pools.serving import Demand, configured_load, demand_of
from poolgate.errors import UsageError
from poolgate.size import options
from poolgate.size.given import asked_of, pooled, wanted_of
from poolgate.size.money import Price
from poolgate.size.plan import Size
from poolgate.size.pooling import Pooling, can_be_pooled
from poolgate.size.report import Report

if TYPE_CHECKING:
    from inference_pools.policy_config import Setting
    from poolgate.report.progress import Progress
    from poolgate.size.daily import Daily
    from poolgate.size.record import Requests

MOST_BUCKETS: Final = 100_000
_NO_BURST: Final = "--burst does nothing here: there are no several services that one pool could serve"


_KEYS: Final = {"wait": "wait-target", "percentile": "wait-percentile"}


def report_of(
    given: argparse.Namespace,
    settings: Callable[[], Sequence[Setting]],
    today: Callable[[], date],
    progress: Progress,
) -> tuple[Report, int]:
    """What is to be said, and the exit code of a run that could not read all of it, else 0.

    Raises UsageError where the command line names no load, or more than one place of it.
    """
    named = [name for name in ("rate", "load", "record") if getattr(given, name) is not None]
    named += ["PATH"] if given.paths else []
    if len(named) > 1:
        raise UsageError(f"the load is named twice, by {' and by '.join(f'--{name}' for name in named)}")
    by = options.PROJECT if named in ([], ["PATH"]) else f"--{named[0]}"
    options.settle(given, by)
    if given.rate is not None:
        return from_numbers(given, _price(given)), 0
    if given.load is not None:
        report, incomplete = from_loads(given, _price(given)), 0
    elif given.record is not None:
        report, incomplete = _from_record(given, _price(given)), 0
    else:
        report, incomplete = _from_projects(given, settings(), today(), progress)
    if given.says_burst and not report.pooled:
        report = replace(report, notes=(*report.notes, _NO_BURST))
    return report, incomplete


def _from_record(given: argparse.Namespace, price: Price | None) -> Report:
    """Of a record, each of its services at its peak, and all of them as they came together."""
    from poolgate.size.record import Columns, read, together

    if given.wait is None and given.utilisation is None:
        raise UsageError("--record needs a --wait, or a --utilisation: without one any pool that keeps up is enough")
    if not given.bucket:
        raise UsageError("--bucket is no time at all")
    columns = Columns(
        given.time_column, given.service_column, given.name_column,
        given.time_unit, given.service_unit, given.time_zone,
    )  # fmt: skip
    record = read(given.record, columns)
    days = [_daily(name, requests, given, price) for name, requests in record.items()]
    sizes = [daily.size for daily in days]
    if not can_be_pooled(sizes):
        return Report(tuple(sizes), days=tuple(days))
    all_ = _daily("one pool", together(record.values()), given, price)
    pooling = Pooling(tuple(sizes), given.burst, all_.size.asked)
    return Report(tuple(sizes), (pooling,), (*days, all_))


def _daily(name: str, requests: Requests, given: argparse.Namespace, price: Price | None) -> Daily:
    """One service of a record. Raises UsageError where nobody says how long its requests take."""
    from poolgate.size.daily import Daily
    from poolgate.size.day import Day

    day = Day(requests, given.bucket)
    if (requests.times[-1] - requests.times[0]) / given.bucket > MOST_BUCKETS:
        raise UsageError(f"spans more than {MOST_BUCKETS:,} buckets; take a longer --bucket", file=given.record)
    usual = given.service_time if given.service_time is not None else day.service
    if not usual:
        raise UsageError("has no service times; --service-column or --service-time says them", file=given.record)
    peak = day.peak(given.peak)
    service = given.service_time if given.service_time is not None else peak.service(usual)
    varied = {"arrivals_scv": day.arrivals_scv, "service_scv": day.service_scv}
    said: dict[str, object] = {option: value for option, value in varied.items() if getattr(given, option) is None}
    said["is_measured"] = given.service_scv is None and day.service_scv is not None
    try:
        demand = Demand(Traffic(peak.rate, service), None, None)
    except QueueingError as error:
        raise UsageError(str(error), file=given.record) from None
    return Daily(day, _size(name, demand, argparse.Namespace(**{**vars(given), **said}), price), peak, given.scale_out)


def _from_projects(
    given: argparse.Namespace, settings: Sequence[Setting], day: date, progress: Progress
) -> tuple[Report, int]:
    from poolgate import previous
    from poolgate.check import check
    from poolgate.prices.table import load
    from poolgate.size import project
    from poolgate.sources.environment_values import EnvironmentValues
    from poolgate.together import Gathered

    table = load(given.prices) if given.prices is not None else None
    environment = EnvironmentValues.load(given.environment_values or ())
    gathered = Gathered()
    tally = check(
        given.paths or [Path()],
        (),
        timeout=given.timeout,
        read_fixtures=given.read_fixtures,
        today=day,
        previous=previous.load(previous.named(given.previous, os.environ)),
        trace_config=False,
        progress=progress,
        lint_options=given.lint_options._replace(stacks=frozenset(given.stacks or ())),
        environment=environment,
        met=gathered.merge,
    )
    return project.report_of(gathered, tally, settings, given, day, environment.texts, table), tally.incomplete


def _price(given: argparse.Namespace) -> Price | None:
    """The price of the machine that the options name. Raises UsageError for one that the prices do not have."""
    if given.prices is None:
        if given.machine or given.region:
            raise UsageError("--machine and --region are for --prices, which names a file of prices")
        return None
    from poolgate.prices.table import load

    if given.machine is None:
        raise UsageError("--prices needs a --machine: what an instance is")
    table = load(given.prices)
    found = table.find(given.machine, given.region)
    if found is None:
        regions = table.regions_of(given.machine)
        some = ", ".join(map(printable, regions[:5])) + (", …" if len(regions) > 5 else "")
        there = f"; --region says where: it has prices for {some}" if regions else ""
        raise UsageError(f"has no price of {printable(given.machine)}{_in(given.region)}{there}", file=given.prices)
    return Price(found[1], table.currency, table.day, table.source)


def _in(region: str | None) -> str:
    return f" in {printable(region)}" if region else ""


def from_numbers(given: argparse.Namespace, price: Price | None) -> Report:
    """Of the load that the options describe."""
    if given.service_time is None:
        raise UsageError("--rate needs a --service-time: how long an instance is busy with a request")
    if given.wait is None and given.utilisation is None:
        raise UsageError("--rate needs a --wait, or a --utilisation: without one any pool that keeps up is enough")
    try:
        traffic = Traffic(given.rate, given.service_time)
    except QueueingError as error:
        raise UsageError(str(error)) from None
    return Report((_size("", Demand(traffic, None, None), given, price),))


def from_loads(given: argparse.Namespace, price: Price | None) -> Report:
    """Of loads by name in a file, each as the rule `capacity-meets-load` takes it in a policy config."""
    demands = list(_demands(given.load))
    lacks = {
        "wait": any(demand.wait_target is None for _, demand in demands),
        "percentile": any(demand.wait_percentile is None for _, demand in demands),
    }
    for option, is_used in lacks.items():
        if getattr(given, option) is not None and not is_used:
            raise UsageError(f"--{option} does nothing: each load says its own {_KEYS[option]}", file=given.load)
    sizes = [_size(name, demand, given, price) for name, demand in demands]
    return Report(tuple(sizes), pooled(sizes, given.burst))


def _size(name: str, demand: Demand, given: argparse.Namespace, price: Price | None) -> Size:
    try:
        size = Size(
            name,
            asked_of(demand.traffic, given),
            given.at_once or 1,
            (wanted_of(demand, given),),
            given.instances,
            given.instances,
            price,
            given.machine or "",
        )
        assert size.enough
    except QueueingError as error:
        raise UsageError(str(error), key=name or None) from None
    return size


def _demands(file: Path) -> Iterator[tuple[str, Demand]]:
    """The loads of a file. Raises UsageError, with line and key, for what is none."""
    from poolgate.lint.document import YamlError
    from poolgate.lint.json_reader import read_json

    try:
        document = read_json(file)
    except YamlError as error:
        raise UsageError(str(error)) from None
    content = document.value
    if not isinstance(content, dict) or not content:
        raise UsageError("holds no loads by name", file=file)
    for name, entry in content.items():
        line = document.nearest_position((name,)).line
        try:
            demand = demand_of(configured_load(entry))
        except ReadError as error:
            raise UsageError(str(error), file=file, line=line, key=name) from None
        except ValueError as error:
            raise UsageError(str(error), file=file, line=line, key=name) from None
        if demand is None:
            raise UsageError("lacks a peak-rps or a service-time", file=file, line=line, key=name)
        yield name, demand
