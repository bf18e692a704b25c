"""One finding of a report, of this run or an earlier one: what two of them are told to be the same by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.findings import Finding, fails
from poolgate.report.json_parts import finding_json


class Mark(NamedTuple):
    """By what findings of two reports are told to be the same one.

    A waived finding is another one than the same finding open: a waiver that runs out is news.
    """

    digest: str
    is_waived: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding of a report. `raw` is all that the report says of it."""

    rule: str
    severity: Severity
    enforcement: Enforcement
    outcome: Outcome
    message: str
    path: str
    name: str
    stack: str
    """As `project/stack`, as far as they are known."""
    fingerprint: str
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def introduced_by(self) -> str:
        """Where it was met."""
        return str(self.raw.get("introduced_by"))

    @property
    def has_stack(self) -> bool:
        """Whether it is known in which stack it is."""
        resource = self.raw.get("resource")
        return isinstance(resource, dict) and bool(resource.get("project") and resource.get("stack"))

    @property
    def file(self) -> str:
        """The file that it is about or stands in; "" for none."""
        place = self.raw.get("location")
        named = place.get("file") if isinstance(place, dict) else None
        return named if isinstance(named, str) else self.name

    @property
    def mark(self) -> Mark:
        """What it is known by; of several that have the same mark each stands for one."""
        return Mark(self.fingerprint.partition(":")[0], self.outcome is Outcome.WAIVED)

    @property
    def fails(self) -> bool:
        """Whether it alone makes a run fail, where `--fail-on` says nothing else."""
        return fails(self.outcome, self.enforcement)


def entry_of(finding: Finding) -> Entry:
    """A finding of this run as a report would have it."""
    subject = finding.subject
    return Entry(
        rule=finding.rule,
        severity=finding.severity,
        enforcement=finding.enforcement,
        outcome=finding.outcome,
        message=finding.message,
        path=finding.path,
        name=subject.name,
        stack="/".join(part for part in (subject.project, subject.stack) if part),
        fingerprint=finding.fingerprint,
        raw=finding_json(finding),
    )
