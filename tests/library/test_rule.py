"""What an option takes and what it says to what it does not, for each type that an option may have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from inference_pools.facets import Description, Facet
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import (
    COMMON,
    Option,
    OptionError,
    Options,
    OptionValue,
    Scope,
    project_rule,
    rule,
    stack_rule,
)
from inference_pools.values import Json

TAKEN: list[tuple[OptionValue, Json, OptionValue]] = [
    ("a", "b", "b"),
    (3, 5.0, 5),
    (3, 5, 5),
    (3, -1.0, -1),
    (0.5, 2, 2.0),
    (0.5, 0.25, 0.25),
    (True, False, False),
    (timedelta(seconds=5), "PT1M", timedelta(minutes=1)),
    (("a",), ["b", "c"], ("b", "c")),
    (("a",), [], ()),
    ({}, {"a": 1.0}, {"a": 1.0}),
]

REFUSED: list[tuple[OptionValue, Json, str]] = [
    ("a", 3.0, "is 3.0, expected text"),
    ("a", None, "is None, expected text"),
    (3, "5", "is '5', expected a number"),
    (3, True, "is True, expected a number"),
    (3, 5.5, "is 5.5, expected a whole number"),
    (3, math.inf, "is inf, expected a number"),
    (0.5, math.nan, "is nan, expected a number"),
    (0.5, "a", "is 'a', expected a number"),
    (True, 1.0, "is 1.0, expected true or false"),
    (True, "true", "is 'true', expected true or false"),
    (timedelta(seconds=5), 5.0, "is 5.0, expected an ISO 8601 duration such as PT30S"),
    (timedelta(seconds=5), "5s", "'5s' is not in ISO 8601 form; PT5S was probably meant"),
    (("a",), "b", "is 'b', expected a list of texts"),
    (("a",), ["b", 3.0], "is ['b', 3.0], expected a list of texts"),
    ({}, [], "is [], expected an object"),
]


@pytest.mark.parametrize(("default", "given", "taken"), TAKEN, ids=repr)
def test_taken(default: OptionValue, given: Json, taken: OptionValue) -> None:
    parsed = Option(default, "Says something.").parse(given)

    assert parsed == taken
    assert type(parsed) is type(taken)


@pytest.mark.parametrize(("default", "given", "message"), REFUSED, ids=repr)
def test_refused(default: OptionValue, given: Json, message: str) -> None:
    with pytest.raises(OptionError) as refused:
        Option(default, "Says something.").parse(given)

    assert str(refused.value) == message


@pytest.mark.parametrize("default", ["a", ("a",)], ids=repr)
def test_choices(default: OptionValue) -> None:
    option = Option(default, "Says something.", choices=("a", "b"))
    wrong = "c" if isinstance(default, str) else ["b", "c"]

    with pytest.raises(OptionError) as refused:
        option.parse(wrong)

    assert str(refused.value) == "is 'c', expected one of a, b"
    assert option.parse("b" if isinstance(default, str) else ["b"]) in ("b", ("b",))


def test_a_check_sees_the_value_and_not_what_stands_for_it() -> None:
    seen: list[Any] = []

    assert Option(timedelta(0), "Says something.", check=seen.append).parse("PT1M") == timedelta(minutes=1)
    assert seen == [timedelta(minutes=1)]


@pytest.mark.parametrize(
    ("default", "schema", "written"),
    [
        ("a", {"type": "string"}, "a"),
        (3, {"type": "integer"}, 3),
        (0.5, {"type": "number"}, 0.5),
        (True, {"type": "boolean"}, True),
        (timedelta(seconds=90), {"type": "string", "format": "duration"}, "PT1M30S"),
        (("a",), {"type": "array", "items": {"type": "string"}}, ["a"]),
        ({"a": 1}, {"type": "object"}, {"a": 1}),
    ],
    ids=repr,
)
def test_schema(default: OptionValue, schema: dict[str, Json], written: Json) -> None:
    option = Option(default, "Says something.")

    assert option.schema() == {**schema, "description": "Says something.", "default": written}
    assert option.json_default == written
    assert type(option.json_default) is type(written)


def test_schema_of_choices() -> None:
    text = Option("a", "Says something.", choices=("a", "b")).schema()
    texts = Option(("a",), "Says something.", choices=("a", "b")).schema()

    assert text["enum"] == ["a", "b"]
    assert texts["items"] == {"type": "string", "enum": ["a", "b"]}
    assert "enum" not in texts


def test_options_by_name_as_json_and_in_words() -> None:
    options = Options({"bound": timedelta(seconds=90), "names": ("a", "b"), "most": 3, "other": {"a": 1}})

    assert options.bound == timedelta(seconds=90)
    assert options.to_json() == {"bound": "PT1M30S", "names": ["a", "b"], "most": 3, "other": {"a": 1}}
    assert options.in_words() == {"bound": "PT1M30S", "names": "a, b", "most": "3", "other": "{'a': 1}"}
    with pytest.raises(AttributeError, match=r"^this rule has no option 'least'$"):
        _ = options.least


@rule(
    Description,
    id="name-short",
    title="Name is short",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Choose one of {most} letters.",
    since="2026.12",
    source="https://example.com/names",
    options={"most": Option(8, "The most letters.")},
    controls=("MCSB NS-2",),
)
def name_short(facet: Description, options: Options) -> Iterator[Finding]:
    """Long names are cut.

    In logs.
    """
    yield Finding("name", "is long")


def test_a_rule_is_what_its_decorator_and_its_function_say() -> None:
    assert (name_short.id, name_short.title, name_short.facet) == ("name-short", "Name is short", Description)
    assert (name_short.severity, name_short.enforcement) == (Severity.LOW, Enforcement.ADVISORY)
    assert (name_short.since, name_short.source) == ("2026.12", "https://example.com/names")
    assert (name_short.controls, name_short.scope) == (("MCSB NS-2",), Scope.RESOURCE)
    assert name_short.why == "Long names are cut.\n\nIn logs."
    assert name_short.file == "test_rule.py"
    assert set(name_short.options) == {"most", *COMMON}
    assert not name_short.wants_context
    assert name_short.fix is None


def test_options_that_are_not_given_have_their_defaults() -> None:
    assert name_short.with_options({}).most == 8
    options = name_short.with_options({"most": 4.0, "on_unknown": "fail"})
    assert (options.most, options.on_unknown, options.environment) == (4, "fail", "")


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(OptionError) as refused:
        name_short.with_options({"most": "four"})
    assert str(refused.value) == "most is 'four', expected a number"
    with pytest.raises(KeyError, match=r"^'least'$"):
        name_short.with_options({"least": 3})


ABOUT: dict[str, Any] = {
    "id": "names-short",
    "title": "Names are short",
    "severity": Severity.LOW,
    "enforcement": Enforcement.ADVISORY,
    "remedy": "Choose shorter ones.",
    "since": "2026.12",
    "source": "https://example.com/names",
}


def test_what_puts_right_what_a_rule_finds_stays_with_it() -> None:
    def fix(pool: object, options: Options) -> None:
        """Puts nothing right."""

    def check(facet: Description, options: Options, context: object) -> Iterator[Finding]:
        yield Finding("", "is long")

    made = rule(Description, **ABOUT, fix=fix)(check)

    assert made.fix is fix
    assert made.wants_context
    assert made.why == ""


@pytest.mark.parametrize(("make", "scope"), [(stack_rule, Scope.STACK), (project_rule, Scope.PROJECT)])
def test_rules_over_stacks_look_at_no_facet_of_their_own(make: Any, scope: Scope) -> None:
    def check(stacks: object, options: Options) -> Iterator[Any]:
        """Names are cut."""
        yield

    made = make(**ABOUT, options={"most": Option(8, "The most letters.")}, controls=("MCSB NS-2",))(check)

    assert (made.scope, made.facet, made.controls) == (scope, Facet, ("MCSB NS-2",))
    assert (made.id, made.title, made.remedy) == ("names-short", "Names are short", "Choose shorter ones.")
    assert (made.why, made.fix, made.wants_context) == ("Names are cut.", None, False)
    assert set(made.options) == {"most", *COMMON}


@pytest.mark.parametrize(
    "wrong", [{"colour": "red"}, {"fix": None}, {"scope": Scope.PROJECT}, {"remedy": ...}], ids=str
)
def test_a_rule_says_all_that_rules_say_and_nothing_else(wrong: dict[str, Any]) -> None:
    told = {name: value for name, value in {**ABOUT, **wrong}.items() if value is not ...}

    with pytest.raises(TypeError, match=next(iter(wrong))):
        stack_rule(**told)(name_short.check)
