"""A program that fails for want of a value: the place in the stack's file where the value is to be written."""

from __future__ import annotations

import re
from typing import Final

from inference_pools.own_checks import PROGRAM_RUNS
from poolgate.errors import UsageError
from poolgate.files import relative_to_here
from poolgate.findings import Finding, Location, Tally
from poolgate.lint.document import Position, YamlError
from poolgate.lint.namespaces import near_miss
from poolgate.lint.project import StackConfig
from poolgate.lint.schema_lint import secrets_of_stack

MISSING: Final = re.compile(
    r"Missing required configuration variable(?: '(?P<key>[^']*)')?"
    r"|is missing configuration value(?: '(?P<name>[^']*)')?",
    re.IGNORECASE,
)
"""What the SDKs say, each in its own case, and what the engine says of a declared key."""


def point_out(tally: Tally, stack: StackConfig | None) -> None:
    """Moves such failures to the key that was probably meant, and says so; else to where the key is to be added."""
    if stack is None:
        return
    tally.findings = [
        _pointed(finding, match, stack)
        if finding.rule == PROGRAM_RUNS and (match := MISSING.search(finding.message))
        else finding
        for finding in tally.findings
    ]


def _pointed(finding: Finding, match: re.Match[str], stack: StackConfig) -> Finding:
    key = stack.project.qualified(match["key"] or match["name"] or "")
    try:
        near = near_miss(key, _unclaimed(stack))
        entry = stack.own[near] if near else None
    except YamlError:  # of which the lint tells
        return finding
    position = stack.document.key_position_of(entry.path if entry else ("config",))
    if position is None:
        return finding
    place = _place(stack, position)
    before = (finding.location,) if finding.location and finding.location != place else ()
    moved = finding._replace(location=place, related=(*finding.related, *before))
    if entry is None:
        return moved
    written = str(entry.path[1])
    reading = "" if written == entry.key else f", which is read as '{entry.key}'"
    remedy = f"Was '{written}' at {place} meant for it{reading}? Write '{key}' there; until the program runs, the "
    return moved._replace(remedy=f"{remedy}stack is not judged.")


def _unclaimed(stack: StackConfig) -> list[str]:
    """The keys that the stack configures and the project does not declare."""
    project = stack.project
    declared = {project.qualified(key) for key in project.declarations}
    return [key for key in stack.own if key not in declared]


def _place(stack: StackConfig, position: Position) -> Location:
    """A place in the stack's file; it is not shown where the value may be meant for a secret."""
    try:
        is_private = secrets_of_stack(stack).hides(position.line)
    except UsageError:  # of which the lint tells
        is_private = True
    return Location(relative_to_here(stack.file), position.line, position.column, is_private)
