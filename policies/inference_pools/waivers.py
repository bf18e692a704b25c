"""Waivers: which findings an organisation has agreed to live with, by whom, why and until when.

A waiver is keyed on rule and resource, not on a comment beside the code, so that it holds wherever the resource is
met: in the program, in a preview and in the state. The file is read by whoever runs the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from functools import cache
from typing import Final

from inference_pools.finding import Enforcement, Exemption, Outcome, Target, Verdict, Waiver
from inference_pools.near_words import did_you_mean
from inference_pools.path import Keys, format_path
from inference_pools.urn import Urn, beginning
from inference_pools.values import Json

FILE_VARIABLE: Final = "POOLGATE_WAIVERS"
"""The environment variable that names the waivers file, by an absolute path for a pack."""

ROOT: Final = "waivers"
_TEXTS: Final = ("rule", "reason", "owner", "ticket")
_DATES: Final = ("created", "expires")
_APPROVED_BY: Final = "approved-by"
_ENTRY_KEYS: Final = (*_TEXTS, "target", *_DATES, _APPROVED_BY)
_TARGET_KEYS: Final = ("urn", "stack", "path")
_WILD: Final = re.compile(r"[*?]")
_RULE: Final = re.compile(r"[a-z]+(?:-[a-z]+)*-?\*?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that is no waiver, with the keys that lead to it."""

    keys: Keys
    message: str

    def __str__(self) -> str:
        return f"{format_path(self.keys)}: {self.message}" if self.keys else self.message


def parse(tree: Json) -> tuple[tuple[Waiver, ...], tuple[Problem, ...]]:
    """The waivers of a file, `{"waivers": [...]}`, and everything that is wrong with it.

    Where there are problems the waivers are not to be used: the numbers of the entries would not be theirs.
    """
    problems: list[Problem] = []
    if tree is None or tree == "":
        return (), ()
    if not isinstance(tree, Mapping):
        return (), (Problem((), "is no object with the key waivers"),)
    problems += _strange_keys(tree, (ROOT,), ())
    entries = tree.get(ROOT)
    if entries is None:
        return (), tuple(problems)
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        return (), (*problems, Problem((ROOT,), "is no list of waivers"))
    waivers = [_entry(entry, (ROOT, number), problems) for number, entry in enumerate(entries)]
    return tuple(waiver for waiver in waivers if waiver is not None), tuple(problems)


def _entry(entry: Json, keys: Keys, problems: list[Problem]) -> Waiver | None:
    if not isinstance(entry, Mapping):
        problems.append(Problem(keys, f"is no object with {', '.join(_ENTRY_KEYS)}"))
        return None
    before = len(problems)
    problems += _strange_keys(entry, _ENTRY_KEYS, keys)
    texts = {name: _text(entry, name, keys, problems) for name in _TEXTS}
    approved_by = _text(entry, _APPROVED_BY, keys, problems) if _APPROVED_BY in entry else ""
    days = {name: _date(entry, name, keys, problems) for name in _DATES}
    target = _target(entry.get("target"), (*keys, "target"), problems)
    if texts["rule"] and not _RULE.fullmatch(texts["rule"]):
        message = f"is {texts['rule']!r}, expected a rule's id, or the beginning of one and *"
        problems.append(Problem((*keys, "rule"), message))
    created, expires = days["created"], days["expires"]
    if created is not None and expires is not None and expires < created:
        problems.append(Problem((*keys, "expires"), f"is {expires}, before created ({created})"))
    if len(problems) > before or created is None or expires is None:
        return None
    return Waiver(**texts, target=target, created=created, expires=expires, approved_by=approved_by)


def _strange_keys(tree: Mapping[str, Json], known: Sequence[str], keys: Keys) -> Iterator[Problem]:
    for key in tree:
        if key not in known:
            hint = did_you_mean(str(key), known) or f"; there are {', '.join(known)}"
            yield Problem((*keys, str(key)), f"no such key{hint}")


