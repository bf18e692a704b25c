"""Which environment it is, stricter settings there, levels that hold from a day on, and rules over stacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from inference_pools.context import Context
from inference_pools.day import day_to_judge_by
from inference_pools.facets import Capacity, Location
from inference_pools.finding import Enforcement, Finding, Outcome, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.policy_config import ConfigError, parse
from inference_pools.reader import Leaf, UnknownError
from inference_pools.resource import Resource
from inference_pools.rule import Option, Options, Rule, Scope, project_rule, rule, stack_rule
from inference_pools.rules.enddate_tag_current import enddate_tag_current
from inference_pools.runner import judge, judge_project, judge_stack
from inference_pools.stack import Stack, stacks_of
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json
from inference_pools.view import facets_of

TOKEN = "azure-native:machinelearningservices:InferencePool"
DAY = date(2026, 11, 22)
SAYS: dict[str, Any] = {
    "severity": Severity.LOW,
    "enforcement": Enforcement.MANDATORY,
    "remedy": "Do.",
    "since": "2026.12",
    "source": "https://example.com",
}


def resource(name: str = "pool", stack: str = "dev", project: str = "shop", **properties: Json) -> Resource:
    return Resource(f"urn:pulumi:{stack}::{project}::{TOKEN}::{name}", TOKEN, name, properties)


def context(stack: str = "dev", forced: str = "", **tags: Json) -> Context:
    return Context("shop", stack, Leaf({"tags": tags}, ("tags",)), DAY, forced)


@pytest.mark.parametrize(
    ("surroundings", "environment", "is_production"),
    [
        (context("dev"), "dev", False),
        (context("prod"), "prod", True),
        (context("shop-Prod-weu"), "shop-prod-weu", True),
        (context("reproduction"), "reproduction", False),
        (context("shop-non-prod-weu"), "shop-non-prod-weu", False),
        (context("prod", environment="Pre-Production"), "pre-production", False),
        (context("non-prod-prod"), "non-prod-prod", True),
        (context("dev", environment="Production"), "production", True),
        (context("prod", Env="test"), "test", False),
        (context("prod", environment=" "), "prod", True),
        (context("dev", forced="live", environment="test"), "live", True),
    ],
)
def test_environment(surroundings: Context, environment: str, is_production: bool) -> None:
    assert surroundings.environment == environment
    assert surroundings.is_production is is_production


def test_an_unknown_tag_leaves_the_environment_unknown() -> None:
    with pytest.raises(UnknownError) as error:
        _ = context("prod", environment=UNKNOWN_STRING).is_production
    assert error.value.keys == ("tags", "environment")


def test_the_day_is_asked_for_in_vain_when_nobody_gave_it() -> None:
    with pytest.raises(LookupError, match="needs today's date"):
        _ = Context("shop", "dev", Leaf({}, ("tags",))).today


@rule(Capacity, id="at-most", title="At most", **SAYS)
def at_most(capacity: Capacity, options: Options, context: Context) -> Iterator[Finding]:
    """It asks for the day and the environment."""
    yield Finding("instances", f"{context.today} {context.environment}")


def said(settings: Any, subject: Resource, day: date | None = DAY) -> list[tuple[Outcome, Enforcement, str]]:
    return [(v.outcome, v.enforcement, v.message) for v in judge(settings, subject, today=day)]


def test_a_rule_may_ask_for_the_context() -> None:
    settings = parse({}, [at_most])
    assert said(settings, resource(stack="qa")) == [(Outcome.VIOLATED, Enforcement.MANDATORY, "2026-11-22 qa")]


def test_a_rule_that_needs_the_day_and_has_none_is_broken() -> None:
    ((outcome, enforcement, message),) = said(parse({}, [at_most]), resource(), day=None)
    assert (outcome, enforcement) == (Outcome.BROKEN, Enforcement.MANDATORY)
    assert "needs today's date" in message


def test_a_level_may_begin_on_a_day() -> None:
    settings = parse({"at-most": {"mandatory_from": "2026-11-23"}}, [at_most])
    assert said(settings, resource())[0][1] is Enforcement.ADVISORY
    assert said(settings, resource(), date(2026, 11, 23))[0][1] is Enforcement.MANDATORY


def test_a_finding_with_a_level_of_its_own_waits_for_the_day_as_well() -> None:
    def said_of(mandatory_from: str) -> Enforcement:
        options = {"mandatory_from": mandatory_from, "too_far": "mandatory"}
        settings = parse({"enddate-tag-current": options}, [enddate_tag_current])
        return said(settings, resource(stack="dev", tags={"enddate": "2031-01-01"}))[0][1]

    assert said_of((DAY + timedelta(days=1)).isoformat()) is Enforcement.ADVISORY
    assert said_of(DAY.isoformat()) is Enforcement.MANDATORY


def test_production_may_be_stricter() -> None:
    from inference_pools.rules.capacity_bounded import capacity_bounded

    config = {"capacity-bounded": {"enforcementLevel": "advisory", "maximum": 9, "production": {"maximum": 5}}}
    settings = parse(config, [capacity_bounded])
    plain = resource(sku={"capacity": 7})
    assert said(settings, plain)[0][0] is Outcome.CLEAN
    in_production = resource(stack="prod", sku={"capacity": 7})
    assert said(settings, in_production) == [(Outcome.VIOLATED, Enforcement.ADVISORY, "is 7, the limit is 5")]
    config["capacity-bounded"]["production"]["enforcementLevel"] = "mandatory"  # type: ignore[index]
    assert said(parse(config, [capacity_bounded]), in_production)[0][1] is Enforcement.MANDATORY


def test_a_rule_that_is_stricter_in_production_is_unknown_where_the_environment_is() -> None:
    from inference_pools.rules.capacity_bounded import capacity_bounded

    unknown = resource(sku={"capacity": 7}, tags={"environment": UNKNOWN_STRING})
    assert said(parse({}, [capacity_bounded]), unknown)[0][0] is Outcome.CLEAN
    stricter = parse({"capacity-bounded": {"production": {"maximum": 5}}}, [capacity_bounded])
    (verdict,) = judge(stricter, unknown, today=DAY)
    assert (verdict.outcome, verdict.path) == (Outcome.UNKNOWN, "tags.environment")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mandatory_from": "soon"}, "at-most.mandatory_from: is 'soon', expected a date such as 2027-01-31"),
        ({"production": {"maxmum": 1}}, "at-most.production.maxmum: no such option"),
        ({"production": "strict"}, "at-most.production: is 'strict', expected an object"),
        ({"production": {"production": {}}}, "at-most.production.production: cannot stand under production"),
        ({"production": {"environment": "x"}}, "at-most.production.environment: cannot stand under production"),
        ({"production": {"enforcementLevel": "x"}}, "at-most.production.enforcementLevel: 'x' is no level"),
    ],
)
def test_wrong_common_options(options: dict[str, Json], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse({"at-most": options}, [at_most])
    assert str(error.value).startswith(message)


@stack_rule(id="one-region", title="One region", **SAYS)
def one_region(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """All pools of a stack lie in the region of the first."""
    first, *others = stack.subjects
    for pool in others:
        yield pool, _same_region(pool, first)


def _same_region(pool: Subject, first: Subject) -> Iterator[Finding]:
    (here,), (there,) = facets_of(pool, Location), facets_of(first, Location)
    if here.name != there.name:
        yield Finding(("location",), f"is {here.name!r}, the first lies in {there.name!r}")


@project_rule(id="same-count", title="Same count", **SAYS)
def same_count(stacks: Sequence[Stack], options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Every stack has as many pools as the first."""
    for stack in stacks[1:]:
        if len(stack.subjects) != len(stacks[0].subjects):
            yield stack.subjects[0], iter([Finding((), f"{stack.name} has {len(stack.subjects)}")])


