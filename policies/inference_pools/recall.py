"""Judges many resources by the same rules, and says again what it said before of what looks the same.

Pools repeat themselves: ten thousand of them have some dozens of SKUs, timeouts and tags. The properties of a resource
are taken in parts: each member of its bag of properties is one, and so is every other property. A rule is pure and
judges the facets at a place, and a place lies in one part, seldom in two or three: a list lies in one, however many of
its items have a facet. So what is said there follows from those parts, and is remembered by them. That a rule looked at
nothing else is watched while it runs; one that did is asked anew for every resource.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple, TypeVar

from inference_pools.context import Context, sight_of
from inference_pools.facets import Facet
from inference_pools.finding import Enforcement, Outcome, Verdict
from inference_pools.outline import Outline, divided, only
from inference_pools.path import Keys
from inference_pools.platforms.platform import Subject
from inference_pools.policy_config import Setting
from inference_pools.reader import frozen
from inference_pools.resource import Resource
from inference_pools.rule import Scope
from inference_pools.runner import (
    enabled,
    hidden_in,
    identified,
    judge,
    judge_facet,
    shows_values,
    without_hidden,
)
from inference_pools.stack import context_of
from inference_pools.values import Json
from inference_pools.view import facets_at, facets_of, is_everywhere, parts_at, places_of, view

MOST_SAID: Final = 2_000
"""So much is learnt until what has not been met again since the last time is forgotten.

What is said of pools in general is met in every stack. What has a stack's own names in it is met in that one alone, and
would otherwise be kept of each.
"""


class Judged(NamedTuple):
    """What there is to report of a resource, the rules that are content with it, and how many it does not concern.

    All in the order of the rules.
    """

    reported: Sequence[Verdict]
    clean: Sequence[str]
    not_applicable: int


_Key = TypeVar("_Key", bound=Hashable)
_Known = TypeVar("_Known")


class _Recent(dict[_Key, _Known]):
    """What was met of late; with what was met before that, unless it was twice as long ago."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before: dict[_Key, _Known] = {}

    def again(self, key: _Key) -> _Known | None:
        """What is no longer here by itself, and is again from now on; None where it is not known."""
        known = self._before.pop(key, None)
        if known is not None:
            self[key] = known
        return known

    def grow_old(self) -> None:
        """Forgets what has not been met since the last time."""
        self._before = dict(self)
        self.clear()


