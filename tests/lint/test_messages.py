"""What a schema's error says: the branch that was meant, the root cause, numbers in words, and no secret."""

from __future__ import annotations

from typing import Any

import pytest

from inference_pools.path import format_setting
from poolgate.errors import UsageError
from poolgate.lint.document import YamlError
from poolgate.lint.messages import Problem, in_plain_words, problems
from poolgate.lint.secure_validator import SecureAwareValidator
from poolgate.lint.secure_value import SECURE_VALUE
from poolgate.lint.yaml_reader import parse_yaml


def told(schema: Any, value: Any) -> list[Problem]:
    return list(problems(SecureAwareValidator(schema).iter_errors(value)))


def said(schema: Any, value: Any) -> list[str]:
    return [f"{format_setting(problem.path)}: {problem.message}" for problem in told(schema, value)]


def fixes(schema: Any, value: Any) -> list[str | None]:
    return [problem.fix for problem in told(schema, value)]


FIXED = {"title": "a fixed scale", "properties": {"kind": {"const": "fixed"}, "count": {"type": "integer"}}}
AUTO = {"title": "an automatic scale", "properties": {"kind": {"enum": ["auto", "timed"]}, "most": {"type": "integer"}}}
for branch in (FIXED, AUTO):
    branch |= {"type": "object", "required": ["kind"], "additionalProperties": False}
SCALE = {"oneOf": [{"$ref": "#/$defs/fixed"}, AUTO], "$defs": {"fixed": FIXED}}
LEVEL = {"enum": ["advisory", "mandatory"]}
RULE = {"anyOf": [LEVEL, {"type": "object", "properties": {"level": LEVEL}, "additionalProperties": False}]}
NESTED = {"anyOf": [RULE, {"title": "a list of names", "type": "array", "items": {"type": "string"}}]}
BY_KEYS = {
    "anyOf": [
        {"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": False, "title": "an id"},
        {
            "type": "object",
            "properties": {"name": {"type": "string"}, "tag": {"type": "string"}},
            "additionalProperties": False,
        },
    ]
}

UNIONS = [
    ("by its mark", SCALE, {"kind": "fixed", "count": "two"}, ["count: expected a whole number, found 'two'"]),
    ("by one of its marks", SCALE, {"kind": "timed", "most": None}, ["most: expected a whole number, found nothing"]),
    (
        "a mark that none has",
        SCALE,
        {"kind": "Auto", "most": 3},
        ["kind: expected one of 'fixed', 'auto', 'timed', found 'Auto'; did you mean 'auto'?"],
    ),
    ("no mark, but a key", SCALE, {"most": 3}, [": 'kind' is missing"]),
    ("no mark and no key", SCALE, {}, [": expected a fixed scale or an automatic scale, found an empty object"]),
    ("of no kind", SCALE, [1], [": expected a fixed scale or an automatic scale, found a list"]),
    (
        "a word",
        RULE,
        "advisry",
        [": expected one of 'advisory', 'mandatory', found 'advisry'; did you mean 'advisory'?"],
    ),
    ("an object", RULE, {"levl": "advisory"}, ["levl: 'levl' is not known here; did you mean 'level'?"]),
    ("neither", RULE, 3, [": expected one of 'advisory', 'mandatory' or an object, found 3"]),
    ("within another", NESTED, {"level": "x"}, ["level: expected one of 'advisory', 'mandatory', found 'x'"]),
    ("a list within another", NESTED, ["a", 1], ["[1]: expected a text, found 1; put it in quotes"]),
    ("by most of its keys", BY_KEYS, {"name": 1, "tag": "x"}, ["name: expected a text, found 1; put it in quotes"]),
]


@pytest.mark.parametrize(("schema", "value", "messages"), [row[1:] for row in UNIONS], ids=[row[0] for row in UNIONS])
def test_of_several_schemas_only_the_meant_one_speaks(schema: Any, value: Any, messages: list[str]) -> None:
    assert said(schema, value) == messages