BOTH: tuple[Rule[Any], ...] = (one_region, same_count)


def test_a_rule_over_a_stack_says_which_resource_is_wrong() -> None:
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "westus"}
    resources = [
        resource("a", location="westeurope"),
        resource("b", location="westeurope"),
        resource("c", location="westus", tags={"x": secret}),
        resource("d", location=UNKNOWN_STRING),
    ]
    (stack,) = stacks_of(resources, DAY)
    verdicts = judge_stack(parse({}, BOTH), stack)
    assert [(v.rule, v.outcome, v.urn.rsplit("::", 1)[-1], v.path, v.message) for v in verdicts] == [
        ("one-region", Outcome.VIOLATED, "c", "location", "is '[secret]', the first lies in 'westeurope'"),
        ("one-region", Outcome.UNKNOWN, "d", "location", "not known yet"),
    ]


def test_a_stack_rule_is_clean_once_and_not_applicable_without_pools() -> None:
    settings = parse({}, BOTH)
    (stack,) = stacks_of([resource("a", location="x"), resource("b", location="x")], DAY)
    assert [v.outcome for v in judge_stack(settings, stack)] == [Outcome.CLEAN]
    assert [v.outcome for v in judge_stack(settings, Stack("shop", "dev", ()))] == [Outcome.NOT_APPLICABLE]


