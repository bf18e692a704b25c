"""Findings about stacks that could not be judged: programs that fail, resources a provider refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.files import relative_to_here
from poolgate.findings import Finding, Location, Origin, Subject, subject_of

PROGRAM_RULE: Final = "program-runs"
PROVIDER_RULE: Final = "provider-check"

# What the engine says of a CheckFailure: `TYPE resource 'NAME' has a problem: REASON. Examine values at 'NAME.PATH'.`
_PROBLEM: Final = re.compile(
    r"(?P<type>\S+) resource '(?P<name>.*?)' has a problem: (?P<reason>.*?)"
    r"(?:\. Examine values at '(?P<place>[^']*)'\.?)?",
    re.DOTALL,
)

# What the provider says instead of checking a type that it does not have, and the engine repeats as it is.
_NO_TYPE: Final = re.compile(r"(?P<reason>Resource type (?P<type>\S+) not found.*)", re.DOTALL)

_FRAME: Final = re.compile(r'^\s*File "(?P<file>.+)", line (?P<line>\d+)', re.MULTILINE)
_POOLGATE: Final = Path(__file__).resolve().parent.parent
_MEND: Final = "Mend the program or its configuration; until it runs, the stack is not judged."
_REMEDIES: Final = (
    (
        re.compile(r"did not end within"),
        "Look at what it waits for, or give it more time with --timeout; until it ends, the stack is not judged.",
    ),
    (
        re.compile(r"no resource plugin 'pulumi-resource-(?P<plugin>[^']+)' found"),
        "Put pulumi-resource-{plugin} on the PATH: the sandbox stands in for azure-native and downloads no plugin. "
        "`poolgate check` judges the program without one.",
    ),
    (
        re.compile(r'unknown stack "(?P<stack>[^"]+)"'),
        'Answer the reference: add {{"type": "pulumi:pulumi:StackReference", "id": "{stack}", "outputs": '
        '{{"outputs": {{…}}}}}} to "reads" in a JSON file and name it with --read-fixtures.',
    ),
    (
        re.compile(r"organization name must be 'organization'"),
        "Take the organization from pulumi.get_organization(): that of the sandbox is `organization`.",
    ),
)
"""What to do about failures that are not the program's own, by what is said of them."""


def program_failed(message: str, subject: Subject, location: Location | None, origin: Origin) -> Finding:
    """A program, or the run around it, that ended before everything was judged.

    Without a location it stands at the line of the program that the message, a traceback, comes from.
    """
    return Finding(
        rule=PROGRAM_RULE,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.UNREADABLE,
        message=message,
        remedy=_remedy(message),
        subject=subject,
        path="",
        origin=origin,
        location=location or _raised_at(message),
    )


def _remedy(message: str) -> str:
    for pattern, remedy in _REMEDIES:
        match = pattern.search(message)
        if match:
            return remedy.format_map(match.groupdict())
    return _MEND


def _raised_at(message: str) -> Location | None:
    """The innermost line of a traceback that is not in a library; None for any other message."""
    own = [match for match in _FRAME.finditer(message) if _is_the_programs(Path(match["file"]))]
    return Location(relative_to_here(Path(own[-1]["file"])), int(own[-1]["line"])) if own else None


def _is_the_programs(file: Path) -> bool:
    return "site-packages" not in file.parts and not file.is_relative_to(_POOLGATE) and file.is_file()


def provider_refused(message: str, urn: str, origin: Origin, location: Location | None = None) -> Finding | None:
    """A resource whose inputs the provider's own check refuses; None when the message says something else."""
    match = _PROBLEM.fullmatch(message) or _NO_TYPE.fullmatch(message)
    if not match:
        return None
    told = {"name": urn.rpartition("::")[2], "place": "", **match.groupdict("")}
    return Finding(
        rule=PROVIDER_RULE,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.VIOLATED,
        message=told["reason"],
        remedy="Correct the value: the provider refuses the resource before it calls Azure.",
        subject=subject_of(urn, told["type"], told["name"]),
        path=told["place"].removeprefix(told["name"]).removeprefix("."),
        origin=origin,
        location=location,
    )
