"""What is remembered is what would have been said."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools import recall
from inference_pools.context import Context
from inference_pools.facets import Facet, NodeType, PlainText, Property, Sku, Tags, Text
from inference_pools.finding import Enforcement, Finding, Outcome, Severity
from inference_pools.platforms.azure_pools.catalog import Shape
from inference_pools.policy_config import Setting, default_settings, parse
from inference_pools.recall import Judge, Judged
from inference_pools.resource import Resource
from inference_pools.rule import Options, Scope, rule
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.values import OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING
from library.test_runner import FULL, full, places
from rules.fixture_files import fixtures

TODAY = date(2026, 11, 22)
DEFAULTS = default_settings(ALL)
STRICTER = parse(
    {
        "capacity-bounded": {"production": {"maximum": 1}},
        "placeholder-replaced": {"production": {"interpolation": "mandatory"}, "mandatory_from": "2027-01-01"},
        "property-known": {"production": {"enforcementLevel": "advisory"}},
        "tags-required": {"environment": "prod", "on_unknown": "fail"},
    },
    ALL,
)
REMEMBERING = {"at defaults": (DEFAULTS, Judge(DEFAULTS, TODAY)), "in production": (STRICTER, Judge(STRICTER, TODAY))}
"""They live as long as the tests, so that what one example taught them is said of the next."""


def plainly(settings: tuple[Setting, ...], resource: Resource) -> Judged:
    verdicts = judge([one for one in settings if one.rule.scope == "resource"], resource, today=TODAY)
    return Judged(
        [verdict for verdict in verdicts if verdict.outcome.reported],
        [verdict.rule for verdict in verdicts if verdict.outcome is Outcome.CLEAN],
        sum(verdict.outcome is Outcome.NOT_APPLICABLE for verdict in verdicts),
    )


def assert_alike(name: str, resource: Resource) -> None:
    settings, remembering = REMEMBERING[name]
    expected = plainly(settings, resource)
    for _ in range(2):
        found = remembering.judge(resource)
        assert list(found.reported) == expected.reported
        assert (list(found.clean), found.not_applicable) == (expected.clean, expected.not_applicable)


SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "correct-horse"}
VALUES: list[Any] = [
    None, "", "prod", "dev", "Standard", "Gold", "PT30S", "PT2H", "30s", "<your-model>", "${var.x}", UNKNOWN_STRING,
    0, 1, 1.0, True, False, -0.0, 0.0, 2.5, 999, SECRET, {SIGNATURE_KEY: OUTPUT_SIGNATURE},
    {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "Gold"}, {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": {"name": "x"}},
    {}, [], ["a"], {"a": "b"}, {"environment": "prod"}, {"environment": UNKNOWN_STRING}, {"tier": "Gold"},
]  # fmt: skip


@st.composite
def edited(draw: st.DrawFn) -> Resource:
    """A resource with everything, some of it replaced, taken away or added."""
    kind, shape = draw(st.sampled_from(sorted(FULL)))
    subject = full(kind, Shape(shape))
    properties = copy.deepcopy(dict(subject.properties))
    for _ in range(draw(st.integers(0, 4))):
        keys = draw(st.sampled_from([keys for keys, _ in places(properties)] or [()]))
        if not keys:
            break
        holder: Any = properties
        for key in keys[:-1]:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "remove", "add"]))
        value = copy.deepcopy(draw(st.sampled_from(VALUES)))
        if how == "remove" and isinstance(holder, dict):
            del holder[keys[-1]]
        elif how == "add" and isinstance(holder, dict):
            holder[
                draw(st.sampled_from(["size", "maximum", "odd-name", "groupName", "azureApiVersion", "key", "value"]))
            ] = value
        else:
            holder[keys[-1]] = value
    return replace(
        subject,
        properties=properties,
        urn=subject.urn.replace("dev", draw(st.sampled_from(["dev", "prod"]))),
        outputs=draw(st.booleans()),
        protect=draw(st.sampled_from([None, True, False])),
        provider_version=draw(st.sampled_from([None, "2.92.3", "3.29.0"])),
    )


@pytest.mark.parametrize("name", REMEMBERING)
@settings(deadline=None)
@given(resource=edited())
def test_what_is_remembered_is_what_would_be_said(name: str, resource: Resource) -> None:
    assert_alike(name, resource)


@pytest.mark.parametrize("name", REMEMBERING)
def test_every_fixture_gets_the_same_verdicts(name: str) -> None:
    for fixture in fixtures():
        for resource in fixture.resources:
            assert_alike(name, resource)


def test_no_rule_of_ours_looks_at_more_than_lies_in_its_parts() -> None:
    """One that does is judged anew for every pool."""
    remembering = Judge(DEFAULTS, TODAY)
    for fixture in fixtures():
        for resource in fixture.resources:
            remembering.judge(resource)
    assert [setting.rule.id for _, setting in remembering._asked] == []


# --- rules made for the purpose ---


def make(facet: type[Facet], check: Any) -> tuple[Setting, ...]:
    return default_settings(
        [
            rule(
                facet,
                id="the-rule",
                title="The rule",
                severity=Severity.LOW,
                enforcement=Enforcement.ADVISORY,
                remedy="Do.",
                since="2026.12",
                source="https://example.com",
            )(check)
        ]
    )


def pool(name: str = "pool", project: str = "shop", **properties: Any) -> Resource:
    type_ = "azure-native:machinelearningservices:InferencePool"
    return Resource(f"urn:pulumi:dev::{project}::{type_}::{name}", type_, name, properties)


def messages(judged: Judged) -> list[str]:
    return [verdict.message for verdict in judged.reported]


def test_a_rule_runs_once_for_each_sight_and_names_each_resource() -> None:
    runs: list[str | None] = []

    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        runs.append(sku.name)
        yield Finding("name", f"is {sku.name}")

    remembering = Judge(make(Sku, check))
    judged = [remembering.judge(pool(name, sku={"name": size})) for name, size in (("a", "S"), ("b", "S"), ("c", "M"))]

    assert runs.count("M") == len(runs) - runs.count("S")
    assert [verdict.urn.rpartition("::")[2] for one in judged for verdict in one.reported] == ["a", "b", "c"]
    assert [messages(one) for one in judged] == [["is S"], ["is S"], ["is M"]]
    runs.clear()
    remembering.judge(pool("d", sku={"name": "S"}))
    assert runs == []


def test_what_follows_an_edge_is_not_remembered() -> None:
    """Rules over a stack look at more than one resource: they run anew for each stack, and are never asked here."""
    over_stacks = [setting for setting in DEFAULTS if setting.rule.scope is Scope.STACK]

    assert {"references-resolve", "groups-served", "capacity-meets-load"} <= {one.rule.id for one in over_stacks}
    assert Judge(over_stacks, TODAY).judge(pool()) == Judged((), (), 0)


def test_what_python_holds_for_equal_is_told_apart() -> None:
    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        yield Finding("name", f"is {sku.leaf('name').value()!r}")

    remembering = Judge(make(Sku, check))
    for value in (1, 1.0, True, "1", 0, 0.0, -0.0, False, [1], [True], {"a": 1}, {"a": 1.0}, ["a"], {"a": None}):
        assert messages(remembering.judge(pool(sku={"name": value}))) == [f"is {value!r}"]


def test_a_rule_that_looks_beyond_its_facet_is_asked_each_time() -> None:
    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        yield Finding("", f"is in {sku.own.child('location').text()}")

    remembering = Judge(make(Sku, check))
    for place in ("westeurope", "northeurope", "westeurope"):
        assert messages(remembering.judge(pool(sku={"name": "S"}, location=place))) == [f"is in {place}"]
    assert [position for position, _ in remembering._asked] == [0]


def test_a_rule_that_asks_for_the_project_is_asked_each_time() -> None:
    def check(tags: Tags, options: Options, context: Context) -> Iterator[Finding]:
        yield Finding("", f"is of {context.project}")

    remembering = Judge(make(Tags, check))
    for project in ("shop", "search"):
        assert messages(remembering.judge(pool(project=project))) == [f"is of {project}"]


def test_a_rule_that_asks_for_the_environment_is_told_the_resources_own() -> None:
    def check(sku: Sku, options: Options, context: Context) -> Iterator[Finding]:
        yield Finding("", f"is in {context.environment}")

    remembering = Judge(make(Sku, check))
    for tags, environment in (({"env": "live"}, "live"), ({}, "dev"), ({"env": "test"}, "test"), (None, "dev")):
        assert messages(remembering.judge(pool(sku={"name": "S"}, tags=tags))) == [f"is in {environment}"]
    assert not remembering._asked


def test_a_rule_that_was_told_the_environment_does_not_look_for_it() -> None:
    def check(sku: Sku, options: Options, context: Context) -> Iterator[Finding]:
        yield Finding("", f"is in {context.environment}")

    (setting,) = make(Sku, check)
    forced = parse({"the-rule": {"environment": "live"}}, [setting.rule])
    remembering = Judge((*forced, setting))
    for tags, environment in (({"env": "test"}, "test"), ({}, "dev")):
        assert messages(remembering.judge(pool(sku={"name": "S"}, tags=tags))) == ["is in live", f"is in {environment}"]


def test_rules_beside_one_that_looks_elsewhere_are_remembered() -> None:
    runs: list[str | None] = []

    def looks_elsewhere(sku: Sku, options: Options) -> Iterator[Finding]:
        yield Finding("name", f"is in {sku.own.child('location').text()}")

    def keeps_to_itself(sku: Sku, options: Options) -> Iterator[Finding]:
        runs.append(sku.name)
        yield Finding("name", f"is {sku.name}")

    remembering = Judge((*make(Sku, keeps_to_itself), *make(Sku, looks_elsewhere), *make(Sku, keeps_to_itself)))
    for place in ("westeurope", "northeurope"):
        judged = remembering.judge(pool(sku={"name": "S"}, location=place))
        assert messages(judged) == ["is S", f"is in {place}", "is S"]
        assert (list(judged.clean), judged.not_applicable) == ([], 0)
    assert [position for position, _ in remembering._asked] == [1]
    runs.clear()
    remembering.judge(pool(sku={"name": "S"}, location="uksouth"))
    assert runs == []


def test_of_the_bag_itself_only_the_names_are_shown() -> None:
    """What is in it are parts of their own, so a rule about the bag that reads them looks elsewhere."""

    def check(one: Property, options: Options) -> Iterator[Finding]:
        if one.own.keys == ("inferencePoolProperties",):
            yield Finding("", f"has {', '.join(name for name, _ in one.own.members())}")

    remembering = Judge(make(Property, check))
    assert messages(remembering.judge(pool(inferencePoolProperties={"a": 1, "b": 2}))) == ["has a, b"]
    assert messages(remembering.judge(pool(inferencePoolProperties={"a": 2}))) == ["has a"]
    assert not remembering._asked

    def looks_inside(one: Property, options: Options) -> Iterator[Finding]:
        if one.own.keys == ("inferencePoolProperties",):
            yield Finding("", f"has {one.own.child('a').value()}")

    remembering = Judge(make(Property, looks_inside))
    for value in (1, 2):
        assert messages(remembering.judge(pool(inferencePoolProperties={"a": value}))) == [f"has {value}"]
    assert remembering._asked


def test_what_is_said_comes_in_the_order_in_which_a_pool_is_walked() -> None:
    def check(text: Text, options: Options) -> Iterator[Finding]:
        yield Finding("", f"is {text.value}")

    remembering = Judge(make(Text, check))
    bag = {"description": "c", "modelConfiguration": {"modelId": "d"}}
    for _ in range(2):
        judged = remembering.judge(pool(location="b", inferencePoolProperties=bag, tags={"owner": "e"}, kind="a"))
        assert messages(judged) == ["is b", "is c", "is d", "is e", "is a"]


def test_facets_that_share_a_part_are_judged_in_their_order() -> None:
    def check(one: NodeType, options: Options) -> Iterator[Finding]:
        yield Finding(one.field, f"is {one.name}")

    remembering = Judge(make(NodeType, check))
    bag = {"inferencePoolProperties": {"nodeSkuType": "N"}}
    for _ in range(2):
        assert messages(remembering.judge(pool(sku={"name": "S"}, **bag))) == ["is N", "is S"]
        assert messages(remembering.judge(pool(**bag, sku={"name": "T"}))) == ["is N", "is T"]


def test_the_name_of_a_value_is_seen_beside_it() -> None:
    def check(text: PlainText, options: Options) -> Iterator[Finding]:
        yield Finding("", f"is {text.name}")

    remembering = Judge(make(PlainText, check))
    for name in ("PASSWORD", "SIZE"):
        judged = remembering.judge(pool(inferencePoolProperties={"key": name, "value": "x"}))
        assert messages(judged) == ["is key", f"is {name}"]


def test_a_pool_without_any_text_has_nothing_that_a_rule_about_text_judges() -> None:
    def check(text: Text, options: Options) -> Iterator[Finding]:
        return
        yield

    remembering = Judge(make(Text, check))
    assert remembering.judge(pool(sku={"capacity": 1})) == Judged((), (), 1)
    assert remembering.judge(pool(sku={"name": "S"})) == Judged((), ("the-rule",), 0)


def test_what_is_not_met_again_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "MOST_SAID", 3)
    asked: list[str] = []

    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        asked.append(str(sku.name))
        yield Finding("name", f"is {sku.name}")

    remembering = Judge(make(Sku, check))
    for number in range(30):
        for name in ("usual", f"S{number}"):
            assert messages(remembering.judge(pool(sku={"name": name}))) == [f"is {name}"]
    assert asked.count("usual") == 1
    assert messages(remembering.judge(pool(sku={"name": "S0"}))) == ["is S0"]
    assert asked.count("S0") == 2
    parts = [part for form in remembering._forms.values() for part in form.parts]
    assert max(len(part.seen) + len(part.seen._before) for part in parts) <= 9


def test_what_is_met_anew_is_not_taken_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Surroundings and parts are known by numbers, which nothing else gets once they are forgotten."""
    monkeypatch.setattr(recall, "MOST_SAID", 3)

    def check(sku: Sku, options: Options, context: Context) -> Iterator[Finding]:
        yield Finding("name", f"is {sku.name} in {context.environment}")

    remembering = Judge(make(Sku, check))
    for number in range(80):
        name, environment = f"S{number % 7}", f"e{number * number % 11}"
        judged = remembering.judge(pool(sku={"name": name}, tags={"env": environment}))
        assert messages(judged) == [f"is {name} in {environment}"]


