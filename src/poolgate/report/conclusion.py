"""How a run can end, and what it takes to say so."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from poolgate.changed import UNCHANGED

if TYPE_CHECKING:
    from poolgate.findings import Tally

OVER_FILES: Final = frozenset({"lint", "waivers"})
"""The commands that look at files, not at pools."""


_NOTHING: Final = 4
"""The exit code of a run that found nothing to look at."""


class Conclusion(StrEnum):
    """How a run ended: `summary.conclusion` in the JSON report. Only PASSED is good news."""

    PASSED = "passed"
    FAILED = "failed"
    NOTHING = "nothing judged"
    INCOMPLETE = "incomplete"
    BROKEN = "broken"
    STOPPED = "stopped"


class Stopped(NamedTuple):
    """Why a run came to no verdict: the exit code it ends with, and what is wrong."""

    exit_code: int
    message: str

    @property
    def conclusion(self) -> Conclusion:
        """That there was nothing to look at is no failure of the run."""
        return Conclusion.NOTHING if self.exit_code == _NOTHING else Conclusion.STOPPED


def judged_nothing(command: str, tally: Tally) -> bool:
    """Whether there was no pool to judge, whatever else was looked at; not where --changed has left stacks alone."""
    if command in OVER_FILES or tally.pools:
        return False
    return all(passed.why != UNCHANGED for passed in tally.passed_over)
