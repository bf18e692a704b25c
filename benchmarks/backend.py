"""A backend of 4,000 stacks with known truth, 1,000,000 resources, about 5.6 GB, each of a project of its own.

It is made once, as the fleet of exports is, and wrong as often.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks import fleet as fleets
from benchmarks.fleet import POOLS_A_STACK, SEED, Truth
from poolgate.files import cache_directory

STACKS: Final = 4_000
RESOURCES_A_STACK: Final = 250
WRONG: Final = fleets.WRONG * STACKS * RESOURCES_A_STACK // (fleets.STACKS * fleets.RESOURCES_A_STACK)


class Estate(NamedTuple):
    """The folder of the backend, and all that is wrong in it."""

    backend: Path
    truth: frozenset[Truth]


def estate() -> Estate:
    """The estate, made now if it is not in the cache yet, which takes some minutes."""
    sources = Path(__file__).read_bytes() + Path(fleets.__file__).read_bytes()
    backend = cache_directory() / "benchmarks" / f"estate-{hashlib.sha256(sources).hexdigest()[:16]}"
    if not backend.exists():
        unfinished = backend.with_name(f"{backend.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _write(unfinished)
        unfinished.rename(backend)
    truth = frozenset(Truth(*row) for row in json.loads((backend / "truth.list").read_text("utf-8")))
    return Estate(backend, truth)


def _write(backend: Path) -> None:
    chance = random.Random(SEED)
    wrong = set(chance.sample(range(STACKS * POOLS_A_STACK), WRONG))
    truth: list[Truth] = []
    for number in range(STACKS):
        stack = fleets.Stack(number, chance)
        project = f"ranking-{number:05}"
        pools = list(stack.pools())
        for index, (entry, bag) in enumerate(pools):
            if number * POOLS_A_STACK + index in wrong:
                spoilt = fleets.spoil(entry, bag, chance)
                truth.append(spoilt._replace(urn=spoilt.urn.replace(f"::{stack.project}::", f"::{project}::")))
        entries = [fleets.text(entry) for entry in (stack.root, stack.provider, *(entry for entry, _ in pools))]
        entries += stack.others(RESOURCES_A_STACK - len(entries))
        file = backend / ".pulumi" / "stacks" / project / f"{stack.name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fleets.export(entries).replace(f"::{stack.project}::", f"::{project}::"), "utf-8")
    (backend / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    (backend / "truth.list").write_text(json.dumps(truth), "utf-8")
