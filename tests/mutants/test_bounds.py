"""Just inside a bound nothing is said of it, just outside it is; and a bound that moves is seen here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from inference_pools import policy_config
from inference_pools.finding import Outcome
from inference_pools.path import Keys
from inference_pools.policy_config import Setting
from inference_pools.resource import Resource
from inference_pools.rule import COMMON, Rule, Scope
from inference_pools.rules import ALL
from inference_pools.values import Json
from library.held import HELD
from library.test_runner import full, put
from mutants.bounds import BOUNDS, CASES, Bound, Case
from mutants.prediction import BAGS, Change, Place, Said, predicted, seconds
from mutants.test_mutants import said
from poolgate.testing import judge_example
from rules.fixture_files import fixtures

_KEY = re.compile(r'\["([^"]+)"\]|([^.\[]+)')


def keys_of(path: str, place: Place) -> Keys:
    return tuple(quoted or plain for quoted, plain in _KEY.findall(path.replace("{bag}", BAGS[place[0]])))


def edited(tree: Mapping[str, Json], edits: Mapping[str, Json], place: Place) -> dict[str, Json]:
    """The properties with other values at some places that are there, or have a place above them."""
    changed = dict(tree)
    for path, value in edits.items():
        if not path.startswith("options.") and _fits(changed, keys_of(path, place)):
            changed = put(changed, keys_of(path, place), value)
    return changed


def _fits(tree: Any, keys: Keys) -> bool:
    """Whether a type has such a property: a pool has no scale unit, and what concerns both may be written for both."""
    return keys[-1] != "scaleUnitSize" or "scaleUnitSize" in tree[keys[0]]


def settings(rule: str, options: Mapping[str, Json], rules: tuple[Rule[Any], ...] = ALL) -> tuple[Setting, ...]:
    return policy_config.parse({rule: dict(options)} if options else {}, rules)


def _of_bounds() -> Iterator[Any]:
    for bound in BOUNDS:
        for place in bound.places:
            told = bound.value if bound.value is not None else "default"
            leaf = bound.leaf.replace("{bag}.", "")
            name = (
                f"{bound.rule}-{leaf}-{bound.option or 'fixed'}-{told}-{str(bound.outside)[:12]}-{place[0]}-{place[1]}"
            )
            yield pytest.param(bound, place, id=name)


@pytest.mark.parametrize(("bound", "place"), [*_of_bounds()])
def test_bound(bound: Bound, place: Place) -> None:
    options = {} if bound.value is None else {bound.option: bound.value}
    number = seconds(bound.value) if isinstance(bound.value, str) else bound.value
    bounds = {} if number is None else {(bound.rule, bound.option): number}
    subject = full(*place)
    finding = (bound.rule, Outcome.VIOLATED, bound.where.replace("{bag}", BAGS[place[0]]))
    for value, is_outside in ((bound.inside, False), (bound.outside, True)):
        properties = put(dict(subject.properties), keys_of(bound.leaf, place), value)
        expected = expected_at(bound, place, properties, bounds, finding, is_outside)

        found = said([replace(subject, properties=properties)], settings(bound.rule, options))

        assert found == expected, value
        assert (finding in found) is is_outside


def expected_at(
    bound: Bound,
    place: Place,
    properties: dict[str, Json],
    bounds: Mapping[tuple[str, str], float],
    finding: Said,
    is_outside: bool,
) -> set[Said]:
    """What the tables predict; of names they say nothing, but that a name which is too long is."""
    expected = predicted(place, properties, Change(), bounds)
    return expected | {finding} if is_outside and bound.rule == "name-wellformed" else expected


def _names() -> list[str]:
    return [
        f"{number}-{case.rule}-{case.option or 'fixed'}-{case.place[0]}-{case.place[1]}"
        for number, case in enumerate(CASES)
    ]


@pytest.mark.parametrize("case", CASES, ids=_names())
def test_case(case: Case) -> None:
    inside, outside = sides(case, ALL)

    assert inside == set()
    assert outside == expected_of(case)


def expected_of(case: Case) -> set[Said]:
    bag = BAGS[case.place[0]]
    return {(case.rule, outcome, path.replace("{bag}", bag)) for path, outcome in case.says.items()}


def sides(case: Case, rules: tuple[Rule[Any], ...]) -> tuple[set[Said], set[Said]]:
    """What is said inside, and outside."""
    first, second = (
        said([subject_of(case, edits)], settings(case.rule, options_of(case, edits), rules), day)
        for edits, day in zip((case.inside, case.outside), case.today, strict=True)
    )
    return first, second


def subject_of(case: Case, edits: Mapping[str, Json]) -> Resource:
    subject = full(*case.place)
    before = None if case.previous is None else edited(subject.properties, case.previous, case.place)
    return replace(
        subject,
        properties=edited(subject.properties, {**case.properties, **edits}, case.place),
        previous=before,
    )


def options_of(case: Case, edits: Mapping[str, Json]) -> dict[str, Json]:
    changed = {path.removeprefix("options."): value for path, value in edits.items() if path.startswith("options.")}
    return {**case.options, **changed}


# The table has every bound, and would see it move; so would an example


def numbers() -> Iterator[tuple[Rule[Any], str]]:
    """The options that are a number or a duration."""
    for rule in ALL:
        if rule.scope in (Scope.RESOURCE, Scope.STACK, Scope.PROJECT):
            for name, option in rule.options.items():
                is_number = isinstance(option.default, int | float | timedelta) and not isinstance(option.default, bool)
                if is_number and name not in COMMON:
                    yield rule, name


OF_OTHERS = {("capacity-meets-load", "concurrency")}
"""Options of these rules that pools have no use for: examples of other platforms hold them."""
NUMBERS = [(rule.id, option) for rule, option in numbers() if rule.id in HELD and (rule.id, option) not in OF_OTHERS]
OF_EXAMPLES = [(rule, option) for rule, option in numbers() if (rule.id, option) not in NUMBERS]


def test_every_option_that_is_a_number_or_a_duration_is_in_the_table() -> None:
    at_default = {(bound.rule, bound.option) for bound in BOUNDS if bound.value is None}
    configured = {(bound.rule, bound.option) for bound in BOUNDS if bound.value is not None}
    of_cases = {(case.rule, case.option) for case in CASES}

    assert set(NUMBERS) == {pair for pair in at_default | of_cases if pair in NUMBERS}
    assert {pair for pair in at_default if pair[1]} == configured
    for rule, option in set(NUMBERS) & of_cases:
        written = {
            option in options_of(case, edits)
            for case in CASES
            if case.rule == rule
            for edits in (case.inside, case.outside)
        }
        assert written == {True, False}, (rule, option)


NO_LIMIT = {
    ("monthly-cost-bounded", "maximum"),
    ("cost-increase-bounded", "maximum"),
    ("cost-increase-bounded", "percent"),
    ("quota-within-limit", "instances"),
    ("description-present", "words"),
}
"""Where the default sets no limit: none of money or machines, one word of what must not be empty. It can only rise."""
AT_THE_END = {("capacity-meets-load", "utilisation")}
"""Where the default is the greatest value that makes sense: it can only fall."""


def moved(default: Any, by: int) -> Any:
    """A default that is a little more or less."""
    if isinstance(default, timedelta):
        day = timedelta(days=1)
        return default + by * (day if default >= day else default / 300)
    return default + by * (1 if isinstance(default, int) else 0.01 if default in (99.0, 1.0) else 1.0)


def _moves() -> Iterator[Any]:
    for rule, option in NUMBERS:
        for by in (-1, 1):
            if not (by < 0 and (rule, option) in NO_LIMIT) and not (by > 0 and (rule, option) in AT_THE_END):
                yield pytest.param(rule, option, by, id=f"{rule}-{option}-{by:+}")


@pytest.mark.parametrize(("rule", "option", "by"), [*_moves()])
def test_a_bound_that_moves_is_seen(rule: str, option: str, by: int) -> None:
    """With another default the same tables no longer agree with what is said."""
    rules = tuple(_moved_rule(each, option, by) if each.id == rule else each for each in ALL)
    bounds = [bound for bound in BOUNDS if (bound.rule, bound.option, bound.value) == (rule, option, None)]
    cases = [case for case in CASES if case.rule == rule and option not in case.options]

    assert any(_is_seen_at(bound, rules) for bound in bounds) or any(
        sides(case, rules) != (set(), expected_of(case)) for case in cases
    )


def test_an_example_would_see_a_bound_move() -> None:
    """Of every rule, so that one which the table has not is held, too."""
    loose = [f"{rule.id}: {option}" for rule, option in numbers() if not _is_seen_by_an_example(rule, option)]

    assert not loose, (
        f"no example would notice another default of {', '.join(loose)}: add one without `options` that is just inside "
        "the bound, and one that is just outside"
    )


def _is_seen_by_an_example(rule: Rule[Any], option: str) -> bool:
    """Whether what a rule says of one of its examples is something else with another default."""
    told = [fixture.path for fixture in fixtures() if fixture.rule == rule.id and option not in fixture.options]
    return any(
        judge_example(path, [_moved_rule(rule, option, by)]) != judge_example(path, [rule])
        for path in told
        for by in (-1, 1)
    )


def _moved_rule(rule: Rule[Any], option: str, by: int) -> Rule[Any]:
    old = rule.options[option]
    return replace(rule, options={**rule.options, option: replace(old, default=moved(old.default, by))})


def _is_seen_at(bound: Bound, rules: tuple[Rule[Any], ...]) -> bool:
    place = bound.places[0]
    subject = full(*place)
    for value in (bound.inside, bound.outside):
        properties = put(dict(subject.properties), keys_of(bound.leaf, place), value)
        if said([replace(subject, properties=properties)], settings(bound.rule, {}, rules)) != predicted(
            place, properties, Change()
        ):
            return True
    return False
