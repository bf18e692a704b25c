"""Findings stand on the line to edit and say what was expected there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poolgate.errors import UsageError
from poolgate.lint import schema_files, schema_store
from poolgate.lint.project import load_project
from poolgate.lint.schema_lint import lint_policy_pack, lint_project, lint_tree

PROJECT = "name: demo\nruntime: python\n"
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "demo.schema.json",
    "type": "object",
    "required": ["demo:sku"],
    "additionalProperties": False,
    "properties": {
        "demo:sku": {"$ref": "pool.schema.json#/$defs/sku"},
        "demo:timeout": {"$ref": "pool.schema.json#/$defs/duration"},
        "demo:modelId": {"$ref": "pool.schema.json#/$defs/modelId"},
        "demo:concurrency": {"$ref": "pool.schema.json#/$defs/concurrency"},
        "demo:ratio": {"type": "number", "exclusiveMinimum": 0},
        "demo:public": {"type": "boolean"},
        "demo:tags": {"$ref": "pool.schema.json#/$defs/tags"},
        "demo:variables": {"$ref": "pool.schema.json#/$defs/environmentVariables"},
        "demo:connection": {"type": "string", "pattern": "^key=", "x-poolgate-secret": "required"},
        "demo:zones": {"type": "array", "items": {"enum": ["one", "two"]}, "minItems": 1, "uniqueItems": True},
        "demo:scale": {
            "oneOf": [
                {
                    "title": "a fixed scale",
                    "type": "object",
                    "properties": {"kind": {"const": "fixed"}, "count": {"type": "integer"}},
                    "required": ["kind", "count"],
                },
                {
                    "title": "an automatic scale",
                    "type": "object",
                    "properties": {"kind": {"const": "auto"}, "most": {"type": "integer"}},
                    "required": ["kind", "most"],
                },
                {"title": "a whole number", "type": "integer"},
            ]
        },
    },
}
SKU = "config:\n  sku: {name: Standard_DS3_v2, tier: Standard, size: Standard_DS3_v2, family: f, capacity: 2}\n"


def lint(folder: Path, stack: str | None = None, project: str = PROJECT, schema: object = SCHEMA) -> list[str]:
    """The findings as people see them, with paths relative to the folder."""
    (folder / "Pulumi.yaml").write_text(project)
    if stack is not None:
        (folder / "Pulumi.dev.yaml").write_text(stack)
    if schema is not None:
        (folder / "schemas").mkdir(exist_ok=True)
        (folder / "schemas" / "demo.schema.json").write_text(json.dumps(schema))
    return [str(finding).removeprefix(f"{folder}/") for finding in lint_project(folder)]


GOOD = [
    ("as plain as can be", ""),
    ("with the namespace", "  demo:timeout: PT1M30S\n"),
    ("a number that pulumi config set quoted", "  concurrency: '4'\n"),
    ("a number in octal", "  concurrency: 0o4\n"),
    ("a fraction as text", "  ratio: '0.5'\n"),
    ("a boolean as text", "  public: 'true'\n"),
    ("a list as JSON text", "  zones: '[\"one\"]'\n"),
    ("a secret variable", "  variables: {TOKEN: {secure: v1:x}}\n"),
    ("a secret where one has to be", "  connection: {secure: v1:x}\n"),
    ("a whole object that is secret", "  tags: {secure: v1:x}\n"),
    ("one of several schemas", "  scale: {kind: auto, most: 3}\n"),
    ("a model in a registry", "  modelId: azureml://registries/r/models/m/versions/1\n"),
]


@pytest.mark.parametrize("lines", [row[1] for row in GOOD], ids=[row[0] for row in GOOD])
def test_good_configuration_is_clean(tmp_path: Path, lines: str) -> None:
    assert lint(tmp_path, SKU + lines) == []


BAD = [
    (
        "text for a number",
        "  concurrency: many\n",
        "3:16: error: demo:concurrency: expected a whole number, found 'many'",
    ),
    ("too small", "  concurrency: 0\n", "3:16: error: demo:concurrency: expected at least 1, found 0"),
    ("not more than", "  ratio: 0\n", "3:10: error: demo:ratio: expected more than 0, found 0"),
    (
        "no boolean to the engine",
        "  public: yes\n",
        "3:11: error: demo:public: expected true or false, found 'yes'; write true",
    ),
    (
        "a duration in small letters",
        "  timeout: pt5s\n",
        "3:12: error: demo:timeout: expected an ISO 8601 duration, for example PT30S; found 'pt5s', "
        "which has lower-case letters; did you mean PT5S (5 seconds)?",
    ),
    (
        "a month",
        "  timeout: P1M\n",
        "3:12: error: demo:timeout: expected an ISO 8601 duration, for example PT30S; found 'P1M', "
        "which counts years or months, whose length is not fixed; did you mean PT1M (minutes stand after a T)?",
    ),
    (
        "unknown key",
        "  timout: PT5S\n",
        "3:3: error: demo:timout: 'timout' is not known here; did you mean 'timeout'?",
    ),
    (
        "unknown key of another namespace",
        "  aws:x: 1\n",
        "3:3: error: aws:x: 'aws:x' is not known here; known are demo:concurrency, demo:connection, demo:modelId, "
        "demo:public, demo:ratio, demo:scale, demo:sku, demo:tags, demo:timeout, demo:variables, demo:zones",
    ),
    ("empty list", "  zones: []\n", "3:10: error: demo:zones: expected at least 1 item, found 0"),
    ("twice", "  zones: [one, one]\n", "3:10: error: demo:zones: the same entry stands in the list twice"),
    (
        "wrong item",
        "  zones:\n    - one\n    - tow\n",
        "5:7: error: demo:zones[1]: expected one of 'one', 'two', found 'tow'; did you mean 'two'?",
    ),
    (
        "wrong item in a JSON text",
        "  zones: '[\"three\"]'\n",
        "3:10: error: demo:zones[0]: expected one of 'one', 'two', found 'three'",
    ),
    ("number as tag", "  tags: {a: 1}\n", "3:13: error: demo:tags.a: expected a text, found 1; put it in quotes"),
    ("secret tag", "  tags: {a: {secure: v1:x}}\n", "3:13: error: demo:tags.a: must not be a secret"),
    (
        "bad variable name",
        "  variables: {a-b: c}\n",
        "3:15: error: demo:variables.a-b: expected the name of an environment variable, for example LOG_LEVEL; "
        "found 'a-b'",
    ),
    (
        "secret in clear",
        "  connection: key=1\n",
        "3:15: error: demo:connection: has to be a secret; set it with `pulumi config set --secret`",
    ),
    (
        "the right one of several schemas",
        "  scale: {kind: auto, most: few}\n",
        "3:29: error: demo:scale.most: expected a whole number, found 'few'",
    ),
    (
        "none of several schemas",
        "  scale: [1]\n",
        "3:10: error: demo:scale: expected a fixed scale or an automatic scale or a whole number, found a list",
    ),
    (
        "a placeholder in an id",
        "  modelId: azureml://registries/{registry}/models/m/versions/1\n",
        "3:12: error: demo:modelId: expected the id of a model, for example "
        "azureml://registries/mlr-contoso-prod/models/servicedesk-chat/versions/5; "
        "found 'azureml://registries/{registry}/models/m/versions/1'",
    ),
]


@pytest.mark.parametrize(("lines", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_configuration(tmp_path: Path, lines: str, message: str) -> None:
    assert lint(tmp_path, SKU + lines) == [f"Pulumi.dev.yaml:{message} [config-schema]"]


def test_all_findings_of_a_file_come_at_once_and_in_order(tmp_path: Path) -> None:
    stack = """\
