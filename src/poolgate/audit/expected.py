"""Which stacks an audit has to meet: a list of them, or what an earlier audit met. One that is gone is not passed over.

Three forms are read: names, one a line; the JSON report of an earlier audit; what `pulumi stack ls --all --json` has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inference_pools.finding import Enforcement, Outcome, Severity, printable
from inference_pools.own_checks import BY_ID, STACK_EXPECTED
from poolgate.errors import UsageError
from poolgate.files import parse_json, read_text, relative_to_here
from poolgate.findings import Finding, Location, Origin, Subject, Tally
from poolgate.report.conclusion import Conclusion
from poolgate.report.reach import stacks_met

_NAME: Final = re.compile(r"(?:organization/)?(?P<name>(?:[\w.-]+/)?[\w.-]+)", re.ASCII)
"""`project/stack`, with or without the one organization that such backends have; of the old layout `stack`."""
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Expected:
    """The stacks by name, as `project/stack` (in the old layout `stack`), each with its line in the file; 1 in JSON."""

    file: str
    lines: Mapping[str, int]


def read_expected(path: Path) -> Expected:
    """The stacks that a file names. Raises UsageError, with the line or key, for what is no name, and for no names."""
    text, name = read_text(path), relative_to_here(path)
    names = dict(_of_json(text, name) if text.lstrip()[:1] in ("{", "[") else _of_lines(text, name))
    if not names:
        raise UsageError("names no stack", file=name)
    return Expected(name, names)


def _of_lines(text: str, file: str) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0].strip()
        if written:
            yield _name(written, file, line=number), number


def _of_json(text: str, file: str) -> Iterator[tuple[str, int]]:
    document = parse_json(text, file)
    if isinstance(document, list):
        for index, entry in enumerate(document):
            yield _name(_text(entry, "name", file, f"[{index}]"), file, key=f"[{index}].name"), 1
        return
    if of_some := _met_some(document):
        raise UsageError(f"{of_some}, and names some of the stacks: give the report of all", file=file)
    stacks = document.get("stacks")
    if not isinstance(stacks, list):
        raise UsageError("is missing: the report of an audit has it, since version 1.3", file=file, key="stacks")
    for index, entry in enumerate(stacks):
        project, stack = (_text(entry, key, file, f"stacks[{index}]") for key in ("project", "stack"))
        if stack:  # Of a state that could not be read nobody knows the name.
            yield "/".join(filter(None, (project, stack))), 1


def _met_some(report: Mapping[str, Any]) -> str:
    """Says of a report that it is of a part of the shards; "" for any other."""
    if "shard" in report:
        return "is the report of one shard"
    summary, run = (part if isinstance(part := report.get(key), dict) else {} for key in ("summary", "run"))
    is_part = "shards" in run and summary.get("conclusion") == Conclusion.INCOMPLETE
    return "merges shards of which some are missing or were stopped" if is_part else ""


def _text(entry: Any, key: str, file: str, place: str) -> str:
    text = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(text, str):
        raise UsageError("is missing, or no text", file=file, key=f"{place}.{key}")
    return text


def _name(written: str, file: str, *, line: int | None = None, key: str | None = None) -> str:
    match = _NAME.fullmatch(written)
    if not match:
        raise UsageError(
            f"{printable(written)!r} is no name of a stack: write project/stack", file=file, line=line, key=key
        )
    return match["name"]


def compare(expected: Expected, tally: Tally) -> None:
    """Adds a finding for each stack that is expected and was not met, and a note on those that nobody expects."""
    met = {stack.name.strip("/") for stack in stacks_met(tally) if stack.stack}
    for name, line in expected.lines.items():
        if name not in met:
            tally.add_finding(_missing(name, expected.file, line))
    if others := sorted(met - expected.lines.keys()):
        rest = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        which = "1 stack is" if len(others) == 1 else f"{len(others)} stacks are"
        tally.note(printable(f"{which} not in {expected.file}: {', '.join(others[:_MOST_NAMED])}{rest}"))


def _missing(name: str, file: str, line: int) -> Finding:
    project, _, stack = name.rpartition("/")
    return Finding(
        rule=STACK_EXPECTED,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.UNREADABLE,
        message=f"no state of {name} was met, and {printable(file)} expects it",
        remedy=BY_ID[STACK_EXPECTED].remedy,
        subject=Subject(urn="", type="", name="", project=project, stack=stack),
        keys=(),
        origin=Origin.STATE,
        location=Location(printable(file), line),
    )