def _text(entry: Mapping[str, Json], name: str, keys: Keys, problems: list[Problem]) -> str:
    """A text on one line; a number, as a ticket may be one, is taken for its digits."""
    value = entry.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        problems.append(Problem((*keys, name), "is missing" if name not in entry else "is empty"))
        return ""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or not text.isprintable():
        problems.append(Problem((*keys, name), f"is {value!r}, expected text"))
        return ""
    return text


def _date(entry: Mapping[str, Json], name: str, keys: Keys, problems: list[Problem]) -> date | None:
    value = entry.get(name)
    if value is None or value == "":
        problems.append(Problem((*keys, name), "is missing" if name not in entry else "is empty"))
        return None
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    problems.append(Problem((*keys, name), f"is {value!r}, expected a date such as 2027-01-31"))
    return None


def _target(value: Json, keys: Keys, problems: list[Problem]) -> Target:
    if not isinstance(value, Mapping):
        message = "is missing" if value is None else f"is {value!r}, expected an object"
        problems.append(Problem(keys, f"{message}; name a urn or a stack"))
        return Target()
    problems += _strange_keys(value, _TARGET_KEYS, keys)
    parts = {name: _text(value, name, keys, problems) for name in _TARGET_KEYS if name in value}
    if not {"urn", "stack"} & set(value):
        problems.append(Problem(keys, "names neither a urn nor a stack: it would cover every stack there is"))
    if parts.get("stack") and parts["stack"].count("/") != 1:
        problems.append(Problem((*keys, "stack"), f"is {parts['stack']!r}, expected PROJECT/STACK"))
    return Target(**parts)


@cache
def _covers(glob: str) -> Callable[[str], object]:
    """What tells whether a pattern covers a text: only `*` and `?` are special, since a property path has brackets.

    Each `*` but the last ends at the first place where what follows it fits. A later one is never needed, and is not
    tried: with many of them a text that does not fit would take minutes.
    """
    first, *others = ("".join("." if char == "?" else re.escape(char) for char in part) for part in glob.split("*"))
    between = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
    return re.compile(first + between + "".join(f".*{part}" for part in others[-1:]), re.DOTALL).fullmatch


def matches(glob: str, text: str) -> bool:
    """Whether a pattern covers a text, letter by letter in its own case. An empty one covers all."""
    return not glob or glob == text or _covers(glob)(text) is not None


def _may_begin(glob: str, beginning: str) -> bool:
    """Whether a pattern covers any text with that beginning."""
    head, star, _ = glob.partition("*")
    shared = min(len(head), len(beginning))
    return matches(head[:shared], beginning[:shared]) and (bool(star) or not glob or len(head) >= len(beginning))


def covers_rule(waiver: Waiver, rule: str) -> bool:
    """Whether a waiver is about a rule."""
    if waiver.rule.endswith("*"):
        return rule.startswith(waiver.rule[:-1])
    return waiver.rule == rule


def covers(waiver: Waiver, rule: str, urn: str, stack: str, path: str) -> bool:
    """Whether a waiver is about one finding. `stack` is `project/stack`; whether it holds is another question."""
    target = waiver.target
    return (
        covers_rule(waiver, rule)
        and matches(target.stack, stack)
        and matches(target.urn, urn)
        and matches(target.path, path)
    )


def concerns(waiver: Waiver, stack: str) -> bool:
    """Whether a waiver may cover anything in a stack, `project/stack`."""
    return matches(waiver.target.stack, stack) and _may_begin(waiver.target.urn, beginning(stack))


def _concerns_any(waiver: Waiver, stacks: frozenset[str]) -> bool:
    named = _stack_pattern(waiver)
    likely = stacks if _WILD.search(named) else stacks & {named}  # Most name one stack, and there may be thousands.
    return any(concerns(waiver, stack) for stack in likely)