config:
  timeout: 5
  sku:
    tier: Standrd
    capacity: two
    famly: x
    name: Standard_DS3_v2
"""
    assert lint(tmp_path, stack) == [
        "Pulumi.dev.yaml:2:12: error: demo:timeout: expected an ISO 8601 duration, for example PT30S; found '5', "
        "which has no unit; did you mean PT5S (5 seconds)? [config-schema]",
        "Pulumi.dev.yaml:3:3: error: demo:sku: 'size' is missing (the size of the SKU) [config-schema]",
        "Pulumi.dev.yaml:4:11: error: demo:sku.tier: expected one of 'Free', 'Basic', 'Standard', 'Premium', "
        "found 'Standrd'; did you mean 'Standard'? [config-schema]",
        "Pulumi.dev.yaml:5:15: error: demo:sku.capacity: expected a whole number, found 'two' [config-schema]",
        "Pulumi.dev.yaml:6:5: error: demo:sku.famly: 'famly' is not known here; did you mean 'family'? [config-schema]",
    ]


def test_a_missing_key_is_found_at_the_configuration(tmp_path: Path) -> None:
    assert lint(tmp_path, "config:\n  timeout: PT5S\n") == [
        "Pulumi.dev.yaml:1:1: error: config: 'demo:sku' is missing [config-schema]"
    ]


def test_a_secret_that_is_not_as_it_should_be_is_not_shown(tmp_path: Path) -> None:
    findings = lint(tmp_path, SKU + "  connection: hush\n  variables: {A: {secure: 4711}}\n")
    assert findings == [
        "Pulumi.dev.yaml:3:15: error: demo:connection: has to be a secret; set it with `pulumi config set --secret` "
        "[config-schema]",
        "Pulumi.dev.yaml:4:18: error: demo:variables.A: expected a text, found an object [config-schema]",
    ]


def test_a_declared_value_that_seems_to_be_a_secret_is_not_shown(tmp_path: Path) -> None:
    project = PROJECT + "config:\n  dbPassword: {type: integer}\n"
    (finding,) = lint(tmp_path, "config:\n  dbPassword: hunter-two\n", project, schema=None)
    assert "expected a whole number, found a text that is not shown" in finding
    assert "hunter" not in finding


def test_a_key_with_and_without_its_namespace(tmp_path: Path) -> None:
    assert lint(tmp_path, SKU + "  timeout: PT5S\n  demo:timeout: PT6S\n") == [
        "Pulumi.dev.yaml:4:3: error: config.demo:timeout: 'demo:timeout' and 'timeout' are the same key; "
        "which of them counts is left to chance [config-schema]"
    ]


STACK_FILES = [
    ("misspelt key", "confg: {}\n", "1:1: error: confg: 'confg' is not known here; did you mean 'config'?"),
    ("a list", "config: [1]\n", "1:9: error: config: expected an object or nothing, found a list"),
    ("no object", "- 1\n", "1:1: error: expected an object, found a list"),
    (
        "three colons",
        "config:\n  a:b:c: 1\n",
        "2:3: error: config.a:b:c: expected a key of the form NAME, NAMESPACE:NAME or NAMESPACE:config:NAME, "
        "for example azure-native:location; found 'a:b:c'",
    ),
    (
        "a secret that is a number",
        "config:\n  a: {secure: 4711}\n",
        "2:15: error: config.a.secure: expected a text; what is there is not shown, for it may be a secret",
    ),
    (
        "a key without its provider",
        "encryptedkey: abc\n",
        "1:1: error: 'secretsprovider' is missing; 'encryptedkey' beside it needs it",
    ),
]


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in STACK_FILES], ids=[row[0] for row in STACK_FILES])
def test_stack_files(tmp_path: Path, text: str, message: str) -> None:
    assert lint(tmp_path, text, schema=None) == [f"Pulumi.dev.yaml:{message} [stack-schema]"]


@pytest.mark.parametrize("key", ["stackConfigDir", "config"])
def test_a_folder_of_stacks_that_is_not_there(tmp_path: Path, key: str) -> None:
    project = f"name: demo\nruntime: python\n{key}: stacsk\n"
    message = "the folder 'stacsk' is not there, so that no stack has any configuration"
    place = f"Pulumi.yaml:3:{len(key) + 3}"
    assert lint(tmp_path, project=project, schema=None)[-1] == f"{place}: warning: {key}: {message} [project-schema]"
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text("config: {}\n")
    assert lint(tmp_path, project=project, schema=None)[-1] == f"{place}: error: {key}: {message} [project-schema]"
    (tmp_path / "stacsk").write_text("")
    (found,) = lint(tmp_path, project=project, schema=None)
    assert "is not a folder" in found


PROJECT_FILES = [
    (
        "misspelt key",
        "name: demo\nruntme: python\n",
        "2:1: warning: runtme: the engine makes nothing of 'runtme'; did you mean 'runtime'?",
    ),
    (
        "no runtime",
        "name: demo\n",
        "1:1: warning: 'runtime' is missing; the engine takes such a project, and has no program to run",
    ),
    (
        "runtime a list",
        "name: demo\nruntime: [python]\n",
        "2:10: error: runtime: expected the name of a language or an object with name and options, found a list",
    ),
    (
        "misspelt option",
        "name: demo\nruntime:\n  name: python\n  options:\n    virtualnv: venv\n",
        "5:5: warning: runtime.options.virtualnv: Pulumi ignores 'virtualnv'; did you mean 'virtualenv'?",
    ),
    (
        "unknown toolchain",
        "name: demo\nruntime:\n  name: python\n  options: {toolchain: conda}\n",
        "4:24: error: runtime.options.toolchain: expected one of 'pip', 'poetry', 'uv', found 'conda'",
    ),
    (
        "bad name",
        "name: my demo\nruntime: python\n",
        "1:7: error: name: expected a project name of up to 100 letters, digits, hyphens, underscores and periods, "
        "for example single-pool; found 'my demo'; did you mean 'mydemo'?",
    ),
    (
        "a type that does not exist",
        PROJECT + "config:\n  size: {type: int}\n",
        "4:16: error: config.size.type: expected one of 'string', 'integer', 'boolean', 'array', 'object', "
        "found 'int'; did you mean 'integer'?",
    ),
    ("items missing", PROJECT + "config:\n  size: {type: array}\n", "4:3: error: config.size: 'items' is missing"),
    (
        "default of another type",
        PROJECT + "config:\n  size: {type: integer, default: big}\n",
        "4:3: error: config.size: the default is not a whole number",
    ),
    (
        "default and value",
        PROJECT + "config:\n  size: {default: 1, value: 2}\n",
        "4:3: error: config.size: has both a default and a value; keep one",
    ),
    (
        "default for another namespace",
        PROJECT + "config:\n  aws:region: {default: x}\n",
        "4:3: error: config.aws:region: belongs to another namespace; write 'value' for 'default'",
    ),
]


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in PROJECT_FILES], ids=[row[0] for row in PROJECT_FILES])
def test_project_files(tmp_path: Path, text: str, message: str) -> None:
    assert lint(tmp_path, project=text, schema=None) == [f"Pulumi.yaml:{message} [project-schema]"]


DECLARED = PROJECT + "config:\n  size: {type: integer}\n  key: {type: string, secret: true, default: x}\n"


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (
            "config:\n  other: 1\n",
            "1:1: error: config: 'demo:size' is missing; Pulumi.yaml declares it without a default",
        ),
        ("config:\n  size: big\n", "2:9: error: config.size: expected a whole number, found 'big'"),
        (
            "config:\n  size: 1\n  key: x\n",
            "3:8: error: config.key: has to be a secret, Pulumi.yaml says; set it with `pulumi config set --secret`",
        ),
    ],
)
def test_what_the_project_declares(tmp_path: Path, stack: str, message: str) -> None:
    assert lint(tmp_path, stack, DECLARED, schema=None) == [f"Pulumi.dev.yaml:{message} [config-schema]"]


def test_a_key_that_is_missing_in_two_ways_is_missing_once(tmp_path: Path) -> None:
    project = PROJECT + "config:\n  sku: {type: object}\n"
    assert lint(tmp_path, "config:\n  timeout: PT5S\n", project) == [
        "Pulumi.dev.yaml:1:1: error: config: 'demo:sku' is missing [config-schema]"
    ]


def test_an_error_behind_an_alias_is_told_once_where_the_anchor_is(tmp_path: Path) -> None:
    stack = SKU + "  zones:\n    - &zone tow\n  tags: {a: b}\n  other: *zone\n"
    schema = {"properties": {**SCHEMA["properties"], "demo:other": {"enum": ["one", "two"]}}}  # type: ignore[dict-item]
    both = "expected one of 'one', 'two', found 'tow'; did you mean 'two'? [config-schema]"
    assert lint(tmp_path, stack, schema=schema) == [
        f"Pulumi.dev.yaml:4:7: error: demo:zones[0]: {both}",
        f"Pulumi.dev.yaml:6:10: error: demo:other: {both}",
    ]
    stack = SKU + "  tags: &tags {a: 1}\n  variables: *tags\n"
    assert len(lint(tmp_path, stack)) == 1


def test_a_default_that_breaks_the_schema_is_found_in_the_project_file(tmp_path: Path) -> None:
    project = PROJECT + "config:\n  timeout: {default: 5s}\n"
    assert lint(tmp_path, SKU, project) == [
        "Pulumi.yaml:4:22: error: config.timeout.default: expected an ISO 8601 duration, for example PT30S; "
        "found '5s', which is not in ISO 8601 form; did you mean PT5S (5 seconds)? [config-schema]"
    ]


def test_files_that_cannot_be_parsed_are_findings_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  sku: [\n")
    assert lint(tmp_path, "config:\n\tsku: 1\n") == [
        "Pulumi.dev.yaml:2:1: error: a tab; YAML is indented with spaces [yaml-syntax]",
        "Pulumi.prod.yaml:3:1: error: a value is missing, or a bracket that is open is not closed [yaml-syntax]",
    ]


def test_surprises_are_warnings(tmp_path: Path) -> None:
    stack = "config:\n  a: 012\n  b:\n  c: 2026-01-02\n---\n"
    assert lint(tmp_path, stack, schema=None) == [
        "Pulumi.dev.yaml:2:6: warning: config.a: 012 is read as the number 10; quote it to keep it as written "
        "[yaml-surprise]",
        'Pulumi.dev.yaml:3:3: warning: config.b: nothing is read as the empty text; write "" if that is meant '
        "[yaml-surprise]",
        "Pulumi.dev.yaml:4:6: warning: config.c: 2026-01-02 is read as the text '2026-01-02 00:00:00 +0000 UTC'; "
        "quote it to keep it as written [yaml-surprise]",
        "Pulumi.dev.yaml:5:1: warning: the engine reads the first document only; everything from here on is ignored "
        "[yaml-surprise]",
    ]


def test_a_tree_is_linted_project_by_project(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Pulumi.yaml").write_text("runtime: python\n")
    assert [(finding.file, finding.message) for finding in lint_tree(tmp_path)] == [
        (tmp_path / name / "Pulumi.yaml", "the project has no name") for name in ("a", "b")
    ]


def test_the_nearest_schema_counts(tmp_path: Path) -> None:
    inner = tmp_path / "stacks" / "demo"
    for folder in (tmp_path / "schemas", inner.parent / "schemas", inner):
        folder.mkdir(parents=True)
    for folder in (tmp_path, inner.parent):
        (folder / "schemas" / "demo.schema.json").write_text("{}")
    assert schema_files.find_project_schema(inner, "demo") == inner.parent / "schemas" / "demo.schema.json"
    assert schema_files.find_project_schema(inner, "other") is None


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{", r"demo\.schema\.json: not JSON: "),
        ('{"type": "txt"}', r"demo\.schema\.json: \$\.type: not a JSON Schema: 'txt' is not valid"),
        ("true", r"demo\.schema\.json: expected a JSON object"),
    ],
)
def test_a_schema_that_is_none(tmp_path: Path, schema: str, message: str) -> None:
    lint(tmp_path, SKU)
    (tmp_path / "schemas" / "demo.schema.json").write_text(schema)
    schema_store.load_schema.cache_clear()
    with pytest.raises(UsageError, match=message):
        lint_project(tmp_path)


def test_a_policy_pack(tmp_path: Path) -> None:
    file = tmp_path / "PulumiPolicy.yaml"
    file.write_text("runtime: {name: python, options: {virtualenv: venv}}\ndescripton: x\n")
    assert [str(finding) for finding in lint_policy_pack(file)] == [
        f"{file}:2:1: error: descripton: 'descripton' is not known here; did you mean 'description'? [policy-schema]"
    ]


DIALECT = "https://json-schema.org/draft/2020-12/schema"
WHOLE = {"type": "integer"}
READINGS = [
    ("const", {"const": 2}, "2", ""),
    ("enum", {"enum": [1, 2, True]}, "2", ""),
    ("a truth value", {"enum": [True]}, "true", ""),
    ("allOf", {"allOf": [{"description": "d"}, {"$ref": "#/$defs/whole"}]}, "2", ""),
    ("anyOf", {"anyOf": [WHOLE, {"type": "null"}]}, "2", ""),
    ("a number or a word", {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}, "2", ""),
    ("the word", {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}, "auto", ""),
    (
        "a wrong number",
        {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]},
        "0",
        "2:11: error: demo:size: expected at least 1, found 0",
    ),
    ("an anchor", {"$ref": "#whole"}, "2", ""),
    ("a text or a number, by its pattern", {"type": ["string", "integer"], "pattern": "^[0-9]$"}, "2", ""),
    (
        "a text or a number, against its pattern",
        {"type": ["string", "integer"], "pattern": "^[0-9]$"},
        "22",
        "2:11: error: demo:size: expected a text that matches ^[0-9]$; found '22'",
    ),
]


@pytest.mark.parametrize(("part", "value", "told"), [row[1:] for row in READINGS], ids=[row[0] for row in READINGS])
@pytest.mark.parametrize("at", ["properties", "allOf", "$ref"])
def test_a_scalar_is_read_as_what_the_schema_names_in_other_ways(
    tmp_path: Path, part: object, value: str, told: str, at: str
) -> None:
    keys = {"properties": {"demo:size": part}}
    schema = {
        "$schema": DIALECT,
        "$defs": {"whole": {"$anchor": "whole", **WHOLE}, "keys": keys},
        **{"properties": keys, "allOf": {"allOf": [keys]}, "$ref": {"$ref": "#/$defs/keys"}}[at],
    }
    expected = [f"Pulumi.dev.yaml:{told} [config-schema]"] if told else []
    assert lint(tmp_path, f'config:\n  "size": {value}\n', schema=schema) == expected


PART = {"$schema": DIALECT, "type": "object", "properties": {"key": {"type": "string", "minLength": 9}}}
SECRET_IN_PART = "config:\n  part:\n    key:\n      secure: v1:abc\n"


def test_a_secret_is_one_behind_a_reference_to_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "part.schema.json").write_text(json.dumps(PART))
    schema = {"$schema": DIALECT, "properties": {"demo:part": {"$ref": "part.schema.json"}}}
    assert lint(tmp_path, SECRET_IN_PART, schema=schema) == []
    schema_store.load_schema.cache_clear()
    assert lint(tmp_path, SECRET_IN_PART, schema={**schema, "unevaluatedProperties": False}) == []


def test_a_secret_is_one_where_a_schema_refers_to_itself(tmp_path: Path) -> None:
    within = {"type": "object", "properties": {"key": {"type": "string"}, "demo:part": {"$ref": "#"}}}
    for further in ({}, {"unevaluatedProperties": False}):
        schema_store.load_schema.cache_clear()
        assert lint(tmp_path, SECRET_IN_PART, schema={"$schema": DIALECT, **within, **further}) == []


FAULTS = [
    ("a file that is not there", {"$ref": "nowhere.schema.json#/$defs/x"}, "$ref 'nowhere.schema.json#/$defs/x' leads"),
    ("the network", {"$ref": "https://example.com/x.json"}, "$ref 'https://example.com/x.json' leads nowhere"),
    ("a part that is not there", {"$ref": "#/$defs/x"}, "$ref '#/$defs/x' leads nowhere"),
    ("an anchor that is not there", {"$ref": "#x"}, "$ref '#x' leads nowhere"),
    ("a circle", {"$ref": "#/properties/demo:x"}, "a $ref leads in a circle"),
    ("patterns that do not go together", {"patternProperties": {"a": {}, "(?i)b": {}}, "additionalProperties": False},
     "a pattern is no regular expression"),
    ("a secret keyword that says nothing", {"x-poolgate-secret": True}, '"required" or "forbidden", found true'),
    ("bounds that say nothing", {"x-poolgate-duration": {"max": "PT5M"}}, 'an object with "minimum" and "maximum"'),
    ("a spelling that says nothing", {"x-poolgate-spelling": "owner"}, 'a list of names, found "owner"'),
]  # fmt: skip


@pytest.mark.parametrize(("part", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_schema_at_fault_is_told_by_its_file(tmp_path: Path, part: object, words: str) -> None:
    with pytest.raises(UsageError, match=r"demo\.schema\.json: .*") as raised:
        lint(tmp_path, "config:\n  x: {c: 1}\n", schema={"$schema": DIALECT, "properties": {"demo:x": part}})
    assert words in str(raised.value)


def test_keys_that_are_called_as_our_keywords_are_none(tmp_path: Path) -> None:
    names = {"demo:part": {"properties": {"x-poolgate-secret": {"type": "integer"}}}}
    schema = {"$schema": DIALECT, "properties": names, "examples": [{"x-poolgate-secret": 1}], "unevaluatedItems": True}
    assert lint(tmp_path, "config: {}\n", schema=schema) == []


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"dependentRequired": {"z": ["x"]}}, "demo:part.x"),
        ({"anyOf": [{"required": ["x"]}, {"required": ["y"]}]}, "demo:part.x"),
    ],
)
def test_an_environment_may_supply_what_is_missing_in_other_ways(tmp_path: Path, part: object, named: str) -> None:
    schema = {"$schema": DIALECT, "properties": {"demo:part": part}}
    (found,) = lint(tmp_path, "environment: [shared]\nconfig:\n  part: {z: 1}\n", schema=schema)
    assert f"warning: environment: may supply '{named}'" in found


@pytest.mark.parametrize("kind", ["string", "integer"])
def test_a_number_of_thousands_of_digits_is_no_end_of_the_lint(tmp_path: Path, kind: str) -> None:
    schema = {"$schema": DIALECT, "properties": {"demo:n": {"type": kind}}}
    found = lint(tmp_path, f"config:\n  n: {'9' * 5_000}\n  m: '{'9' * 5_000}'\n", schema=schema)
    assert len(found) == (kind == "integer")


def test_a_branch_that_refers_to_the_whole_by_its_name_is_judged_whole(tmp_path: Path) -> None:
    size = {"type": "object", "properties": {"b": {"type": "integer"}, "c": {}}}
    either = [{"$ref": "demo.schema.json#/properties/size"}, {"type": "object"}]
    other = {"oneOf": either, "properties": {"b": {"type": "string"}, "c": {"type": "integer"}}}
    names = {"size": size, "demo:other": other, "demo:flag": {"type": "boolean", "not": {"const": True}}}
    schema = {"$schema": DIALECT, "$id": "demo.schema.json", "properties": names}
    assert lint(tmp_path, "config:\n  other: {b: x, c: x}\n  flag: true\n", schema=schema) == [
        "Pulumi.dev.yaml:2:20: error: demo:other.c: expected a whole number, found 'x' [config-schema]",
        "Pulumi.dev.yaml:3:9: error: demo:flag: expected anything but true [config-schema]",
    ]


YAML_PROGRAM = """\
name: demo
runtime: yaml
variables: {a: 1}
resources:
  pet: {type: 'random:RandomPet'}