class Judge:
    """The rules about single resources, for many of them. What it says is what `runner.judge` says."""

    def __init__(
        self, settings: Iterable[Setting], today: date | None = None, *, secrets: Collection[str] = ()
    ) -> None:
        self._secrets = secrets
        self._settings = [setting for setting in enabled(settings) if setting.rule.scope is Scope.RESOURCE]
        self._today = today
        self._remembered = list(enumerate(self._settings))
        self._asked: list[tuple[int, Setting]] = []
        """Rules that looked at more than lies in their facet's parts. Nothing they say is said again."""
        self._forms: dict[Hashable, _Form] = {}
        self._ids_of: dict[int, Sequence[str]] = {}
        self._numbers = count(1)
        """Of all that is remembered: each has another one, also when it is met again after it was forgotten."""
        self._said = 0

    def judge(self, resource: Resource) -> Judged:
        """What every enabled rule about single resources says of one."""
        try:
            subject = view(resource)
            parts = divided(subject) if subject and subject.kind.is_judged else None
            return self._recalled(subject, *parts) if subject and parts else self._plainly(resource)
        except _LooksElsewhereError as error:
            rule = next(rule for rule in self._remembered if rule[0] == error.position)
            self._remembered.remove(rule)
            self._asked.append(rule)
            self._forget()
            return self.judge(resource)
        except Exception:
            return self._plainly(resource)  # It says which rules could not be run, and why.

    def _plainly(self, resource: Resource) -> Judged:
        verdicts = judge(self._settings, resource, today=self._today, secrets=self._secrets)
        return Judged(
            [verdict for verdict in verdicts if verdict.outcome.reported],
            [verdict.rule for verdict in verdicts if verdict.outcome is Outcome.CLEAN],
            sum(verdict.outcome is Outcome.NOT_APPLICABLE for verdict in verdicts),
        )

    def _recalled(self, subject: Subject, outline: Hashable, values: Sequence[Json]) -> Judged:
        form = self._forms.get(outline)
        if form is None:
            form = self._forms[outline] = _form(Outline(subject), subject, self._remembered)
        applicable, found, sights = self._said_of(form, values, _Subject(subject, self._today))
        if self._said > MOST_SAID:
            self._grow_old()
        asked = [
            (position, judge([setting], subject.resource, today=self._today, secrets=self._secrets))
            for position, setting in self._asked
        ]
        not_applicable = len(self._remembered) - applicable.bit_count()
        if not found and not asked:
            return Judged((), self._ids(applicable), not_applicable)
        by_rule: dict[int, dict[Verdict, None]] = {}
        for reported in sorted(found, key=attrgetter("number")):
            by_rule.setdefault(reported.position, {}).update(dict.fromkeys(reported.verdicts))
        clean = applicable & ~sum(1 << position for position in by_rule)
        every = self._named(subject, form, sights, by_rule)
        for position, verdicts in asked:
            every += [(position, verdict) for verdict in verdicts if verdict.outcome.reported]
            clean |= (verdicts[0].outcome is Outcome.CLEAN) << position
            not_applicable += verdicts[0].outcome is Outcome.NOT_APPLICABLE
        return Judged([verdict for _, verdict in sorted(every, key=itemgetter(0))], self._ids(clean), not_applicable)

    def _said_of(
        self, form: _Form, values: Sequence[Json], subject: _Subject
    ) -> tuple[int, list[_Reported], Sequence[int]]:
        """What was or now is said of a resource, as `_Said` has it of a part, and by what it was remembered."""
        applicable = 0
        found: list[_Reported] = []
        sights: list[int] = []
        for place, look, seen, _ in form.parts:
            value = values[place]
            shown = value if type(value) is str else frozen(value)
            sight = seen.get(shown) or seen.again(shown)
            if sight is None:
                sight = seen[shown] = (next(self._numbers), *self._learnt(look, subject))
            number, applies, reported = sight
            sights.append(number)
            applicable |= applies
            if reported:
                found += reported
        if form.around is not None:
            resource, platform = subject.subject.resource, subject.subject.platform
            around = sight_of(resource.urn, resource.properties, platform.merged_tags, platform.own_tags)
            named = form.around.get(around) or form.around.again(around)
            if named is None:
                named = form.around[around] = next(self._numbers)
            sights.append(named)
        for look in form.looks:
            key = look.key(sights)
            said = look.said.get(key) or look.said.again(key)
            if said is None:
                said = look.said[key] = self._learnt(look, subject)
            applicable |= said.applicable
            if said.reported:
                found += said.reported
        return applicable, found, sights

    def _learnt(self, look: _Look, subject: _Subject) -> _Said:
        self._said += 1
        return look.learn(subject)

    def _named(
        self, subject: Subject, form: _Form, sights: Sequence[int], by_rule: Mapping[int, Iterable[Verdict]]
    ) -> list[tuple[int, Verdict]]:
        """What is to be reported of a resource, each with the position of its rule, made fit to be shown."""
        resource = subject.resource
        anonymous = [(position, verdict) for position, verdicts in by_rule.items() for verdict in verdicts]
        told = [identified(replace(verdict, urn=resource.urn), subject) for _, verdict in anonymous]
        hidden = form.hidden_from(shows_values(told), sights, subject)
        named = without_hidden(told, hidden.union(self._secrets), (resource.name,) if resource.id is None else ())
        return [(position, verdict) for (position, _), verdict in zip(anonymous, named, strict=True)]

    def _ids(self, positions: int) -> Sequence[str]:
        """The rules whose bits are set: the same few sets of them for nearly all resources."""
        ids = self._ids_of.get(positions)
        if ids is None:
            named = (setting.rule.id for position, setting in enumerate(self._settings) if positions >> position & 1)
            ids = self._ids_of[positions] = tuple(named)
        return ids

    def _forget(self) -> None:
        self._forms.clear()
        self._ids_of.clear()
        self._said = 0

    def _grow_old(self) -> None:
        """Makes room. Resources of as many forms as this are no fleet, and are forgotten all together."""
        if len(self._forms) > MOST_SAID:
            self._forget()
        for form in self._forms.values():
            form.grow_old()
        self._said = 0