def test_many_forms_are_forgotten_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "MOST_SAID", 3)

    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        yield Finding("name", f"is {sku.name}")

    remembering = Judge(make(Sku, check))
    for number in range(20):
        bag = {"name": f"S{number}"}
        assert messages(remembering.judge(pool(sku=bag, **{f"of{number}": True}))) == [f"is S{number}"]
        assert len(remembering._forms) <= 8


@pytest.mark.parametrize("outputs", [False, True], ids=["remembered", "judged each time"])
def test_the_day_counts(outputs: bool) -> None:
    resource = replace(pool(tags={"environment": "dev", "enddate": "2026-12-31"}), outputs=outputs)

    def said(today: date) -> list[str]:
        reported = Judge(DEFAULTS, today).judge(resource).reported
        return [verdict.outcome for verdict in reported if verdict.rule == "enddate-tag-current"]

    assert said(date(2026, 12, 30)) == []
    assert said(date(2027, 1, 2)) == ["violated"]


def test_what_is_no_pool_and_what_cannot_be_looked_at_are_judged_all_the_same() -> None:
    bucket = replace(pool(), type="aws:s3/bucket:Bucket")
    deep: Any = "leaf"
    for _ in range(5000):
        deep = [deep]
    for resource in (bucket, pool(kind=deep), pool(kind=object()), replace(pool(), properties=None)):
        assert_alike("at defaults", resource)


