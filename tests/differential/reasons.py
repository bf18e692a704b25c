"""Where two places may say different things of a configuration, and why; whatever is not here is a fault."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, NamedTuple, TypeAlias

from differential.places import ANALYZE, CHECK, PLACES, PREVIEW, UP, Judged, Said
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.urn import Urn

Pair: TypeAlias = tuple[str, str]
_SCOPES: Final = {rule.id: rule.scope for rule in ALL}
_EARLY: Final = frozenset({CHECK, PREVIEW})
"""Where nothing is deployed yet; in the other places all has been."""
_ONE_STACK: Final = frozenset({PREVIEW, UP, ANALYZE})
_OF_TWO: Final = "names-unique"
_NOT_KNOWN: Final = "not known yet"
_A_SECRET: Final = "a secret, not read"
_HIDDEN: Final = "[secret]"
_MADE_UP: Final = "…"


class Reason(NamedTuple):
    """Why a judgement is not made in one place, or not in full, and made in the other."""

    what: str
    where: str
    otherwise: str


PROJECT: Final = Reason(
    "rules over all stacks of a project",
    "preview, up, policy analyze: the engine sees one stack",
    "check, audit: judged",
)
VALUE: Final = Reason(
    "a value that an output of another resource decides",
    "check, preview: the rule says `unknown` at its path",
    "up, policy analyze, audit: it is known, and judged",
)
OTHERS: Final = Reason(
    "a rule over the stack, where a value of another resource is not known yet",
    "check, preview: what may be there is not called missing, and is not listed by its name",
    "up, policy analyze, audit: all names are known",
)
DEPENDS: Final = Reason(
    "a rule whose business with a resource depends on a value that is not known yet",
    "check, preview: the rule is content, or has nothing to say",
    "up, policy analyze, audit: it is known, and judged",
)
TAGS: Final = Reason(
    "tags of which one is not known yet, or of a provider of AWS that merges them",
    "check, preview: judged as the program writes them (`tags`)",
    "up, policy analyze, audit: as the provider merges them (`tagsAll`)",
)
ORDER: Final = Reason(
    "which of two resources of one name has the finding, where one of them waits for another resource",
    "check, preview: the one that the program makes later",
    "up, policy analyze, audit: the one that was there later, which is now this, now that",
)
HIDDEN: Final = Reason(
    "a text in a path or a message that is a secret elsewhere in the stack",
    "check, preview, up, policy analyze: shown as `[secret]`",
    "audit: has ciphertext alone, and shows what stands there in clear",
)
MADE_UP: Final = Reason(
    "the letters with which a provider makes a name unlike any other",
    "check, preview, up, policy analyze: shown as `…`, since each run makes up others",
    "audit: shown as the state has them",
)
REASONS: Final = (PROJECT, VALUE, OTHERS, DEPENDS, TAGS, ORDER, HIDDEN, MADE_UP)


class Difference(NamedTuple):
    """A judgement on which two places do not agree; None where a place did not judge."""

    pair: Pair
    urn: str
    rule: str
    first: frozenset[Said] | None
    second: frozenset[Said] | None

    def __str__(self) -> str:
        first, second = self.first or frozenset(), self.second or frozenset()
        lines = [f"{self.rule} of {self.urn}"]
        lines += [f"  {self.pair[0]} alone: {' '.join(each)}" for each in sorted(first - second)]
        lines += [f"  {self.pair[1]} alone: {' '.join(each)}" for each in sorted(second - first)]
        told = {None: "did not judge", frozenset(): "is content"}
        lines += [
            f"  {place} {told[said]}"
            for place, said in zip(self.pair, self[3:], strict=True)
            if said in (None, frozenset())
        ]
        return "\n".join(lines)


@dataclass
class Compared:
    """What came of comparing all places with each other."""

    judgements: Counter[Pair] = field(default_factory=Counter)
    reasons: Counter[tuple[Reason, Pair]] = field(default_factory=Counter)
    faults: list[Difference] = field(default_factory=list)

    def add(self, other: Compared) -> None:
        """Takes in what came of another stack."""
        self.judgements += other.judgements
        self.reasons += other.reasons
        self.faults += other.faults


def compare(judged: Mapping[str, Judged], unknown: Mapping[str, frozenset[str]]) -> Compared:
    """Every two places. `unknown` has, by platform, the names of the resources with a value that is not known early."""
    found = Compared()
    for pair in combinations(PLACES, 2):
        for difference in _pairs(judged, pair):
            if difference.first is not None and difference.second is not None:
                found.judgements[pair] += 1
            if _same(difference.first, difference.second):
                continue
            reason = _reason(difference, unknown)
            if reason is None:
                found.faults.append(difference)
            else:
                found.reasons[reason, pair] += 1
    return found


def _pairs(judged: Mapping[str, Judged], pair: Pair) -> Iterator[Difference]:
    first, second = (_of_levels(judged[place], UP not in pair) for place in pair)
    for urn, rule in sorted(first.keys() | second.keys()):
        sides = [first.get((urn, rule)), second.get((urn, rule))]
        for side, place in enumerate(pair):
            # It tells of findings alone.
            if place == ANALYZE and sides[side] is None and _SCOPES[rule] is not Scope.PROJECT:
                sides[side] = frozenset()
        yield Difference(pair, urn, rule, *sides)


def _of_levels(judged: Judged, are_levels: bool) -> Judged:
    if are_levels:
        return judged
    return {key: frozenset(each._replace(level="") for each in said) for key, said in judged.items()}


def _same(first: frozenset[Said] | None, second: frozenset[Said] | None) -> bool:
    return first == second


def _reason(difference: Difference, unknown: Mapping[str, frozenset[str]]) -> Reason | None:
    pair, urn, rule, first, second = difference
    if _SCOPES[rule] is Scope.PROJECT and _ONE_STACK & set(pair):
        return PROJECT
    if first and second:
        for mark, reason in ((_HIDDEN, HIDDEN), (_MADE_UP, MADE_UP)):
            if any(mark in text for each in first ^ second for text in each) and _alike(first, second):
                return reason
    if rule == _OF_TWO and any(unknown.values()) and not (first and second):
        return ORDER
    if pair[0] not in _EARLY or pair[1] in _EARLY:
        return None
    early, late = first or frozenset(), second or frozenset()
    platform, name = (Urn.parse(urn).type.partition(":")[0], Urn.parse(urn).name) if urn else ("", "")
    is_open = name in unknown.get(platform, ())
    if is_open and early and {_bare(each) for each in early} == {_bare(each) for each in late}:
        return TAGS
    # What is a secret, too, is called so.
    waits = {each for each in early if each.message == _NOT_KNOWN or (is_open and each.message == _A_SECRET)}
    if waits and all(any(_is_like(each, other) or _is_within(other, each) for other in late) for each in early - waits):
        return VALUE
    if _SCOPES[rule] is Scope.STACK and (unknown.get(platform) if urn else any(unknown.values())):
        return OTHERS
    if is_open and not early and (first is None or second is None):
        return DEPENDS
    return None


def _alike(first: frozenset[Said], second: frozenset[Said]) -> bool:
    return all(any(_is_like(each, other) for other in second) for each in first) and all(
        any(_is_like(each, other) for each in first) for other in second
    )


def _is_like(each: Said, other: Said) -> bool:
    """Whether both may be the same, with what one of them hides."""
    return each == other or all(_covers(*texts) or _covers(*reversed(texts)) for texts in zip(each, other, strict=True))


def _is_within(late: Said, early: Said) -> bool:
    """Whether what was wrong with something as a whole is wrong with a part of it, once that is known."""
    return late.outcome == early.outcome and late.path.startswith(f"{early.path}.")


def _covers(text: str, other: str) -> bool:
    text, other = _unquoted(text), _unquoted(other)
    pattern = re.escape(text).replace(re.escape(_HIDDEN), ".*").replace(re.escape(_MADE_UP), ".*")
    return re.fullmatch(pattern, other, re.DOTALL) is not None


def _unquoted(path: str) -> str:
    """A path in which a name with a mark stands as any other, and not in quotes."""
    return re.sub(r'\["(.*?)"\]', r".\1", path).removeprefix(".")


def _bare(each: Said) -> Said:
    return each._replace(path=each.path.replace("tagsAll", "tags"))
