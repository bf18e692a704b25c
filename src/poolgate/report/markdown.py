"""A comment for a pull request, or the summary of a job: short, and what is long can be opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Outcome
from poolgate.report import scope
from poolgate.report.by_line import MOST_NAMED, names_in_words
from poolgate.report.by_platform import of_several_clouds
from poolgate.report.conclusion import Conclusion
from poolgate.report.places import Repositories
from poolgate.report.safe import code, inert, plain, prose
from poolgate.report.scope import count
from poolgate.table import cut

if TYPE_CHECKING:
    from poolgate.findings import Finding, Location, Subject
    from poolgate.report import Report
    from poolgate.report.by_line import Group, Said
    from poolgate.report.earlier import Change
    from poolgate.report.entry import Entry

COMMENT: Final = 60_000
"""Characters. A comment on GitHub takes 65,536, one on Azure DevOps 150,000."""
SUMMARY: Final = 900_000
"""Bytes. GitHub takes 1 MiB for the summary of a step."""

_LONGEST_NAME: Final = 80
"""Characters of the name of a group that are told."""
_MOST_REMARKS: Final = 50
"""So many of one kind of sentence on the run as a whole are told."""

MARKER: Final = "<!-- poolgate -->"
"""The first line, by which a job finds its own comment in order to write it anew."""


def render(report: Report, limit: int = COMMENT) -> str:
    """The run as Markdown of at most so many bytes; what does not fit is counted."""
    head = [MARKER, f"### {_headline(report)}", "", _looked_at(report), ""]
    head += _by_platform(report)
    head += _of_run(report)
    if report.change is not None:
        head += [*_change(report.change), ""]
    new = {entry.fingerprint for entry in report.change.new} if report.change else set()
    writer = _Writer(limit - 300)
    writer.add(head)
    if report.view.by is not None:
        _summed_up(writer, report, report.view.by)
    for title, is_open, findings in _sections(report) if report.view.by is None else ():
        _section(writer, report, title, findings, new, is_open=is_open)
    for line in scope.shortened(scope.waiting(report), _MOST_REMARKS):
        writer.add([plain(line), ""])
    if writer.left_out:
        writer.lines += [
            "",
            f"{count(writer.left_out, 'further finding')} did not fit here; the full report has them.",
        ]
    return "\n".join(writer.lines).rstrip("\n") + "\n"


class _Writer:
    """Collects lines up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.lines: list[str] = []
        self.left_out = 0
        self._room = limit

    def add(self, lines: Iterable[str]) -> bool:
        """Takes all of the lines, or none when they do not fit."""
        new = [inert(line) for line in lines]
        size = sum(len(line.encode("utf-8", "replace")) + 1 for line in new)
        if size > self._room:
            return False
        self._room -= size
        self.lines += new
        return True


def _summed_up(writer: _Writer, report: Report, by: str) -> None:
    """A table in place of the findings, the groups with the most to mend first."""
    from poolgate.report.by import of_people

    heads, rows = of_people(report, by, with_zeros=True)
    lines = [f"| {' | '.join([plain(cut(name, _LONGEST_NAME)), *numbers])} |" for name, *numbers in rows]
    if not lines:
        return
    writer.add([f"| {' | '.join(heads)} |", f"|---|{'--:|' * (len(heads) - 1)}"])
    told = next((number for number, line in enumerate(lines) if not writer.add([line])), len(lines))
    rest = f"{count(len(lines) - told, 'further group')} did not fit here; CSV and JSON have them."
    writer.lines += ["", *([rest] if told < len(lines) else [])]


def _by_platform(report: Report) -> Iterator[str]:
    """A table of the platforms, where they are of several clouds."""
    if found := of_several_clouds(report):
        yield "| platform | judged | mandatory | advisory | not judged | waived |"
        yield "|---|--:|--:|--:|--:|--:|"
        for one in found:
            numbers = (one.resources, one.mandatory, one.advisory, one.not_judged, one.waived)
            yield f"| {plain(one.title)} | {' | '.join(map(str, numbers))} |"
        yield ""


