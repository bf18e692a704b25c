"""Reads owners.yaml, which says whom a tag or label means, and whose stacks are that have no tags: YAML in which every
value is the text that stands there.

    owners:
      ml-platform: machine-learning@contoso.com
    stacks:
      - stack: ranking/*
        owner: ml-platform
        cost-center: 4711

Whom labels mean fills the option `owners` of every rule that has one; what the policy config says of a rule goes before
it. Whose stacks are no rule asks: reports and histories do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from inference_pools import waivers_file
from inference_pools.near_words import closest
from inference_pools.path import Keys, format_path
from inference_pools.rule import Rule
from inference_pools.values import Json
from inference_pools.waivers import matches
from inference_pools.waivers_file import LineColumn, WaiversError

FILE_VARIABLE: Final = "POOLGATE_OWNERS"
"""The environment variable that names the file, by an absolute path for a pack."""
OPTION: Final = "owners"
ROOT: Final = "owners"
STACKS: Final = "stacks"
SAID: Final = ("owner", "team", "cost-center", "environment")
"""What an entry of `stacks` can say."""

_ROOTS: Final = (ROOT, STACKS)
_PATTERNS: Final = ("stack", "urn")
_STACK: Final = re.compile(r"[\w.*-]+/[\w.*-]+", re.ASCII)
_URN: Final = re.compile(r"(?:urn:pulumi:|\*)\S.*|\*", re.DOTALL)
_ANYTHING: Final = "\0"
"""What stands for the text of a `*` where a pattern is held against another one: no pattern has it."""


class OwnersError(ValueError):
    """An owners file that cannot be used. `place` is where to look; `keys` lead there when it can be read at all."""

    def __init__(self, message: str, place: LineColumn, keys: Keys = ()) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that names no owner, with the keys that lead to it."""

    keys: Keys
    message: str

    def __str__(self) -> str:
        return f"{format_path(self.keys)}: {self.message}" if self.keys else self.message


@dataclass(frozen=True, slots=True)
class OfStacks:
    """Whose stacks are that a pattern covers, or only what a further one covers in them. `said` is by names of SAID.

    `number` is its place among the entries, from 0.
    """

    number: int
    stack: str
    urn: str
    said: Mapping[str, str]

    def is_of(self, stack: str) -> bool:
        """Whether it is about a stack, `project/stack`, or something in it."""
        return matches(self.stack, stack)

    def covers(self, stack: str, urn: str) -> bool:
        """Whether it is about a resource in a stack; with no URN about the stack itself."""
        return self.is_of(stack) and matches(self.urn, urn)

    def goes_before(self, later: OfStacks) -> bool:
        """Whether it covers all that a later one does."""
        every = matches(self.stack, later.stack.replace("*", _ANYTHING))
        return every and self.urn in ("", later.urn)


@dataclass(frozen=True, slots=True)
class OwnersFile:
    """What a file says: whom labels mean, and whose stacks are, in the order in which the entries are asked."""

    labels: dict[str, str] = field(default_factory=dict)
    stacks: tuple[OfStacks, ...] = ()


def read(text: str) -> OwnersFile:
    """What a file says, by its text. Raises OwnersError for the first thing that is wrong."""
    try:
        tree = waivers_file.tree_of(text)
    except WaiversError as error:
        raise OwnersError(error.message, error.place or (1, 1)) from None
    found, problems = parse(tree.value)
    placed = [(_place(tree, problem.keys), problem) for problem in problems]
    for place, problem in sorted(placed, key=itemgetter(0)):
        raise OwnersError(str(problem), place, problem.keys)
    return found


def _place(tree: waivers_file.Tree, keys: Keys) -> LineColumn:
    """Where keys lead: the key, or the entry of a list, or the innermost part around it that is there."""
    while keys and keys not in tree.keys and keys not in tree.places:
        keys = keys[:-1]
    return tree.keys.get(keys) or tree.places.get(keys, (1, 1))