class View(IntEnum):
    """How much a run looks at: what it did not see it cannot call unused."""

    STACK = 0
    PROJECT = 1
    ALL = 2


def _stack_pattern(waiver: Waiver) -> str:
    """The stacks that a waiver may cover something in, `project/stack`, as its target or its URN has them."""
    if waiver.target.stack:
        return waiver.target.stack
    urn = Urn.parse(waiver.target.urn)
    return urn.full_stack if urn.types else f"*/{urn.stack}"


def _named(waiver: Waiver) -> View:
    """How much has to be looked at to see all that a waiver may cover."""
    project, _, name = _stack_pattern(waiver).partition("/")
    if _WILD.search(project):
        return View.ALL
    return View.PROJECT if _WILD.search(name) else View.STACK


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy, not the writer of a waiver, decides."""

    maximum_days: int = 365
    warn_days: int = 14
    approval_required: bool = False
    not_waivable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defect:
    """Why a waiver does not hold. `field` is the key that is to be changed."""

    field: str
    message: str
    remedy: str
    is_early: bool = False
    """It will hold by itself in time."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one waiver on one day."""

    keys: Keys
    waiver: Waiver
    defects: tuple[Defect, ...]
    days_left: int
    expires_soon: bool
    is_stale: bool = False
    """It was in a place to cover something, and there was nothing."""

    @property
    def word(self) -> str:
        """One word for it."""
        if self.defects:
            expired = self.days_left < 0 and all(defect.field == "expires" for defect in self.defects)
            return "early" if all(defect.is_early for defect in self.defects) else "expired" if expired else "invalid"
        return "stale" if self.is_stale else "expiring" if self.expires_soon else "active"


