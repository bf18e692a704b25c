"""What audit, lint, check and preview cost, beside an earlier build of poolgate: `make bench BASE=COMMIT`.

The earlier build gets a checkout and environments of its own in the cache folder. Both do the same work, in turns.
Their JSON reports are compared: what is faster because it finds less is no gain.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import gate
from benchmarks.fleet import fleet
from benchmarks.lint_configs import make_configs
from benchmarks.measure import Cost, rounds_of, run, with_bytecode
from poolgate.errors import PoolgateError
from poolgate.files import cache_directory

ROOT: Final = Path(__file__).resolve().parent.parent
SAMPLES: Final = ("fleet", "pool-groups", "single-pool")
_NEEDED: Final = (".venv/.ready", "policies/venv/.ready")
_CONFIGS: Final = 100
_STACKS: Final = 50
_SETTING_UP: Final = 1800


def main(commit: str, rounds: int) -> int:
    """Prints a table for each kind of work, and how many findings differ. Returns 1 when some do."""
    base = checkout(commit)
    builds = {"this build": ROOT, base.name[:12]: base}
    differing = 0
    with tempfile.TemporaryDirectory() as name:
        for label, arguments in _works(Path(name)).items():
            print(f"{label}, {rounds} rounds")
            differing += _compare(builds, arguments)
            _show(rounds_of({build: _side(at, arguments) for build, at in builds.items()}, rounds))
    print(f"{differing} findings differ" if differing else "both find the same")
    return 1 if differing else 0


def _works(folder: Path) -> Mapping[str, Sequence[str]]:
    exports = fleet()
    make_configs(folder / "configs", _CONFIGS)
    for name in SAMPLES:
        _copied(name, folder / "samples")
    many = _copied("fleet", folder / "many")
    text = (many / "Pulumi.prod.yaml").read_text("utf-8")
    for number in range(_STACKS - len([*many.glob("Pulumi.*.yaml")])):
        (many / f"Pulumi.prod-{number}.yaml").write_text(text, "utf-8")
    large = gate.write_project(folder)
    return {
        f"audit of {len(exports.files)} exports": ("audit", str(exports.files[0].parent)),
        f"lint of {_CONFIGS} stack files": ("lint", "--no-cache", str(folder / "configs")),
        "check of the samples": ("check", *(str(ROOT / "stacks" / name) for name in SAMPLES)),
        f"check of a project with {_STACKS} stacks": ("check", str(many)),
        f"check of one stack with {gate.POOLS + gate.OTHERS} resources": ("check", "--no-trace-config", str(large)),
        "preview of the samples": ("preview", str(folder / "samples")),
        f"preview of {gate.POOLS} pools and {gate.OTHERS} other resources": ("preview", str(large)),
    }


def _copied(sample: str, folder: Path) -> Path:
    """A sample without its environment, which both builds take from here."""
    source, project = ROOT / "stacks" / sample, folder / sample
    shutil.copytree(source, project, ignore=shutil.ignore_patterns("venv", "__pycache__"))
    written = (project / "Pulumi.yaml").read_text("utf-8")
    (project / "Pulumi.yaml").write_text(written.replace("virtualenv: venv", f"virtualenv: {source / 'venv'}"), "utf-8")
    return project


def checkout(commit: str) -> Path:
    """The folder of an earlier build, made ready. Raises PoolgateError when there is no such commit."""
    found = subprocess.run(
        ["git", "rev-parse", "--verify", f"{commit}^{{commit}}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise PoolgateError(f"{commit}: no such commit here")
    folder = cache_directory() / "benchmarks" / "builds" / found.stdout.strip()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _set_up("git", "clone", "--quiet", "--no-checkout", str(ROOT), str(folder), cwd=ROOT)
    _set_up("git", "checkout", "--quiet", folder.name, cwd=folder)
    _set_up("make", *_NEEDED, cwd=folder)
    return folder


def _set_up(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_SETTING_UP, check=False)
    if done.returncode:
        raise PoolgateError(f"{' '.join(command[:2])} failed: {done.stderr.strip()[-2000:]}")


def _side(build: Path, arguments: Sequence[str]) -> Callable[[], Cost]:
    return lambda: _poolgate(build, arguments)[1]


def _poolgate(build: Path, arguments: Sequence[str]) -> tuple[str, Cost]:
    """Each build has compiled modules of its own, and finds what there is to be found."""
    bytecode = cache_directory() / "benchmarks" / "bytecode" / build.name
    environment = with_bytecode(os.environ, bytecode)
    return run([str(build / ".venv" / "bin" / "poolgate"), *arguments], ends_with=(0, 1), env=environment)


def _compare(builds: Mapping[str, Path], arguments: Sequence[str]) -> int:
    """How many findings one build has and the other has not; says which. What only one says of any is left aside."""
    reports = [_findings(_poolgate(at, [*arguments, "--format", "json"])[0]) for at in builds.values()]
    told = [{member for finding in found for member in finding} for found in reports]
    both = set.intersection(*told) if all(reports) else set.union(*told)
    (ours, mine), (theirs, other) = (
        (build, Counter(json.dumps({name: each[name] for name in sorted(both & each.keys())}) for each in found))
        for build, found in zip(builds, reports, strict=True)
    )
    for build, only in ((ours, mine - other), (theirs, other - mine)):
        for finding in list(only)[:5]:
            print(f"  only {build}: {finding}")
    return (mine - other).total() + (other - mine).total()


def _findings(report: str) -> list[dict[str, Any]]:
    """Each finding by its members, those of its resource by themselves."""
    found: list[dict[str, Any]] = json.loads(report)["findings"]
    return [
        {**finding, "resource": None, **{f"resource.{name}": value for name, value in finding["resource"].items()}}
        for finding in found
    ]


def _show(costs: Mapping[str, list[Cost]]) -> None:
    """A row a build: median, least and greatest seconds of the clock and of processors, and memory; then the ratios."""
    print(f"{'':16}{'clock':>8}{'min':>8}{'max':>8}{'cpu':>8}{'min':>8}{'max':>8}{'MiB':>8}")
    for build, values in costs.items():
        row = [
            of(figures)
            for figures in ([cost.seconds for cost in values], [cost.processor for cost in values])
            for of in (statistics.median, min, max)
        ]
        print(f"{build:16}{''.join(f'{value:8.2f}' for value in row)}{max(cost.memory for cost in values):8.0f}")
    ours, theirs = costs.values()
    ratios = [
        statistics.median(mine[which] / other[which] for mine, other in zip(ours, theirs, strict=True))
        for which in range(3)
    ]
    print(f"{'ratio':16}{ratios[0]:8.2f}{'':16}{ratios[1]:8.2f}{'':16}{ratios[2]:8.2f}\n")
