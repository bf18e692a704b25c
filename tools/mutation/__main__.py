"""Mutation tests: how many small faults do the tests notice?

    python -m tools.mutation                   # the rule library; what was killed before is not run again
    python -m tools.mutation --part lint       # or the stand-ins, or an audit's readers
    python -m tools.mutation durations rules/  # those that begin so
    python -m tools.mutation --survivors       # lists them

Work is kept in .mutants/. The figure is killed / (mutants - those that equal the library).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.mutation.judge import Coverage, Judge, measure
from tools.mutation.mutants import Mutant, mutants
from tools.mutation.parts import PARTS, ROOT, Part

WORK: Final = ROOT / ".mutants"
EXPLAINED: Final = Path(__file__).with_name("explained.toml")
LEAST: Final = 90.0
"""Per cent of mutants to be killed."""
CHANGED: Final = (
    "what is mutated has changed since its tests began, so that lines are others than those they ran: start again"
)


def main() -> int:
    """Judges, and prints the table. Exit 1 when fewer are killed than asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", help="modules to mutate, by the beginning of their path; all when absent")
    parser.add_argument("--part", choices=PARTS, default="library", help="what to mutate (%(default)s)")
    parser.add_argument("--budget", type=float, default=6.0, help="seconds of tests that a mutant gets (%(default)s)")
    parser.add_argument("--only", choices=("functions", "tables"), help="what runs when called, or when loaded")
    parser.add_argument("--everything", action="store_true", help="give a survivor every test that runs its line")
    parser.add_argument("--jobs", type=int, default=1, help="processes (%(default)s)")
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants, drawn by --seed (%(default)s: all)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="forget what was judged before")
    parser.add_argument("--table", action="store_true", help="judge nothing, print what is known")
    parser.add_argument("--survivors", action="store_true", help="also list those that no test notices")
    arguments = parser.parse_args()

    WORK.mkdir(exist_ok=True)
    part = PARTS[arguments.part]
    results = WORK / f"results-{arguments.part}.jsonl"
    if arguments.fresh:
        results.unlink(missing_ok=True)
    names = [name for name in part.modules() if not arguments.modules or name.startswith(tuple(arguments.modules))]
    if not names:
        parser.error("no such modules")
    if not arguments.table:
        run(measured(part), names, results, arguments)
    return report(part, names, results, arguments)


def measured(part: Part) -> Coverage:
    """Which tests run which line; measured anew after a change of what is mutated, or of its tests."""
    before = digest(part.package)
    path = WORK / f"coverage-{digest(part.package, *(ROOT / test for test in part.tests))}.json"
    if not path.exists():
        print("running the tests once as they are", flush=True)
        child = os.fork()
        if child == 0:
            os._exit(measure(part.package, part.tests, path))
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            path.unlink(missing_ok=True)
            raise SystemExit("the tests fail on what is there: run pytest first")
        if digest(part.package) != before:
            path.unlink(missing_ok=True)
            raise SystemExit(CHANGED)
    return Coverage.read(path)


def digest(*paths: Path) -> str:
    """Of all that lies in folders, and of files."""
    found = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return found.hexdigest()[:16]


def known(results: Path) -> dict[str, dict[str, Any]]:
    """What is known of each mutant; the last line wins."""
    if not results.exists():
        return {}
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {line["key"]: line for line in lines}


def chosen(package: Path, name: str, arguments: argparse.Namespace) -> list[Mutant]:
    """The mutants of a module that are to be judged."""
    return [
        mutant
        for mutant in mutants(package, name)
        if (arguments.only is None or bool(mutant.function) == (arguments.only == "functions"))
        and drawn(mutant, arguments.seed) < arguments.share
    ]


def drawn(mutant: Mutant, seed: int) -> float:
    """A number from 0 to 1 that seed and mutant decide: a greater share holds every smaller one."""
    return int(hashlib.sha256(f"{seed} {mutant.key}".encode()).hexdigest()[:8], 16) / 2**32