def _of_run(report: Report) -> Iterator[str]:
    """What is to be said of the run as a whole."""
    if said := scope.headline(report):
        yield from (f"**{prose(said)}**", "")
    if said := scope.unjudged(report):
        yield from (f"**{prose(said)}.**", "")
    if report.view.verbose and report.tally.not_judged:
        yield from details("not judged", (f"- {code(line)}" for line in scope.unjudged_by_name(report)))
        yield ""
    for note in scope.shortened(report.tally.notes, _MOST_REMARKS):
        yield from (f"Note: {prose(note)}", "")
    if said := scope.passed_over(report):
        lines = (
            (f"{plain(entry.kind)} {code(entry.name)}: {prose(entry.why)}" for entry in report.tally.passed_over)
            if report.view.verbose
            else (
                f"{count(len(passed.names), plain(passed.kind))}: {prose(passed.why)}"
                for passed in scope.reasons(report)
            )
        )
        yield from details(said, (f"- {line}" for line in scope.shortened(lines, _MOST_REMARKS)))
        yield ""


def _headline(report: Report) -> str:
    if report.conclusion is Conclusion.STOPPED:
        return f"❌ poolgate {report.command}: stopped, nothing was judged"
    if report.conclusion is Conclusion.NOTHING:
        return f"❌ poolgate {report.command}: nothing judged"
    if report.tally.partial:
        return f"❌ poolgate {report.command}: partial, {report.tally.partial}"
    if report.conclusion is Conclusion.INCOMPLETE:
        return f"❌ poolgate {report.command}: incomplete, a part could not be judged"
    failing = sum(map(report.fails, report.findings))
    broken = sum(finding.outcome is Outcome.BROKEN for finding in report.findings)
    if broken:
        return f"❌ poolgate {report.command}: {count(broken, 'judgement')} could not be made, a rule is broken"
    new = "new " if report.known else ""
    if failing:
        edits = report.edits_for(filter(report.fails, report.findings))
        return f"❌ poolgate {report.command}: {edits}, {count(failing, new + 'finding')}"
    others = sum(finding.outcome is not Outcome.WAIVED for finding in report.findings)
    if report.fails_on_not_judged:
        return f"❌ poolgate {report.command}: {count(len(report.tally.not_judged), 'resource')} not judged"
    mark = "⚠️" if report.tally.not_judged else "✅"
    rest = f", {count(len(report.tally.not_judged), 'resource')} not judged" if report.tally.not_judged else ""
    if others:
        return f"{mark} poolgate {report.command}: nothing to mend, {count(others, 'remark')}{rest}"
    return f"{mark} poolgate {report.command}: no {new}findings{rest}"


def _looked_at(report: Report) -> str:
    tally = report.tally
    parts = [
        count(tally.stacks, "stack"),
        f"{tally.pools} of {count(tally.resources, 'resource')} judged",
        f"{tally.outcomes[Outcome.CLEAN]} judgements clean",
    ]
    counts = Counter(finding.outcome for finding in report.findings)
    parts += [f"{counts[Outcome.UNKNOWN]} not judged"] if counts[Outcome.UNKNOWN] else []
    parts += [f"{counts[Outcome.WAIVED]} waived"] if counts[Outcome.WAIVED] else []
    if report.known:
        changed = f" ({report.known.changed} of them with a milder value)" if report.known.changed else ""
        parts.append(f"{report.known.number} known from the baseline{changed}")
    return f"{', '.join(parts)}."


def _change(change: Change) -> Iterator[str]:
    """What is different from the base branch."""
    failing = sum(entry.fails for entry in change.new)
    serious = f" ({failing} to mend)" if change.new else ""
    changed = f", {len(change.changed)} changed" if change.changed else ""
    rest = f"{change.left}{changed}, {len(change.kept)} kept"
    yield f"Against the base: **{len(change.new)} new**{serious}, {rest}."
    if change.gone:
        yield ""
        yield from details(f"{len(change.gone)} gone", (bullet(entry) for entry in change.gone[:50]))


