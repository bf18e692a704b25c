"""Exceptions that were made of waivers, so that one file drives poolgate and the engine alike.

An exception has no owner, ticket and last day. One that was exported has them in its reason, and its ID leads back to
its waiver: whether the two still say the same can be told at any time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from inference_pools import own_checks
from inference_pools.exemptions import ROOT, Match, PolicyException
from inference_pools.finding import Waiver
from inference_pools.path import Keys
from inference_pools.policy_config import Setting
from inference_pools.rule import Scope
from inference_pools.urn import Urn
from inference_pools.waivers import Standing, covers_rule, matches

_PREFIX: Final = "waiver."
_EXPORTED: Final = re.compile(r"waiver\..+\.[0-9a-f]{8}")
_NO_PART_OF_AN_ID: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_TICKET: Final = 40
_NOT_OF_THE_ENGINE: Final = frozenset((Scope.PROJECT, Scope.WAIVERS))

Pair = tuple[str, str]
"""A rule and the URN at which a violation of it is let pass."""


def id_of(waiver: Waiver) -> str:
    """The ID of the exception that is made of a waiver: by its ticket, and by what it is about."""
    target = waiver.target
    return _id(waiver.rule, target.urn, target.stack, target.path, waiver.ticket)


def id_in_report(waiver: Mapping[str, Any]) -> str:
    """The same of a waiver as a JSON report has it, whatever it said then of owner, reason and days."""
    target = waiver["target"]
    return _id(waiver["rule"], target["urn"], target["stack"], target["path"], waiver["ticket"])


def _id(rule: str, urn: str, stack: str, path: str, ticket: str) -> str:
    digest = hashlib.sha256("\0".join((rule, urn, stack, path, ticket)).encode()).hexdigest()
    return f"{_PREFIX}{_NO_PART_OF_AN_ID.sub('-', ticket)[:_LONGEST_TICKET]}.{digest[:8]}"


def is_exported(id_: str) -> bool:
    """Whether an exception was made of a waiver, by its ID."""
    return _EXPORTED.fullmatch(id_) is not None


def reason_of(waiver: Waiver) -> str:
    """What such an exception says: all that the engine has no key for."""
    return f"{waiver.owner}, {waiver.ticket}, until {waiver.expires}: {waiver.reason}"


def exception_of(waiver: Waiver, pairs: Iterable[Pair]) -> PolicyException:
    """The exception that lets pass what a waiver covers. Rules at the same targets share a match."""
    targets: dict[str, set[str]] = {}
    for rule, urn in pairs:
        targets.setdefault(rule, set()).add(urn)
    rules: dict[tuple[str, ...], list[str]] = {}
    for rule in sorted(targets):
        rules.setdefault(tuple(sorted(targets[rule])), []).append(rule)
    found = tuple(Match(tuple(policies), urns) for urns, policies in rules.items())
    return PolicyException(id_of(waiver), reason_of(waiver), found)


def pairs_of(exception: PolicyException) -> Iterator[tuple[Keys, Pair]]:
    """What an exception lets pass, with the keys that lead to each target."""
    for number, match in enumerate(exception.matches):
        for index, target in enumerate(match.targets):
            for policy in match.policies:
                yield (ROOT, exception.id, "match", number, "targets", index), (policy, target)


def in_force(standings: Iterable[Standing]) -> dict[str, Standing]:
    """The waivers that hold, by the ID of their exception: of two that are about the same, the one that ends later."""
    found: dict[str, Standing] = {}
    for standing in sorted(standings, key=lambda one: one.waiver.expires):
        if not standing.defects:
            found[id_of(standing.waiver)] = standing
    return found


def may_cover(waiver: Waiver, pair: Pair) -> bool:
    """Whether a waiver is about a rule at a URN, whichever property it names."""
    rule, urn = pair
    stack = Urn.parse(urn).full_stack
    return covers_rule(waiver, rule) and matches(waiver.target.stack, stack) and matches(waiver.target.urn, urn)


class EngineRules:
    """Which rules the engine can exempt: not those over several stacks, nor poolgate's own checks."""

    def __init__(self, settings: Iterable[Setting]) -> None:
        self._others = {one.rule.id for one in settings if one.rule.scope in _NOT_OF_THE_ENGINE} | set(own_checks.BY_ID)
        self._known = {one.rule.id for one in settings} | self._others

    def has(self, rule: str) -> bool:
        """Whether the engine has a rule. One that nobody knows here may be a team's own."""
        return rule not in self._others

    def has_any_of(self, waiver: Waiver) -> bool:
        """Whether the engine has any rule that a waiver is about."""
        about = [rule for rule in self._known if covers_rule(waiver, rule)]
        return not about or any(map(self.has, about))


class Kind(StrEnum):
    """How an exported exception and the waivers have drifted apart."""

    MORE = "lets more pass than was agreed on"
    OTHER = "says something else"
    MISSING = "is missing"


class Drift(NamedTuple):
    """One difference. `keys` lead into the policy config; of what is missing there, to the waiver."""

    kind: Kind
    keys: Keys
    message: str
    id: str


def drift(
    exceptions: Sequence[PolicyException], standings: Sequence[Standing], rules: EngineRules, name: str
) -> Iterator[Drift]:
    """How exported exceptions and waivers have drifted apart; nothing where none was exported.

    `name` is what the policy config is called.
    """
    exported = {one.id: one for one in exceptions if is_exported(one.id)}
    holding = in_force(standings)
    ended = {id_of(standing.waiver): standing for standing in standings if standing.defects}
    for id_, exception in exported.items():
        if id_ in holding:
            yield from _differs(exception, holding[id_].waiver)
        else:
            yield Drift(Kind.MORE, (ROOT, id_), f"lets pass what no waiver in force does: {_why(id_, ended)}", id_)
    for id_, standing in holding.items() if exported else ():
        waiver = standing.waiver
        if id_ not in exported and not waiver.target.path and rules.has_any_of(waiver):
            message = f"has no exception in {name}, though others have: the engine fails what it covers"
            yield Drift(Kind.MISSING, standing.keys, f"{message} ({waiver.rule}, {waiver.owner}, {waiver.ticket})", id_)


def _why(id_: str, ended: Mapping[str, Standing]) -> str:
    if id_ not in ended:
        return "its waiver is gone"
    standing = ended[id_]
    if standing.word == "expired":
        return f"its waiver has expired on {standing.waiver.expires}"
    return f"its waiver does not hold ({standing.defects[0].field} {standing.defects[0].message})"


def _differs(exception: PolicyException, waiver: Waiver) -> Iterator[Drift]:
    for keys, pair in pairs_of(exception):
        if not may_cover(waiver, pair):
            yield Drift(
                Kind.MORE, keys, f"lets pass {pair[0]} at {pair[1]}, which its waiver does not cover", exception.id
            )
    if exception.reason != reason_of(waiver):
        message = f"is {exception.reason!r}, and its waiver says now {reason_of(waiver)!r}"
        yield Drift(Kind.OTHER, (ROOT, exception.id, "reason"), message, exception.id)