def run(coverage: Coverage, names: Iterable[str], results: Path, arguments: argparse.Namespace) -> None:
    """Judges what is not known to be killed, in so many processes."""
    children = []
    for share in range(arguments.jobs):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                run_share(coverage, names, results, arguments, share)
                code = 0
            finally:
                sys.stdout.flush()
                os._exit(code)
        children.append(child)
    failed = [child for child in children if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
    if failed:
        raise SystemExit("judging ended early")


def run_share(
    coverage: Coverage, names: Iterable[str], results: Path, arguments: argparse.Namespace, share: int
) -> None:
    """Judges every so-manieth mutant."""
    done = {key for key, line in known(results).items() if line["outcome"] in ("killed", "same", "invalid")}
    judge, as_it_was = Judge(coverage, arguments.budget), digest(coverage.package)
    with results.open("a", encoding="utf-8", buffering=1) as output:
        for name in names:
            counted, began = Counter[str](), time.monotonic()
            for mutant in chosen(coverage.package, name, arguments)[share :: arguments.jobs]:
                if mutant.key in done:
                    continue
                verdict = judge.judge(mutant, everything=arguments.everything)
                if digest(coverage.package) != as_it_was:
                    raise SystemExit(CHANGED)
                counted[verdict.outcome] += 1
                line = {
                    "key": mutant.key,
                    "module": name,
                    "where": mutant.where,
                    "line": mutant.lines[0],
                    "operator": mutant.operator,
                    "change": mutant.change,
                    "outcome": verdict.outcome,
                    "by": verdict.by,
                }
                output.write(json.dumps(line) + "\n")
            if counted:
                print(f"{name}: {dict(counted)} in {time.monotonic() - began:.0f} s", flush=True)


@dataclass
class Row:
    """The counts of a module."""

    name: str
    mutants: int = 0
    killed: int = 0
    explained: int = 0
    survived: int = 0
    unknown: int = 0

    @property
    def figure(self) -> float:
        """Killed, in per cent of what was judged."""
        judged = self.killed + self.explained + self.survived
        return 100 * self.killed / judged if judged else 100.0

    def add(self, other: Row) -> None:
        """For the sum of all."""
        for part in ("mutants", "killed", "explained", "survived", "unknown"):
            setattr(self, part, getattr(self, part) + getattr(other, part))

    def __str__(self) -> str:
        figure = f"{self.figure:.1f} %"
        return (
            f"{self.name:34} {self.mutants:>7} {self.killed:>7} {self.explained:>10} {self.survived:>9} {figure:>8}"
            + (f"  ({self.unknown} not judged)" if self.unknown else "")
        )


def report(part: Part, names: Iterable[str], results: Path, arguments: argparse.Namespace) -> int:
    """Prints a row for each module, and the sum."""
    lines = known(results)
    explained = explanations()
    total, left, used = Row("all"), [], Counter[str]()
    print(f"{'module':34} mutants  killed  explained  survived   figure")
    for name in names:
        row = Row(name)
        for mutant in chosen(part.package, name, arguments):
            line = lines.get(mutant.key)
            if line is None:
                row.unknown += 1
            elif line["outcome"] == "killed":
                row.mutants += 1
                row.killed += 1
            elif line["outcome"] in ("survived", "untested"):
                row.mutants += 1
                reason = next((kind for kind, entry in explained if matches(entry, mutant)), None)
                if reason:
                    row.explained += 1
                    used[reason] += 1
                else:
                    row.survived += 1
                    left.append((mutant, line["outcome"]))
        if row.mutants or row.unknown:
            print(row)
            total.add(row)
    print(total)
    if arguments.share < 1:
        low, high = interval(total.killed, total.killed + total.explained + total.survived)
        print(f"of all mutants, by this sample: {low:.1f} to {high:.1f} % (95 % confidence)")
    for kind, count in used.most_common():
        print(f"  explained: {count:5} {kind}")
    if arguments.survivors:
        for mutant, outcome in left:
            print(f"{outcome} {mutant.module}.py:{mutant.lines[0]} {mutant.where} [{mutant.operator}]")
            print(f"    {mutant.change}")
    return 0 if total.figure >= LEAST else 1


def interval(killed: int, judged: int) -> tuple[float, float]:
    """Between which percentages the share of all lies that a sample was drawn from: Wilson's score interval."""
    if not judged:
        return 0.0, 100.0
    share, z = killed / judged, 1.96
    middle = share + z**2 / (2 * judged)
    half = z * math.sqrt(share * (1 - share) / judged + z**2 / (4 * judged**2))
    scale = 100 / (1 + z**2 / judged)
    return scale * (middle - half), scale * (middle + half)


def explanations() -> list[tuple[str, dict[str, str]]]:
    """Each entry of explained.toml with its kind."""
    if not EXPLAINED.exists():
        return []
    content = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return [(kind, entry) for kind, part in content.items() for entry in part["mutants"]]


def matches(entry: dict[str, str], mutant: Mutant) -> bool:
    """Whether an explanation is about a mutant: every part it gives agrees."""
    return (
        entry["module"] == mutant.module
        and entry.get("where", mutant.where) == mutant.where
        and entry["change"] in mutant.change
    )


if __name__ == "__main__":
    sys.exit(main())
