"""The fixtures of the rules: one judgement a file, `<rule-id>/{good,bad}/<what-it-is-about>.yaml`.

Their form is that of every example of a rule (`poolgate.testing`), and one key more: `also: {other-rule: why it fires,
too}`. A rule that is newer than an example says so on its own side, in `<rule-id>/also.yaml`:
`{other-rule/bad/example: why it fires there, too}`. The files under `good` are clean for every rule. The first of each
folder, in alphabetical order, is printed in docs/rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from inference_pools import policy_config
from inference_pools.finding import Verdict
from inference_pools.policy_config import Setting
from inference_pools.rules import ALL
from poolgate.testing import TODAY, Example, read_example

__all__ = ["ALSO", "HERE", "TODAY", "Fixture", "also", "fixtures", "load"]

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

    def named(self) -> dict[str, str]:
        """The other rules that are said to fire, too, each with the reason: by the example, or by the rule itself."""
        return {**self.also, **{rule: reasons[self.id] for rule, reasons in also().items() if self.id in reasons}}


ALSO: Final = "also.yaml"


@cache
def also() -> dict[str, dict[str, str]]:
    """By rule: the bad examples of other rules that it fires in, too, each with the reason."""
    return {path.parent.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(HERE.glob(f"*/{ALSO}"))}


def load(path: Path) -> Fixture:
    """The fixture in a file."""
    return Fixture(**vars(read_example(path)))


@cache
def fixtures() -> tuple[Fixture, ...]:
    """Every fixture, in alphabetical order; read once for all tests."""
    return tuple(load(path) for path in sorted(HERE.glob("*/*/*.yaml")))
