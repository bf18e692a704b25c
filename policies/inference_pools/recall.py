"""Judges many resources by the same rules, and says again what it said before of what looks the same.

Pools repeat themselves: ten thousand of them have some dozens of SKUs, timeouts and tags. A rule is pure and judges
a facet, so what it says follows from what the facet shows: its sight. Each rule runs once for each sight. That it
looked at nothing else is watched while it runs; where one did, nothing is said again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import itemgetter
from typing import Final, TypeAlias

from inference_pools.context import Context
from inference_pools.finding import Outcome, Verdict
from inference_pools.model import Facet, Resource
from inference_pools.policy_config import Setting
from inference_pools.reader import Keys
from inference_pools.rule import Scope
from inference_pools.runner import enabled, judge, judge_facet, presentable
from inference_pools.shapes import Pool, facets_of, is_everywhere, is_special, parts_of, sights_of, view
from inference_pools.stack import context_of

MOST_SIGHTS: Final = 20_000
"""So many are kept for each kind of facet, some 20 MB at most; when there are more, all are forgotten."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What there is to report of a resource, in the order of the rules, and how many rules had nothing to report."""

    reported: Sequence[Verdict]
    clean: int
    not_applicable: int


class Judge:
    """The rules about single resources, for many of them. What it says is what `runner.judge` says."""

    def __init__(self, settings: Iterable[Setting], today: date | None = None) -> None:
        self._settings = [setting for setting in enabled(settings) if setting.rule.scope is Scope.RESOURCE]
        self._today = today
        groups: dict[tuple[type[Facet], bool], _Group] = {}
        for position, setting in enumerate(self._settings):
            facet = setting.rule.facet
            looks_around = setting.rule.wants_context or setting.production is not None
            group = groups.setdefault((facet, looks_around), _Group(facet, looks_around, is_everywhere(facet)))
            group.rules.append((position, setting))
        self._groups = list(groups.values())

    def judge(self, resource: Resource) -> Judged:
        """What every enabled rule about single resources says of one."""
        try:
            pool = view(resource)
            return self._recalled(_Subject(pool, context_of(resource, self._today))) if pool else self._plain(resource)
        except Exception:
            return self._plain(resource)  # It says which rules could not be run, and why.

    def _plain(self, resource: Resource) -> Judged:
        verdicts = judge(self._settings, resource, today=self._today)
        return Judged(
            [verdict for verdict in verdicts if verdict.outcome.reported],
            sum(verdict.outcome is Outcome.CLEAN for verdict in verdicts),
            sum(verdict.outcome is Outcome.NOT_APPLICABLE for verdict in verdicts),
        )

    def _recalled(self, subject: _Subject) -> Judged:
        resource = subject.pool.resource
        reported: list[tuple[int, list[Verdict]]] = []
        clean = not_applicable = 0
        for group in self._groups:
            said = group.say(subject)
            if not said:
                not_applicable += len(group.rules)
            elif not any(said):
                clean += len(group.rules)
            else:
                found = group.by_rule(said, resource.urn)
                clean += len(group.rules) - len(found)
                reported += found
        if not reported:
            return Judged((), clean, not_applicable)
        verdicts = [verdict for _, verdicts in sorted(reported, key=itemgetter(0)) for verdict in verdicts]
        return Judged(presentable(verdicts, [resource], ()), clean, not_applicable)


class _Subject:
    """A pool, and what it shows: each sight is taken once, however many groups of rules ask for it."""

    def __init__(self, pool: Pool, context: Context) -> None:
        self.pool = pool
        self.context = context
        self._sights: dict[type[Facet], list[Hashable]] = {}
        self._facets: dict[type[Facet], list[Facet]] = {}
        self._parts: list[tuple[Keys, Hashable]] | None = None
        self._around: Hashable = None

    def facets(self, facet: type[Facet]) -> list[Facet]:
        """The facets of a kind."""
        found = self._facets.get(facet)
        if found is None:
            found = self._facets[facet] = list(facets_of(self.pool, facet))
        return found

    def sights(self, facet: type[Facet]) -> list[Hashable]:
        """The sight of each."""
        found = self._sights.get(facet)
        if found is None:
            is_made = is_special(facet)
            found = [one.sight() for one in self.facets(facet)] if is_made else sights_of(self.pool, facet)
            self._sights[facet] = found
        return found

    def parts(self) -> list[tuple[Keys, Hashable]]:
        """All properties, in parts."""
        if self._parts is None:
            self._parts = list(parts_of(self.pool))
        return self._parts

    def within(self, facet: type[Facet], part: Keys) -> Iterator[Facet]:
        """The facets in a part, those left out that are in a part of their own."""
        own = {keys for keys, _ in self.parts()}
        for one in self.facets(facet):
            keys = one.own.keys
            if (keys[:2] if keys[:2] in own else keys[:1]) == part:
                yield one

    @property
    def around(self) -> Hashable:
        """What the surroundings show."""
        if self._around is None:
            self._around = self.context.sight()
        return self._around