DURATION = {
    "title": "an ISO 8601 duration",
    "type": "string",
    "pattern": "^P(?=[0-9T])([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$",
    "examples": ["PT30S"],
    "x-poolgate-duration": {"minimum": "PT1S", "maximum": "PT3M"},
}
EXPECTED = "expected an ISO 8601 duration, for example PT30S"
DURATIONS = [
    ("PT5M", ": PT5M is 5 minutes; the limit is 3 minutes", None),
    ("PT1H30M", ": PT1H30M is 1 hour 30 minutes; the limit is 3 minutes", None),
    ("PT0S", ": PT0S is 0 milliseconds; at least 1 second is needed", None),
    ("pt30s", f": {EXPECTED}; found 'pt30s', which has lower-case letters; did you mean PT30S (30 seconds)?", "PT30S"),
    (" PT30S", f": {EXPECTED}; found ' PT30S', which has blanks around it; did you mean PT30S (30 seconds)?", "PT30S"),
    ("90", f": {EXPECTED}; found '90', which has no unit; did you mean PT1M30S (1 minute 30 seconds)?", None),
    ("soon", f": {EXPECTED}; found 'soon', which is no ISO 8601 duration", None),
    (
        "P1M",
        f": {EXPECTED}; found 'P1M', which counts years or months, whose length is not fixed; "
        "did you mean PT1M (minutes stand after a T)?",
        None,
    ),
]


@pytest.mark.parametrize(("value", "message", "fix"), DURATIONS, ids=[row[0] for row in DURATIONS])
def test_durations_are_told_in_words(value: str, message: str, fix: str | None) -> None:
    assert said(DURATION, value) == [message]
    assert fixes(DURATION, value) == [fix]


def test_a_bound_that_is_none_is_the_fault_of_the_schema() -> None:
    with pytest.raises(UsageError, match=r"x-poolgate-duration\.maximum"):
        said({"x-poolgate-duration": {"maximum": "5 minutes"}}, "PT5M")


OBJECT = {
    "type": "object",
    "properties": {name: {} for name in ("requestTimeout", "nodeSkuType", "modelId", "size", "a:name", "b:name")},
    "required": ["requestTimeout", "size"],
    "additionalProperties": False,
}
KEYS = [
    ("letters swapped", "requestTimeuot", "requestTimeout", "requestTimeout"),
    ("another case", "RequestTimeout", "requestTimeout", "requestTimeout"),
    ("as Python writes it", "request_timeout", "requestTimeout", "requestTimeout"),
    ("as a shell writes it", "node-sku-type", "nodeSkuType", "nodeSkuType"),
    ("two slips", "rquestTimeut", "requestTimeout", "requestTimeout"),
    ("alike, but another thing", "codeId", "modelId", None),
    ("the name of another namespace", "c:requestTimeout", "requestTimeout", None),
    ("a name that two namespaces have", "c:name", None, None),
    ("nothing like it", "colour", None, None),
]


@pytest.mark.parametrize(("key", "near", "fix"), [row[1:] for row in KEYS], ids=[row[0] for row in KEYS])
def test_keys_that_are_not_known(key: str, near: str | None, fix: str | None) -> None:
    found = next(problem for problem in told(OBJECT, {key: 1, "size": 1}) if problem.at_key)
    hint = f"; did you mean '{near}'?" if near else "; known are "
    assert found.message.startswith(f"'{key}' is not known here{hint}")
    assert found.fix == fix


def test_a_key_is_not_renamed_to_one_that_is_there() -> None:
    assert fixes(OBJECT, {"requestTimeout": 1, "requestTimeuot": 2, "size": 1}) == [None]


def test_what_follows_from_another_problem_is_not_told() -> None:
    assert sorted(said(OBJECT, {"requestTimeot": 1})) == [
        ": 'size' is missing",
        "requestTimeot: 'requestTimeot' is not known here; did you mean 'requestTimeout'?",
    ]
    both = {"type": "string", "enum": ["a", "b"]}
    assert said(both, 1) == [": expected one of 'a', 'b', found 1"]
    secret = {"type": "string", "pattern": "^x", "minLength": 9, "x-poolgate-secret": "required"}
    assert said(secret, "hush") == [": has to be a secret; set it with `pulumi config set --secret`"]


