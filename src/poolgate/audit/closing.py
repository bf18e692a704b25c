"""What is said of an audit as a whole, once all of its states were judged: here, or each shard of them elsewhere.

All of it is in an order of its own, which says nothing of how the work was shared out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from inference_pools.finding import printable
from poolgate.audit.copies import note_on
from poolgate.audit.expected import Expected, compare
from poolgate.audit.layout import by_reason
from poolgate.audit.listing import StateFile
from poolgate.errors import NothingMatchedError, without_credentials
from poolgate.findings import Tally
from poolgate.report.reach import accounts, stacks_met

_MOST_NAMED: Final = 5


@dataclass(slots=True)
class Aside:
    """What the sentences on an audit as a whole are made of.

    `sources` are the paths and addresses, `files` how many there were at them to read, `newest` which stacks were in
    several of them, and `not_shown` the names of those that the engine's own listing leaves out, each with the reason.
    """

    sources: Sequence[str] = ()
    files: int = 0
    newest: list[str] = field(default_factory=list)
    not_shown: list[tuple[str, str]] = field(default_factory=list)

    def see(self, files: Iterable[StateFile]) -> None:
        """Takes note of what is to be read."""
        for file in files:
            self.files += 1
            if file.not_shown:
                self.not_shown.append((file.name, file.not_shown))

    def merge(self, other: Aside) -> None:
        """Adds what was seen elsewhere of the same sources."""
        self.files += other.files
        self.newest += other.newest
        self.not_shown += other.not_shown

    def to_json(self) -> dict[str, Any]:
        """What another process makes the same of, which knows the sources."""
        return {"files": self.files, "newest": self.newest, "not_shown": [[*one] for one in self.not_shown]}


def close(tally: Tally, aside: Aside, expected: Expected | None = None, *, is_whole: bool = True) -> None:
    """Adds what is to be said of the whole, and puts in order what came as it was met.

    Raises NothingMatchedError when there is no state at all, unless it `is_whole` not: others may have some.
    """
    tally.passed_over = dict.fromkeys(sorted(tally.passed_over))
    tally.not_judged = dict.fromkeys(sorted(tally.not_judged))
    notes = sorted(tally.notes)
    tally.notes = dict.fromkeys([*([note_on(sorted(aside.newest))] if aside.newest else []), *notes])
    if expected:
        compare(expected, tally)
    _account(aside, tally)
    if is_whole and not tally.stacks and not tally.findings:
        where = ", ".join(map(without_credentials, aside.sources))
        looked_at = f"none of {aside.files} JSON files is one" if aside.files else "no JSON files"
        raise NothingMatchedError(f"no state of a stack in {where or 'no path'}: {looked_at}")


def _account(aside: Aside, tally: Tally) -> None:
    """Notes what became of the stacks where not all were read at rest, and which the engine's listing does not show."""
    for sentence in by_reason(sorted(aside.not_shown), _MOST_NAMED):
        tally.note(printable(sentence))
    counts = accounts(stacks_met(tally))
    total = counts["read"] + counts["not read"] + counts["missing"]
    told = [
        f"{counts['read']} read",
        *([f"{counts['not read']} not read"] if counts["not read"] else []),
        *([f"{counts['missing']} missing"] if counts["missing"] else []),
        *([f"{counts['under way']} with an update under way or broken off"] if counts["under way"] else []),
    ]
    if len(told) > 1 and total > 1:  # Of a single one all is said.
        tally.notes = {f"of {total} stacks: {', '.join(told)}": None, **tally.notes}