def details(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A part that is closed until somebody opens it."""
    yield f"<details><summary>{plain(title)}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"


def bullet(entry: Entry) -> str:
    """One finding of another report on a line."""
    owner = " ".join(part for part in (entry.stack, entry.name) if part)
    place = f"{code(entry.path)}: " if entry.path else ""
    return f"- **{plain(entry.rule)}** {code(owner)}: {place}{code(entry.message) or 'says nothing'}"


def _sections(report: Report) -> Iterator[tuple[str, bool, list[Finding]]]:
    """The findings by what is to be done about them; whether the section is open from the start."""
    failing = [finding for finding in report.findings if report.fails(finding)]
    rest = [finding for finding in report.findings if not report.fails(finding) and not scope.waits(report, finding)]
    kinds: tuple[tuple[str, frozenset[Outcome]], ...] = (
        ("advisory", frozenset({Outcome.VIOLATED, Outcome.UNREADABLE, Outcome.BROKEN})),
        ("not judged, the value is not known yet", frozenset({Outcome.UNKNOWN})),
        ("waived", frozenset({Outcome.WAIVED})),
    )
    yield "to mend", True, failing
    for title, outcomes in kinds:
        yield title, False, [finding for finding in rest if finding.outcome in outcomes]


def _section(
    writer: _Writer, report: Report, title: str, findings: list[Finding], new: set[str], *, is_open: bool
) -> None:
    if not findings:
        return
    edits = report.edits_for(findings)
    title += f", {edits}" if edits.number else ""
    head = f"<details{' open' if is_open else ''}><summary>{len(findings)} {title}</summary>"
    if not writer.add([head, ""]):
        writer.left_out += len(findings)
        return
    repositories = Repositories()
    for group in report.lines.groups(findings):
        heading: list[str] = [_heading(group, repositories), ""]
        for of_rule in _by_rule(group.entries):
            said = _entries(report, group, of_rule, new, repositories)
            if not writer.left_out and writer.add([*heading, *said]):
                heading = []
            else:
                writer.left_out += sum(len(entry.findings) for entry in of_rule)
        if not heading:
            writer.add([""])
    writer.lines += ["</details>", ""]


def _heading(group: Group, repositories: Repositories) -> str:
    """The line to edit, and whose findings it has."""
    place = group.place
    names = [code(stack) if place else f"**{code(stack)}**" for stack in group.stacks]
    owner = names_in_words(names)
    if group.resources:
        of = _resources(group.resources) if group.is_of_one_mind else count(len(group.resources), "resource")
        owner = f"{owner} {of}"
    return f"**{_place(place, repositories)}** in {owner}" if place else owner


def _resources(subjects: Iterable[Subject]) -> str:
    """The resources by type and name, as many as are named."""
    names = dict.fromkeys((subject.type.rpartition(":")[2], subject.name) for subject in subjects if subject.urn)
    told = []
    before = None
    for kind, name in islice(names, MOST_NAMED):
        told.append(code(name) if kind == before else f"{plain(kind)} {code(name)}")
        before = kind
    rest = len(names) - len(told)
    return ", ".join(told) + (f" and {rest} more" if rest else "")


def _place(place: Location, repositories: Repositories) -> str:
    return code(f"{repositories.inside(place.file) or place.file}:{place.line}")


def _by_rule(entries: Iterable[Said]) -> Iterable[list[Said]]:
    """The entries of each rule together, in their order."""
    of_rule: dict[tuple[str, Outcome], list[Said]] = {}
    for entry in entries:
        of_rule.setdefault((entry.first.rule, entry.first.outcome), []).append(entry)
    return of_rule.values()


def _entries(
    report: Report, group: Group, entries: Sequence[Said], new: set[str], repositories: Repositories
) -> Iterator[str]:
    """What one rule says of a line; of which resources, where that is not all of the line's."""
    first = entries[0].first
    rule = report.about(first)
    name = f"[{plain(rule.id)}]({rule.source})" if rule.source else plain(rule.id)
    mark = "" if first.outcome in (Outcome.VIOLATED, Outcome.WAIVED) else f", {first.outcome}"
    elsewhere = first.location if not group.is_here(first) else None
    where = f" at {_place(elsewhere, repositories)}" if elsewhere else ""
    yield f"- **{name}** ({first.severity}{mark}){where}"
    for entry in entries:
        finding = entry.first
        is_new = "🆕 " if any(one.fingerprint in new for one in entry.findings) else ""
        path = f"{code(finding.path)}: " if finding.path else ""
        is_open = finding.remedy and finding.outcome is not Outcome.WAIVED
        fix = f"<br>Fix: {prose(finding.remedy)}" if is_open else ""
        agreed = f"<br>{plain(finding.agreed)}" if finding.agreed else ""
        of = "" if group.is_of_all(entry) else f"<br>Of {_resources(entry.subjects)}"
        yield f"  - {is_new}{path}{code(finding.message) or 'says nothing'}{fix}{agreed}{of}"