def parse(tree: Json) -> tuple[OwnersFile, tuple[Problem, ...]]:
    """What a file says, and everything that is wrong; where anything is, the former is not to be used."""
    if tree is None or tree == "":
        return OwnersFile(), ()
    if not isinstance(tree, Mapping):
        return OwnersFile(), (Problem((), f"is no object with the keys {ROOT} and {STACKS}"),)
    problems = [
        Problem((key,), f"is no part of an owners file{closest(key, _ROOTS)}") for key in tree if key not in _ROOTS
    ]
    labels = _labels(tree.get(ROOT), problems)
    stacks = _stacks(tree.get(STACKS), problems)
    return OwnersFile(labels, stacks), tuple(problems)


def _labels(owners: Json, problems: list[Problem]) -> dict[str, str]:
    """Whom each label means."""
    if owners is None or owners == "":
        return {}
    if not isinstance(owners, Mapping):
        problems.append(Problem((ROOT,), "is no object of labels, each with whom it means"))
        return {}
    seen: dict[str, str] = {}
    for label, name in owners.items():
        if not isinstance(name, str) or not name.strip():
            problems.append(Problem((ROOT, label), "names nobody, expected who it is, such as ml-platform@contoso.com"))
        if seen.setdefault(label.casefold(), label) != label:
            problems.append(Problem((ROOT, label), f"is {seen[label.casefold()]} once more: case does not count"))
    return dict(owners)


def _stacks(entries: Json, problems: list[Problem]) -> tuple[OfStacks, ...]:
    """Whose stacks are."""
    if entries is None or entries == "":
        return ()
    if not isinstance(entries, list):
        problems.append(Problem((STACKS,), "is no list of entries, each with a pattern of stacks and whose they are"))
        return ()
    found: list[OfStacks] = []
    for number, entry in enumerate(entries):
        wrong = list(_wrong_in(entry, (STACKS, number)))
        problems += wrong
        if not wrong:
            said = {name: entry[name].strip() for name in SAID if name in entry}
            found.append(OfStacks(number, entry["stack"], entry.get("urn", ""), said))
    for number, one in enumerate(found):
        problems += _never_asked(one, found[:number])
    return tuple(found)


def _wrong_in(entry: Json, keys: Keys) -> Iterator[Problem]:
    """What is wrong with one entry by itself."""
    if not isinstance(entry, Mapping):
        yield Problem(keys, "is no object with a pattern of stacks and whose they are")
        return
    known = (*_PATTERNS, *SAID)
    for key, value in entry.items():
        if key not in known:
            yield Problem((*keys, key), f"is no part of an entry{closest(key, known)}")
        elif not isinstance(value, str) or not value.strip():
            yield Problem((*keys, key), "is no text, or an empty one")
        elif key == "stack" and not _STACK.fullmatch(value):
            yield Problem((*keys, key), f"is {value!r}, expected PROJECT/STACK, in which * stands for any text")
        elif key == "urn" and not _URN.fullmatch(value):
            yield Problem((*keys, key), f"is {value!r}, expected urn:pulumi:…, in which * stands for any text")
    if "stack" not in entry:
        yield Problem(keys, "has no stack: name PROJECT/STACK, in which * stands for any text")
    if set(entry) <= set(_PATTERNS):
        yield Problem(keys, f"says nothing of them: name one of {', '.join(SAID)}")


def _never_asked(one: OfStacks, before: Sequence[OfStacks]) -> Iterator[Problem]:
    """What of an entry is never asked for, since one before it covers all of the same and says it."""
    keys: Keys = (STACKS, one.number)
    for other in before:
        if (other.stack, other.urn) == (one.stack, one.urn):
            yield Problem((*keys, "stack"), f"is what {_named(other)} covers once more: let one entry say all of it")
            return
    for name in one.said:
        first = next((other for other in before if name in other.said and other.goes_before(one)), None)
        if first is not None:
            yield Problem(
                (*keys, name), f"is never asked for: {_named(first)} stands before it, covers {one.stack} and says it"
            )


def _named(entry: OfStacks) -> str:
    return f"{format_path((STACKS, entry.number))} ({entry.stack})"


def base(owners: Mapping[str, str], rules: Iterable[Rule[Any]]) -> dict[str, Json]:
    """What a policy config would say to have these owners, to be put under the one that there is."""
    return {rule.id: {OPTION: dict(owners)} for rule in rules if OPTION in rule.options} if owners else {}
