"""What one audit leaves in a history: the terms that it judged by, the stacks that it met, and what it found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from inference_pools.levels import Outcome, printable
from inference_pools.own_checks import BY_ID
from inference_pools.rule import Scope
from inference_pools.runner import enabled
from inference_pools.version import __version__
from inference_pools.view import platform_of
from poolgate.errors import without_credentials
from poolgate.judged_by import options_of
from poolgate.owner import Whose, said_of
from poolgate.report.reach import stacks_met

if TYPE_CHECKING:
    from inference_pools.policy_config import Setting
    from poolgate.findings import Finding, Tally

TRACKED: Final = frozenset((Outcome.VIOLATED, Outcome.UNREADABLE, Outcome.WAIVED))
"""What is followed from audit to audit. The other findings say that a judgement could not be made: those blind."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit, and the terms that it judged by. `started` is in UTC, to the microsecond.

    `rules` has the rules that ran, each with a digest of its options: what is not found by another rule set, or by
    other options, is not mended. `sources` are what was audited, as it was named. `policy_config` is the digest of that
    file, "" where there was none.
    """

    id: str
    started: datetime
    day: date
    version: str
    policy_config: str
    sources: tuple[str, ...]
    rules: Mapping[str, str]


class StackMet(NamedTuple):
    """A stack that an audit met, or missed. `standing` is `read`, `not read` or `missing`.

    `judged` is `no` where there was nothing that rules judge, `yes` where there was, "" where nobody wrote it down.
    `whose` is by tags of the stack, `by_resources` by those of the first of its resources that says it.
    """

    project: str
    stack: str
    standing: str
    under_way: str
    file: str
    judged: str
    whose: Whose
    by_resources: Whose

    @property
    def name(self) -> str:
        """As `project/stack`; its file where neither is known."""
        return f"{self.project}/{self.stack}" if self.project or self.stack else self.file


class Found(NamedTuple):
    """A finding as an audit had it. `compares` says that it rests on all stacks of its project, and not on its own.

    What covers it is a waiver, an exception of a policy config, by its id, or both. Days are written as YYYY-MM-DD.
    """

    fingerprint: str
    rule: str
    severity: str
    enforcement: str
    outcome: str
    message: str
    path: str
    project: str
    stack: str
    urn: str
    type: str
    name: str
    platform: str
    compares: bool
    waiver_owner: str
    waiver_ticket: str
    waiver_expires: str
    waiver_reason: str
    waiver_created: str
    waiver_approved_by: str
    exception: str
    exception_reason: str
    whose: Whose

    @property
    def stack_name(self) -> str:
        """As `project/stack`."""
        return f"{self.project}/{self.stack}"

    @property
    def is_waived(self) -> bool:
        """Whether a waiver or an exception covered it."""
        return self.outcome == Outcome.WAIVED

    @property
    def is_tracked(self) -> bool:
        """Whether it is followed; else it says that something could not be judged."""
        return self.outcome in TRACKED


class Record(NamedTuple):
    """All that one audit leaves."""

    audit: Audit
    stacks: tuple[StackMet, ...]
    findings: tuple[Found, ...]


def record_of(
    tally: Tally,
    settings: Sequence[Setting],
    *,
    id: str,
    started: datetime,
    day: date,
    policy_config: str | None,
    sources: Iterable[str],
) -> Record:
    """What an audit leaves, once its waivers are settled and before a baseline has left anything out.

    What is about no stack, such as a waiver that has expired, is in no history; nor are the findings that say that a
    stack was not read or not met, which its standing says.
    """
    comparing = {setting.rule.id for setting in enabled(settings) if setting.rule.scope is Scope.PROJECT}
    audit = Audit(
        id=id,
        started=started,
        day=day,
        version=__version__,
        policy_config=policy_config or "",
        sources=tuple(sorted({printable(without_credentials(source)) for source in sources})),
        rules=options_of(settings),
    )
    without = {entry.name for entry in tally.passed_over if entry.kind == "stack"}
    stacks = tuple(
        StackMet(
            one.project,
            one.stack,
            one.standing,
            " ".join(one.update),
            one.file,
            ("no" if one.name in without else "yes") if one.read else "",
            Whose(*map(printable, tally.whose.get(one.name, ()))),
            Whose(*map(printable, tally.resources_whose.get(one.name, ()))),
        )
        for one in stacks_met(tally)
    )
    found = tuple(
        _found(finding, finding.rule in comparing)
        for finding in tally.sorted_findings
        if finding.rule not in BY_ID and finding.subject.stack
    )
    return Record(audit, stacks, found)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _found(finding: Finding, compares: bool) -> Found:
    subject, waiver, exemption = finding.subject, finding.waiver, finding.exemption
    return Found(
        finding.fingerprint,
        finding.rule,
        str(finding.severity),
        str(finding.enforcement),
        str(finding.outcome),
        finding.message,
        finding.path,
        subject.project,
        subject.stack,
        subject.urn,
        subject.type,
        subject.name,
        platform_of(subject.type),
        compares,
        waiver.owner if waiver else "",
        waiver.ticket if waiver else "",
        waiver.expires.isoformat() if waiver else "",
        _one_line(waiver.reason) if waiver else "",
        waiver.created.isoformat() if waiver else "",
        waiver.approved_by if waiver else "",
        printable(exemption.id) if exemption else "",
        _one_line(exemption.reason) if exemption else "",
        said_of(subject),
    )
