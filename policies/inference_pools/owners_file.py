"""Reads owners.yaml, which says whom a tag or label means: YAML in which every value is the text that stands there.

    owners:
      ml-platform: machine-learning@contoso.com

It fills the option `owners` of every rule that has one; what the policy config says of a rule goes before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from inference_pools import waivers_file
from inference_pools.near_words import closest
from inference_pools.path import Keys, format_path
from inference_pools.rule import Rule
from inference_pools.values import Json
from inference_pools.waivers_file import LineColumn, WaiversError

FILE_VARIABLE: Final = "POOLGATE_OWNERS"
"""The environment variable that names the file, by an absolute path for a pack."""
OPTION: Final = "owners"
ROOT: Final = "owners"


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


def read(text: str) -> dict[str, str]:
    """Whom each label means, by a file's text. Raises OwnersError for the first thing that is wrong."""
    try:
        tree = waivers_file.tree_of(text)
    except WaiversError as error:
        raise OwnersError(error.message, error.place or (1, 1)) from None
    found, problems = parse(tree.value)
    placed = [(_place(tree.keys, problem.keys), problem) for problem in problems]
    for place, problem in sorted(placed, key=itemgetter(0)):
        raise OwnersError(str(problem), place, problem.keys)
    return found


def _place(places: Mapping[Keys, LineColumn], keys: Keys) -> LineColumn:
    while keys and keys not in places:
        keys = keys[:-1]
    return places.get(keys, (1, 1))


def parse(tree: Json) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """Whom each label means, and everything that is wrong; where anything is, the former is not to be used."""
    if tree is None or tree == "":
        return {}, ()
    if not isinstance(tree, Mapping):
        return {}, (Problem((), f"is no object with the key {ROOT}"),)
    problems = [Problem((key,), f"is no part of an owners file{closest(key, (ROOT,))}") for key in tree if key != ROOT]
    owners = tree.get(ROOT)
    if owners is None or owners == "":
        return {}, tuple(problems)
    if not isinstance(owners, Mapping):
        return {}, (*problems, Problem((ROOT,), "is no object of labels, each with whom it means"))
    seen: dict[str, str] = {}
    for label, name in owners.items():
        if not isinstance(name, str) or not name.strip():
            problems.append(Problem((ROOT, label), "names nobody, expected who it is, such as ml-platform@contoso.com"))
        if seen.setdefault(label.casefold(), label) != label:
            problems.append(Problem((ROOT, label), f"is {seen[label.casefold()]} once more: case does not count"))
    return dict(owners), tuple(problems)


def base(owners: Mapping[str, str], rules: Iterable[Rule[Any]]) -> dict[str, Json]:
    """What a policy config would say to have these owners, to be put under the one that there is."""
    return {rule.id: {OPTION: dict(owners)} for rule in rules if OPTION in rule.options} if owners else {}
