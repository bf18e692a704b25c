"""What `poolgate audit --cache` costs over an estate: the first time, with nothing changed, and with one in a hundred.

The estate is a backend of 4,000 stacks in projects of three, 1,000,000 resources, about 5.6 GB on disk, made from a few
stacks of the fleet by other names. What changes are the timeouts of pools. Each report is compared, byte for byte but
for `run`, with that of an audit without a cache.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import fleet
from benchmarks.measure import Cost, run
from poolgate.audit.memory import YOUNG
from poolgate.files import cache_directory

STACKS: Final = 4000
OF_A_PROJECT: Final = 3
RESOURCES: Final = 250
MODELS: Final = 12
"""So many stacks are made; the others are these by other names."""
CHANGED: Final = 40
_TIMEOUTS: Final = (b'"PT30S"', b'"PT35S"')


def main(rounds: int) -> int:
    """Prints what each audit took; the ratios are to the first. Exits 1 where a report differs."""
    backend = _estate()
    stacks = sorted(backend.glob(".pulumi/stacks/*/*.json"))
    print(f"{len(stacks)} stacks, {sum(file.stat().st_size for file in stacks) / 1e9:.1f} GB")
    chance = random.Random(fleet.SEED)
    costs: dict[str, list[Cost]] = {"without": [], "first": [], "unchanged": [], "1 % changed": []}
    with tempfile.TemporaryDirectory() as folder:
        report, cache = Path(folder, "report.json"), Path(folder, "cache")
        for _ in range(rounds):
            shutil.rmtree(cache, ignore_errors=True)
            plain, told = _audit(backend, report)
            costs["without"].append(plain)
            for name in ("first", "unchanged", "1 % changed"):
                if name == "1 % changed":
                    for file in chance.sample(stacks, CHANGED):
                        _change(file)
                    time.sleep(YOUNG / 1e9)
                    told = _audit(backend, report)[1]
                cost, said = _audit(backend, report, "--cache", str(cache))
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


def _audit(backend: Path, report: Path, *options: str) -> tuple[Cost, Any]:
    """What an audit took, and its report without what differs between two runs."""
    command = [sys.executable, "-m", "poolgate", "audit", f"file://{backend}", "--no-config", "--as-of=2026-11-30"]
    _, cost = run([*command, "--output=-", "--format=text", f"--also=json={report}", *options], ends_with=(0, 1))
    told = json.loads(report.read_bytes())
    return cost, {**told, "run": None}


def _change(file: Path) -> None:
    """As the engine writes a state: beside the old one, and then in its place."""
    before, after = _TIMEOUTS if _TIMEOUTS[0] in (content := file.read_bytes()) else _TIMEOUTS[::-1]
    new = file.with_suffix(".new")
    new.write_bytes(content.replace(before, after, 1))
    os.replace(new, file)  # noqa: PTH105


def _estate() -> Path:
    """The backend, made now if it is not in the cache yet."""
    backend = cache_directory() / "benchmarks" / f"estate-{STACKS}-{RESOURCES}"
    if not backend.exists():
        unfinished = backend.with_name(f"{backend.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        models = list(_models())
        for number in range(STACKS):
            stack, content = models[number % MODELS]
            project = f"ranking-{number // OF_A_PROJECT:05}"
            file = unfinished / ".pulumi" / "stacks" / project / f"{stack.name}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.replace(stack.project.encode(), project.encode()))
        (unfinished / ".pulumi" / "meta.yaml").write_text("version: 1\n")
        unfinished.rename(backend)
    return backend


def _models() -> Iterator[tuple[fleet.Stack, bytes]]:
    chance = random.Random(fleet.SEED)
    for number in range(MODELS):
        stack = fleet.Stack(number, chance)
        entries = [fleet.text(entry) for entry in (stack.root, stack.provider, *(pool for pool, _ in stack.pools()))]
        entries += stack.others(RESOURCES - len(entries))
        yield stack, fleet.export(entries).encode()
