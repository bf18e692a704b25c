"""The fixtures of the rules: one judgement a file, `<rule-id>/{good,bad}/<what-it-is-about>.yaml`.

Their form is that of every example of a rule (`poolgate.testing`), and one key more: `also: {other-rule: why it fires,
too}`. The files under `good` are clean for every rule. The first of each folder, in alphabetical order, is printed in
docs/rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from inference_pools import policy_config
from inference_pools.finding import Verdict
from inference_pools.policy_config import Setting
from inference_pools.rules import ALL
from poolgate.testing import TODAY, Example, read_example

__all__ = ["HERE", "TODAY", "Fixture", "fixtures", "load"]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Fixture(Example):
    """An example of a rule of the library."""

    @property
    def id(self) -> str:
        """How pytest names it."""
        return f"{self.rule}/{self.path.parent.name}/{self.path.stem}"

    def settings(self) -> tuple[Setting, ...]:
        """Every rule at its defaults, the fixture's own with its options."""
        return policy_config.parse({self.rule: self.options}, ALL)

    def verdicts(self) -> list[Verdict]:
        """What all the rules say of it."""
        return self.judged_by(ALL)


def load(path: Path) -> Fixture:
    """The fixture in a file."""
    return Fixture(**vars(read_example(path)))


@cache
def fixtures() -> tuple[Fixture, ...]:
    """Every fixture, in alphabetical order; read once for all tests."""
    return tuple(load(path) for path in sorted(HERE.glob("*/*/*.yaml")))