outputs: {petName: '${pet.id}'}
"""
TEMPLATE = """\
name: ${PROJECT}
description: ${DESCRIPTION}
runtime: python
template:
  description: A pool as our team starts one
  config:
    azure-native:location: {description: Region, default: westeurope}
"""
TAKEN = [
    ("a program in YAML", YAML_PROGRAM),
    ("a template", TEMPLATE),
    ("a template of another tool", "name: '{{ cookiecutter.name }}'\nruntime: go\n"),
    ("a key of somebody else", PROJECT + "x-team: ml\nslack: {channel: ml}\n"),
    ("a runtime of options alone", "name: demo\nruntime: {options: {a: 1}}\n"),
    ("no virtual environment", "name: demo\nruntime: {name: python, options: {virtualenv: ''}}\n"),
    ("a package with parameters", PROJECT + "packages: {a: {source: tf, version: 1.0.0, parameters: [x/y]}}\n"),
    ("items with a description", PROJECT + "config: {a: {type: array, items: {type: string, description: x}}}\n"),
    ("a version that is a number", PROJECT + "requiredPulumiVersion: 3\n"),
]
REFUSED = [
    ("a key of a template", TEMPLATE + "  colour: red\n", "template.colour: 'colour' is not known here"),
    ("a package without a source", PROJECT + "packages: {a: {version: 1.0.0}}\n", "packages.a: 'source' is missing"),
    ("a runtime of nothing", "name: demo\nruntime:\n", "runtime: expected the name of a language or an object"),
]


@pytest.mark.parametrize("text", [row[1] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_what_the_engine_takes_is_taken(tmp_path: Path, text: str) -> None:
    assert lint(tmp_path, project=text, schema=None) == []


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_the_engine_refuses_is_told(tmp_path: Path, text: str, message: str) -> None:
    (finding,) = lint(tmp_path, project=text, schema=None)
    assert f"error: {message}" in finding


def test_a_slip_of_a_program_in_yaml(tmp_path: Path) -> None:
    (finding,) = lint(tmp_path, project=YAML_PROGRAM.replace("outputs:", "output:"), schema=None)
    assert "6:1: warning: output: the engine makes nothing of 'output'; did you mean 'outputs'?" in finding


def test_a_template_is_told_by_its_name(tmp_path: Path) -> None:
    for text, is_template in ((TEMPLATE, True), (TEMPLATE.replace("${PROJECT}", "demo"), False)):
        lint(tmp_path, project=text, schema=None)
        assert load_project(tmp_path).is_template is is_template


def test_a_further_key_of_a_stack_is_said(tmp_path: Path) -> None:
    assert lint(tmp_path, "zzz: 1\nconfig: {}\n", schema=None) == [
        "Pulumi.dev.yaml:1:1: warning: zzz: 'zzz' is not known here; known are config, encryptedkey, encryptionsalt, "
        "environment, secretsprovider; the engine ignores it [stack-schema]"
    ]
