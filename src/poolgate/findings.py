"""What poolgate reports: verdicts of the rules and of the lint, each with the place to go to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from inference_pools.finding import Enforcement, Outcome, Severity

if TYPE_CHECKING:
    from inference_pools.finding import Verdict


class Origin(StrEnum):
    """Where a finding was met: `introduced_by` in the JSON report."""

    CONFIG = "config"
    PROGRAM = "program"
    PREVIEW = "preview"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. Lines and columns count from 1; the file is relative to where poolgate was started."""

    file: str
    line: int
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Subject:
    """The resource a finding is about. A stack that could not be judged has only project and stack."""

    urn: str
    type: str
    name: str
    project: str
    stack: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report.

    `path` is a Pulumi property path. `from_resources` are the URNs that an unknown value may come from, where
    the source knows them.
    """

    rule: str
    severity: Severity
    enforcement: Enforcement
    outcome: Outcome
    message: str
    remedy: str
    subject: Subject
    path: str
    origin: Origin
    location: Location | None = None
    from_resources: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Names the finding across runs: the same as long as rule, resource, place and what is wrong are."""
        parts = (self.rule, self.subject.urn or f"{self.subject.project}/{self.subject.stack}", self.path, self.message)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    @property
    def fails(self) -> bool:
        """Whether it alone makes the run fail, when no `--fail-on` says otherwise."""
        if self.outcome is Outcome.BROKEN:
            return True
        is_open = self.outcome in (Outcome.VIOLATED, Outcome.UNREADABLE, Outcome.UNKNOWN)
        return is_open and self.enforcement is not Enforcement.ADVISORY

    @property
    def sort_key(self) -> tuple[str, ...]:
        """Report order: by stack, then resource, then place, then rule."""
        subject = self.subject
        return (subject.project, subject.stack, subject.urn, self.path, self.rule, self.message)


@dataclass(slots=True)
class Tally:
    """Findings, and counts of all that was looked at, clean or not."""

    findings: list[Finding] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    """Verdicts by outcome, one for each rule and resource (and property, where several were reported)."""
    stacks: int = 0
    resources: int = 0
    pools: int = 0
    inputs: list[tuple[str, str]] = field(default_factory=list)
    """What was read: its name and the SHA-256 of its content."""

    def add(
        self,
        verdicts: Iterable[Verdict],
        subject: Subject,
        origin: Origin,
        *,
        locate: Locator | None = None,
    ) -> None:
        """Counts verdicts on one resource, and keeps those that a report lists."""
        for verdict in verdicts:
            self.outcomes[verdict.outcome] += 1
            if verdict.outcome.reported:
                self.findings.append(
                    Finding(
                        rule=verdict.rule,
                        severity=verdict.severity,
                        enforcement=verdict.enforcement,
                        outcome=verdict.outcome,
                        message=verdict.message,
                        remedy=verdict.remedy,
                        subject=subject,
                        path=verdict.path,
                        origin=origin,
                        location=locate.location(verdict.path) if locate else None,
                        from_resources=locate.from_resources(verdict) if locate else (),
                    )
                )

    def count(self, outcome: Outcome, number: int) -> None:
        """Counts verdicts that no report lists."""
        if number:
            self.outcomes[outcome] += number

    def add_finding(self, finding: Finding) -> None:
        """Counts and keeps a finding that no rule made: of the lint, or of a stack that could not be read."""
        self.outcomes[finding.outcome] += 1
        self.findings.append(finding)

    def merge(self, other: Tally) -> None:
        """Adds what another tally saw."""
        self.findings.extend(other.findings)
        self.outcomes.update(other.outcomes)
        self.stacks += other.stacks
        self.resources += other.resources
        self.pools += other.pools
        self.inputs.extend(other.inputs)

    @property
    def sorted_findings(self) -> list[Finding]:
        """In report order; the same input gives the same order."""
        return sorted(self.findings, key=lambda finding: finding.sort_key)

    def failing(self, fail_on: Severity | None) -> Iterator[Finding]:
        """The findings that make the run fail: mandatory ones, or those at or above a severity."""
        for finding in self.findings:
            if fail_on is None:
                fails = finding.fails
            else:
                is_open = finding.outcome in (Outcome.VIOLATED, Outcome.UNREADABLE) or finding.fails
                fails = is_open and finding.severity.rank >= fail_on.rank
            if fails:
                yield finding


class Locator:
    """Knows where one resource's properties were written. A source that knows nothing uses this as it is."""

    def location(self, path: str) -> Location | None:
        """The place to edit for a property path."""
        return None

    def from_resources(self, verdict: Verdict) -> tuple[str, ...]:
        """The URNs that an unknown value may come from."""
        return ()


def subject_of(urn: str, type_: str, name: str) -> Subject:
    """The subject with stack and project as its URN says them: `urn:pulumi:STACK::PROJECT::TYPES::NAME`."""
    head, _, rest = urn.partition("::")
    stack = head.removeprefix("urn:pulumi:")
    project = rest.partition("::")[0]
    return Subject(urn=urn, type=type_, name=name, project=project, stack=stack)
