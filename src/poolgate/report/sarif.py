"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code scanning and editors.

The same input gives the same bytes: what depends on the run alone is left out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.findings import Location
from poolgate.report import scope
from poolgate.report.catalogue import About, described
from poolgate.report.conclusion import Conclusion
from poolgate.report.json_parts import NEVER, dumps
from poolgate.report.places import Repositories
from poolgate.report.safe import shown
from poolgate.report.scope import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from poolgate.findings import Edit, Finding, Subject
    from poolgate.report import Report

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "poolgate/v1"
"""The name of our partial fingerprint; its number changes with what `Finding.identity` is made of."""

_NO_RESULTS: Final = {Outcome.UNKNOWN: "not judged, the value is not known yet", Outcome.WAIVED: "waived"}
"""What is to be said of findings that are no results, unless they make the run fail."""

_ROOT: Final = "%SRCROOT%"

_SECURITY_SEVERITY: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}
"""In the middle of the bands that GitHub names alike: over 9.0 critical, from 7.0 high, from 4.0 medium, else low."""


def render(report: Report) -> str:
    """The run as a SARIF log for code scanning, which takes every result for an open one.

    What is not known yet, and need not be, and what is waived is therefore counted in notifications, and is no result.
    """
    findings = [finding for finding in report.findings if _is_result(report, finding)]
    return _log(_Run(report, findings, is_full=False))


def render_full(report: Report) -> str:
    """The run as a SARIF log with every finding, for readers that know `kind` and `suppressions`."""
    return _log(_Run(report, report.findings, is_full=True))


def _log(run: _Run) -> str:
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run.json()]})


def _is_result(report: Report, finding: Finding) -> bool:
    return report.fails(finding) or finding.outcome not in _NO_RESULTS


class _Run:
    def __init__(self, report: Report, findings: Sequence[Finding], *, is_full: bool) -> None:
        self._report = report
        self._findings = findings
        self._is_full = is_full
        self._repositories = Repositories()
        self._roots: dict[Path, str] = {}
        found = {finding.rule: report.about(finding) for finding in reversed(report.findings)}
        rules = {rule.id: described(rule) for rule in report.rules} | dict(sorted(found.items()))
        self._rules = list(rules.values())
        self._index = {name: index for index, name in enumerate(rules)}

    def json(self) -> dict[str, Any]:
        report = self._report
        results = [self._result(finding) for finding in self._findings]
        return {
            "tool": {
                "driver": {
                    "name": "poolgate",
                    "semanticVersion": _semantic(report.version),
                    "version": report.version,
                    "rules": [_rule(rule) for rule in self._rules],
                }
            },
            "automationDetails": {"id": _automation_id(report)},
            "invocations": [self._invocation()],
            "originalUriBaseIds": {
                name: {"description": {"text": "The root of the repository."}}
                for name in self._roots.values() or [_ROOT]
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
            **({"properties": {"baseline": str(report.known)}} if report.known else {}),
        }

    def _invocation(self) -> dict[str, Any]:
        """Whether the run came to a verdict, and what is to be said of it as a whole."""
        report = self._report
        said = scope.headline(report)
        notes = [_notification("error", said)] if said else []
        notes += [_notification("warning", text) for text in filter(None, [scope.unjudged(report)])]
        if report.view.verbose:
            notes += [_notification("note", f"not judged: {text}") for text in scope.unjudged_by_name(report)]
        notes += [_notification("note", text) for text in self._left_out()]
        notes += [_notification("note", note) for note in report.tally.notes]
        if report.view.verbose:
            over = [f"passed over: {entry.kind} {entry.name}: {entry.why}" for entry in report.tally.passed_over]
        else:
            over = [f"passed over: {passed}" for passed in scope.reasons(report)]
        notes += [_notification("note", text) for text in over]
        return {
            "executionSuccessful": not said and report.conclusion is not Conclusion.BROKEN,
            **({"toolExecutionNotifications": notes} if notes else {}),
        }

    def _left_out(self) -> Iterator[str]:
        """The findings that are no results here, counted."""
        counts = Counter(finding.outcome for finding in self._report.findings)
        counts -= Counter(finding.outcome for finding in self._findings)
        for outcome, number in sorted(counts.items()):
            yield f"{count(number, 'finding')} {_NO_RESULTS[outcome]}, and no result here; --format sarif-full has them"

    def _result(self, finding: Finding) -> dict[str, Any]:
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "ruleIndex": self._index[finding.rule],
            **_verdict(finding, fails=self._report.fails(finding)),
            "message": {"text": _message(finding)},
            "locations": [self._location(finding)],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
            "properties": {
                "outcome": str(finding.outcome),
                "severity": str(finding.severity),
                "enforcement": str(finding.enforcement),
                "path": finding.path,
                "urn": finding.subject.urn,
                "remedy": finding.remedy,
            },
        }
        if self._is_full:
            result["suppressions"] = _suppressions(finding)
        if self._report.known is not None:
            result["baselineState"] = "new"
        if finding.edit is not None:
            result["fixes"] = [self._fix(finding.edit)]
        if finding.related:
            result["relatedLocations"] = [
                {"id": number, **self._physical(place), "message": {"text": "the value comes through here"}}
                for number, place in enumerate(finding.related, 1)
            ]
            result["codeFlows"] = [self._flow(finding)]
        return result

    def _flow(self, finding: Finding) -> dict[str, Any]:
        """The value's way: from where it was written, through the program, to the property."""
        places = [place for place in (finding.location, *finding.related) if place]
        steps = [{"location": self._physical(place)} for place in places]
        steps[0]["location"]["message"] = {"text": "the value is written here"}
        steps[-1]["location"]["message"] = {"text": f"the resource gets it as {finding.path or 'an input'}"}
        return {"threadFlows": [{"locations": steps}]}

    def _location(self, finding: Finding) -> dict[str, Any]:
        subject = finding.subject
        stack = "/".join(part for part in (subject.project, subject.stack) if part)
        logical = {
            "name": subject.name or stack or "stack",
            "fullyQualifiedName": "#".join(part for part in (subject.urn or stack, finding.path) if part),
            "kind": "resource" if subject.urn else "stack",
        }
        physical = self._physical(finding.location or Location(self._home(subject), 1))
        return {**physical, "logicalLocations": [{key: value for key, value in logical.items() if value}]}

    def _home(self, subject: Subject) -> str:
        """The file of a finding that has no place: code scanning refuses every result for the want of one."""
        tally = self._report.tally
        return tally.home(subject) or next(iter(tally.homes.values()), "Pulumi.yaml")

    def _fix(self, edit: Edit) -> dict[str, Any]:
        """What `--fix` does about a finding."""
        region = {
            "startLine": edit.line,
            "startColumn": edit.column,
            "endLine": edit.line,
            "endColumn": edit.end_column,
        }
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.text}}
        change = {"artifactLocation": self._artifact(edit.file), "replacements": [replacement]}
        return {"description": {"text": _said(f"Write {edit.text}.")}, "artifactChanges": [change]}

    def _physical(self, place: Location) -> dict[str, Any]:
        region = {"startLine": place.line, **({"startColumn": place.column} if place.column else {})}
        return {"physicalLocation": {"artifactLocation": self._artifact(place.file), "region": region}}

    def _artifact(self, file: str) -> dict[str, Any]:
        address, root = self._repositories.uri(file)
        artifact = {"uri": address}
        if root is not None:
            number = len(self._roots) + 1
            artifact["uriBaseId"] = self._roots.setdefault(root, _ROOT if number == 1 else f"%SRCROOT{number}%")
        return artifact


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _said(text)}}


