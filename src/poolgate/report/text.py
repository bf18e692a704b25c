"""The report for people: by the line to edit, then what is wrong with it and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from inference_pools.levels import Outcome
from poolgate.report import by_platform, safe, scope
from poolgate.report.by_line import MOST_IN_HEADING, MOST_NAMED, Said, names_in_words, resources_in_words
from poolgate.report.conclusion import OVER_FILES, Conclusion, judged_nothing
from poolgate.report.scope import count

if TYPE_CHECKING:
    from poolgate.findings import Finding, Location
    from poolgate.report import Report
    from poolgate.report.by_line import Group
    from poolgate.report.view import View

_LABEL_WIDTH: Final = 10
_LINES_AT_ONCE: Final = 1000
_MOST_REASONS: Final = 10
"""So many reasons for which something was passed over are told where it is not named."""
_INDENT: Final = " " * (_LABEL_WIDTH + 4)

_STYLES: Final = {
    "heading": "1",
    "mandatory": "1;31",
    "remediate": "1;31",
    "advisory": "33",
    "waived": "36",
    "unknown": "36",
    "rule": "1",
    "fix": "32",
    "dim": "2",
    "good": "32",
    "bad": "1;31",
}
"""Select Graphic Rendition, by what is shown."""


def pieces(report: Report) -> Iterator[str]:
    """All findings, then what was looked at in one line."""
    written = (f"{safe.inert(line)}\n" for line in _Text(report).lines())
    while some := "".join(islice(written, _LINES_AT_ONCE)):
        yield some


class _Text:
    """One rendering; it remembers which rules it has explained."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.explained: set[str] = set()

    @property
    def view(self) -> View:
        return self.report.view

    def lines(self) -> Iterator[str]:
        yield from self._findings() if self.view.by is None else self._summed_up(self.view.by)
        if self.view.verbose:
            yield from self._details()
        for note in self.report.tally.notes:
            yield from (self._paint("advisory", line) for line in self._wrapped(f"note: {safe.one_line(note)}", "  "))
        yield from self._passed_over()
        for stack in () if self.view.quiet else scope.waiting(self.report):
            yield from (self._paint("dim", line) for line in self._wrapped(safe.one_line(stack), "  "))
        for line in () if self.view.quiet else by_platform.lines(self.report):
            yield self._paint("dim", line)
        style = "good" if self.report.conclusion is Conclusion.PASSED else "bad"
        if style == "good" and self.report.tally.not_judged:
            style = "advisory"
        if not self.report.stopped:
            yield from (self._paint(style, line) for line in self._wrapped(_summary(self.report), ""))
        if said := scope.headline(self.report):
            yield from (self._paint("bad", line) for line in self._wrapped(safe.one_line(said), "  "))
        yield from self._not_judged()

    def _findings(self) -> Iterator[str]:
        """Each of them, by the line to edit."""
        shown = [finding for finding in self.report.findings if self._is_shown(finding)]
        for group in self.report.lines.groups(shown):
            yield from self._of_group(group)
            yield ""

    def _summed_up(self, by: str) -> Iterator[str]:
        """A table in place of them."""
        from poolgate.report.by import of_people
        from poolgate.table import table

        heads, rows = of_people(self.report, by, with_zeros=False)
        if cells := [[safe.one_line(cell) for cell in row] for row in rows]:
            yield from table(heads, cells, self.view.width, has_names=True)
            yield ""

    def _not_judged(self) -> Iterator[str]:
        """What serves models and has no rule that judges it: counted, or each by its name."""
        if said := scope.unjudged(self.report):
            yield from (self._paint("advisory", line) for line in self._wrapped(safe.one_line(said), "  "))
        if self.view.verbose:
            for line in scope.unjudged_by_name(self.report):
                yield from self._wrapped(f"  {safe.one_line(line)}", "    ")

    def _is_shown(self, finding: Finding) -> bool:
        if self.view.quiet:
            return self.report.fails(finding)
        return not scope.waits(self.report, finding)

    def _passed_over(self) -> Iterator[str]:
        """What the verdict does not cover: counted, with the reasons unless it is to be short, or by name."""
        if not (said := scope.passed_over(self.report)):
            return
        yield self._paint("advisory", safe.one_line(said))
        lines: Iterable[str] = ()
        if self.view.verbose:
            lines = (f"{entry.kind} {entry.name}: {entry.why}" for entry in self.report.tally.passed_over)
        elif not self.view.quiet:
            lines = scope.shortened(map(str, scope.reasons(self.report)), _MOST_REASONS)
        for line in lines:
            yield from self._wrapped(f"  {safe.one_line(line)}", "    ")

    def _of_group(self, group: Group) -> Iterator[str]:
        """A heading with the line to edit and what it is about, the line, then what is wrong with it."""
        entries = group.entries
        is_named = group.is_of_one_mind
        place = group.place
        heading = safe.one_line(group.heading) + (f" ({safe.one_line(str(place))})" if place else "")
        yield from (self._paint("heading", line) for line in self._wrapped(heading, "  "))
        if place:
            yield from self._frame(place, "  ")
        if is_named and len(group.resource_names) > MOST_IN_HEADING:
            named = safe.one_line(resources_in_words(group.resources, most=self._most))
            yield from (self._paint("dim", line) for line in self._wrapped(f"  {named}", "  "))
        for entry in entries:
            if entry.first.outcome is not Outcome.UNKNOWN:
                yield from self._waived(entry) if entry.first.outcome is Outcome.WAIVED else self._one(entry)
                yield from self._around(group, entry, is_named=is_named)
        unknown = [finding for entry in entries for finding in entry.findings if finding.outcome is Outcome.UNKNOWN]
        for key, same in groupby(sorted(unknown, key=_unknown_key), key=_unknown_key):
            of_place = Said(tuple(same))
            yield from self._unknown(key[0], of_place)
            yield from self._around(group, of_place, is_named=is_named)

    def _one(self, entry: Said) -> Iterator[str]:
        finding = entry.first
        place = f"{safe.one_line(finding.path)}: " if finding.path else ""
        mark = "" if finding.outcome is Outcome.VIOLATED else f"[{finding.outcome}] "
        first, *rest = safe.lines(finding.message)
        yield from self._labelled(finding, str(finding.enforcement), f": {mark}{place}{first}")
        yield from (_INDENT + line for line in rest)
        if finding.remedy:
            yield from self._note("fix: ", finding.remedy, "fix")
        if self.view.explain and finding.rule not in self.explained:
            self.explained.add(finding.rule)
            if why := self.report.about(finding).why:
                yield from self._note("why: ", why, "dim")

    def _waived(self, entry: Said) -> Iterator[str]:
        finding = entry.first
        place = f"{safe.one_line(finding.path)}: " if finding.path else ""
        note = f" ({safe.one_line(finding.agreed)})" if finding.agreed else ""
        yield from self._labelled(finding, "waived", f": {place}{safe.one_line(finding.message)}{note}")

    def _unknown(self, path: str, entry: Said) -> Iterator[str]:
        """What could not be judged at one place, whichever rules wanted it."""
        first = entry.first
        rules = safe.one_line(", ".join(dict.fromkeys(finding.rule for finding in entry.findings)))
        label = f"  {first.enforcement:<{_LABEL_WIDTH}}"
        text = f"{label}  [unknown] {safe.one_line(path)}: {safe.one_line(first.message)}; not judged by {rules}"
        head, *rest = self._wrapped(text, _INDENT)
        yield self._paint(str(first.enforcement), label) + head[len(label) :]
        yield from rest
        if sources := tuple(dict.fromkeys(urn for finding in entry.findings for urn in finding.from_resources)):
            yield from self._note("may come from ", names_in_words(sources, self._most), "dim")

    def _around(self, group: Group, entry: Said, *, is_named: bool) -> Iterator[str]:
        """Of which resources it is, where the heading has not said that, and where else there is something to see."""
        if not is_named and not group.is_of_all(entry):
            of = resources_in_words(entry.subjects, with_stacks=len(group.stacks) > 1, most=self._most)
            yield from self._note("of:  ", of, "dim")
        place = entry.first.location
        if place and not group.is_here(entry.first):
            yield from self._note("at:  ", str(place), "dim")
            yield from self._frame(place, _INDENT)
        if self.view.verbose:
            via = tuple(dict.fromkeys(str(place) for finding in entry.findings for place in finding.related))
            yield from (line for place in via for line in self._note("via: ", place, "dim"))

    @property
    def _most(self) -> int | None:
        """So many are named of those that have something in common."""
        return None if self.view.verbose else MOST_NAMED

    def _frame(self, place: Location, indent: str) -> Iterator[str]:
        if not self.view.quiet:
            from poolgate.report.frame import frame_of

            yield from (indent + line for line in frame_of(place, color=self.view.color))

    def _labelled(self, finding: Finding, label: str, text: str) -> Iterator[str]:
        """A line with a label and the rule's name, both painted where there are colours."""
        head = f"  {label:<{_LABEL_WIDTH}}  "
        rule = safe.one_line(finding.rule)
        first, *rest = self._wrapped(f"{head}{rule}{text}", _INDENT)
        tail = first.removeprefix(f"{head}{rule}")
        yield self._paint(label, head.rstrip()) + head[len(head.rstrip()) :] + self._rule(finding) + tail
        yield from rest

    def _rule(self, finding: Finding) -> str:
        """The rule's name; on a terminal it leads to the page the rule rests on."""
        painted = self._paint("rule", safe.one_line(finding.rule))
        source = self.report.about(finding).source if self.view.links else ""
        return f"\x1b]8;;{source}\x1b\\{painted}\x1b]8;;\x1b\\" if source else painted

    def _note(self, label: str, text: str, style: str) -> Iterator[str]:
        wrapped = self._wrapped(f"{_INDENT}{label}{safe.one_line(text)}", _INDENT + " " * 5)
        for line in wrapped:
            body = line.lstrip(" ")
            yield line[: len(line) - len(body)] + self._paint(style, body)

    def _details(self) -> Iterator[str]:
        """What `--verbose` adds."""
        report, findings = self.report, self.report.findings
        yield from _table("findings by rule", Counter(finding.rule for finding in findings))
        yield from _table("findings by source", Counter(str(finding.origin) for finding in findings))
        yield from _table(
            "judgements by outcome", Counter({str(outcome): count for outcome, count in report.tally.outcomes.items()})
        )
        yield f"rules run: {len(report.rules)}"
        yield f"read: {count(len(report.tally.inputs), 'file')}"
        for name, digest in sorted(report.tally.inputs):
            yield f"  {digest[:12]}  {safe.one_line(name)}"
        yield f"took: {report.duration:.2f} s, begun {report.started}"
        yield ""

    def _wrapped(self, text: str, indent: str) -> list[str]:
        if self.view.width is None:
            return [text]
        import textwrap

        return textwrap.wrap(
            text,
            self.view.width,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
            replace_whitespace=False,
        ) or [""]

    def _paint(self, style: str, text: str) -> str:
        code = _STYLES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.view.color and code and text else text


