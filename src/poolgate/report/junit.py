"""JUnit XML as Jenkins defines it: a test case for each rule and resource, a suite for each stack.

What fails the run is a failure, what could not be judged at all is an error; what is advisory, waived or not known yet
is a skipped test that says why, since JUnit has nothing between passed and failed. Rules that have no business with a
resource are no test cases. What is to be said of the run as a whole has a suite of its own: that nothing was judged
is an error in it, so that no page shows it as passed.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from inference_pools.finding import Outcome
from inference_pools.levels import printable
from inference_pools.urn import Urn
from poolgate.report import safe, scope

if TYPE_CHECKING:
    from poolgate.findings import Finding, Subject
    from poolgate.report import Report

_UNJUDGED: Final = frozenset({Outcome.BROKEN, Outcome.UNREADABLE})
_PASSED: Final = "passed"
_JUDGED: Final = "judged"
"""The test case that a resource has which no rule judges."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One rule and one resource. `findings` is empty where the rule was content."""

    classname: str
    rule: str
    findings: tuple[Finding, ...] = ()
    not_judged: str = ""
    """The kind of a resource that serves models and that no rule judges."""


@dataclass(slots=True)
class _Suite:
    """The test cases of one stack."""

    name: str
    cases: list[_Case] = field(default_factory=list)


class _Remark(NamedTuple):
    """Something to be said of the run as a whole. `kind` is the element of JUnit that says it."""

    kind: str
    name: str
    type: str
    message: str
    names: tuple[str, ...] = ()


def _of_run(report: Report) -> list[_Remark]:
    """That the run came to no verdict, and what was passed over, by the reason."""
    remarks = []
    if said := scope.headline(report):
        remarks.append(_Remark("error", "judged", str(report.conclusion), said))
    if said := scope.unjudged(report):
        remarks.append(_Remark("skipped", said, "not judged", said))
    for passed in scope.reasons(report):
        names = passed.names if report.view.verbose else ()
        remarks.append(_Remark("skipped", f"passed over: {passed}", "passed over", f"passed over: {passed}", names))
    return remarks


def render(report: Report) -> str:
    """The run as JUnit XML."""
    stream = io.StringIO()
    _Writer(report, XMLGenerator(stream, "utf-8", short_empty_elements=True)).document(_suites(report))
    return safe.inert_xml(stream.getvalue())


def _suites(report: Report) -> list[_Suite]:
    """All test cases, by stack, resource and rule."""
    by_stack: dict[str, dict[tuple[str, str], tuple[Finding, ...]]] = defaultdict(dict)
    for subject, rules in report.tally.passes:
        of_stack, classname = by_stack[_stack(subject)], _classname(subject, "")
        for rule in rules:
            of_stack.setdefault((classname, rule), ())
    for finding in report.findings:
        file = finding.location.file if finding.location else ""
        of_stack, names = by_stack[_stack(finding.subject)], (_classname(finding.subject, file), finding.rule)
        of_stack[names] = (*of_stack.get(names, ()), finding)
    unjudged: dict[str, list[_Case]] = defaultdict(list)
    for resource in report.tally.not_judged:
        unjudged[resource.stack].append(_Case(Urn.parse(resource.urn).within_stack, _JUDGED, not_judged=resource.kind))
    return [
        _Suite(stack, [*(_Case(*names, by_stack[stack][names]) for names in sorted(by_stack[stack])), *unjudged[stack]])
        for stack in sorted({*by_stack, *unjudged})
    ]


def _stack(subject: Subject) -> str:
    return "/".join(part for part in (subject.project, subject.stack) if part) or "poolgate"


def _classname(subject: Subject, file: str) -> str:
    """What CI services group by: the resource, by its URN without the stack; else the file."""
    if subject.urn:
        return Urn.parse(subject.urn).within_stack
    return subject.name or file or "stack"


