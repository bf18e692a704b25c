"""The trend of a history as a picture for a slide, drawn by matplotlib.

What could not be looked for stays in it, hatched; a line over it is broken. Its texts are text and not shapes: one can
search and change them.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Final

from poolgate.errors import UsageError
from poolgate.history.changes import Told
from poolgate.history.course import Count
from poolgate.report import safe
from poolgate.report.by import shown
from poolgate.report.scope import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_MISSING: Final = "a picture needs matplotlib: pip install 'poolgate[pictures]'"
_SIZE: Final = (13.333, 7.5)
"""Inches of a slide of 16 to 9."""
_MOST: Final = 6
"""So many groups have a line of their own; the others have one together."""
_MARKED: Final = 60
"""Of so many audits each has a mark on the lines of groups."""
_LONGEST: Final = 36
"""Letters of a name that are shown."""

_DAY: Final = 86_400

_TEXT: Final = "#1d2430"
_MUTED: Final = "#566072"
_FAINT: Final = "#d5dbe6"
_MEND: Final = "#c2452d"
_WAIVED: Final = "#2f55b8"
_GROUPS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#3d5068", "#999999")
"""Told apart by those who see fewer colours, too; the last one is that of the others."""
_MARKERS: Final = "osD^vPX"
_BROKEN: Final = (0, (3, 2))
_STYLE: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _MUTED,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 15,
    "grid.color": _FAINT,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "poolgate",  # else every run names its parts otherwise
    "text.color": _TEXT,
    "text.parse_math": False,  # a name with two dollars in it is no formula
    "timezone": "UTC",
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "ytick.left": False,
}


def render(told: Told, by: str | None) -> str:
    """The picture: of all findings, or with a line for each of the largest groups. The same history, the same bytes.

    Raises UsageError where matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(_MISSING) from None
    title = "Findings in the fleet" if by is None else f"Open findings by {by}"
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that its own font has not: the reader's may have them
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(figsize=_SIZE, facecolor="white")
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.055, 0.11, 0.91, 0.6) if by is None else (0.055, 0.11, 0.56, 0.65))
        figure.text(0.055, 0.91, title, fontsize=30, fontweight="bold")
        for line, text in enumerate(_subtitle(told)):
            figure.text(0.055, 0.86 - 0.04 * line, text, color=_MUTED)
        lines = list(_all(axes, told) if by is None else _groups(axes, told, by))
        lines += _marks(axes, told)
        _scales(axes, told, most_ticks=6 if by is None else 4)
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.02)}
        if by is None:
            place = {"loc": "lower left", "bbox_to_anchor": (-0.01, 1.01), "ncols": len(lines), "columnspacing": 1.4}
        axes.legend(handles=[line for line, _ in lines], labels=[label for _, label in lines], fontsize=14, **place)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    return safe.inert_xml(stream.getvalue())


def _subtitle(told: Told) -> tuple[str, str]:
    audits, now, stacks = told.course.audits, told.points[-1].total, told.course.standings()
    absent = stacks.total() - stacks["read"]
    unknown = f" ({now.unknown} of them not known)" if now.unknown else ""
    return (
        f"{count(len(audits), 'audit')} from {audits[0].started:%Y-%m-%d} to {audits[-1].started:%Y-%m-%d}, "
        f"{count(stacks.total(), 'stack')}{f', {absent} of them not read' if absent else ''}",
        f"Now {now.open} open{unknown}, {now.mandatory} of them to mend, {now.waived} waived",
    )


_Legend = tuple[Any, str]


def _all(axes: Axes, told: Told) -> Iterator[_Legend]:
    """What was found, what was not looked for on top of it, and how much of it is to mend."""
    days = _days(told)
    counts = [point.total for point in told.course.points]
    found, all_open = [one.open - one.unknown for one in counts], [one.open for one in counts]
    broken = [bool(point.total.unknown) or point.stacks.total() > point.stacks["read"] for point in told.course.points]
    yield _line(axes, days, [one.mandatory for one in counts], broken, color=_MEND, linewidth=3, zorder=4), "to mend"
    yield axes.fill_between(days, found, color=_FAINT, linewidth=0), "open"
    if any(one.unknown for one in counts):
        hatched = axes.fill_between(
            days, found, all_open, facecolor=_FAINT, edgecolor=_MUTED, hatch="////", linewidth=0
        )
        yield hatched, "open, and not looked for"
    _line(axes, days, all_open, broken, color=_MUTED, linewidth=1.5)
    yield axes.plot(days, [one.waived for one in counts], color=_WAIVED, linestyle=":", linewidth=2.5)[0], "waived"


