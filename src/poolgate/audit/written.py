"""What was found in some states, written as JSON and read back: nothing is lost on the way, and nothing is run.

It is what a shard hands to the merge, and what a cache keeps. Each text stands there once, in `texts`; all that names
one has its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.path import Keys
from poolgate.findings import Finding, Location, NotJudged, Origin, PassedOver, Subject, Tally

_MALFORMED: Final = (LookupError, TypeError, ValueError, AttributeError)


class DamagedError(ValueError):
    """What was read back is not what was written."""


def to_json(tally: Tally) -> dict[str, Any]:
    """A tally to which waivers have not been applied yet."""
    texts: dict[str, int] = {}
    subjects: dict[Subject, int] = {}
    lists: dict[tuple[str, ...], int] = {}

    def text(written: str) -> int:
        return texts.setdefault(written, len(texts))

    def subject(one: Subject) -> int:
        return subjects.setdefault(one, len(subjects))

    findings = [_finding(finding, text, subject) for finding in tally.findings]
    passes = [[subject(one), lists.setdefault(rules, len(lists))] for one, rules in tally.passes]
    return {
        "findings": findings,
        "passes": passes,
        "subjects": [[*map(text, one)] for one in subjects],
        "lists": [[*map(text, rules)] for rules in lists],
        "outcomes": {str(outcome): number for outcome, number in sorted(tally.outcomes.items())},
        "stacks": tally.stacks,
        "resources": tally.resources,
        "pools": tally.pools,
        "by_platform": dict(sorted(tally.by_platform.items())),
        "judged": sorted(tally.judged),
        "inputs": [[*one] for one in tally.inputs],
        "projects": sorted(tally.projects),
        "passed_over": [[*one] for one in tally.passed_over],
        "not_judged": [[*one] for one in tally.not_judged],
        "notes": [*tally.notes],
        "homes": tally.homes,
        "under_way": {stack: sorted(told) for stack, told in tally.under_way.items()},
        "whose": {stack: [*told] for stack, told in tally.whose.items()},
        "incomplete": tally.incomplete,
        "texts": [*texts],
    }


def from_json(written: Any, *, keep_passes: bool = True) -> Tally:
    """The tally that was written. Raises DamagedError."""
    try:
        return _tally(written, keep_passes=keep_passes)
    except _MALFORMED as error:
        raise DamagedError(str(error)) from None


def _finding(finding: Finding, text: Callable[[str], int], subject: Callable[[Subject], int]) -> list[Any]:
    if finding.waiver is not None or finding.edit is not None:
        raise ValueError("a finding of a state that is waived or can be mended")
    return [
        text(finding.rule),
        text(finding.severity),
        text(finding.enforcement),
        text(finding.outcome),
        text(finding.message),
        text(finding.remedy),
        subject(finding.subject),
        [*finding.keys],
        text(finding.origin),
        finding.location and _place(finding.location, text),
        [*map(text, finding.from_resources)],
        [_place(place, text) for place in finding.related],
        finding.same_as if finding.same_as is None else [*finding.same_as],
    ]


def _place(place: Location, text: Callable[[str], int]) -> list[Any]:
    return [text(place.file), place.line, place.column, int(place.is_private), int(place.is_shown)]


def _tally(written: Mapping[str, Any], *, keep_passes: bool) -> Tally:
    texts = _texts(written["texts"])
    subjects = [Subject(*(texts[number] for number in one)) for one in written["subjects"]]
    tally = Tally(
        findings=[_found(one, texts, subjects) for one in written["findings"]],
        stacks=_count(written["stacks"]),
        resources=_count(written["resources"]),
        pools=_count(written["pools"]),
        projects=_texts(written["projects"]),
        keep_passes=keep_passes,
    )
    tally.outcomes = Counter({Outcome(name): _count(number) for name, number in written["outcomes"].items()})
    tally.by_platform = Counter({name: _count(number) for name, number in written["by_platform"].items()})
    tally.judged = set(_texts(written["judged"]))
    tally.inputs = [(name, digest) for name, digest in map(_texts, written["inputs"])]
    if keep_passes:
        lists = [tuple(texts[number] for number in one) for one in written["lists"]]
        tally.passes = [(subjects[one], lists[rules]) for one, rules in written["passes"]]
    tally.passed_over = dict.fromkeys(PassedOver(*_texts(one)) for one in written["passed_over"])
    tally.not_judged = dict.fromkeys(NotJudged(*_texts(one)) for one in written["not_judged"])
    tally.notes = dict.fromkeys(_texts(written["notes"]))
    tally.homes = dict(zip(written["homes"], _texts(written["homes"].values()), strict=True))
    tally.under_way = {stack: set(_texts(told)) for stack, told in written["under_way"].items()}
    tally.whose = {stack: tuple(_texts(told)) for stack, told in written["whose"].items()}
    tally.incomplete = _count(written["incomplete"])
    return tally


def _found(one: Sequence[Any], texts: Sequence[str], subjects: Sequence[Subject]) -> Finding:
    rule, severity, enforcement, outcome, message, remedy, subject, keys, origin, place, resources, related, same = one
    return Finding(
        rule=texts[rule],
        severity=Severity(texts[severity]),
        enforcement=Enforcement(texts[enforcement]),
        outcome=Outcome(texts[outcome]),
        message=texts[message],
        remedy=texts[remedy],
        subject=subjects[subject],
        keys=_keys(keys),
        origin=Origin(texts[origin]),
        location=None if place is None else _location(place, texts),
        from_resources=tuple(texts[number] for number in resources),
        related=tuple(_location(each, texts) for each in related),
        same_as=None if same is None else _keys(same),
    )


def _location(place: Sequence[Any], texts: Sequence[str]) -> Location:
    file, line, column, is_private, is_shown = place
    return Location(texts[file], _count(line), column and _count(column), bool(is_private), bool(is_shown))


def _keys(written: Iterable[Any]) -> Keys:
    keys = tuple(written)
    if not all(type(key) in (str, int) for key in keys):
        raise ValueError("a key is neither a text nor a number")
    return keys


def _texts(written: Iterable[Any]) -> list[str]:
    texts = list(written)
    if not all(type(text) is str for text in texts):
        raise ValueError("no text")
    return texts


def _count(written: Any) -> int:
    if type(written) is not int or written < 0:
        raise ValueError("no count")
    return written