class _Writer:
    """Writes the document, a suite at a time."""

    def __init__(self, report: Report, xml: XMLGenerator) -> None:
        self._report = report
        self._xml = xml

    def document(self, suites: Sequence[_Suite]) -> None:
        self._xml.startDocument()
        of_run = _of_run(self._report)
        counts = [self._counts(suite.cases) for suite in suites]
        own = Counter(remark.kind for remark in of_run)
        totals: Counter[str] = sum(counts, Counter(own))
        tests = sum(len(suite.cases) for suite in suites) + len(of_run)
        self._open(
            "testsuites",
            name=f"poolgate {self._report.command}",
            tests=str(tests),
            failures=str(totals["failure"]),
            errors=str(totals["error"]),
            time=f"{self._report.duration:.3f}",
        )
        for suite, count in zip(suites, counts, strict=True):
            self._suite(suite, count)
        if of_run or self._report.tally.notes:
            self._run(of_run, own)
        self._xml.characters("\n")
        self._xml.endElement("testsuites")
        self._xml.characters("\n")

    def _suite(self, suite: _Suite, counts: Counter[str]) -> None:
        self._open_suite(suite.name, len(suite.cases), counts)
        if self._report.known:
            self._properties("baseline", [str(self._report.known)])
        for case in suite.cases:
            self._case(case)
        self._close_suite()

    def _run(self, remarks: Sequence[_Remark], counts: Counter[str]) -> None:
        """The suite of what is said of the run as a whole."""
        self._open_suite(f"poolgate {self._report.command}", len(remarks), counts)
        if self._report.tally.notes:
            self._properties("note", map(safe.one_line, self._report.tally.notes))
        for remark in remarks:
            self._open("testcase", 2, classname="run", name=safe.one_line(remark.name))
            self._open(remark.kind, 3, type=remark.type, message=safe.one_line(remark.message))
            self._xml.characters(safe.xml_text(safe.inert("\n".join(map(safe.one_line, remark.names)))))
            self._xml.endElement(remark.kind)
            self._xml.characters("\n    ")
            self._xml.endElement("testcase")
        self._close_suite()

    def _open_suite(self, name: str, tests: int, counts: Counter[str]) -> None:
        self._open(
            "testsuite",
            1,
            name=name,
            tests=str(tests),
            failures=str(counts["failure"]),
            errors=str(counts["error"]),
            skipped=str(counts["skipped"]),
            timestamp=self._report.started,
        )

    def _properties(self, name: str, values: Iterable[str]) -> None:
        self._open("properties", 2)
        for value in values:
            self._open("property", name=name, value=value)
            self._xml.endElement("property")
        self._xml.endElement("properties")

    def _close_suite(self) -> None:
        self._xml.characters("\n  ")
        self._xml.endElement("testsuite")

    def _case(self, case: _Case) -> None:
        self._open("testcase", 2, classname=case.classname, name=case.rule)
        kind = self._kind(case)
        if case.not_judged:
            message = safe.one_line(f"not judged: {case.not_judged} serves models, and no rule judges it")
            self._open(kind, 3, type="not judged", message=message)
            self._xml.endElement(kind)
            self._xml.characters("\n    ")
        elif kind != _PASSED:
            telling = [finding for finding in case.findings if self._kind_of(finding) == kind]
            more = f" (and {len(telling) - 1} more)" if len(telling) > 1 else ""
            self._open(kind, 3, type=str(telling[0].outcome), message=_summary(telling[0]) + more)
            self._xml.characters(
                safe.xml_text(safe.inert("\n\n".join(_text(finding, self._report) for finding in case.findings)))
            )
            self._xml.endElement(kind)
            self._xml.characters("\n    ")
        self._xml.endElement("testcase")

    def _open(self, element: str, depth: int = 0, **attributes: str) -> None:
        self._xml.characters("\n" + "  " * depth if depth else "")
        written = {name: printable(value) for name, value in attributes.items()}
        self._xml.startElement(element, AttributesImpl(written))

    def _counts(self, cases: Sequence[_Case]) -> Counter[str]:
        return Counter(self._kind(case) for case in cases)

    def _kind(self, case: _Case) -> str:
        """The worst of what was found."""
        if case.not_judged:
            return "failure" if self._report.needs_all_judged else "skipped"
        kinds = {self._kind_of(finding) for finding in case.findings}
        return next((kind for kind in ("error", "failure", "skipped") if kind in kinds), _PASSED)

    def _kind_of(self, finding: Finding) -> str:
        if not self._report.fails(finding):
            return "skipped"
        return "error" if finding.outcome in _UNJUDGED else "failure"


def _summary(finding: Finding) -> str:
    """One line: what is wrong, or why the test is skipped."""
    mark = "" if finding.outcome is Outcome.VIOLATED else f"{finding.outcome}: "
    level = "" if finding.fails or mark else f"{finding.enforcement}: "
    place = f"{finding.path}: " if finding.path else ""
    return safe.one_line(f"{mark}{level}{place}{finding.message}")


def _text(finding: Finding, report: Report) -> str:
    return "\n".join(_lines(finding, report))


def _lines(finding: Finding, report: Report) -> Iterator[str]:
    rule = report.about(finding)
    yield safe.one_line(f"{rule.title} ({finding.severity}, {finding.enforcement})")
    place = f"{finding.path}: " if finding.path else ""
    yield from safe.lines(f"{place}{finding.message}")
    if finding.remedy:
        yield safe.one_line(f"fix: {finding.remedy}")
    if finding.agreed:
        yield safe.one_line(finding.agreed)
    if finding.location:
        yield safe.one_line(f"at: {finding.location}")