def _groups(axes: Axes, told: Told, by: str) -> Iterator[_Legend]:
    """A line for each of the largest groups, as it stands now, and one for the others together."""
    points, days = told.course.points, _days(told)
    courses = {
        row.group: [point.groups[by].get(row.group, Count()) for point in points] for row in told.rows(by, ever=True)
    }
    most = {name: max(one.open for one in course) for name, course in courses.items()}
    names = sorted(most, key=lambda name: (-courses[name][-1].open, -most[name], name))
    groups = [(shown(name, by), [name]) for name in names[:_MOST]]
    if names[_MOST:]:
        groups.append((f"{len(names[_MOST:])} others", names[_MOST:]))
    is_any_broken = False
    for (label, of), color, marker in zip(groups, _GROUPS, _MARKERS, strict=False):
        counts = list(zip(*(courses[name] for name in of), strict=True))
        unread = _unread_days(told, of) if by == "stack" else set()
        broken = [day in unread or any(one.unknown for one in each) for day, each in zip(days, counts, strict=True)]
        is_any_broken |= any(broken)
        numbers = [sum(one.open for one in each) for each in counts]
        style = {"marker": marker, "markersize": 7} if len(days) <= _MARKED else {}
        yield _line(axes, days, numbers, broken, color=color, linewidth=3, **style), f"{_short(label)}: {numbers[-1]}"
    if is_any_broken:
        yield axes.plot([], [], color=_MUTED, linestyle=_BROKEN, linewidth=3)[0], "not all of it was looked for"


def _line(axes: Axes, days: Sequence[float], numbers: Sequence[int], broken: Sequence[bool], **style: Any) -> Line2D:
    """A line that is broken on the way to an audit which could not look for all of it; and what stands for it."""
    for is_broken, steps in groupby(range(1, len(days)), key=lambda index: broken[index]):
        ends = list(steps)
        part = slice(ends[0] - 1, ends[-1] + 1)
        axes.plot(days[part], numbers[part], linestyle=_BROKEN if is_broken else "-", clip_on=False, **style)
    if len(days) == 1:
        axes.plot(days, numbers, **{"marker": "o", **style})
    return axes.plot([], [], **style)[0]


def _days(told: Told) -> list[float]:
    """When the audits began, in days since 1970, as matplotlib counts them."""
    return [audit.started.timestamp() / _DAY for audit in told.course.audits]


def _unread_days(told: Told, stacks: Sequence[str]) -> set[float]:
    """The audits after which one of these stacks stood otherwise than read."""
    times = [time for name in stacks if name in told.course.stacks for time in told.course.stacks[name].unread]
    return {
        day
        for audit, day in zip(told.course.audits, _days(told), strict=True)
        for time in times
        if time.since <= audit.started and (time.until is None or audit.started < time.until)
    }


def _marks(axes: Axes, told: Told) -> Iterator[_Legend]:
    """Which audits did not read all stacks, and which judged by other rules than the one before."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    points, days = told.course.points, _days(told)
    between = [days[0], *(one + (other - one) / 2 for one, other in pairwise(days)), days[-1]]
    strip: dict[str, Any] = {"facecolor": "white", "edgecolor": _MUTED, "hatch": "////", "linewidth": 0}
    absent = [point.stacks.total() - point.stacks["read"] for point in points]
    for number, left, right in zip(absent, between, between[1:], strict=False):
        if number:
            axes.axvspan(left, right, -0.035, -0.01, clip_on=False, **strip)
    if any(absent):
        yield Rectangle((0, 0), 1, 1, **strip), "stacks not read"
    others = [day for day, point in zip(days, points, strict=True) if point.differs]
    for day in others:
        axes.axvline(day, color=_WAIVED, linestyle=":", linewidth=1.2, zorder=1)
    if others:
        style: dict[str, Any] = {"color": _WAIVED, "marker": "*", "markersize": 11, "linestyle": "none"}
        axes.plot(others, [1.0] * len(others), transform=axes.get_xaxis_transform(), clip_on=False, **style)
        yield Line2D([], [], **style), "by other rules"


def _scales(axes: Axes, told: Told, *, most_ticks: int) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter
    from matplotlib.ticker import MaxNLocator

    days = _days(told)
    pad = 0.5 if days[0] == days[-1] else 0
    shown_as = "%Y-%m-%d" if days[-1] - days[0] >= most_ticks else "%m-%d %H:%M"  # else a day would stand there twice
    axes.xaxis_date()
    axes.set_xlim(days[0] - pad, days[-1] + pad)
    axes.set_ylim(0, max(4, axes.get_ylim()[1]))
    axes.grid(axis="y")
    axes.tick_params(length=0, pad=14)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=most_ticks))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter(shown_as))  # type: ignore[no-untyped-call]


def _short(label: str) -> str:
    text = safe.one_line(label)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