def test_a_stack_rule_that_crashes_is_broken_and_keeps_what_it_said() -> None:
    @stack_rule(id="crashes", title="Crashes", **SAYS)
    def crashes(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
        """It has a bug."""
        yield stack.subjects[0], iter([Finding((), "first")])
        raise KeyError("bug")

    (stack,) = stacks_of([resource("a")], DAY)
    verdicts = judge_stack(parse({}, [crashes, one_region]), stack)
    assert [(v.rule, v.outcome) for v in verdicts] == [
        ("crashes", Outcome.VIOLATED),
        ("crashes", Outcome.BROKEN),
        ("one-region", Outcome.CLEAN),
    ]
    assert "test_context.py:" in verdicts[1].message


def test_a_level_for_production_is_that_of_the_pool_a_finding_is_about() -> None:
    settings = parse(
        {"one-region": {"enforcementLevel": "advisory", "production": {"enforcementLevel": "mandatory"}}}, BOTH
    )
    resources = [
        resource("a", location="x"),
        resource("b", location="y"),
        resource("c", location="y", tags={"env": "prod"}),
    ]
    (stack,) = stacks_of(resources, DAY)
    assert [v.enforcement for v in judge_stack(settings, stack)] == [Enforcement.ADVISORY, Enforcement.MANDATORY]


@stack_rule(id="at-most-so-many", title="At most so many", options={"maximum": Option(3, "How many.")}, **SAYS)
def at_most_so_many(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """There is a limit to the pools of a stack."""
    for pool in stack.subjects:
        if len(stack.subjects) > options.maximum:
            yield pool, iter([Finding((), f"is one of {len(stack.subjects)}, the limit is {options.maximum}")])


@pytest.mark.parametrize(
    ("maximum", "in_production", "said"),
    [
        (3, 1, [("c", "is one of 3, the limit is 1")]),
        (1, 3, [("a", "is one of 3, the limit is 1"), ("b", "is one of 3, the limit is 1")]),
        (2, 1, [("a", "is one of 3, the limit is 2"), ("b", "is one of 3, the limit is 2"),
                ("c", "is one of 3, the limit is 1")]),
        (3, 3, []),
    ],
)  # fmt: skip
def test_options_for_production_are_those_of_the_pool_a_finding_is_about(
    maximum: int, in_production: int, said: list[tuple[str, str]]
) -> None:
    config = {"at-most-so-many": {"maximum": maximum, "production": {"maximum": in_production}}}
    settings = parse(config, [at_most_so_many])
    (stack,) = stacks_of([resource("a"), resource("b"), resource("c", tags={"env": "prod"})], DAY)
    verdicts = judge_stack(settings, stack)
    assert [(v.urn.rsplit("::", 1)[-1], v.message) for v in verdicts if v.outcome is Outcome.VIOLATED] == said
    assert verdicts


def test_a_rule_over_a_project_compares_its_stacks() -> None:
    stacks = stacks_of([resource("a"), resource("b"), resource("a", stack="prod")], DAY)
    (verdict,) = judge_project(parse({}, BOTH), stacks)
    assert (verdict.rule, verdict.message) == ("same-count", "prod has 1")
    assert verdict.urn.startswith("urn:pulumi:prod::shop::")


def test_scopes() -> None:
    assert [one.scope for one in (at_most, one_region, same_count)] == [Scope.RESOURCE, Scope.STACK, Scope.PROJECT]
    assert judge(parse({}, BOTH), resource()) == []


def test_the_day_to_judge_by() -> None:
    now = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    assert day_to_judge_by({}, now) == DAY
    assert day_to_judge_by({"POOLGATE_AS_OF": "2027-06-01"}, now) == date(2027, 6, 1)
    with pytest.raises(ValueError, match="POOLGATE_AS_OF is 'soon', expected a date such as 2027-01-31"):
        day_to_judge_by({"POOLGATE_AS_OF": "soon"}, now)


def test_a_stack_rule_whose_level_cannot_be_told_costs_its_own_finding_only() -> None:
    settings = parse({"one-region": {"production": {"enforcementLevel": "advisory"}}}, BOTH)
    resources = [
        resource("a", location="x"),
        resource("b", location="y", tags={"environment": 7}),
        resource("c", location="y"),
    ]
    (stack,) = stacks_of(resources, DAY)
    verdicts = judge_stack(settings, stack)
    assert [(v.urn.rsplit("::", 1)[-1], v.outcome) for v in verdicts] == [
        ("b", Outcome.UNKNOWN),
        ("c", Outcome.VIOLATED),
    ]