class _LooksElsewhereError(Exception):
    """A rule, by its position, looked at what its facet's parts do not show."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class _Subject:
    """A resource, and what is looked at of it only where something new has to be learnt.

    `reads` takes note of each place that is read then.
    """

    __slots__ = ("_context", "_facets", "_parts", "_today", "reads", "subject")

    def __init__(self, subject: Subject, today: date | None) -> None:
        self.subject = subject
        self.reads: list[Keys] = []
        self._today = today
        self._context: Context | None = None
        self._facets: dict[Hashable, Sequence[Facet]] = {}
        self._parts: dict[Keys | None, Subject] = {}

    def facets(self, facet: type[Facet], part: Keys | None = None) -> Sequence[Facet]:
        """The facets of a kind, all or those in a resource that has this part alone."""
        found = self._facets.get((facet, part))
        if found is None:
            found = self._facets[facet, part] = tuple(facets_of(self._watched(part), facet))
        return found

    def facets_at(self, facet: type[Facet], number: int) -> Sequence[Facet]:
        """The facets of a kind at one of the places where there are such."""
        found = self._facets.get((facet, number))
        if found is None:
            found = self._facets[facet, number] = tuple(facets_at(self._watched(None), facet, number))
        return found

    def _watched(self, part: Keys | None) -> Subject:
        if part not in self._parts:
            whole = self.subject if part is None else only(self.subject, part)
            self._parts[part] = whole._replace(reads=self.reads)
        return self._parts[part]

    @property
    def context(self) -> Context:
        """Its surroundings."""
        if self._context is None:
            self._context = context_of(self.subject.resource, self._today).watched(self.reads)
        return self._context


class _Reported(NamedTuple):
    """What a rule has to report, naming no resource. `number` puts the places that it judges in their order."""

    position: int
    number: int
    verdicts: tuple[Verdict, ...]


class _Said(NamedTuple):
    """What was said of some parts. `applicable` has a bit for each rule, by its position, that found its facet."""

    applicable: int
    reported: tuple[_Reported, ...]


class _Judgement(NamedTuple):
    """A rule to run, and the facet that it is run on. `number` is that of its place; of those everywhere the part's."""

    rule: tuple[int, Setting]
    facet: type[Facet]
    number: int
    wherever: bool


@dataclass(slots=True)
class _Look:
    """What lies in the same parts, and what was said of it so far.

    `parts` is empty for facets that lie in no part: what they show is the same for all resources of the form. `key`
    gives what is looked at, of the sights of the form.
    """

    outline: Outline
    parts: tuple[Keys, ...]
    looks_around: bool
    judgements: list[_Judgement] = field(default_factory=list)
    key: Callable[[list[int]], Hashable] = lambda sights: ()
    said: _Recent[Hashable, _Said] = field(default_factory=_Recent)
    _shown: set[Keys] = field(default_factory=set)
    """Places of which it is known that the parts show them."""

    def learn(self, subject: _Subject) -> _Said:
        """Asks the rules. Raises _LooksElsewhereError for one that looks at what is not shown here."""
        applicable = 0
        reported: list[_Reported] = []
        reads = subject.reads
        for rule, facet, number, wherever in self.judgements:
            position, setting = rule
            verdicts: list[Verdict] = []
            context = _around(setting, subject.context)
            for one in self._everywhere(subject, facet) if wherever else subject.facets_at(facet, number):
                applicable |= 1 << position
                reads.clear()
                verdicts += judge_facet(setting, "", one, context)
                if not (self._shown.issuperset(reads) or self._shows_all(reads, one, context)):
                    raise _LooksElsewhereError(position)
            if verdicts:
                reported.append(_Reported(position, number, tuple(verdicts)))
        return _Said(applicable, tuple(reported))

    def _everywhere(self, subject: _Subject, facet: type[Facet]) -> Iterable[Facet]:
        """Of the facets that are everywhere those which this is about."""
        return [one for one in subject.facets(facet, *self.parts) if self._is_here(one)]

    def _is_here(self, facet: Facet) -> bool:
        part = self.outline.part_of(facet.own.keys)
        return part in self.parts if self.parts else part not in self.outline.parts

    def _shows_all(self, reads: Sequence[Keys], facet: Facet, context: Context) -> bool:
        if not all(self._shows(keys, facet, context) for keys in reads):
            return False
        # Whether a bag may be read is a matter of the facet.
        self._shown.update(keys for keys in reads if keys != self.outline.open_bag)
        return True

    def _shows(self, keys: Keys, facet: Facet, context: Context) -> bool:
        """Whether what is read at a place follows from what the parts show, or from the form."""
        if self.looks_around and context.shows(keys):
            return True
        part = self.outline.part_of(keys)
        if part in self.parts:
            return True
        # What is not there is so in all resources of the form; of the bag only the names are.
        is_absent = bool(keys) and part not in self.outline.parts
        return is_absent and (part != self.outline.open_bag or keys == facet.own.keys)


