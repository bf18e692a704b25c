"""What JSON reports are made of, and what earlier ones are compared by: a finding, a waiver, the versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from poolgate.report.safe import inert_json

if TYPE_CHECKING:
    from inference_pools.finding import Exemption, Waiver
    from poolgate.findings import Edit, Finding, Location

SCHEMA_VERSION: Final = "1.8"
READABLE: Final = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", SCHEMA_VERSION)
"""The versions of reports that are read back: what the older ones lack is nothing that is compared."""

_ENCODER: Final = json.JSONEncoder(indent=2, ensure_ascii=False)
_LINE: Final = "\n"
_AT_ONCE: Final = 100
"""Parts of a text that are joined at a time."""
NEVER: Final = "never"
"""When an exception of a policy config ends."""


def dumps(value: Mapping[str, Any]) -> str:
    """JSON as every report writes it."""
    return "".join(pieces_of(value))


def pieces_of(value: Mapping[str, Any], **for_machines: Any) -> Iterator[str]:
    """The same in pieces; what an iterator gives in it is a list.

    Further members, which nobody reads, have a line each and lose no character.
    """
    written = _indented(value, _LINE)
    while some := "".join(islice(written, _AT_ONCE)):
        yield inert_json(some.encode("utf-8", "replace").decode())
    for name, member in for_machines.items():
        yield inert_json(f',\n  "{name}": {json.dumps(member, separators=(",", ":"))}')
    yield "\n}\n"


def _indented(value: Any, line: str) -> Iterator[str]:
    """A value as `json.dumps` indents it. `line` is what begins a line where it stands; the end of the whole is left
    out, so that more may follow.
    """
    within = f"{line}  "
    if isinstance(value, Mapping) and value:
        before = "{"
        for name, member in value.items():
            yield f"{before}{within}{_ENCODER.encode(name)}: "
            yield from _indented(member, within)
            before = ","
        if line != _LINE:
            yield f"{line}}}"
    elif isinstance(value, Iterator):
        before = "["
        for item in value:
            yield f"{before}{within}{_ENCODER.encode(item).replace(_LINE, within)}"
            before = ","
        yield "[]" if before == "[" else f"{line}]"
    else:
        yield _ENCODER.encode(value).replace(_LINE, line)


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding as a JSON value."""
    subject = finding.subject
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "enforcement": str(finding.enforcement),
        "outcome": str(finding.outcome),
        "message": finding.message,
        "remedy": finding.remedy,
        "resource": {
            "urn": subject.urn,
            "type": subject.type,
            "name": subject.name,
            "project": subject.project,
            "stack": subject.stack,
            "owner": subject.owner,
            "team": subject.team,
            "cost_center": subject.cost_center,
            "environment": subject.environment,
        },
        "path": finding.path,
        "location": None if finding.location is None else _place(finding.location),
        "related": [_place(place) for place in finding.related],
        "from_resources": list(finding.from_resources),
        **({"edit": _edit(finding.edit)} if finding.edit is not None else {}),
        "waiver": None if finding.waiver is None else waiver_json(finding.waiver),
        "exception": None if finding.exemption is None else exception_json(finding.exemption),
        "fingerprint": finding.fingerprint,
        "introduced_by": str(finding.origin),
    }


def _place(place: Location) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "file": edit.file,
        "line": edit.line,
        "column": edit.column,
        "end_column": edit.end_column,
        "text": edit.text,
    }


def waiver_json(waiver: Waiver) -> dict[str, Any]:
    """A waiver as a finding has it that it covers."""
    return {
        "rule": waiver.rule,
        "target": {"urn": waiver.target.urn, "stack": waiver.target.stack, "path": waiver.target.path},
        **terms_of(waiver),
    }


def exception_json(exemption: Exemption) -> dict[str, Any]:
    """An exception of a policy config as a finding has it that it lets pass. Nobody can tell whose, or until when."""
    return {"id": exemption.id, "reason": exemption.reason, "expires": None}


def terms_of(waiver: Waiver) -> dict[str, str]:
    """What was agreed on: why, by whom and until when."""
    return {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "ticket": waiver.ticket,
        "created": waiver.created.isoformat(),
        "expires": waiver.expires.isoformat(),
        "approved_by": waiver.approved_by,
    }