def test_many_keys_are_not_listed_all() -> None:
    schema = {"properties": {f"key{number:02}": {} for number in range(20)}, "additionalProperties": False}
    assert said(schema, {"x": 1}) == [
        f"x: 'x' is not known here; known are {', '.join(f'key{n:02}' for n in range(12))} and 8 more"
    ]


TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ456789"
SECRETS = [
    ("by its format", {"enum": ["a"]}, TOKEN, "a text that is not shown, for it looks like a GitHub token"),
    (
        "by its name",
        {"properties": {"dbPassword": {"pattern": "^[0-9]+$"}}},
        {"dbPassword": "hunter2hunter"},
        "a text that is not shown, for it looks like a value that is called password",
    ),
    (
        "nearly right",
        {"properties": {"dbPassword": {"pattern": "^[a-z]+$"}}},
        {"dbPassword": "Hunter Two Hunter"},
        "a text that is not shown, for it looks like a value that is called password",
    ),
    (
        "forbidden",
        {"properties": {"dbPassword": {"not": {"const": "hunter2hunter"}}}},
        {"dbPassword": "hunter2hunter"},
        "a text that is not shown, for it looks like a value that is called password",
    ),
    ("in a list", {"items": {"const": "a"}}, [TOKEN], "a text that is not shown, for it looks like a GitHub token"),
    ("in a union", SCALE, TOKEN, "a text that is not shown, for it looks like a GitHub token"),
    ("too long", {"maxLength": 3}, TOKEN, "found 40"),
    ("among the items", {"contains": {"const": 1}}, [TOKEN], "expected an item that is 1; there is none"),
    (
        "a keyword without words",
        {"unevaluatedItems": {"type": "null"}},
        [TOKEN],
        "breaks 'unevaluatedItems' of the schema",
    ),
]


@pytest.mark.parametrize(("schema", "value", "words"), [row[1:] for row in SECRETS], ids=[row[0] for row in SECRETS])
def test_secrets_are_not_shown(schema: Any, value: Any, words: str) -> None:
    (message,) = said(schema, value)
    assert message.endswith(words)
    assert TOKEN not in message
    assert "hunter" not in message.lower()


def test_values_cannot_forge_a_line() -> None:
    (message,) = said({"enum": ["a"]}, "b\n::error::\x1b[31m")
    assert message.isprintable()


HINTS = [
    ({"type": "boolean"}, "yes", ": expected true or false, found 'yes'; write true"),
    ({"type": "boolean"}, "off", ": expected true or false, found 'off'; write false"),
    ({"type": "boolean"}, "maybe", ": expected true or false, found 'maybe'"),
    ({"type": "integer"}, "12", ": expected a whole number, found '12'; leave out the quotes"),
    ({"type": "string"}, 1.5, ": expected a text, found 1.5; put it in quotes"),
    (
        {"pattern": "^[a-z]+$", "title": "a region", "examples": ["westeurope"]},
        "West Europe",
        ": expected a region, for example westeurope; found 'West Europe'; did you mean 'westeurope'?",
    ),
]


@pytest.mark.parametrize(("schema", "value", "message"), HINTS)
def test_hints(schema: Any, value: Any, message: str) -> None:
    assert said(schema, value) == [message]


def test_the_case_of_a_word_of_a_list_is_beyond_doubt() -> None:
    assert fixes({"enum": ["Free", "Standard"]}, "standard") == ["Standard"]
    assert fixes({"const": "Standard"}, "STANDARD") == ["Standard"]
    assert fixes({"enum": ["Free", "free"]}, "FREE") == [None]
    assert fixes({"enum": ["Free", "Standard"]}, "Standrd") == [None]


def test_names_in_another_case_are_slight() -> None:
    schema = {"propertyNames": {"x-poolgate-spelling": ["owner", "costCenter"]}}
    found = told(schema, {"Owner": 1, "costcenter": 1, "other": 1, "owner": 1})
    assert [(problem.path, problem.fix, problem.at_key, problem.is_slight) for problem in found] == [
        (("Owner",), "owner", True, True),
        (("costcenter",), "costCenter", True, True),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2\nb: 3\n", "a comma is missing, or a bracket that is open is not closed"),
        ("a: {\n", "a value is missing, or a bracket that is open is not closed"),
        ("a: b: c\n", "a colon where none can be"),
        ('a: "b\n', "a text in quotes is not closed"),
        ("a: @b\n", "a text cannot begin with this character; put it in quotes"),
        ("a:\n  - 1\n  b: 2\n", "expected a dash here"),
        ("a: 1\nb\nc: 2\n", "expected a key and a colon here"),
        ("a: 1\n  b: 2\n", "a colon where none can be"),
        ('a: "\\q"\n', "not an escape that YAML has"),
    ],
)
def test_faults_of_syntax_are_told_in_plain_words(text: str, words: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)
    assert in_plain_words(caught.value.problem).startswith(words)


