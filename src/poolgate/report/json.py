"""The report for machines; its schema is `schemas/report.schema.json`."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from poolgate.findings import Finding
    from poolgate.report import Report

SCHEMA_VERSION: Final = "1.0"


def render(report: Report) -> str:
    """The whole run as JSON. Only `run` differs between two runs over the same input."""
    return json.dumps(to_json(report), indent=2, ensure_ascii=False) + "\n"


def to_json(report: Report) -> dict[str, Any]:
    """The report as a JSON value."""
    tally = report.tally
    findings = tally.sorted_findings
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
            "stacks": tally.stacks,
            "resources": tally.resources,
            "pools": tally.pools,
            "outcomes": {str(outcome): count for outcome, count in sorted(tally.outcomes.items())},
            "severities": _counts(str(finding.severity) for finding in findings),
            "rules": _counts(finding.rule for finding in findings),
        },
        "findings": [_finding(finding) for finding in findings],
    }


def _counts(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _finding(finding: Finding) -> dict[str, Any]:
    location, subject = finding.location, finding.subject
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
        },
        "path": finding.path,
        "location": None
        if location is None
        else {"file": location.file, "line": location.line, "column": location.column},
        "from_resources": list(finding.from_resources),
        "waiver": None,
        "fingerprint": finding.fingerprint,
        "introduced_by": str(finding.origin),
    }
