"""Pictures of a report, as SVG: the same bytes for the same numbers."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from poolgate.errors import UsageError
from poolgate.size.daily import Daily
from poolgate.size.plan import Size
from poolgate.size.report import Report
from poolgate.size.words import percent, seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BLUE: Final = "#1f5fa8"
_GREY: Final = "#8a8f98"
_RED: Final = "#b3261e"
_PALE: Final = "#dfe9f5"
_WIDE: Final = (8.0, 4.5)
"""Inches: sixteen to nine, as slides are."""
_STYLE: Final[dict[Any, Any]] = {
    "font.size": 12,
    "svg.fonttype": "none",  # texts are text
    "svg.hashsalt": "poolgate",
    "text.parse_math": False,  # a name with two dollars in it is no formula
    "timezone": "UTC",
}
_BEFORE: Final = 4
_BEHIND: Final = 5


def pictures(report: Report) -> dict[str, str]:
    """Each picture by the name of its file. Raises UsageError where matplotlib is not installed."""
    _refuse_without()
    found: dict[str, str] = {}
    for size in report.sizes:
        found[_file(size.name, "waits", found)] = waits_picture(size)
    for daily in report.days:
        found[_file(daily.size.name, "day", found)] = day_picture(daily)
    return found


def _refuse_without() -> None:
    try:
        import matplotlib  # noqa: F401 - whether it is there
    except ImportError:
        raise UsageError("pictures need matplotlib: pip install 'poolgate[pictures]'") from None


def _file(name: str, what: str, taken: dict[str, str]) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80]
    first = f"{plain}-{what}" if plain else what
    number = 1
    while (file := f"{first}{f'-{number}' if number > 1 else ''}.svg") in taken:
        number += 1
    return file


def waits_picture(size: Size) -> str:
    """The wait against the number of instances, with what is wanted, what is enough and what is configured."""
    with _style():
        return _waits(size)


def _waits(size: Size) -> str:
    figure, (axes,) = _figure(1)
    wanted = max(size.wanted, key=lambda wanted: wanted.share)
    numbers = list(range(max(1, size.enough - _BEFORE), size.enough + _BEHIND + 1))
    found = {number: size.at(number) for number in numbers}
    ends = [number for number in numbers if found[number].is_stable]
    waits = [found[number].percentile(wanted.share) for number in ends]
    has_target = not wanted.waits_any
    highest = max(_sensible(waits, wanted.target.wait if has_target else 0.0), 1e-6)
    factor, unit = _unit(highest)
    axes.plot(
        ends, [wait * factor for wait in waits], "o-", color=_BLUE, clip_on=True,
        label=f"{percent(wanted.share)} of the requests wait no longer",
    )  # fmt: skip
    axes.plot(ends, [found[number].mean * factor for number in ends], "s--", color=_GREY, label="mean wait")
    if has_target:
        axes.axhline(wanted.target.wait * factor, color=_RED, linewidth=1.2)
        axes.annotate(
            f"wanted: {seconds(wanted.target.wait)}", (1, wanted.target.wait * factor),
            xycoords=("axes fraction", "data"), xytext=(-4, 4), textcoords="offset points", ha="right", color=_RED,
        )  # fmt: skip
    axes.axvspan(size.enough - 0.5, numbers[-1] + 0.5, color=_PALE, zorder=0, linewidth=0)
    axes.annotate(
        f"{size.enough}: enough", (size.enough, 1), xycoords=("data", "axes fraction"), xytext=(-2, -14),
        textcoords="offset points", color=_BLUE, fontweight="bold",
    )  # fmt: skip
    if len(ends) < len(numbers):
        never = numbers[len(numbers) - len(ends) - 1]
        axes.axvspan(numbers[0] - 0.5, never + 0.5, color="#f6e3e1", zorder=0, linewidth=0)
        axes.annotate(
            "cannot\nkeep up", ((numbers[0] + never) / 2, 0.5), xycoords=("data", "axes fraction"), ha="center",
            va="center", color=_RED,
        )  # fmt: skip
    if size.most is not None:
        axes.set_xticks(
            numbers, [f"{number}\nconfigured" if number == size.most else str(number) for number in numbers]
        )
    else:
        axes.set_xticks(numbers)
    axes.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
    axes.set_ylim(0, highest * factor * 1.25)
    axes.set_xlabel("instances")
    axes.set_ylabel(f"wait in {unit}")
    axes.set_title(_title(size), loc="left")
    axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.92))
    return _svg(figure)


def _title(size: Size) -> str:
    traffic = size.asked.traffic
    load = f"{traffic.rate:.3g} requests a second of {seconds(traffic.service)}"
    return f"{_plain(size.name)}\n{load}" if size.name else load


def _sensible(waits: list[float], target: float) -> float:
    """How far up the picture goes: what is far above all others would press them to the ground."""
    return max(target, sorted(waits)[-1] if not target else min(max(waits), 3 * target))


def _unit(highest: float) -> tuple[float, str]:
    return (1.0, "seconds") if highest >= 1 else (1000.0, "milliseconds")


def day_picture(daily: Daily) -> str:
    """The requests over the day, and under them the instances that are needed and kept."""
    with _style():
        return _day(daily)


def _day(daily: Daily) -> str:
    from matplotlib.ticker import MaxNLocator

    figure, (above, below) = _figure(2)
    buckets, length = daily.day.buckets, daily.day.length
    edges = [_moment(bucket.start) for bucket in buckets] + [_moment(buckets[-1].start) + timedelta(seconds=length)]
    above.stairs([bucket.rate for bucket in buckets], edges, fill=True, color=_PALE, label="")  # type: ignore[arg-type]
    above.stairs([bucket.rate for bucket in buckets], edges, color=_BLUE)  # type: ignore[arg-type]
    above.set_ylim(0, max(bucket.rate for bucket in buckets) * 1.2 or 1)
    above.set_ylabel("requests a second")
    above.set_title(_plain(daily.size.name) or "requests recorded", loc="left")
    peak = _moment(daily.peak.start)
    above.annotate(
        f"peak {daily.peak.rate:.3g} a second", (peak, daily.peak.rate),
        xytext=(0, 4), textcoords="offset points", ha="center", color=_RED,
    )  # fmt: skip
    below.stairs(daily.needed, edges, fill=True, color=_PALE, label="needed")  # type: ignore[arg-type]
    delay = f", a new one takes {seconds(daily.delay)}" if daily.delay else ""
    below.stairs(daily.kept, edges, color=_BLUE, linewidth=1.6, label=f"kept{delay}")  # type: ignore[arg-type]
    below.axhline(daily.size.enough, color=_RED, linewidth=1.2, linestyle="--", label=f"always {daily.size.enough}")
    below.set_ylim(0, max(daily.most, daily.size.enough) * 1.45)
    below.set_ylabel("instances")
    below.legend(frameon=False, loc="upper left", ncols=3)
    below.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    _time_axis(below, edges)
    return _svg(figure)


def _time_axis(axes: Axes, edges: list[datetime]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=UTC, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC, show_offset=False))  # type: ignore[no-untyped-call]
    axes.set_xlim(edges[0], edges[-1])  # type: ignore[arg-type]  # matplotlib takes times where it takes numbers
    axes.set_xlabel(f"time in UTC, from {edges[0]:%Y-%m-%d}")


def _moment(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)


def _plain(name: str) -> str:
    """A name without what no SVG may hold."""
    return "".join(character for character in name if character.isprintable())


@contextmanager
def _style() -> Iterator[None]:
    """The same for every user: neither their settings nor the moment, nor names that are drawn by lot, are in it."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that its own font has not: the reader's may have them
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def _figure(rows: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=_WIDE, layout="constrained")
    axes = [figure.add_subplot(rows, 1, row + 1) for row in range(rows)]
    for before, after in pairwise(axes):
        after.sharex(before)
        before.tick_params(labelbottom=False)
    for each in axes:
        each.grid(axis="y", color="#e6e8eb", linewidth=0.8)
        each.set_axisbelow(True)
        for side in ("top", "right"):
            each.spines[side].set_visible(False)
    return figure, axes


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()
