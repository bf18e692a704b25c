"""Numbers as people read them: three digits, and a unit that fits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

_UNITS: Final = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"))


def seconds(value: float) -> str:
    """A time: `153 ms`, `1.44 s`."""
    if math.isinf(value):
        return "no end"
    if value < 5e-7:
        return "0"
    size, unit = next(((size, unit) for size, unit in _UNITS if value >= 0.9995 * size), _UNITS[-1])
    return f"{digits(value / size)} {unit}"


def percent(share: float) -> str:
    """A share: `91.7 %`; one that is no more than nothing is `0 %`."""
    value = 100 * share
    return "0 %" if value < 5e-7 else "under 0.001 %" if value < 0.001 else f"{digits(value)} %"


def digits(value: float) -> str:
    """A number of three digits, or all of a larger one."""
    if value >= 999.5:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 or not value else f"{value:.1g}"


def listed(names: Iterable[str]) -> str:
    """Some names in a sentence."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