def test_a_rule_that_is_asked_each_time_is_told_the_day() -> None:
    def check(tags: Tags, options: Options, context: Context) -> Iterator[Finding]:
        yield Finding("", f"is of {context.project} on {context.today}")

    remembering = Judge(make(Tags, check), TODAY)
    for project in ("shop", "search"):
        assert messages(remembering.judge(pool(project=project))) == [f"is of {project} on 2026-11-22"]


@pytest.mark.parametrize("facets", [(), (PlainText,)], ids=["parts that no rule looks at", "parts that one does"])
def test_a_remembered_message_repeats_no_secret_that_stands_elsewhere_in_the_pool(facets: tuple[type[Facet]]) -> None:
    """What is hidden is remembered by part, too, and each pool's own."""

    def check(one: NodeType, options: Options) -> Iterator[Finding]:
        yield Finding(one.field, f"is {one.name}, beside battery-staple")

    def content(one: PlainText, options: Options) -> Iterator[Finding]:
        return
        yield

    remembering = Judge((*make(NodeType, check), *(setting for facet in facets for setting in make(facet, content))))
    marked = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "battery-staple"}
    for tags, shown in (({"a": "b"}, "battery-staple"), ({"a": marked}, "[secret]"), ({"a": "b"}, "battery-staple")):
        assert messages(remembering.judge(pool(sku={"name": "S"}, tags=tags))) == [f"is S, beside {shown}"]
    plain = {"PASSWORD": "battery-staple"}
    for bag, shown in (({}, "battery-staple"), (plain, "[secret]"), ({"sizes": plain}, "[secret]")):
        properties = {"sku": {"name": "S"}, "inferencePoolProperties": bag}
        assert messages(remembering.judge(pool(**properties))) == [f"is S, beside {shown}"]
