"""How a run ended, and what its verdict does not cover: what every format says of the run as a whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from inference_pools import not_judged
from inference_pools.levels import NOT_KNOWN_YET, Enforcement, Outcome
from inference_pools.urn import beginning
from poolgate.findings import WHOSE
from poolgate.report.conclusion import Conclusion, judged_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from poolgate.findings import Finding, Tally
    from poolgate.report import Report

MOST_NAMED: Final = 50
"""So many resources that no rule judges are named where more is to be said; the rest is counted."""

_MOST_PATHS: Final = 3
"""So many properties are named of those that are not known yet."""


class Passed(NamedTuple):
    """What was passed over for one reason; `names` in their order."""

    kind: str
    why: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{count(len(self.names), self.kind)}: {self.why}"


def why_nothing(report: Report) -> str:
    """What there was none of, and what there was in its place."""
    others = served(report)
    return f"nothing that rules judge among the resources of {stacks_of(report.tally)}" + (
        f"; {others}" if others else ""
    )


def served(report: Report) -> str:
    """The sentence on resources that serve models and that no rule judges; "" where there are none."""
    return not_judged.sentence(resource.kind for resource in report.tally.not_judged)


def unjudged(report: Report) -> str:
    """The same, unless the headline says it."""
    said = served(report)
    return "" if said in (headline(report) or "") else said


def unjudged_by_name(report: Report) -> Iterator[str]:
    """Each resource that serves models and that no rule judges."""
    return shortened((resource.urn for resource in report.tally.not_judged), MOST_NAMED)


def stacks_of(tally: Tally) -> str:
    """The number of stacks, as a sentence has it."""
    return "one stack" if tally.stacks == 1 else f"{tally.stacks} stacks"


def headline(report: Report) -> str | None:
    """What has to be said of a run that did not judge all, on one line, whatever it found; else None."""
    if report.stopped:
        is_nothing = report.stopped.conclusion is Conclusion.NOTHING
        return f"{'nothing judged' if is_nothing else 'stopped, nothing was judged'}: {report.stopped.message}"
    if report.tally.partial:
        return f"partial: {report.tally.partial}; nothing is known of the others"
    if report.fails_on_not_judged and not report.tally.incomplete:
        return f"failed: {served(report)}, and --fail-on-not-judged asks that all of them are"
    if judged_nothing(report.command, report.tally):
        return f"nothing judged: {why_nothing(report)}"
    if report.tally.incomplete:
        return "incomplete: a part could not be judged, as the findings say"
    return None


def passed_over(report: Report) -> str | None:
    """What was passed over, counted by what it is, such as `passed over: 2 projects, 3 files`."""
    counts = Counter(entry.kind for entry in report.tally.passed_over)
    return f"passed over: {', '.join(count(number, kind) for kind, number in counts.items())}" if counts else None


def reasons(report: Report) -> list[Passed]:
    """What was passed over by kind and reason, in the order in which the reasons were met."""
    names: dict[tuple[str, str], list[str]] = {}
    for entry in report.tally.passed_over:
        names.setdefault((entry.kind, entry.why), []).append(entry.name)
    return [Passed(kind, why, tuple(of_reason)) for (kind, why), of_reason in names.items()]


def waits(report: Report, finding: Finding) -> bool:
    """Whether a finding says no more than that its stack has yet to make a value: told in one line for the stack.

    With `--verbose` each is told by itself. What a rule needs and nobody says, such as a price, comes with no value.
    """
    if finding.outcome is not Outcome.UNKNOWN or finding.message != NOT_KNOWN_YET or report.view.verbose:
        return False
    if not finding.from_resources:
        return False
    subject = finding.subject
    own = beginning(f"{subject.project}/{subject.stack}")
    return all(urn.startswith(own) for urn in finding.from_resources) and not report.fails(finding)


def waiting(report: Report) -> Iterator[str]:
    """A sentence for each stack that makes values of its own which are not known yet."""
    of_stack: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if waits(report, finding):
            of_stack.setdefault(f"{finding.subject.project}/{finding.subject.stack}", []).append(finding)
    for stack, findings in of_stack.items():
        paths = list(shortened(dict.fromkeys(finding.path for finding in findings), _MOST_PATHS))
        wait = "judgement waits" if len(findings) == 1 else "judgements wait"
        yield (
            f"{stack}: {len(findings)} {wait} for values that the stack itself makes ({', '.join(paths)}); "
            "--verbose tells of each"
        )


def remarks(report: Report) -> Iterator[str]:
    """Each sentence on the run as a whole, for a format that has no place of its own for them; none names a thing."""
    if report.known:
        yield str(report.known)
    if left := unjudged(report):
        yield left
    yield from report.tally.notes
    if said := passed_over(report):
        yield said
        yield from map(str, reasons(report))
    yield from waiting(report)


def with_one_spelling(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, with owners, teams and the like whose names differ in case alone by the most frequent spelling:
    they are one.
    """
    subjects = Counter(finding.subject for finding in findings)
    spellings: dict[tuple[str, str], Counter[str]] = {}
    for subject, number in subjects.items():
        for part in WHOSE:
            written = getattr(subject, part)
            spellings.setdefault((part, written.casefold()), Counter())[written] += number
    several = {
        key: min(written, key=lambda spelling: (-written[spelling], spelling))
        for key, written in spellings.items()
        if len(written) > 1
    }
    if not several:
        yield from findings
        return
    for finding in findings:
        subject = finding.subject
        parts = {part: several.get((part, getattr(subject, part).casefold())) for part in WHOSE}
        told = {part: spelling for part, spelling in parts.items() if spelling is not None}
        yield finding._replace(subject=subject._replace(**told)) if told else finding


class Numbers(NamedTuple):
    """How many findings are what. One that fails the run because a value is not known is mandatory and not judged."""

    mandatory: int
    advisory: int
    waived: int
    not_judged: int


def numbers(findings: Iterable[Finding]) -> Numbers:
    """Counts findings as every summary does."""
    mandatory = advisory = waived = not_judged = 0
    for finding in findings:
        mandatory += finding.fails
        if finding.outcome is Outcome.WAIVED:
            waived += 1
        elif finding.outcome is Outcome.UNKNOWN:
            not_judged += 1
        else:
            advisory += finding.enforcement is Enforcement.ADVISORY
    return Numbers(mandatory, advisory, waived, not_judged)


def count(number: int, noun: str) -> str:
    """A number and what it counts."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shortened(lines: Iterable[str], most: int) -> Iterator[str]:
    """The first lines, and how many there are beside them."""
    rest = 0
    for number, line in enumerate(lines):
        if number < most:
            yield line
        else:
            rest += 1
    if rest:
        yield f"and {rest} more"