class _Part(NamedTuple):
    """A part that rules judge, by the place of its value among all.

    `look` is at this part alone. `seen` has all that was seen there so far, with what that look says of it; all is
    numbered as it comes. Much of it is long, and this way it is compared once a resource, and not by each further look.
    """

    place: int
    look: _Look
    seen: _Recent[Hashable, tuple[int, int, tuple[_Reported, ...]]]
    hidden: _Recent[tuple[int, bool], frozenset[str]]
    """What of it no message may repeat, by its number and by whether values are shown."""


class _Form(NamedTuple):
    """What is looked at in resources of one outline: in the parts, then in several of them together or around them.

    `around` is what was seen of the surroundings; None where no rule looks at them. `others` are parts that no rule
    looks at.
    """

    parts: tuple[_Part, ...]
    looks: tuple[_Look, ...]
    around: _Recent[Hashable, int] | None
    others: tuple[Keys, ...]

    def grow_old(self) -> None:
        """Forgets what has not been met since the last time."""
        for part in self.parts:
            part.seen.grow_old()
            part.hidden.grow_old()
            part.look.said.grow_old()
        for look in self.looks:
            look.said.grow_old()
        if self.around is not None:
            self.around.grow_old()

    def hidden_from(self, shows_values: bool, sights: Sequence[int], subject: Subject) -> frozenset[str]:
        """What no message may repeat about a resource: no text is one by what stands in another part."""

        def hidden_in_part(part: Keys) -> frozenset[str]:
            return hidden_in([only(subject, part).resource.properties], shows_values=shows_values)

        found = [hidden_in_part(part) for part in self.others]
        for part, number in zip(self.parts, sights, strict=False):  # of the surroundings there is a sight besides
            hidden = part.hidden.get((number, shows_values))
            if hidden is None:
                hidden = part.hidden.again((number, shows_values))
            if hidden is None:
                hidden = part.hidden[number, shows_values] = hidden_in_part(part.look.parts[0])
            if hidden:
                found.append(hidden)
        return frozenset().union(*found)


def _form(outline: Outline, subject: Subject, rules: Iterable[tuple[int, Setting]]) -> _Form:
    """Sorts the rules by the parts that their facets lie in."""
    looks: dict[tuple[tuple[Keys, ...], bool], _Look] = {}
    platform = subject.platform.name
    for position, general in rules:
        setting = general.on(platform)
        if not setting.rule.judges(platform) or setting.enforcement is Enforcement.DISABLED:
            continue
        rule = position, setting
        looks_around = setting.rule.wants_context or setting.production is not None
        for number, parts in _places(outline, subject, setting.rule.facet):
            look = looks.setdefault((parts, looks_around), _Look(outline, parts, looks_around))
            look.judgements.append(_Judgement(rule, setting.rule.facet, number, is_everywhere(setting.rule.facet)))
    wanted = tuple(dict.fromkeys(part for look in looks.values() for part in look.parts))
    alone = [looks.pop(((part,), False), _Look(outline, (part,), looks_around=False)) for part in wanted]
    for look in looks.values():
        looked_at = [*map(wanted.index, look.parts), *([len(wanted)] if look.looks_around else [])]
        if looked_at:
            look.key = itemgetter(*looked_at)
    return _Form(
        tuple(
            _Part(outline.number(part), look, _Recent(), _Recent()) for part, look in zip(wanted, alone, strict=True)
        ),
        tuple(looks.values()),
        _Recent() if any(look.looks_around for look in looks.values()) else None,
        tuple(part for part in outline.walked if part in outline.parts and part not in wanted),
    )


def _places(outline: Outline, subject: Subject, facet: type[Facet]) -> Iterator[tuple[int, tuple[Keys, ...]]]:
    """Each facet of a kind by its number, with the parts it lies in: those that are there."""
    if is_everywhere(facet):
        yield from ((number, () if part == outline.open_bag else (part,)) for number, part in enumerate(outline.walked))
        return
    for number in range(places_of(subject, facet)):
        parts = dict.fromkeys(outline.part_of(keys) for keys in parts_at(subject, facet, number) if keys)
        yield number, tuple(part for part in parts if part in outline.parts)


def _around(setting: Setting, context: Context) -> Context:
    """The surroundings as a rule sees them that may have been told its environment."""
    environment: str = setting.options.environment
    return replace(context, forced_environment=environment) if environment else context
