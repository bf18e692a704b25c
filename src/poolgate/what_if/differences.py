"""In what two rule sets differ: each level, option and exception that holds otherwise, exactly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from inference_pools.finding import Enforcement
from inference_pools.policy_config import LEVEL_KEY, PLATFORMS_KEY, PRODUCTION_KEY, Setting
from inference_pools.rule import Scope
from inference_pools.values import Json
from poolgate.files import relative_to_here
from poolgate.rule_set import RuleSet
from poolgate.what_if.both import is_same

EXCEPTIONS: Final = "exceptions"
"""What stands in the place of a rule where an exception of the policy config differs."""
CODE: Final = "code"
"""What differs of a rule of a team's own that comes from another file."""
_NESTED: Final = (PRODUCTION_KEY, PLATFORMS_KEY)
_IN_PRODUCTION: Final = f"{PRODUCTION_KEY}."
_LONGEST: Final = 80
"""Of two lists that are shown as they are; of longer ones only what is more and what is fewer."""
_Terms: TypeAlias = Mapping[str, Mapping[str, Json]]


class Difference(NamedTuple):
    """One thing that holds otherwise. `now` and `then` are as a policy config writes them; None where there is none."""

    rule: str
    what: str
    now: Json
    then: Json

    def __str__(self) -> str:
        if (
            isinstance(self.now, list)
            and isinstance(self.then, list)
            and len(_json([*self.now, *self.then])) > _LONGEST
        ):
            more, fewer = ([one for one in some if one not in other] for some, other in self._lists)
            changed = [*(f"+{_json(one)}" for one in more), *(f"-{_json(one)}" for one in fewer)]
            return f"{self.rule}: {self.what}: {', '.join(changed) or 'another order'}"
        return f"{self.rule}: {self.what}: {_json(self.now)} -> {_json(self.then)}"

    @property
    def _lists(self) -> tuple[tuple[list[Json], list[Json]], ...]:
        return (self.then, self.now), (self.now, self.then)


def differences(now: RuleSet, then: RuleSet) -> list[Difference]:
    """All in which two rule sets differ, in the order of the rules."""
    before = {setting.rule.id: setting for setting in now.settings}
    after = {setting.rule.id: setting for setting in then.settings}
    return [
        *(each for id_ in {**before, **after} for each in _of_rule(id_, before.get(id_), after.get(id_))),
        *_of_exceptions(now, then),
    ]


def _of_rule(id_: str, now: Setting | None, then: Setting | None) -> Iterator[Difference]:
    if then is not None and is_same(now, then):
        return
    if now and then and now.rule.file != then.rule.file:
        yield Difference(id_, CODE, relative_to_here(Path(now.rule.file)), relative_to_here(Path(then.rule.file)))
    was, is_then = (str(one.enforcement) if one else None for one in (now, then))
    if was != is_then:
        yield Difference(id_, LEVEL_KEY, was, is_then)
    if now and then and (_has_terms(now) and _has_terms(then)):
        yield from (Difference(id_, *each) for each in _of_terms(_terms(now), _terms(then)))


def _has_terms(setting: Setting) -> bool:
    """Whether its options mean anything: those of a rule that does not run do not, but for the terms of waivers."""
    return setting.enforcement is not Enforcement.DISABLED or setting.rule.scope is Scope.WAIVERS


def _of_terms(now: _Terms, then: _Terms) -> Iterator[tuple[str, Json, Json]]:
    """What holds otherwise at a place. What follows there from what holds otherwise around it is not said again."""

    def pair(place: str, name: str) -> tuple[Json, Json]:
        return _holding(now, place).get(name), _holding(then, place).get(name)

    for place in {**now, **then}:
        for name in {**_holding(now, place), **_holding(then, place)}:
            was, is_then = pair(place, name)
            is_said = not place and name == LEVEL_KEY
            if was != is_then and not is_said and (was, is_then) not in (pair(one, name) for one in _around(place)):
                yield f"{place}{name}", was, is_then


def _around(place: str) -> tuple[str, ...]:
    """The places around one, the nearest first."""
    platform = place.removesuffix(_IN_PRODUCTION)
    inside = _IN_PRODUCTION if place.endswith(_IN_PRODUCTION) else ""
    return tuple(dict.fromkeys(one for one in (platform, inside, "") if one != place))


def _holding(terms: _Terms, place: str) -> Mapping[str, Json]:
    """What holds at a place: where nothing is said of it, what holds around it."""
    return next(terms[one] for one in (place, *_around(place)) if one in terms)


def _terms(setting: Setting) -> _Terms:
    """Level and options by the place where they hold, as the beginning of their keys in a policy config."""
    found: dict[str, dict[str, Json]] = {}
    of_platforms = ((f"{PLATFORMS_KEY}.{name}.", one) for name, one in setting.by_platform.items())
    for place, one in (("", setting), *of_platforms):
        for inside, variant in zip(("", _IN_PRODUCTION), one.variants, strict=False):
            options = {name: value for name, value in variant.options.to_json().items() if name not in _NESTED}
            found[f"{place}{inside}"] = {LEVEL_KEY: str(variant.enforcement), **options}
    return found


def _of_exceptions(now: RuleSet, then: RuleSet) -> Iterator[Difference]:
    before, after = ({one.id: asdict(one) for one in rules.exceptions} for rules in (now, then))
    for id_ in {**before, **after}:
        if before.get(id_) != after.get(id_):
            yield Difference(EXCEPTIONS, id_, before.get(id_), after.get(id_))


def _json(value: Json) -> str:
    return "(none)" if value is None else json.dumps(value, ensure_ascii=False)
