"""What `poolgate audit --cache` costs over an estate: the first time, with nothing changed, and with one in a hundred.

What changes are timeouts of pools, which are right before and after. Each report is compared, byte for byte, with that
of an audit without a cache.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.backend import estate
from benchmarks.fleet import SEED
from benchmarks.measure import Cost, run, with_bytecode
from poolgate.audit.memory import YOUNG
from poolgate.files import cache_directory

CHANGED: Final = 40
_TIMEOUTS: Final = (b'"PT30S"', b'"PT35S"')


def main(rounds: int) -> int:
    """Prints what each audit took; the ratios are to the first. Exits 1 where a report differs."""
    backend = estate().backend
    stacks = sorted(backend.glob(".pulumi/stacks/*/*.json"))
    print(f"{len(stacks)} stacks, {sum(file.stat().st_size for file in stacks) / 1e9:.1f} GB")
    chance = random.Random(SEED)
    costs: dict[str, list[Cost]] = {"without": [], "first": [], "unchanged": [], "1 % changed": []}
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        for _ in range(rounds):
            shutil.rmtree(cache, ignore_errors=True)
            plain, told = _audit(backend)
            costs["without"].append(plain)
            for name in ("first", "unchanged", "1 % changed"):
                if name == "1 % changed":
                    for file in chance.sample(stacks, CHANGED):
                        _change(file)
                    time.sleep(YOUNG / 1e9)
                    told = _audit(backend)[1]
                cost, said = _audit(backend, "--cache", str(cache))
                costs[name].append(cost)
                if said != told:
                    print(f"{name}: the report is another than without a cache", file=sys.stderr)
                    return 1
    first = statistics.median(cost.seconds for cost in costs["first"])
    for name, values in costs.items():
        seconds = statistics.median(cost.seconds for cost in values)
        processor = statistics.median(cost.processor for cost in values)
        print(f"{name:14}{seconds:9.2f} s{processor:9.2f} s of processors{seconds / first:9.1%}")
    return 0


def _audit(backend: Path, *options: str) -> tuple[Cost, str]:
    """What an audit took, and its report."""
    command = [str(Path(sys.executable).with_name("poolgate")), "audit", f"file://{backend}", "--no-config"]
    environment = with_bytecode(os.environ, cache_directory() / "benchmarks" / "bytecode")
    told, cost = run([*command, "--as-of=2026-11-30", *options], ends_with=(1,), env=environment)
    return cost, told


def _change(file: Path) -> None:
    """As the engine writes a state: beside the old one, and then in its place."""
    before, after = _TIMEOUTS if _TIMEOUTS[0] in (content := file.read_bytes()) else _TIMEOUTS[::-1]
    new = file.with_suffix(".new")
    new.write_bytes(content.replace(before, after, 1))
    os.replace(new, file)  # noqa: PTH105
