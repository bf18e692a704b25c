"""Exceptions of a policy config of version 2: violations that the engine is told to let pass.

    {"version": 2, "policies": {…},
     "exceptions": {"EXC-1": {"reason": "…", "match": [{"policies": ["capacity-bounded"], "targets": ["urn:…"]}]}}}

The engine honours them from 3.274 on, and tells a policy pack nothing of it. What it passes over in silence (unknown
keys, a `*` in a target, which it takes for a letter of the URN) is a problem here.

Source: pulumi/pulumi `pkg/resource/analyzer/exceptions.go`, v3.276.0.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from inference_pools.finding import Exemption
from inference_pools.near_words import did_you_mean
from inference_pools.path import Keys
from inference_pools.urn import Urn, is_urn
from inference_pools.values import Json

ROOT: Final = "exceptions"
_KEYS: Final = ("reason", "match")
_MATCH_KEYS: Final = ("policies", "targets")
_ID: Final = re.compile(r"[A-Za-z0-9_.-]+")
_DIGITS: Final = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Match:
    """Any of its policies at any of its targets, which are URNs, letter by letter."""

    policies: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyException:
    """One exception: why, and what it lets pass."""

    id: str
    reason: str
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is no exception, or not what was meant, with the keys that lead to it."""

    keys: Keys
    message: str


def parse(
    written: Json, known: Iterable[str], *, is_open: bool = False
) -> tuple[tuple[PolicyException, ...], tuple[Problem, ...]]:
    """The exceptions that stand under the key `exceptions`, lowest ID first, and all that is wrong with them.

    `known` are the policies that there are; with `is_open` there are others, and what looks like no slip is one.
    Where there are problems the exceptions are not to be used.
    """
    if not isinstance(written, Mapping):
        return (), (Problem((ROOT,), "is no object of exceptions by their ID"),)
    reader = _Reader(tuple(known), is_open)
    found = [reader.exception(id_, entry) for id_, entry in written.items()]
    return tuple(sorted(found, key=lambda exception: natural(exception.id))), tuple(reader.problems)


class _Reader:
    """Reads exceptions and keeps what is wrong with them."""

    def __init__(self, known: tuple[str, ...], is_open: bool) -> None:
        self._known = known
        self._is_open = is_open
        self.problems: list[Problem] = []

    def exception(self, id_: str, entry: Json) -> PolicyException:
        keys: Keys = (ROOT, id_)
        if not _ID.fullmatch(id_):
            self._wrong(keys, "is no ID of an exception: letters, digits, hyphens, dots and underscores only")
        if not isinstance(entry, Mapping):
            self._wrong(keys, f"is no object with {' and '.join(_KEYS)}")
            return PolicyException(id_, "", ())
        self._strange_keys(entry, _KEYS, keys)
        reason = entry.get("reason")
        if not isinstance(reason, str) or not reason.strip():
            self._wrong((*keys, "reason"), "is missing" if reason is None else "is no text, or an empty one")
            reason = ""
        match = entry.get("match")
        if not isinstance(match, list) or not match:
            self._wrong((*keys, "match"), "is missing" if match is None else "is no list of policies with targets")
            match = []
        return PolicyException(
            id_, reason, tuple(self._match((*keys, "match", number), one) for number, one in enumerate(match))
        )

    def _match(self, keys: Keys, entry: Json) -> Match:
        if not isinstance(entry, Mapping):
            self._wrong(keys, f"is no object with {' and '.join(_MATCH_KEYS)}")
            return Match((), ())
        self._strange_keys(entry, _MATCH_KEYS, keys)
        policies = self._texts((*keys, "policies"), entry.get("policies"))
        targets = self._texts((*keys, "targets"), entry.get("targets"))
        for number, policy in enumerate(policies):
            self._check_policy((*keys, "policies", number), policy)
        for number, target in enumerate(targets):
            self._check_target((*keys, "targets", number), target)
        return Match(policies, targets)

    def _check_policy(self, keys: Keys, policy: str) -> None:
        if policy == "all":
            self._wrong(keys, "is 'all': an exception names each of its policies")
        elif policy not in self._known:
            hint = did_you_mean(policy, self._known)
            if hint or not self._is_open:
                self._wrong(keys, f"is {policy!r}, which is no rule{hint}")

    def _check_target(self, keys: Keys, target: str) -> None:
        if "*" in target:
            self._wrong(keys, f"is {target!r}: the engine knows no patterns; name each URN, letter by letter")
        elif not is_urn(target):
            self._wrong(keys, f"is {target!r}, expected a URN (urn:pulumi:STACK::PROJECT::TYPE::NAME)")

    def _texts(self, keys: Keys, written: Json) -> tuple[str, ...]:
        if not isinstance(written, list) or not written or not all(isinstance(text, str) for text in written):
            self._wrong(keys, "is missing" if written is None else "is no list of texts, or an empty one")
            return ()
        return tuple(written)

    def _strange_keys(self, tree: Mapping[str, Json], known: Sequence[str], keys: Keys) -> None:
        for key in tree:
            if key not in known:
                hint = did_you_mean(key, known) or f"; the engine reads {' and '.join(known)} only"
                self._wrong((*keys, key), f"no such key{hint}")

    def _wrong(self, keys: Keys, message: str) -> None:
        self.problems.append(Problem(keys, message))


class Exemptions:
    """The exceptions of a run, and which of their targets were needed."""

    def __init__(self, exceptions: Iterable[PolicyException] = ()) -> None:
        self._exceptions = tuple(exceptions)
        self._used: set[tuple[str, str]] = set()

    def __bool__(self) -> bool:
        return bool(self._exceptions)

    def find(self, policy: str, urn: str) -> Exemption | None:
        """The first exception, lowest ID first, that lets a violation of a policy pass at a URN."""
        found = None
        for exception in self._exceptions:
            if any(policy in match.policies and urn in match.targets for match in exception.matches):
                self._used.add((exception.id, urn))
                found = found or Exemption(exception.id, exception.reason)
        return found

    def keys_of(self, id_: str, policy: str, urn: str) -> Keys:
        """The keys that lead to the target by which an exception lets a violation of a policy pass."""
        exception = next(exception for exception in self._exceptions if exception.id == id_)
        return next(
            (ROOT, id_, "match", number, "targets", match.targets.index(urn))
            for number, match in enumerate(exception.matches)
            if policy in match.policies and urn in match.targets
        )

    def unused(self, stacks: Collection[str], ran: Collection[str]) -> Iterator[tuple[Keys, str]]:
        """The targets that let nothing pass in the stacks, each `project/stack`, with the keys that lead to them.

        One is left out when not all of its policies were run, or its stack was not looked at.
        """
        for exception in self._exceptions:
            for number, match in enumerate(exception.matches):
                for index, target in enumerate(match.targets):
                    is_seen = set(match.policies) <= set(ran) and Urn.parse(target).full_stack in stacks
                    if is_seen and (exception.id, target) not in self._used:
                        yield (ROOT, exception.id, "match", number, "targets", index), target


def natural(id_: str) -> list[tuple[int, int, str]]:
    """A key by which EXC-2 comes before EXC-10, as the engine orders them."""
    parts = (part for part in _DIGITS.split(id_) if part)
    return [(0, int(part), part) if part[0] in "0123456789" else (1, 0, part) for part in parts]
