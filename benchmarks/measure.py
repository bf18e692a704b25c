"""Timing of whole processes in interleaved rounds: what drifts on a machine drifts for both sides alike."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple


class Cost(NamedTuple):
    """What a process took: seconds on the clock, seconds of processors, and MiB at most, each with all that it
    started and waited for; the memory is that of the largest of them.
    """

    seconds: float
    processor: float
    memory: float


_LAUNCHER: Final = """
import json, os, sys, time
told = int(sys.argv[1])
os.set_inheritable(told, False)
started = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(process, 0)
cost = time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
os.write(told, json.dumps([os.waitstatus_to_exitcode(status), *cost]).encode())
"""
"""A small process that starts what is measured: Linux counts in its memory what the one had that started it."""


def run(
    command: Sequence[str], *, ends_with: Collection[int] = (0,), env: Mapping[str, str] | None = None
) -> tuple[str, Cost]:
    """What a command prints, and what it took. Raises RuntimeError, with its last words, when it ends otherwise."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as told:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(told.fileno()), *command],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, pass_fds=[told.fileno()],
        )  # fmt: skip
        for stream in (out, err, told):
            stream.seek(0)
        code, *cost = json.loads(told.read() or "[null, 0, 0, 0]")
        if code not in ends_with:
            raise RuntimeError(f"{command[0]} exited {code}: {err.read()[-2000:].decode()}")
        return out.read().decode(), Cost(*cost)


def rounds_of(sides: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """What each side took, a list of `rounds` each, after one round that is not counted."""
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            cost = side()
            if number:
                costs[name].append(cost)
    return costs


def interleaved(sides: Mapping[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Wall seconds of each side, a list of `rounds` each, after one round that is not counted."""

    def timed(side: Callable[[], None]) -> Callable[[], Cost]:
        def measured() -> Cost:
            started = time.perf_counter()
            side()
            return Cost(time.perf_counter() - started, 0, 0)

        return measured

    costs = rounds_of({name: timed(side) for name, side in sides.items()}, rounds)
    return {name: [cost.seconds for cost in values] for name, values in costs.items()}


def show(seconds: Mapping[str, list[float]], peer: str) -> None:
    """A row a side: least, median and greatest seconds, and the median of the ratios round by round."""
    print(f"{'':34}{'min':>9}{'median':>9}{'max':>9}{'ratio':>9}")
    for name, values in seconds.items():
        ratios = [mine / other for mine, other in zip(values, seconds[peer], strict=True)]
        row = (min(values), statistics.median(values), max(values), statistics.median(ratios))
        print(f"{name:34}{row[0]:9.3f}{row[1]:9.3f}{row[2]:9.3f}{row[3]:9.2f}")


def with_bytecode(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment, with bytecode written by the round that is not counted: an installed package has its own,
    where a checkout may have none.
    """
    environment = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": str(folder)}
