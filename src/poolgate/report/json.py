"""The report for machines; its schema is `schemas/report.schema.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from inference_pools.levels import Outcome
from poolgate.judged_by import options_of
from poolgate.owner import Whose
from poolgate.report.by_platform import by_platform
from poolgate.report.conclusion import OVER_FILES
from poolgate.report.json_parts import SCHEMA_VERSION, finding_json, pieces_of
from poolgate.report.reach import Stack, accounts, stacks_met

if TYPE_CHECKING:
    from poolgate.findings import Partial, Tally
    from poolgate.report import Report


def pieces(report: Report) -> Iterator[str]:
    """The whole run as JSON. Only `run` differs between two runs over the same input."""
    yield from pieces_of(_to_json(report), **_handover(report))


def _to_json(report: Report) -> dict[str, Any]:
    """The report as a JSON value. What there is much of comes one after the other."""
    tally, known = report.tally, report.known
    findings, stacks = report.findings, stacks_met(tally)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "poolgate", "version": report.version},
        "run": {
            "command": report.command,
            "started": report.started,
            "duration_seconds": round(report.duration, 3),
            "policy_config_sha256": report.policy_config_digest,
            "rules": None if report.settings is None else options_of(report.settings),
            "inputs": ({"name": name, "sha256": digest} for name, digest in sorted(tally.inputs)),
            **tally.of_run,
        },
        "summary": {
            "conclusion": str(report.conclusion),
            "partial": None if tally.partial is None else _partial_json(tally.partial),
            "stacks": tally.stacks,
            "resources": tally.resources,
            "pools": tally.pools,
            "platforms": [one._asdict() for one in by_platform(report)],
            "outcomes": {str(outcome): count for outcome, count in sorted(tally.outcomes.items())},
            "severities": _counts(
                str(finding.severity) for finding in findings if finding.outcome is not Outcome.UNKNOWN
            ),
            "edits": report.edits._asdict(),
            "rules": _counts(finding.rule for finding in findings),
            "baseline": None if known is None else {"known": known.number, "changed": known.changed},
            "accounts": accounts(stacks),
            "passed_over": _counts(entry.kind for entry in tally.passed_over),
            "not_judged": _counts(resource.kind for resource in tally.not_judged),
        },
        "by": {} if report.command in OVER_FILES else _by(report),
        "error": None if report.stopped is None else report.stopped._asdict(),
        "notes": list(tally.notes),
        "passed_over": [entry._asdict() for entry in tally.passed_over],
        "not_judged": [{"urn": resource.urn, "kind": resource.kind} for resource in tally.not_judged],
        "stacks": (_stack_json(stack, tally) for stack in stacks),
        "findings": map(finding_json, findings),
    }


def _by(report: Report) -> dict[str, Iterator[dict[str, Any]]]:
    """The summaries, each with its groups."""
    from poolgate.report.by import DIMENSIONS, Row, rows_by_each

    return {by: map(Row._asdict, rows) for by, rows in rows_by_each(report, DIMENSIONS).items()}


def _handover(report: Report) -> dict[str, Any]:
    """What a shard hands to the merge."""
    handover = report.tally.handover
    return {} if handover is None else {"shard": {**handover.terms, "found": handover.found}}


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _partial_json(partial: Partial) -> dict[str, Any]:
    return {"by": partial.by, "judged": partial.judged, "states": partial.states, "all_listed": partial.all_listed}


def _stack_json(stack: Stack, tally: Tally) -> dict[str, Any]:
    return {
        "project": stack.project,
        "stack": stack.stack,
        "file": stack.file or None,
        "read": stack.read,
        "standing": stack.standing,
        "update": list(stack.update),
        **Whose(*tally.whose.get(stack.name, ()))._asdict(),
    }
