"""Rounds: a stack full of configurations, judged in every place, and the one configuration behind a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from differential.configurations import (
    Configuration,
    configurations,
    options,
    unknown_names,
    write_project,
)
from differential.places import judge_everywhere
from differential.reasons import Compared, Difference, compare
from gate.fixture_stacks import AZURE_PROVIDERS
from inference_pools import policy_config
from inference_pools.rules import ALL
from inference_pools.urn import Urn

ROOT: Final = Path(__file__).parents[2]
VIRTUALENVS: Final = dict(
    zip(AZURE_PROVIDERS, (ROOT / "stacks" / name / "venv" for name in ("three-clouds", "single-pool")), strict=True)
)
"""By the version of azure-native: with the SDKs that classes are taken from."""
SIZE: Final = 125
SHRUNK: Final = 2
"""How many of several differences are traced to their configuration: each takes engine runs of its own."""


@dataclass(frozen=True)
class Stack:
    """One stack of a seed."""

    seed: int
    number: int
    size: int = SIZE

    @property
    def members(self) -> list[Configuration]:
        """Its configurations."""
        return configurations(self.seed, self.number, self.size)

    def judged(self, members: Sequence[Configuration], folder: Path) -> tuple[Compared, dict[str, int]]:
        """What comes of some of its configurations, and how many resources were made in which form."""
        folder.mkdir(parents=True, exist_ok=True)
        project = write_project(members, folder / "project", VIRTUALENVS[members[0].azure])
        settings = policy_config.parse(options(self.number, self.seed), ALL)
        found = judge_everywhere(project, settings, folder)
        return compare(found.judged, unknown_names(members)), dict(found.forms)

    def told(self, faults: Sequence[Difference], folder: Path) -> str:
        """The differences, each of the first few with the least configuration that shows it."""
        lines = [f"{len(faults)} differences in stack {self.number} of seed {self.seed}"]
        of_one = {(fault.urn, fault.rule): fault for fault in faults}
        for number, fault in enumerate(of_one.values()):
            lines.append(f"\n{' and '.join(fault.pair)}: {fault}")
            if number < SHRUNK:
                lines.append(self._least(fault, folder / f"fault{number}"))
        return "\n".join(lines)

    def _least(self, fault: Difference, folder: Path) -> str:
        name = Urn.parse(fault.urn).name if fault.urn else ""
        named = [one for one in self.members if any(entry.resource.name == name for entry in one.entries or ())]
        if not named:
            return "is of the stack as a whole"
        least = named[0]
        trials = self._trials(fault.rule, folder)
        if not trials(least):
            return f"not by itself; in the stack it is\n{least}"
        for step in least.steps:
            without = replace(least, steps=tuple(each for each in least.steps if each is not step))
            if without.entries is not None and trials(without):
                least = without
        return f"by itself, too:\n{least}"

    def _trials(self, rule: str, folder: Path) -> _Trials:
        return _Trials(self, rule, folder)


class _Trials:
    """Judges single configurations, and tells whether a rule still is of two minds."""

    def __init__(self, stack: Stack, rule: str, folder: Path) -> None:
        self._stack, self._rule, self._folder = stack, rule, folder
        self._done = 0

    def __call__(self, configuration: Configuration) -> bool:
        self._done += 1
        found, _ = self._stack.judged([configuration], self._folder / str(self._done))
        return any(fault.rule == self._rule for fault in found.faults)


def stacks(seed: int, count: int) -> Iterator[Stack]:
    """So many stacks of a seed."""
    return (Stack(seed, number) for number in range(count))