class Register:
    """The waivers that may be used on a day, and which of them were."""

    def __init__(self, waivers: Sequence[Waiver], terms: Terms, known: Mapping[str, bool], today: date | None) -> None:
        """`known` says of every rule whether it can be waived. Raises LookupError for waivers without a day."""
        if waivers and today is None:
            raise LookupError("waivers need today's date, and the caller gave none")
        self._known = {rule: can and rule not in terms.not_waivable for rule, can in known.items()}
        self._terms = terms
        self._today = today or date.min
        self._waivers = waivers
        self._standings = [self._standing(number, waiver) for number, waiver in enumerate(waivers)]
        self._used: set[int] = set()
        self._by_rule: dict[str, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._waivers)

    def forget(self) -> None:
        """Begins anew with what was used."""
        self._used.clear()

    def find(
        self, rule: str, urn: str, stack: str, path: str, outcome: Outcome, enforcement: Enforcement
    ) -> Waiver | None:
        """The first waiver that holds for a finding and covers it, if it can be waived at all."""
        found = None
        for number in self._about(rule):
            waiver = self._waivers[number]
            if not covers(waiver, rule, urn, stack, path):
                continue
            self._used.add(number)
            if found is None and not self._standings[number].defects:
                found = waiver
        return found if self._known.get(rule, False) and can_be_waived(outcome, enforcement) else None

    def waived(self, verdict: Verdict) -> Verdict:
        """The verdict as it is with the waivers: another outcome and level where one covers it."""
        if not self._waivers or not verdict.outcome.reported:
            return verdict
        stack = Urn.parse(verdict.urn).full_stack
        waiver = self.find(verdict.rule, verdict.urn, stack, verdict.path, verdict.outcome, verdict.enforcement)
        if waiver is None:
            return verdict
        return replace(verdict, outcome=Outcome.WAIVED, enforcement=Enforcement.ADVISORY, waiver=waiver)

    def spares(self, rule: str, urn: str) -> bool:
        """Whether a waiver that holds covers anything that a rule may find in a resource."""
        stack = Urn.parse(urn).full_stack
        return self._known.get(rule, False) and any(
            not self._standings[number].defects
            and matches(self._waivers[number].target.stack, stack)
            and matches(self._waivers[number].target.urn, urn)
            for number in self._about(rule)
        )

    def standings(self, stacks: Collection[str], ran: Collection[str], view: View) -> list[Standing]:
        """How it stands with every waiver that may cover something in the stacks, each `project/stack`.

        One is stale when it covers nothing, all that it is about has been looked at, and all its rules were run.
        """
        looked_at = frozenset(stacks)
        return [
            replace(standing, is_stale=self._is_stale(number, ran, view))
            for number, standing in enumerate(self._standings)
            if _concerns_any(standing.waiver, looked_at)
        ]

    def all_standings(self) -> Sequence[Standing]:
        """How it stands with every waiver, whatever it covers."""
        return self._standings

    def _is_stale(self, number: int, ran: Collection[str], view: View) -> bool:
        waiver = self._waivers[number]
        rules = [rule for rule in self._known if covers_rule(waiver, rule)]
        return number not in self._used and _named(waiver) <= view and bool(rules) and set(rules) <= set(ran)

    def _about(self, rule: str) -> Sequence[int]:
        if rule not in self._by_rule:
            found = [number for number, waiver in enumerate(self._waivers) if covers_rule(waiver, rule)]
            self._by_rule[rule] = found
        return self._by_rule[rule]

    def _standing(self, number: int, waiver: Waiver) -> Standing:
        left = (waiver.expires - self._today).days
        defects = tuple(self._defects(waiver, left))
        return Standing((ROOT, number), waiver, defects, left, left <= self._terms.warn_days)

    def _defects(self, waiver: Waiver, left: int) -> Iterator[Defect]:
        about = [rule for rule in self._known if covers_rule(waiver, rule)]
        length = (waiver.expires - waiver.created).days
        if not about:
            message = f"is {waiver.rule}: no such rule{did_you_mean(waiver.rule.rstrip('*'), self._known)}"
            yield Defect("rule", message, "Name one of the rules that `poolgate rules` lists.")
        elif not any(self._known[rule] for rule in about):
            yield Defect("rule", f"is {waiver.rule}, which cannot be waived", "Mend what the rule finds.")
        if waiver.created > self._today:
            message = f"is {waiver.created}, which is still to come: it covers nothing until then"
            yield Defect("created", message, "Set created to the day it was agreed on.", is_early=True)
        if length > self._terms.maximum_days:
            message = f"is {waiver.expires}, {length} days after created, the limit is {self._terms.maximum_days}"
            yield Defect("expires", message, f"Let it expire within {self._terms.maximum_days} days of its creation.")
        if left < 0:
            days = f"{-left} {'day' if left == -1 else 'days'}"
            message = f"was {waiver.expires}, {days} ago: it covers nothing any more"
            yield Defect("expires", message, "Mend what it covered and delete it, or agree on another one.")
        if self._terms.approval_required and not waiver.approved_by:
            yield Defect(_APPROVED_BY, "is missing, and the policy asks for it", "Have the waiver approved.")


def can_be_waived(outcome: Outcome, enforcement: Enforcement) -> bool:
    """A finding can, and so can an unknown value where it fails. A broken rule cannot: nobody knows what it hides."""
    if outcome is Outcome.UNKNOWN:
        return enforcement is not Enforcement.ADVISORY
    return outcome in (Outcome.VIOLATED, Outcome.UNREADABLE)


def exempted(verdict: Verdict, exemption: Exemption | None) -> Verdict:
    """The verdict as it is with an exception of a policy config. What a waiver covers stays waived, and has both."""
    if exemption is None:
        return verdict
    if verdict.outcome is Outcome.WAIVED:
        return replace(verdict, exemption=exemption)
    if not can_be_waived(verdict.outcome, verdict.enforcement):
        return verdict
    return replace(verdict, outcome=Outcome.WAIVED, enforcement=Enforcement.ADVISORY, exemption=exemption)
