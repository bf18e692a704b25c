"""What options are checked for besides their type, where several rules ask the same of theirs.

A value that cannot be meant is refused where it is written, before anything is judged by it. Each check raises
OptionError with a predicate.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Any

from inference_pools import platforms
from inference_pools.rule import OptionError


def not_negative(number: float) -> None:
    """0 or more."""
    if number < 0:
        raise OptionError(f"is {number:g}, expected 0 or more")


def positive(number: float) -> None:
    """More than 0."""
    if number <= 0:
        raise OptionError(f"is {number:g}, expected more than 0")


def share(number: float) -> None:
    """More than 0 and at most 1."""
    if not 0 < number <= 1:
        raise OptionError(f"is {number:g}, expected more than 0 and at most 1")


def percentile(number: float) -> None:
    """Of a hundred. What is below 1 is a share that was taken for one."""
    if not 1 <= number < 100:
        raise OptionError(f"is {number:g}, expected from 1 to below 100")


def at_least_one(items: Collection[str]) -> None:
    """Not empty, where nothing would be allowed."""
    if not items:
        raise OptionError("is empty, expected at least one")


def whole_number(name: str, number: Any) -> None:
    """Of the number under a name in a table: whole, 0 or more. The engine hands every number over as a float."""
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if is_number and math.isfinite(number) and number >= 0 and number == int(number):
        return
    raise OptionError(f"has {number!r} for {name}, expected a whole number, 0 or more")


def region_nouns() -> str:
    """What a region is called on any platform: `Azure region`, `Azure region or AWS region`."""
    return " or ".join(dict.fromkeys(platform.facts.regions.noun for platform in platforms.known()))


def spelt_regions(names: Iterable[str]) -> None:
    """No slip in the name of a region. A name that is near none passes: Azure opens regions every year."""
    known = list(dict.fromkeys(platform.facts.regions for platform in platforms.known()))
    for name in names:
        if any(regions.normalize(name) in regions.existing for regions in known):
            continue
        for regions in known:
            meant = regions.meant_by(name)
            if meant is not None:
                raise OptionError(f"has {name!r}, which is no {regions.noun}; did you mean {meant}?")