def _automation_id(report: Report) -> str:
    """What tells this series of runs from others: the command, and the project where there is one only.

    It ends in a slash, so that a code scanning service takes all of it for the category. Nothing that was found has
    a part in it: alerts are closed by the next run of the same category.
    """
    projects = report.tally.projects
    return "/".join(["poolgate", report.command, *(projects if len(projects) == 1 else ()), ""])


def _semantic(version: str) -> str:
    """A version of Python's kind as one of semver's: 2026.12.0.dev0 is 2026.12.0-dev0."""
    parts = version.split(".")
    return ".".join(parts[:3]) + ("-" + ".".join(parts[3:]) if parts[3:] else "")


def _rule(rule: About) -> dict[str, Any]:
    """A rule as a reporting descriptor."""
    why = rule.why or rule.title
    help_text = "\n\n".join(part for part in (why, f"Fix: {rule.remedy}" if rule.remedy else "") if part)
    markdown = [f"## {rule.title}", why, f"**Fix:** {rule.remedy}" if rule.remedy else ""]
    markdown.append(f"[What it rests on]({rule.source})" if rule.source else "")
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.replace("_", "-").split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": why},
        "help": {"text": help_text, "markdown": "\n\n".join(part for part in markdown if part)},
        **({"helpUri": rule.source} if rule.source else {}),
        "defaultConfiguration": {"level": _level(rule.severity, fails=rule.enforcement is not Enforcement.ADVISORY)},
        "properties": {
            "security-severity": _SECURITY_SEVERITY[rule.severity],
            "problem.severity": _level(rule.severity, fails=rule.enforcement is not Enforcement.ADVISORY).replace(
                "note", "recommendation"
            ),
            "precision": "very-high",
            "tags": list(rule.tags),
        },
    }


def _verdict(finding: Finding, *, fails: bool) -> dict[str, str]:
    """What could not be judged, and need not be, is open; SARIF allows it no level."""
    if finding.outcome is Outcome.UNKNOWN and not fails:
        return {"kind": "open", "level": "none"}
    return {"kind": "fail", "level": _level(finding.severity, fails=fails)}


def _level(severity: Severity, *, fails: bool) -> str:
    """An error is what stops the gate; of the rest, what is bad is a warning."""
    if fails:
        return "error"
    return "note" if severity is Severity.LOW else "warning"


def _message(finding: Finding) -> str:
    """The text of a result. Braces mean nothing in it where no arguments are."""
    place = f"{finding.path}: " if finding.path else ""
    mark = "" if finding.outcome in (Outcome.VIOLATED, Outcome.WAIVED) else f"[{finding.outcome}] "
    fix = f"\nFix: {finding.remedy}" if finding.remedy else ""
    return _said(f"{mark}{place}{finding.message}{fix}")


def _said(text: str) -> str:
    """A text for people, in which nothing is a link and everything can be seen."""
    return shown(text).replace("](", "] (")


def _suppressions(finding: Finding) -> list[dict[str, Any]]:
    """Empty where there is none: SARIF wants all of a run's results to have the property, or none of them."""
    if finding.outcome is not Outcome.WAIVED:
        return []
    waiver, exemption = finding.waiver, finding.exemption
    suppressions = []
    if waiver:
        properties = {
            "owner": waiver.owner,
            "ticket": waiver.ticket,
            "created": waiver.created.isoformat(),
            "expires": waiver.expires.isoformat(),
            "approvedBy": waiver.approved_by,
        }
        suppressions.append(_suppression(waiver.reason, properties))
    if exemption:
        suppressions.append(_suppression(exemption.reason, {"exception": exemption.id, "expires": NEVER}))
    return suppressions or [_suppression(finding.message, {})]


def _suppression(justification: str, properties: dict[str, str]) -> dict[str, Any]:
    told = {"properties": properties} if properties else {}
    return {"kind": "external", "status": "accepted", "justification": justification, **told}