def _unknown_key(finding: Finding) -> tuple[str, str, str]:
    return (finding.path, finding.message, finding.enforcement)


def _table(title: str, counts: Counter[str]) -> Iterator[str]:
    if counts:
        yield f"{title}:"
        width = max(len(str(count)) for count in counts.values())
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            yield f"  {count:>{width}}  {safe.one_line(name)}"


def _summary(report: Report) -> str:
    tally = report.tally
    if report.command in OVER_FILES:
        looked_at = count(max(len(tally.inputs), 1), "file")
        judged = f"{tally.outcomes[Outcome.CLEAN]} clean"
    else:
        pools = f"{tally.pools} of {count(tally.resources, 'resource')} judged"
        looked_at = f"{count(tally.stacks, 'stack')}, {pools}"
        judged = f"{tally.outcomes[Outcome.CLEAN]} judgements clean"
    known = f", {report.known.number} known from the baseline" if report.known else ""
    if not report.findings and judged_nothing(report.command, tally):
        return f"{looked_at}: nothing judged"
    if not report.findings:
        return f"{looked_at}: {judged}, no {'new ' if report.known else ''}findings{known}"
    failing, advisory, waived, unknown = scope.numbers(report.findings)
    edits = f"{report.edits}, " if report.edits.number else ""
    counts = f"{edits}{failing} mandatory and {advisory} advisory findings, {unknown} not judged"
    return f"{looked_at}: {counts}{f', {waived} waived' if waived else ''}{known}, {judged}"
