"""The gamma distribution's tail, as `Numerical Recipes` and every table have it: a series, or a continued fraction."""

from __future__ import annotations

import math
from typing import Final

_EXACT: Final = 1e-12


def beyond(shape: float, time: float) -> float:
    """The probability of more than a time, of a gamma distribution of scale 1."""
    if time <= 0:
        return 1.0
    front = math.exp(shape * math.log(time) - time - math.lgamma(shape))
    if time < shape + 1:
        term = total = 1 / shape
        above = shape
        while term > _EXACT * total:
            above += 1
            term *= time / above
            total += term
        return max(0.0, 1 - front * total)
    # Lentz's way to evaluate the continued fraction.
    bottom = time + 1 - shape
    before, value = 1e300, 1 / bottom
    fraction, step = value, 0
    while True:
        step += 1
        factor = -step * (step - shape)
        bottom += 2
        value = 1 / (factor * value + bottom)
        before = bottom + factor / before
        change = before * value
        fraction *= change
        if abs(change - 1) < _EXACT:
            return front * fraction
