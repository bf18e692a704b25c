"""The options of `poolgate size`, but for those that other commands have, too."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from inference_pools.durations import DurationError, parse
from inference_pools.levels import printable
from poolgate.config_file import VARIABLES
from poolgate.errors import UsageError

UNITS = ("s", "ms", "us", "ns")

RATE: Final = "--rate"
LOAD: Final = "--load"
RECORD: Final = "--record"
PROJECT: Final = "a project"
_NUMBERS: Final = (RATE, LOAD, RECORD)
_ALL: Final = (*_NUMBERS, PROJECT)

USED_BY: Final[Mapping[str, Sequence[str]]] = {
    "service_time": (RATE, RECORD),
    **dict.fromkeys(("wait", "percentile", "at_once", "instances", "machine", "region"), _NUMBERS),
    **dict.fromkeys(("service_time_alone", "patience", "arrivals_scv", "service_scv", "utilisation", "prices"), _ALL),
    "burst": (LOAD, RECORD, PROJECT),
    **dict.fromkeys(("time_column", "service_column", "name_column", "time_unit", "service_unit"), (RECORD,)),
    **dict.fromkeys(("time_zone", "bucket", "peak", "scale_out"), (RECORD,)),
    **dict.fromkeys(("stacks", "as_of", "previous", "read_fixtures", "environment_values", "timeout"), (PROJECT,)),
    **dict.fromkeys(("policy_config", "profile", "rule_set", "rules", "owners"), (PROJECT,)),
}
"""What the load is named by, for each option that says more of it: for any other the option would do nothing."""
_DEFAULTS: Final[Mapping[str, float]] = {
    "bucket": 900.0, "peak": 100.0, "scale_out": 0.0, "burst": 2.0, "timeout": 300.0,
}  # fmt: skip
_SAYS_ITSELF: Final = ("wait", "percentile", "at_once", "instances", "machine", "region", "service_time")
_WRITTEN: Final = {"stacks": "--stack"}


def settle(given: argparse.Namespace, by: str) -> None:
    """Fills in what nobody says. Raises UsageError for an option that does nothing where `by` names the load."""
    for name, users in USED_BY.items():
        is_said = name in given.on_line if name in VARIABLES else getattr(given, name) is not None
        if not is_said or by in users:
            continue
        option = _WRITTEN.get(name, f"--{name.replace('_', '-')}")
        if by == PROJECT and name in _SAYS_ITSELF:
            raise UsageError(f"{option} is what a project says itself; with --rate, --load or --record it is an option")
        where = " and ".join((", ".join(users[:-1]), users[-1])) if len(users) > 1 else users[0]
        raise UsageError(f"{option} does nothing with {by}: it is for {where}")
    if given.check and by != PROJECT and given.instances is None:
        raise UsageError(f"--check compares with what is configured, which {by} does not say: give --instances N")
    if by != PROJECT:
        if given.percentile is not None and given.wait is None and given.patience is None and by != LOAD:
            raise UsageError("--percentile does nothing without a --wait: of what it is the percentile")
        if given.service_time_alone is not None and (given.at_once or 1) == 1:
            raise UsageError(
                "--service-time-alone does nothing where an instance takes one request; --at-once says more"
            )
    given.says_burst = given.burst is not None
    for name, value in _DEFAULTS.items():
        if getattr(given, name) is None:
            setattr(given, name, value)


def add(parser: argparse.ArgumentParser) -> None:
    """Adds them."""
    add_ = parser.add_argument
    add_("paths", nargs="*", type=Path, metavar="PATH", help="Pulumi projects whose declared loads to size for")
    add_("-s", "--stack", action="append", dest="stacks", metavar="NAME", help="of these stacks only; may be repeated")
    add_("--rate", type=_number(0, is_above=True), metavar="NUMBER", help="requests a second at the peak")
    add_("--service-time", type=_duration, metavar="DURATION",
         help="how long an instance is busy with a request, such as PT0.22S, when it has all it takes")  # fmt: skip
    add_("--load", type=Path, metavar="FILE",
         help='loads by name, as {"chat": {"peak-rps": 40, "service-time": "PT0.2S"}}')  # fmt: skip
    add_("--record", type=Path, metavar="FILE", help="requests, in CSV or Parquet: when each came, how long it took")
    add_("--time-column", metavar="NAME", help="when requests came (default: time or timestamp)")
    add_("--service-column", metavar="NAME",
         help="how long each kept an instance busy (default: service_time, service or duration)")  # fmt: skip
    add_("--name-column", metavar="NAME", help="which service each is for; without it all are for one")
    add_("--time-unit", choices=UNITS, help="of times that are numbers since 1970; without it they are ISO 8601")
    add_("--service-unit", choices=UNITS, help="of service times that are numbers; without it they are ISO 8601")
    add_("--time-zone", metavar="NAME", help="of times that name none, such as Europe/Berlin")
    add_("--bucket", type=_duration, metavar="DURATION", 
         help="how long the rate is taken to stay the same (default: PT15M)")  # fmt: skip
    add_("--peak", type=_number(1, 100), metavar="NUMBER",
         help="the percentile of the buckets that is the peak (default: 100)")  # fmt: skip
    add_("--scale-out", type=_duration, metavar="DURATION",
         help="how long a new instance takes to be there (default: no time)")  # fmt: skip
    add_(
        "--wait", type=_duration, metavar="DURATION", help="how long requests may wait until an instance takes them up"
    )
    add_("--percentile", type=_number(1, 100), metavar="NUMBER",
         help="of a hundred requests, how many must not wait longer (default: 99)")  # fmt: skip
    add_("--at-once", type=_whole(1), metavar="N", help="how many requests an instance takes at once (default: 1)")
    add_("--service-time-alone", type=_duration, metavar="DURATION",
         help="how long a request takes that has an instance for itself (default: no less)")  # fmt: skip
    add_("--patience", type=_duration, metavar="DURATION",
         help="requests that have waited so long give up (default: they never do)")  # fmt: skip
    add_("--arrivals-scv", type=_number(0), metavar="NUMBER",
         help="the squared coefficient of variation of the times between requests (default: 1, at random)")  # fmt: skip
    add_("--service-scv", type=_number(0), metavar="NUMBER",
         help="that of the service times (default: 1, exponential; 0: all equal)")  # fmt: skip
    add_("--utilisation", type=_number(0, 1, is_above=True), metavar="SHARE",
         help="the greatest share of its time that an instance may be busy (default: 1)")  # fmt: skip
    add_("--instances", type=_whole(1), metavar="N", help="how many are configured")
    add_("--burst", type=_number(1), metavar="TIMES",
         help="how many times as many requests one of several pooled services may get (default: 2)")  # fmt: skip
    add_("--machine", metavar="NAME", help="the machine that an instance is, for its price")
    add_("--region", metavar="NAME", help="where it is")
    add_("--prices", type=Path, metavar="FILE", help="prices that `poolgate prices import` wrote")
    add_("--check", action="store_true", help="exit 1 when what is configured cannot serve what is declared")
    add_("--format", choices=("text", "json", "csv", "html"), default="text")
    add_("--pictures", type=Path, metavar="FOLDER", help="draw SVG pictures into a folder (needs poolgate[pictures])")
    add_("-q", "--quiet", action="store_true", help="show no progress")


def _duration(written: str) -> float:
    """Seconds."""
    try:
        seconds = parse(written).total_seconds()
    except DurationError as error:
        raise argparse.ArgumentTypeError(printable(str(error))) from None
    return seconds


def _number(least: float, most: float = math.inf, *, is_above: bool = False) -> Callable[[str], float]:
    def number(written: str) -> float:
        try:
            value = float(written)
        except ValueError:
            value = math.nan
        if not (least <= value <= most and math.isfinite(value)) or (is_above and value == least):
            begin = f"above {least:g}" if is_above else f"of {least:g} or more"
            end = f", {most:g} at most" if most < math.inf else ""
            raise argparse.ArgumentTypeError(f"is {printable(written)!r}, expected a number {begin}{end}")
        return value

    return number


def _whole(least: int) -> Callable[[str], int]:
    def whole(written: str) -> int:
        value = int(written) if written.isdecimal() and len(written) < 10 else -1
        if value < least:
            raise argparse.ArgumentTypeError(f"is {printable(written)!r}, expected a whole number, {least} or more")
        return value

    return whole
