"""What was found in some states, written as JSON and read back: nothing is lost on the way, and nothing is run.

It is what a shard hands to the merge, and what a cache keeps. Each text stands there once, in `texts`; all that names
one has its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.path import Keys
from poolgate.findings import (
    UNDER_WAY,
    WHOSE,
    Finding,
    Location,
    NotJudged,
    Origin,
    Partial,
    PassedOver,
    Subject,
    Tally,
)

_LARGEST_EXIT_CODE: Final = 255
_MALFORMED: Final = (LookupError, TypeError, ValueError, AttributeError)
_TEXT: Final = frozenset({str})
_KEY: Final = frozenset({str, int})
_NONE: Final[Mapping[str, Any]] = {}
_MEMBERS: Final = frozenset(
    {
        *("findings", "passes", "subjects", "lists", "outcomes", "stacks", "resources", "pools", "by_platform"),
        *(
            "judged",
            "inputs",
            "projects",
            "passed_over",
            "not_judged",
            "notes",
            "homes",
            "under_way",
            "whose",
            "resources_whose",
        ),
        *("incomplete", "partial", "texts"),
    }
)


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
        "resources_whose": {stack: [*map(text, told)] for stack, told in tally.resources_whose.items()},
        "incomplete": tally.incomplete,
        "partial": None if tally.partial is None else [*tally.partial],
        "texts": [*texts],
    }


def from_json(written: Any, *, keep_passes: bool = True) -> Tally:
    """The tally that was written. Raises DamagedError."""
    tally = Tally(keep_passes=keep_passes)
    try:
        if missing := _MEMBERS - written.keys():
            raise ValueError(f"lacks {min(missing)}")
    except _MALFORMED as error:
        raise DamagedError(str(error)) from None
    add_to(tally, written)
    return tally


def add_to(tally: Tally, written: Any) -> None:
    """Adds what was written to a tally; members that are empty may be left out. Raises DamagedError."""
    try:
        _add(tally, written)
    except _MALFORMED as error:
        raise DamagedError(str(error)) from None


def _finding(finding: Finding, text: Callable[[str], int], subject: Callable[[Subject], int]) -> list[Any]:
    if finding.waiver or finding.exemption or finding.edit:
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


def _add(tally: Tally, written: Mapping[str, Any]) -> None:
    get = written.get
    texts = _texts(get("texts", ()))
    subjects = [Subject(*(texts[number] for number in one)) for one in get("subjects", ())]
    tally.findings += [_found(one, texts, subjects) for one in get("findings", ())]
    tally.stacks += _count(get("stacks", 0))
    tally.resources += _count(get("resources", 0))
    tally.pools += _count(get("pools", 0))
    tally.projects.update(_texts(get("projects", ())))
    for name, number in get("outcomes", _NONE).items():
        tally.outcomes[Outcome(name)] += _count(number)
    for name, number in get("by_platform", _NONE).items():
        tally.by_platform[name] += _count(number)
    tally.judged.update(_texts(get("judged", ())))
    tally.inputs += [(name, digest) for name, digest in map(_texts, get("inputs", ()))]
    if tally.keep_passes:
        lists = [tuple(texts[number] for number in one) for one in get("lists", ())]
        tally.passes += [(subjects[one], lists[rules]) for one, rules in get("passes", ())]
    tally.passed_over.update(dict.fromkeys(PassedOver(*_texts(one)) for one in get("passed_over", ())))
    tally.not_judged.update(dict.fromkeys(NotJudged(*_texts(one)) for one in get("not_judged", ())))
    tally.notes.update(dict.fromkeys(_texts(get("notes", ()))))
    homes = get("homes", _NONE)
    tally.homes.update(zip(homes, _texts(homes.values()), strict=True))
    for stack, told in get("under_way", _NONE).items():
        if not UNDER_WAY.issuperset(_texts(told)):
            raise ValueError("an update is under way for another reason than there is")
        tally.under_way.setdefault(stack, set()).update(told)
    tally.whose.update({stack: _whose(_texts(told)) for stack, told in get("whose", _NONE).items()})
    for stack, told in get("resources_whose", _NONE).items():
        tally.resources_whose[stack] = _whose([texts[number] for number in told])
    tally.incomplete = max(tally.incomplete, _exit_code(get("incomplete", 0)))
    if (partial := get("partial")) is not None:
        tally.partial = _partial(partial)


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
    if not _count(line) or column == 0:
        raise ValueError("lines and columns count from 1")
    return Location(
        texts[file], _count(line), None if column is None else _count(column), bool(is_private), bool(is_shown)
    )


def _whose(told: Sequence[str]) -> tuple[str, ...]:
    if len(told) != len(WHOSE):
        raise ValueError("whose a stack is has other parts than owner, team, cost centre and environment")
    return tuple(told)


def _partial(written: Sequence[Any]) -> Partial:
    by, judged, states, unread, all_listed = written
    left = tuple((project, stack, file) for project, stack, file in map(_texts, unread))
    (signal,) = _texts([by])
    return Partial(signal, _count(judged), _count(states), left, bool(all_listed))


def _keys(written: Iterable[Any]) -> Keys:
    keys = tuple(written)
    if not _KEY.issuperset(map(type, keys)):
        raise ValueError("a key is neither a text nor a number")
    return keys


def _texts(written: Iterable[Any]) -> list[str]:
    texts = list(written)
    if not _TEXT.issuperset(map(type, texts)):
        raise ValueError("no text")
    return texts


def _exit_code(written: Any) -> int:
    """A process ends with the last eight bits of it, which of a larger number may be 0."""
    if _count(written) > _LARGEST_EXIT_CODE:
        raise ValueError("no exit code")
    return int(written)


def _count(written: Any) -> int:
    if type(written) is not int or written < 0:
        raise ValueError("no count")
    return written
