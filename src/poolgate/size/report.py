"""What `poolgate size` found out, and the numbers that every form of it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from poolgate.size.daily import Daily
from poolgate.size.money import Price
from poolgate.size.plan import Size
from poolgate.size.pooling import Pooling
from poolgate.size.waits import Waits

SCHEMA_VERSION: Final = "1.0"
SHARES: Final = (0.5, 0.95, 0.99)
"""The percentiles that are always told."""


@dataclass(frozen=True)
class Unsized:
    """What holds instances and could not be sized, and why, as a clause. `is_open` says that a load is, or may be,
    declared, so that nobody knows whether it is served.
    """

    name: str
    why: str
    is_open: bool = False


@dataclass(frozen=True)
class Report:
    """All of a run. `unsized` are named, lest they count as large enough; `notes` are said beside the numbers.

    `failed` says that a program failed: what else it would have made nobody knows.
    """

    sizes: tuple[Size, ...]
    pooled: tuple[Pooling, ...] = ()
    days: tuple[Daily, ...] = ()
    unsized: tuple[Unsized, ...] = ()
    notes: tuple[str, ...] = ()
    failed: bool = False

    @property
    def fails(self) -> bool:
        """Whether anything that is configured cannot serve what is declared, or nobody knows whether it can."""
        return any(size.serves is False for size in self.sizes) or any(each.is_open for each in self.unsized)


def instances_of(size: Size) -> list[int]:
    """The numbers of instances that are told: those that are configured, and around the one that is enough."""
    told = {size.enough - 1, size.enough, size.enough + 1, size.least or 0, size.most or 0}
    return sorted(number for number in told if number > 0)


def standing(size: Size, instances: int) -> str:
    """What is to say of a number of instances."""
    said = []
    if instances < size.enough:
        said.append("too few")
    if instances == size.enough - 1:
        said.append(f"what is left of {size.enough} after the loss of one")
    if instances == size.enough:
        said.append("enough")
    if instances == size.after_a_loss:
        said.append("enough after the loss of one")
    if size.least != size.most and instances == size.least:
        said.append("configured, at least")
    if instances == size.most:
        said.append("configured" if size.least in (None, size.most) else "configured, at most")
    return ", ".join(said)


def as_json(report: Report) -> dict[str, Any]:
    """The report as a JSON value. Times are in seconds; null is a wait without an end."""
    return {
        "schema_version": SCHEMA_VERSION,
        "fails": report.fails,
        "sizes": [_size_json(size) for size in report.sizes],
        "pooling": [_pooling_json(pooling) for pooling in report.pooled],
        "days": [_day_json(daily) for daily in report.days],
        "not_sized": [{"name": each.name, "why": each.why, "load_declared": each.is_open} for each in report.unsized],
        "notes": list(report.notes),
    }


def _size_json(size: Size) -> dict[str, Any]:
    asked = size.asked
    return {
        "name": size.name,
        "load": {
            "rate": asked.traffic.rate,
            "service_time": asked.traffic.service,
            "erlangs": asked.traffic.load,
            "arrivals_scv": asked.arrivals_scv,
            "service_scv": asked.service_scv,
            "service_time_alone": asked.alone,
            "patience": asked.patience,
            "gives_up": size.seen.patience,
        },
        "at_once": size.at_once,
        "wanted": [
            {"wait": wanted.target.wait, "percentile": round(100 * wanted.share, 6), "utilisation": wanted.busiest}
            for wanted in size.wanted
        ],
        "enough": size.enough,
        "enough_after_a_loss": size.after_a_loss,
        "configured": {"least": size.least, "most": size.most},
        "serves": size.serves,
        "formula_held": not size.doubt,
        "doubt": size.doubt or None,
        "instances": [_row_json(size, number) for number in instances_of(size)],
        "machine": size.machine or None,
        "cost": None if size.price is None else _cost_json(size.price, size.enough),
    }


def _row_json(size: Size, number: int) -> dict[str, Any]:
    found = size.shown(number)
    return {
        "instances": number,
        "enough": number >= size.enough,
        **_waits_json(found),
        "longer_than_wanted": [_number(found.beyond(wanted.target.wait)) for wanted in size.wanted],
    }


def _waits_json(found: Waits) -> dict[str, Any]:
    return {
        "utilisation": _number(found.busy),
        "waiting": _number(found.waiting),
        "mean_wait": _number(found.mean),
        **{f"wait_p{100 * share:g}": _number(found.percentile(share)) for share in SHARES},
        "given_up": _number(found.lost),
    }


def _cost_json(price: Price, instances: int) -> dict[str, Any]:
    return {
        "instances": instances,
        "hour": price.amount,
        "month": price.month(instances),
        "currency": price.currency,
        "day": price.day or None,
        "source": price.source or None,
    }


def _pooling_json(pooling: Pooling) -> dict[str, Any]:
    together = pooling.together
    return {
        "apart": {"services": [size.name for size in pooling.apart], "enough": pooling.sum_apart},
        "together": _size_json(together),
        "instances_saved": pooling.saved,
        "month_saved": together.price.month(pooling.saved) if together.price else None,
        "burst": pooling.burst,
        "bursts": [
            {
                "service": size.name,
                "apart": _waits_json(pooling.burst_apart(size)),
                "together": _waits_json(pooling.burst_together(size)),
            }
            for size in pooling.apart
        ],
    }


def _day_json(daily: Daily) -> dict[str, Any]:
    day, price = daily.day, daily.size.price
    replay = daily.replay
    return {
        "name": daily.size.name,
        "requests": len(day.requests.times),
        "begin": stamp(day.requests.times[0]),
        "end": stamp(day.requests.times[-1]),
        "bucket": day.length,
        "service_time": day.service,
        "service_scv": day.service_scv,
        "gaps_scv": day.gaps_scv,
        "dispersion": day.dispersion,
        "peak": {"begin": stamp(daily.peak.start), "rate": daily.peak.rate},
        "scale": {
            "least": daily.least,
            "most": daily.most,
            "mean": daily.mean,
            "delay": daily.delay,
            "ahead": daily.ahead,
            "month": price.month(daily.mean) if price else None,
        },
        "replay": None
        if replay is None
        else {
            "instances": replay.instances,
            "requests": len(replay.waits),
            "waiting": replay.waiting,
            "mean_wait": replay.mean,
            **{f"wait_p{100 * share:g}": replay.percentile(share) for share in SHARES},
            "longer_than_wanted": [replay.beyond(wanted.target.wait) for wanted in daily.size.wanted],
        },
        "buckets": [
            {"begin": stamp(bucket.start), "rate": bucket.rate, "needed": needed, "kept": kept}
            for bucket, needed, kept in zip(day.buckets, daily.needed, daily.kept, strict=True)
        ],
    }


def stamp(time: float) -> str:
    """A time as it is shown: in UTC, to the second."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


CSV_HEADS: Final = (
    "name", "rate", "service_time", "at_once", "instances", "standing", "utilisation", "waiting", "mean_wait",
    *(f"wait_p{100 * share:g}" for share in SHARES), "given_up", "formula_held", "month", "currency", "price_day",
    "price_source",
)  # fmt: skip


def rows(sizes: Sequence[Size]) -> Iterator[list[Any]]:
    """A line for each size and number of instances; what has no end or is not known is empty."""
    for size in sizes:
        price = size.price
        for number in instances_of(size):
            numbers = _waits_json(size.shown(number)).values()
            yield [
                size.name, size.asked.traffic.rate, size.asked.traffic.service, size.at_once, number,
                standing(size, number), *("" if value is None else value for value in numbers), not size.doubt,
                *((price.month(number), price.currency, price.day, price.source) if price else ("",) * 4),
            ]  # fmt: skip
