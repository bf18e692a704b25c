"""Timing of whole processes in interleaved rounds: what drifts on a machine drifts for both sides alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(sides: Mapping[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Wall seconds of each side, a list of `rounds` each, after one round that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, run in sides.items():
            started = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def show(seconds: Mapping[str, list[float]], peer: str) -> None:
    """A row a side: least, median and greatest seconds, and the median of the ratios round by round."""
    print(f"{'':34}{'min':>9}{'median':>9}{'max':>9}{'ratio':>9}")
    for name, values in seconds.items():
        ratios = [mine / other for mine, other in zip(values, seconds[peer], strict=True)]
        row = (min(values), statistics.median(values), max(values), statistics.median(ratios))
        print(f"{name:34}{row[0]:9.3f}{row[1]:9.3f}{row[2]:9.3f}{row[3]:9.2f}")
