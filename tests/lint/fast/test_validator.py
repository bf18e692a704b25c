"""The fast validator and the reference find the same: on generated schemas and values, and on real ones."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poolgate.lint.fast.validator import FoundError, compile_fast
from poolgate.lint.own_keywords import DURATION_KEYWORD, SECRET_KEYWORD, SPELLING_KEYWORD
from poolgate.lint.schema_files import packaged_folder
from poolgate.lint.schema_store import Schema, load_schema
from poolgate.lint.secure_value import SECURE_VALUE
from poolgate.lint.yaml_reader import read_yaml

ROOT = Path(__file__).parents[3]
NAMES = ["a", "b", "ab", "A-1", "owner", "Owner", "0", "a b", "env:x"]
TEXTS = [*NAMES, "", "PT5S", "PT0.5S", "PT10M", "pt5s", "5", "1.0", "true", "x" * 12, "a_b", "é", "a\n", "٣", "\x1f"]
NUMBERS = [0, 1, -1, 2, 3, 1.0, 2.0, 0.5, -0.0, 1.5, 10, 2**53, 2**70, 1e300, float("inf"), float("nan")]
PATTERNS = ["^a", "b$", "^[a-z]+$", "^[^a]*$", r"\d", r"^\w+$", r"^\S*$", r"\W", "^a{1,2}$", "^(?=a)(?!ab).*$", "a|b"]
PATTERNS += ["", r"\Z", "(?i)A", r"(?P<n>a)", "a{,2}", r"^.$", r"[^\x00-\x7f]", "^[\\u0660-\\u0669]$"]


class Maker:
    """Makes schemas of everything that is audited, and values that have something to do with them."""

    def __init__(self, seed: int, *, secrets: bool) -> None:
        self.random = random.Random(seed)
        self.secrets = secrets

    def of(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def some(self, choices: list[Any], most: int) -> list[Any]:
        return self.random.sample(choices, self.random.randint(0, most))

    def schema(self, depth: int = 3) -> Any:
        if self.random.random() < 0.08:
            return self.random.random() < 0.8
        keywords = self.random.sample(list(self.keywords(depth)), self.random.choice((1, 1, 2, 2, 3)))
        return {name: argument() for keyword in keywords for name, argument in keyword.items()}

    def keywords(self, depth: int) -> list[dict[str, Callable[[], Any]]]:
        def small() -> int:
            return self.random.randint(0, 3)

        flat: list[dict[str, Callable[[], Any]]] = [
            {"type": lambda: self.of("string", "integer", "number", "boolean", "object", "array", "null")},
            {"type": lambda: ["object", "array", "string", self.of("integer", "null")]},
            {"enum": lambda: [json.loads(json.dumps(self.value(1, secrets=False))) for _ in range(3)]},
            {"const": lambda: json.loads(json.dumps(self.value(1, secrets=False)))},
            {"pattern": lambda: self.of(*PATTERNS)},
            {"minLength": small},
            {"maxLength": small},
            {"minimum": lambda: self.of(0, 1, 0.5)},
            {"maximum": lambda: self.of(0, 1, 2.5)},
            {"exclusiveMinimum": small},
            {"exclusiveMaximum": small},
            {"multipleOf": lambda: self.of(1, 2, 3)},
            {"minItems": small},
            {"maxItems": small},
            {"uniqueItems": lambda: True},
            {"minProperties": small},
            {"maxProperties": small},
            {"required": lambda: self.some(NAMES, 2)},
            {"dependentRequired": lambda: {name: self.some(NAMES, 2) for name in self.some(NAMES, 2)}},
            {DURATION_KEYWORD: lambda: self.of({}, {"minimum": "PT1S"}, {"maximum": "PT1M"})},
            {SPELLING_KEYWORD: lambda: ["owner", "ab"]},
            {SECRET_KEYWORD: lambda: self.of("required", "forbidden")},
            {"$ref": lambda: self.of("#/$defs/one", "#/$defs/two", "other.schema.json#/$defs/three")},
            {"format": lambda: self.of("date", "email", "uuid")},
            {"description": lambda: "words"},
        ]
        if not depth:
            return flat

        def inner() -> Any:
            return self.schema(depth - 1)

        def listed() -> list[Any]:
            return [inner() for _ in range(self.random.randint(1, 3))]

        def named() -> dict[str, Any]:
            return {name: inner() for name in self.some(NAMES, 3)}

        nested: list[dict[str, Callable[[], Any]]] = [
            {"properties": named},
            {"properties": named, "additionalProperties": inner},
            {"properties": named, "patternProperties": lambda: {self.of(*PATTERNS): inner()}},
            {"patternProperties": lambda: {self.of(*PATTERNS): inner()}, "additionalProperties": lambda: False},
            {"propertyNames": inner},
            {"items": inner},
            {"prefixItems": listed, "items": inner},
            {"contains": inner},
            {"contains": inner, "minContains": lambda: self.random.randint(0, 2), "maxContains": lambda: 2},
            {"allOf": listed},
            {"anyOf": listed},
            {"oneOf": listed},
            {"not": inner},
            {"if": inner, "then": inner},
            {"if": inner, "then": inner, "else": inner},
            {"dependentSchemas": named},
        ]
        return flat + nested * 3

    def value(self, depth: int = 3, *, secrets: bool = True) -> Any:
        kind = self.random.random()
        if self.secrets and secrets and kind < 0.15:
            return SECURE_VALUE
        if depth and kind < 0.4:
            return {name: self.value(depth - 1, secrets=secrets) for name in self.some(NAMES, 4)}
        if depth and kind < 0.55:
            return [self.value(depth - 1, secrets=secrets) for _ in range(self.random.randint(0, 3))]
        return self.of(self.of(*TEXTS), self.of(*TEXTS), self.of(*NUMBERS), self.of(*NUMBERS), True, False, None)


def stored(tmp_path: Path, contents: Any, number: int, other: Any) -> Schema:
    folder = tmp_path / str(number)
    folder.mkdir()
    (folder / "other.schema.json").write_text(json.dumps({"$id": "other.schema.json", "$defs": {"three": other}}))
    file = folder / "one.schema.json"
    file.write_text(json.dumps(contents))
    return Schema(file, contents)


def reference_finds_nothing(schema: Schema, value: Any) -> bool:
    return not schema._reference.errors(value)


def told(errors: list[Any]) -> list[str]:
    """Everything about errors that messages are made of."""
    return sorted(
        repr(
            (
                list(e.absolute_path),
                list(e.absolute_schema_path),
                e.validator,
                e.validator_value,
                e.message if e.validator in ("required", "dependentRequired") else "",
                e.schema,
                told(e.context or []),
            )
        )
        for e in errors
    )


@pytest.mark.parametrize("secrets", [False, True], ids=["plain", "secrets"])
@pytest.mark.parametrize("seed", range(4))
def test_both_find_the_same(tmp_path: Path, seed: int, secrets: bool) -> None:
    maker = Maker(seed, secrets=secrets)
    accepted = good = simple = wrong = 0
    for number in range(100):
        definitions = {"one": maker.schema(1), "two": maker.schema(1)}
        # One that refers to the others may go in circles; those below refer to nothing.
        leaves = json.loads(json.dumps(definitions).replace('"$ref"', '"$comment"'))
        contents = maker.schema()
        contents = {**(contents if isinstance(contents, dict) else {"not": not contents}), "$defs": leaves}
        schema = stored(tmp_path, contents, number, leaves["one"])
        for _ in range(40):
            value = maker.value()
            whole = schema._reference.errors(value)
            found = list(schema.errors(value))
            assert told(found) == told(whole), (contents, leaves, value)
            surely = surely_accepts(schema, value)
            assert not (surely and whole), (contents, leaves, value)
            accepted, good = accepted + surely, good + (not whole)
            simple, wrong = simple + is_simple(found), wrong + bool(whole)
    # It is of use only if it accepts nearly everything that is good, and tells much of what is not.
    assert good > 300
    assert accepted >= 0.99 * good
    assert simple >= 0.25 * wrong


def surely_accepts(schema: Schema, value: Any) -> bool:
    """Whether the fast validator alone finds that a value is good."""
    return schema._fast is not None and schema._fast(value) == ()


def is_simple(found: list[Any]) -> bool:
    return bool(found) and all(isinstance(error, FoundError) for error in found)


def sample_values() -> list[tuple[Schema, Any]]:
    pairs = []
    for file in sorted(ROOT.glob("stacks/*/Pulumi.*.yaml")):
        project = json.loads(json.dumps(read_yaml(file.parent / "Pulumi.yaml").value))["name"]
        own = ROOT / "schemas" / f"{project}.schema.json"
        value = read_yaml(file).value
        pairs.append((load_schema(ROOT / "schemas" / "pulumi-stack.schema.json"), value))
        pairs.append((load_schema(own), value["config"]))
    return pairs


SAMPLES = sample_values()


def one_thing_changed(random_: random.Random, value: Any) -> Any:
    """The value with one part of it, at any depth, replaced, removed, renamed or made a secret."""
    value = copy.deepcopy(value)
    at = value
    while True:
        steps = list(at) if isinstance(at, dict) else range(len(at))
        step = random_.choice(steps)
        if isinstance(at[step], (dict, list)) and at[step] and random_.random() < 0.7:
            at = at[step]
            continue
        change = random_.randrange(5)
        if change == 0:
            del at[step]
        elif change == 1 and isinstance(at, dict):
            at[f"{step}x"] = at.pop(step)
        elif change == 2:
            at[step] = SECURE_VALUE
        else:
            at[step] = random_.choice([*TEXTS, *NUMBERS, [], {}, None, True, ["a"], {"secure": "v1:x"}])
        return value


@pytest.mark.parametrize("seed", range(4))
def test_samples_with_one_thing_changed(seed: int) -> None:
    random_ = random.Random(seed)
    verdicts = {True: 0, False: 0}
    for _ in range(400):
        schema, value = random_.choice(SAMPLES)
        changed = one_thing_changed(random_, value)
        surely = surely_accepts(schema, changed)
        whole = schema._reference.errors(changed)
        assert not whole or not surely, changed
        assert told(list(schema.errors(changed))) == told(whole), changed
        verdicts[surely] += 1
    assert min(verdicts.values()) > 50


def test_samples_that_are_good_are_surely_good() -> None:
    verdicts = [(surely_accepts(schema, value), reference_finds_nothing(schema, value)) for schema, value in SAMPLES]
    assert all(surely == good for surely, good in verdicts)
    assert sum(surely for surely, _ in verdicts) >= 10


@pytest.mark.parametrize("pattern", PATTERNS)
def test_any_pattern_of_python_is_compiled(pattern: str) -> None:
    assert compile_fast("x.schema.json", {"x.schema.json": {"pattern": pattern}}.__getitem__) is not None


@pytest.mark.parametrize(
    "schema",
    [
        {"unevaluatedProperties": False},
        {"$dynamicRef": "#x"},
        {"multipleOf": 0.1},
        {"multipleOf": 0},
        {"x-poolgate-something": True},
        {SECRET_KEYWORD: "sometimes"},
        {"$ref": "https://example.com/x.json"},
        {"$ref": "#anchor"},
        {"$ref": "missing.schema.json#/a"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#/type", "type": "string"},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#"},
        {"$ref": 1},
        {"$id": "https://example.com/x.json"},
        {"type": "txt"},
        {"type": []},
        {"type": ["string", "string"]},
        {"enum": "a"},
        {"pattern": "("},
        {"patternProperties": {"(": True}},
        {"minLength": -1},
        {"minimum": "1"},
        {"maximum": True},
        {"required": "a"},
        {"required": ["a", "a"]},
        {"dependentRequired": {"a": "b"}},
        {"uniqueItems": 1},
        {"properties": ["a"]},
        {"additionalProperties": False, "properties": ["a"]},
        {"additionalProperties": 1},
        {"items": [True]},
        {"prefixItems": {}, "items": True},
        {"contains": True, "minContains": "1"},
        {"allOf": []},
        {"anyOf": {}},
        {"if": 1},
        {"then": 1},
        {"$defs": {"unused": {"type": "txt"}}},
        {"description": 1},
        {"properties": {"a": {"$id": "b"}}},
        ["string"],
    ],
    ids=str,
)
def test_a_schema_with_anything_else_is_left_to_the_reference(schema: Any) -> None:
    assert compile_fast("x.schema.json", {"x.schema.json": schema}.__getitem__) is None


def test_every_schema_of_a_stack_has_a_fast_validator() -> None:
    names = [
        "pulumi-stack",
        "pulumi-project",
        *(file.parent.name for file in sorted((ROOT / "stacks").glob("*/Pulumi.yaml"))),
    ]
    for name in names:
        assert compile_fast(f"{name}.schema.json", packaged_contents) is not None, name


def packaged_contents(name: str) -> Any:
    return json.loads((packaged_folder() / name).read_bytes())


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": False}, [True, None]),
        ({"items": False, "minItems": 3}, [True, None]),
        ({"properties": {"0": {"type": "string"}}}, {"0": 1}),
        ({"properties": {"$ref": {"type": "string"}}}, {"$ref": 1}),
        ({"$ref": "other.schema.json#/$defs/three"}, {"a": 1}),
        ({"allOf": [{"required": ["a", "it's"]}, {"additionalProperties": False}]}, {"b": 1}),
    ],
    ids=str,
)
def test_errors_that_are_told_in_two_ways(tmp_path: Path, schema: Any, value: Any) -> None:
    made = stored(tmp_path, schema, 0, {"required": ["b"], "properties": {"a": {"type": "string"}}})
    whole = made._reference.errors(value)
    assert whole
    assert told(list(made.errors(value))) == told(whole)


@pytest.mark.parametrize(
    ("schema", "value", "simple"),
    [
        ({"type": "string"}, 1, True),
        ({"properties": {"a": {"items": {"minimum": 2}}}}, {"a": [3, 1]}, True),
        ({"additionalProperties": False, "required": ["a"]}, {"b": 1}, True),
        ({"$ref": "other.schema.json#/$defs/three"}, {"a": 1}, True),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, False),
        ({"type": "string", "anyOf": [{"type": "string"}, {"type": "null"}]}, 1, False),
        ({"if": {"type": "integer"}, "then": {"minimum": 2}}, 1, True),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, False),
        ({"items": False}, [1], False),
        ({"properties": {"0": {"type": "string"}}}, {"0": 1}, True),
        ({"properties": {"a": {SECRET_KEYWORD: "required"}}}, {"a": "hush"}, True),
    ],
    ids=str,
)
def test_what_is_simple(tmp_path: Path, schema: Any, value: Any, simple: bool) -> None:
    made = stored(tmp_path, schema, 0, {"properties": {"a": {"type": "string"}}})
    found = list(made.errors(value))
    assert found
    assert is_simple(found) == simple


@pytest.mark.parametrize("first", [1, True, 1.0, "1"], ids=repr)
@pytest.mark.parametrize("second", [1, True, 1.0, "1"], ids=repr)
def test_what_was_good_is_remembered_for_nothing_else(tmp_path: Path, first: Any, second: Any) -> None:
    for number, kind in enumerate(("integer", "number", "boolean", "string")):
        made = stored(tmp_path, {"type": kind}, number, True)
        surely_accepts(made, first)
        assert surely_accepts(made, second) == reference_finds_nothing(made, second)


def test_a_schema_may_refer_to_itself(tmp_path: Path) -> None:
    tree = {"type": "object", "properties": {"size": {"type": "integer"}, "inner": {"$ref": "#/$defs/tree"}}}
    made = stored(tmp_path, {"$ref": "#/$defs/tree", "$defs": {"tree": tree}}, 0, True)
    assert surely_accepts(made, {"size": 1, "inner": {"size": 2, "inner": {}}})
    value = {"inner": {"inner": {"size": "3"}}}
    found = list(made.errors(value))
    assert is_simple(found)
    assert told(found) == told(made._reference.errors(value))
