"""How many findings each waiver covers, as far as a report tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from inference_pools.exemptions import PolicyException
from inference_pools.finding import Outcome
from inference_pools.urn import Urn
from inference_pools.waivers import Standing, concerns
from poolgate.report.earlier import read_run
from poolgate.report.json_parts import waiver_json
from poolgate.report.reach import Reach
from poolgate.waivers_exported import pairs_of

DOES_NOT_HOLD: Final = "does not hold"
NOT_READ: Final = "not read"
UNUSED: Final = "unused"


class Cover(NamedTuple):
    """What a waiver covers in a report: a number, or None and why nobody knows."""

    number: int | None
    why: str = ""

    def __str__(self) -> str:
        return self.why if self.number is None else str(self.number) if self.number else UNUSED


def covers_in(report: Path, found: Sequence[Standing]) -> list[Cover]:
    """What each waiver covers, of the findings of a JSON report. Raises UsageError for what is no report.

    One that covers nothing is unused only where all the stacks that it may cover, as far as the report met them, were
    read: in a stack that was not, it may be needed.
    """
    earlier = read_run(report)
    waived = [one.raw.get("waiver") for one in earlier.findings if one.outcome is Outcome.WAIVED]
    counts = Counter(_key(waiver) for waiver in waived if isinstance(waiver, Mapping))
    told: list[Cover] = []
    for standing in found:
        number = counts[_key(waiver_json(standing.waiver))]
        told.append(Cover(number) if number else _without(standing, earlier.reach))
    return told


def exceptions_in(report: Path, exceptions: Sequence[PolicyException]) -> dict[str, Cover]:
    """What each exception lets pass in a JSON report, by its ID. Of a finding that has several, each is counted."""
    earlier = read_run(report)
    exempted = [one for one in earlier.findings if one.outcome is Outcome.WAIVED and one.raw.get("exception")]
    found = Counter((one.rule, urn_of(one.raw["resource"])) for one in exempted)
    read = {name for name, stack in (earlier.reach.stacks or {}).items() if stack.read}
    told = {}
    for exception in exceptions:
        pairs = {pair for _, pair in pairs_of(exception)}
        stacks = {Urn.parse(urn).full_stack for _, urn in pairs}
        is_read = stacks <= read
        number = sum(found[pair] for pair in pairs)
        told[exception.id] = Cover(number) if number or is_read else Cover(None, NOT_READ)
    return told


def urn_of(resource: Mapping[str, str]) -> str:
    """The URN of what a finding is about, as an exception names it: of no resource it is the stack's."""
    return resource["urn"] or str(Urn.of_stack(f"{resource['project']}/{resource['stack']}"))


def _without(standing: Standing, reach: Reach) -> Cover:
    if standing.defects:
        return Cover(None, DOES_NOT_HOLD)
    met = [stack for name, stack in (reach.stacks or {}).items() if concerns(standing.waiver, name)]
    return Cover(0) if met and all(stack.read for stack in met) else Cover(None, NOT_READ)


def _key(waiver: Mapping[str, Any]) -> str:
    """A waiver as a report has it, to be compared."""
    return repr(
        sorted((name, sorted(part.items()) if isinstance(part, dict) else part) for name, part in waiver.items())
    )
