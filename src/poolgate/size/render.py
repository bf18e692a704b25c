"""A report of `poolgate size` as text, JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from poolgate.report import safe
from poolgate.report.json_parts import dumps
from poolgate.report.scope import count
from poolgate.size.daily import Daily
from poolgate.size.plan import Size
from poolgate.size.pooling import Pooling
from poolgate.size.report import CSV_HEADS, SHARES, Report, as_json, instances_of, rows, stamp, standing
from poolgate.size.waits import Waits
from poolgate.size.words import digits, listed, percent, seconds
from poolgate.table import table


def render(report: Report, format_: str, width: int | None = None) -> str:
    """The report as text, json or csv."""
    match format_:
        case "json":
            return dumps(as_json(report))
        case "csv":
            return _csv(report)
        case _:
            return "".join(f"{safe.inert(line)}\n" for line in _text(report, width))


def _csv(report: Report) -> str:
    return safe.csv_of([CSV_HEADS, *(map(str, row) for row in rows(report.sizes))])


def _text(report: Report, width: int | None) -> Iterator[str]:
    for size in report.sizes:
        yield from _sized(size, width)
        yield ""
    for daily in report.days:
        yield from _daily(daily)
        yield ""
    for pooling in report.pooled:
        yield from _pooled(pooling, width)
        yield ""
    for unsized in report.unsized:
        yield safe.one_line(f"not sized: {unsized.name}: {unsized.why}")
    for note in report.notes:
        yield f"note: {safe.one_line(note)}"
    yield _headline(report)


def _headline(report: Report) -> str:
    told = [f"{count(len(report.sizes), 'pool')} sized"]
    configured = [size for size in report.sizes if size.serves is not None]
    if configured:
        small = sum(not size.serves for size in configured)
        told.append(f"{small} of {len(configured)} with too little configured")
    if report.unsized:
        told.append(f"{len(report.unsized)} not sized")
    doubted = sum(bool(size.doubt) for size in report.sizes)
    if doubted:
        told.append(f"{doubted} by a formula that is not known to hold there")
    return ", ".join(told)


def _sized(size: Size, width: int | None) -> Iterator[str]:
    asked = size.asked
    name = f"{safe.one_line(size.name)}: " if size.name else ""
    load = digits(asked.traffic.load)
    yield f"{name}{digits(asked.traffic.rate)} requests a second of {seconds(asked.traffic.service)}, {load} at once"
    for said in _beside(size):
        yield f"  {said}"
    yield f"  {_enough(size)}"
    for line in table(*waits_table(size), None if width is None else width - 2):
        yield f"  {line}"
    if size.price is not None:
        machine = f" of {safe.one_line(size.machine)}" if size.machine else ""
        yield (
            f"  cost of {size.enough}{machine}: {size.price.in_words(size.enough)} a month "
            f"({safe.one_line(size.price.of_what)})"
        )
    if size.doubt:
        yield f"  not known to hold here: {size.doubt}"


def _beside(size: Size) -> Iterator[str]:
    """What else is asked, and what is wanted."""
    asked = size.asked
    if not asked.is_markov:
        arrivals, service = digits(asked.arrivals_scv), digits(asked.service_scv)
        yield f"variability (squared coefficient of variation): {arrivals} of arrivals, {service} of service times"
    if asked.alone is not None:
        yield f"a request that has an instance for itself takes {seconds(asked.alone)}"
    if asked.patience == 0:
        yield "nobody waits: what cannot be taken at once is turned away"
    elif asked.patience is not None:
        yield f"requests give up after {seconds(asked.patience)}"
    elif size.gives_up is not None:
        yield f"requests give up after {seconds(size.gives_up)}, their timeout; enough is what serves them if none does"
    for wanted in size.wanted:
        busiest = f"no instance busier than {percent(wanted.busiest)}" if wanted.busiest < 1 else ""
        wait = f"{percent(wanted.share)} wait no longer than {seconds(wanted.target.wait)}"
        yield f"wanted: {' and '.join(part for part in ('' if wanted.waits_any else wait, busiest) if part)}"


def _enough(size: Size) -> str:
    each = f", with {size.at_once} requests at once each" if size.at_once > 1 else ""
    are = "is" if size.enough == 1 else "are"
    told = f"{count(size.enough, 'instance')} {are} enough{each}; {size.after_a_loss} where one may be lost"
    if size.most is None:
        return told
    configured = f"{size.least} to {size.most}" if size.least not in (None, size.most) else f"{size.most}"
    if not size.serves:
        return f"{told}; {configured} configured, which is too few"
    if size.least is not None and size.least < size.enough:
        return f"{told}; {configured} configured: a peak meets {size.least} first"
    return f"{told}; {configured} configured"


def waits_table(size: Size) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: how busy so many instances are, and how long requests wait before them."""
    gives_up = size.seen.patience is not None
    targets = sorted({wanted.target.wait for wanted in size.wanted if not wanted.waits_any})
    heads = ["instances", "busy", "wait", "mean", *(f"{100 * share:g} %" for share in SHARES)]
    heads += [f"longer than {seconds(target)}" for target in targets]
    heads += [*(["give up"] if gives_up else []), ""]
    lines = []
    for number in instances_of(size):
        found = size.shown(number)
        cells = [str(number), *_cells(found), *(percent(found.beyond(target)) for target in targets)]
        lines.append([*cells, *([percent(found.lost)] if gives_up else []), standing(size, number)])
    return heads, lines