def _around(setting: Setting, context: Context) -> Context:
    """The surroundings as a rule sees them that may have been told its environment."""
    environment: str = setting.options.environment
    return replace(context, forced_environment=environment) if environment else context


_Said: TypeAlias = tuple[tuple[Verdict, ...], ...]
"""What each rule of a group says of a facet, or of those in a part, naming no resource. Empty: all are content."""

_NOBODY: Final[_Said] = ((),)
"""Of a part without any such facet: there is no one to be content."""


@dataclass(slots=True)
class _Group:
    """The rules about one kind of facet, each with its position, and what they said so far."""

    facet: type[Facet]
    looks_around: bool
    is_everywhere: bool
    rules: list[tuple[int, Setting]] = field(default_factory=list)
    said: dict[Hashable, _Said] = field(default_factory=dict)
    is_open: bool = False
    """Whether one of the rules looked at more than is shown, so that nothing can be said again."""

    def say(self, subject: _Subject) -> list[_Said]:
        """What the rules say of each facet. Empty where there is none."""
        if self.is_open:
            return [self._ask(facet, subject.context) for facet in subject.facets(self.facet)]
        if self.is_everywhere:
            return self._say_of_parts(subject)
        said: list[_Said] = []
        for number, sight in enumerate(subject.sights(self.facet)):
            key = (sight, subject.around) if self.looks_around else sight
            known = self.said.get(key)
            if known is None:
                known = self._learn(key, subject.facets(self.facet)[number : number + 1], subject.context)
            said.append(known)
        return said

    def _say_of_parts(self, subject: _Subject) -> list[_Said]:
        pool = subject.pool
        kind = (pool.kind, pool.shape, pool.resource.outputs, subject.around if self.looks_around else None)
        said: list[_Said] = []
        for part, sight in subject.parts():
            key = (kind, part, sight)
            known = self.said.get(key)
            if known is None:
                known = self._learn(key, list(subject.within(self.facet, part)), subject.context)
            if known is not _NOBODY:
                said.append(known)
        return said

    def _learn(self, key: Hashable, facets: Sequence[Facet], context: Context) -> _Said:
        """Asks the rules, and watches that they look at nothing that is not part of the key."""
        if not facets:
            self.said[key] = _NOBODY
            return _NOBODY
        columns: list[_Said] = []
        for facet in facets:
            reads: list[Keys] = []
            watched = context.watched(reads) if self.looks_around else context
            columns.append(self._ask(facet.watched(reads), watched))
            if not all(facet.shows(keys) or (self.looks_around and context.shows(keys)) for keys in reads):
                self.is_open = True
        said = tuple(
            tuple(dict.fromkeys(verdict for one in each for verdict in one)) for each in zip(*columns, strict=True)
        )
        if len(self.said) >= MOST_SIGHTS:
            self.said.clear()
        self.said[key] = said = said if any(said) else ()
        return said

    def _ask(self, facet: Facet, context: Context) -> _Said:
        return tuple(tuple(judge_facet(setting, "", facet, _around(setting, context))) for _, setting in self.rules)

    def by_rule(self, said: Iterable[_Said], urn: str) -> list[tuple[int, list[Verdict]]]:
        """What each rule that is not content says of a resource, nothing twice."""
        found: list[tuple[int, list[Verdict]]] = []
        reporting = [one for one in said if one]
        for number, (position, _) in enumerate(self.rules):
            verdicts = dict.fromkeys(verdict for one in reporting for verdict in one[number])
            if verdicts:
                found.append((position, [replace(verdict, urn=urn) for verdict in verdicts]))
        return found