def test_other_faults_keep_their_words() -> None:
    assert in_plain_words("a tab; YAML is indented with spaces") == "a tab; YAML is indented with spaces"


X_OR_Y = [{"required": ["x"]}, {"required": ["y"]}]
KEYWORDS = [
    ("a key that may be anything", {"required": ["x"], "properties": {"x": True}}, {}, ": 'x' is missing"),
    ("a key that may not be", {"properties": {"x": False}}, {"x": 1}, "x: nothing may be here"),
    ("a pattern of what may not be", {"patternProperties": {"^x": False}}, {"xy": 1}, "xy: nothing may be here"),
    (
        "none of the items",
        {"contains": {"title": "a zone", "type": "string"}},
        [1],
        ": expected an item that is a zone; there is none",
    ),
    ("too few", {"contains": {"const": "x"}, "minContains": 2}, ["x"], ": expected at least 2 items that are 'x'"),
    ("too many", {"contains": {"const": "x"}, "maxContains": 1}, ["x", "x"], ": expected at most 1 item that is 'x'"),
    ("items after the last", {"prefixItems": [{}], "items": False}, [1, 2], ": expected at most 1 item, found 2"),
    (
        "unevaluated items",
        {"prefixItems": [{}], "unevaluatedItems": False},
        [1, 2],
        ": expected at most 1 item, found 2",
    ),
    (
        "a key that needs one",
        {"dependentRequired": {"x": ["it's"]}},
        {"x": 1},
        ": 'it's' is missing; 'x' beside it needs it",
    ),
    ("neither of two", {"anyOf": X_OR_Y}, {"z": 1}, ": 'x' or 'y' is missing"),
    ("both of two", {"oneOf": X_OR_Y}, {"x": 1, "y": 1}, ": 'x' and 'y' must not be here together"),
    ("none of which one is", {"oneOf": [*X_OR_Y, False]}, {"z": 1}, ": 'x' or 'y' is missing"),
    ("none of which none is", {"anyOf": [False, False]}, 5, ": nothing may be here"),
    ("one alone, beside none", {"oneOf": [{"type": "string"}, False]}, 5, ": expected a text, found 5"),
    (
        "too many beside none",
        {"oneOf": [False, {"type": "integer"}, {"const": 5}]},
        5,
        ": 5 fits more than one of the possibilities",
    ),
    ("not both", {"not": {"required": ["x", "y"]}}, {"x": 1, "y": 1}, ": 'x' and 'y' must not be here together"),
    ("both of two, of no object", {"oneOf": X_OR_Y}, 5, ": 5 fits more than one of the possibilities"),
    ("not these, of no object", {"not": {"required": ["x"]}}, 5, ": expected anything but 5"),
    ("not this one", {"not": {"required": ["x"]}}, {"x": 1}, ": 'x' must not be here"),
    ("a number without end", {"maximum": 1}, 10**300, f": expected at most 1, found 1{'0' * 78}…"),
]


@pytest.mark.parametrize(("schema", "value", "words"), [row[1:] for row in KEYWORDS], ids=[row[0] for row in KEYWORDS])
def test_keywords_in_words(schema: Any, value: Any, words: str) -> None:
    assert said(schema, value) == [words]


def test_of_two_secrets_nobody_knows_whether_they_are_the_same() -> None:
    unique = {"uniqueItems": True}
    assert said(unique, [SECURE_VALUE, SECURE_VALUE, {"a": SECURE_VALUE}, {"a": SECURE_VALUE}]) == []
    assert said(unique, [SECURE_VALUE, "a", "a"]) == [": the same entry stands in the list twice"]