def _cells(found: Waits) -> list[str]:
    percentiles = [seconds(found.percentile(share)) for share in SHARES]
    return [percent(found.busy), percent(found.waiting), seconds(found.mean), *percentiles]


def _daily(daily: Daily) -> Iterator[str]:
    day, size, price = daily.day, daily.size, daily.size.price
    name = f"{safe.one_line(size.name)}: " if size.name else ""
    times = day.requests.times
    yield (
        f"{name}{len(times):,} requests recorded from {stamp(times[0])} to {stamp(times[-1])}, "
        f"{count(len(day.buckets), 'bucket')} of {seconds(day.length)}"
    )
    yield (
        f"  the peak, from {stamp(daily.peak.start)} on, has {digits(daily.peak.rate)} requests a second; "
        f"variability of the gaps {digits(day.gaps_scv)}, of the counts {digits(day.dispersion)}"
    )
    ahead = f", {daily.ahead} ahead of the need at most" if daily.ahead else ""
    delay = f" where a new instance takes {seconds(daily.delay)}{ahead}" if daily.delay else ""
    yield f"  scaled over the day: {daily.least} to {daily.most} instances, {digits(daily.mean)} on average{delay}"
    if price is not None:
        yield f"  cost scaled: {price.in_words(daily.mean)} a month instead of {price.in_words(daily.most)}"
    replay = daily.replay
    if replay is not None:
        longer = "".join(
            f", {percent(replay.beyond(wanted.target.wait))} longer than {seconds(wanted.target.wait)}"
            for wanted in size.wanted
            if not wanted.waits_any
        )
        yield (
            f"  replayed, the {len(replay.waits):,} requests of the peak before {count(replay.instances, 'instance')}: "
            f"{percent(replay.waiting)} wait, {seconds(replay.mean)} on average, 95 % at most "
            f"{seconds(replay.percentile(0.95))}, 99 % at most {seconds(replay.percentile(0.99))}{longer}"
        )
        if not all(replay.meets(wanted.target) for wanted in size.wanted):
            yield "  replayed, that is too few: requests came or took otherwise than the formula has it"


_HEADS: Final = ["", "busy", "wait", "mean", *(f"{100 * share:g} %" for share in SHARES)]


def _pooled(pooling: Pooling, width: int | None) -> Iterator[str]:
    together = pooling.together
    names = listed(safe.one_line(size.name) for size in pooling.apart)
    saved = f"{pooling.saved} fewer" if pooling.saved >= 0 else f"{-pooling.saved} more"
    yield (
        f"one pool for {names}: {count(together.enough, 'instance')} instead of {pooling.sum_apart} in a pool each, "
        f"{saved}"
    )
    if together.price is not None:
        price = safe.one_line(together.price.of_what)
        yield f"  saves {together.price.in_words(pooling.saved)} a month ({price})"
    if together.doubt:
        yield f"  not known to hold here: {together.doubt}"
    lines = [["one pool", *_cells(together.shown(together.enough))]]
    for size in pooling.apart:
        name = safe.one_line(size.name)
        lines.append([f"{name}, own pool", *_cells(size.shown(size.enough))])
    for size in pooling.apart:
        name, times = safe.one_line(size.name), f"{digits(pooling.burst)} times as many of"
        lines.append([f"{times} {name}: all in one pool", *_cells(pooling.burst_together(size))])
        lines.append([f"{times} {name}: it alone in its own", *_cells(pooling.burst_apart(size))])
    for line in table(_HEADS, lines, None if width is None else width - 2):
        yield f"  {line}"
