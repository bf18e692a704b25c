"""Findings about stacks that could not be judged: programs that fail, resources a provider refuses."""

from __future__ import annotations

import re
from typing import Final

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.findings import Finding, Location, Origin, Subject, subject_of

PROGRAM_RULE: Final = "program-runs"
PROVIDER_RULE: Final = "provider-check"

# What the engine says of a CheckFailure: `TYPE resource 'NAME' has a problem: REASON. Examine values at 'NAME.PATH'.`
_PROBLEM: Final = re.compile(
    r"(?P<type>\S+) resource '(?P<name>.*?)' has a problem: (?P<reason>.*?)"
    r"(?:\. Examine values at '(?P<place>[^']*)'\.?)?",
    re.DOTALL,
)


def program_failed(message: str, subject: Subject, location: Location | None, origin: Origin) -> Finding:
    """A program, or the run around it, that ended before everything was judged."""
    return Finding(
        rule=PROGRAM_RULE,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.UNREADABLE,
        message=message,
        remedy="Mend the program or its configuration; until it runs, the stack is not judged.",
        subject=subject,
        path="",
        origin=origin,
        location=location,
    )


def provider_refused(message: str, urn: str, origin: Origin, location: Location | None = None) -> Finding | None:
    """A resource whose inputs the provider's own check refuses; None when the message says something else."""
    match = _PROBLEM.fullmatch(message)
    if not match:
        return None
    place = match["place"] or ""
    return Finding(
        rule=PROVIDER_RULE,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.VIOLATED,
        message=match["reason"],
        remedy="Correct the value: the provider refuses the resource before it calls Azure.",
        subject=subject_of(urn, match["type"], match["name"]),
        path=place.removeprefix(match["name"]).removeprefix("."),
        origin=origin,
        location=location,
    )
