"""The report for machines; its schema is `schemas/report.schema.json`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from inference_pools.levels import Outcome
from poolgate.report.reach import stacks_met
from poolgate.report.safe import inert_json

if TYPE_CHECKING:
    from inference_pools.finding import Waiver
    from poolgate.findings import Edit, Finding, Location
    from poolgate.report import Report

SCHEMA_VERSION: Final = "1.3"
READABLE: Final = ("1.1", "1.2", SCHEMA_VERSION)
"""The versions of reports that are read back: what the older ones lack is nothing that is compared."""


def render(report: Report) -> str:
    """The whole run as JSON. Only `run` differs between two runs over the same input."""
    return dumps(to_json(report))


def dumps(value: Any) -> str:
    """JSON as every report writes it."""
    return inert_json(json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode()) + "\n"


def to_json(report: Report) -> dict[str, Any]:
    """The report as a JSON value."""
    tally, known = report.tally, report.known
    findings = report.findings
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "poolgate", "version": report.version},
        "run": {
            "command": report.command,
            "started": report.started,
            "duration_seconds": round(report.duration, 3),
            "policy_config_sha256": report.policy_config_digest,
            "inputs": [{"name": name, "sha256": digest} for name, digest in sorted(tally.inputs)],
        },
        "summary": {
            "conclusion": str(report.conclusion),
            "stacks": tally.stacks,
            "resources": tally.resources,
            "pools": tally.pools,
            "outcomes": {str(outcome): count for outcome, count in sorted(tally.outcomes.items())},
            "severities": _counts(
                str(finding.severity) for finding in findings if finding.outcome is not Outcome.UNKNOWN
            ),
            "edits": report.edits._asdict(),
            "rules": _counts(finding.rule for finding in findings),
            "baseline": None if known is None else {"known": known.number, "changed": known.changed},
            "passed_over": _counts(entry.kind for entry in tally.passed_over),
            "not_judged": _counts(resource.kind for resource in tally.not_judged),
        },
        "error": None if report.stopped is None else report.stopped._asdict(),
        "notes": list(tally.notes),
        "passed_over": [entry._asdict() for entry in tally.passed_over],
        "not_judged": [{"urn": resource.urn, "kind": resource.kind} for resource in tally.not_judged],
        "stacks": [{**stack._asdict(), "file": stack.file or None} for stack in stacks_met(tally)],
        "findings": [finding_json(finding) for finding in findings],
    }


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
        },
        "path": finding.path,
        "location": None if finding.location is None else _place(finding.location),
        "related": [_place(place) for place in finding.related],
        "from_resources": list(finding.from_resources),
        **({"edit": _edit(finding.edit)} if finding.edit is not None else {}),
        "waiver": None if finding.waiver is None else waiver_json(finding.waiver),
        "fingerprint": finding.fingerprint,
        "introduced_by": str(finding.origin),
    }


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


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
