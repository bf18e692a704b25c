"""What environments may supply is unknown, and what the project declares is held against its schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_pools.finding import Outcome
from poolgate.lint import schema_store
from poolgate.lint.run import lint
from poolgate.lint.schema_lint import lint_project

SCHEMA = {
    "type": "object",
    "required": ["demo:region", "demo:pool"],
    "properties": {
        "demo:region": {"type": "string"},
        "demo:count": {"type": "integer", "minimum": 1},
        "demo:share": {"type": "number"},
        "demo:zones": {"type": "array", "items": {"type": "string"}},
        "demo:pool": {
            "type": "object",
            "required": ["name", "sku"],
            "properties": {
                "name": {"type": "string"},
                "sku": {"type": "object", "required": ["tier"], "properties": {"tier": {"enum": ["Standard"]}}},
                "probes": {"type": "array", "items": {"type": "object", "required": ["period"]}},
            },
        },
    },
    "additionalProperties": False,
}
ENVIRONMENT = "environment:\n  - contoso/ml-prod\n"


def found(folder: Path, stack: str, declared: str = "", *, schema: object = SCHEMA) -> list[str]:
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas" / "demo.schema.json").write_text(json.dumps(schema))
    (folder / "Pulumi.yaml").write_text(f"name: demo\nruntime: python\n{declared}")
    (folder / "Pulumi.dev.yaml").write_text(stack)
    schema_store.load_schema.cache_clear()
    return [str(finding).removeprefix(f"{folder}/") for finding in lint_project(folder)]


def test_a_key_that_an_environment_may_supply_is_unknown(tmp_path: Path) -> None:
    assert found(tmp_path, f"{ENVIRONMENT}config:\n  demo:count: 2\n") == [
        "Pulumi.dev.yaml:1:1: warning: environment: may supply 'demo:pool', 'demo:region', which this file lacks and "
        "the schema asks for; that is not known here [config-unknown]"
    ]


def test_that_is_neither_a_failure_nor_clean(tmp_path: Path) -> None:
    found(tmp_path, f"{ENVIRONMENT}config:\n  demo:count: 2\n")
    tally = lint([tmp_path])
    assert tally.outcomes[Outcome.UNKNOWN] == 1
    assert not any(tally.failing(None))


def test_environments_merge_objects_at_any_depth(tmp_path: Path) -> None:
    text = f"{ENVIRONMENT}config:\n  demo:region: x\n  demo:pool:\n    name: a\n    sku:\n      size: b\n"
    assert found(tmp_path, text) == [
        "Pulumi.dev.yaml:1:1: warning: environment: may supply 'demo:pool.sku.tier', which this file lacks and the "
        "schema asks for; that is not known here [config-unknown]"
    ]


@pytest.mark.parametrize(
    ("pool", "place"),
    [
        ("\n    name: a\n    sku: {tier: Standard}\n    probes:\n      - path: /x\n", "Pulumi.dev.yaml:8:9"),
        (' \'{"name": "a", "sku": {}}\'\n', "Pulumi.dev.yaml:5:3"),
    ],
    ids=["in a list", "in a text"],
)
def test_environments_merge_nothing_into_lists_and_texts(tmp_path: Path, pool: str, place: str) -> None:
    [finding] = found(tmp_path, f"{ENVIRONMENT}config:\n  demo:region: x\n  demo:pool:{pool}")
    assert finding.startswith(place) or "is missing" in finding
    assert "[config-schema]" in finding


@pytest.mark.parametrize("environment", ["", "environment: []\n", "environment:\n", "environment: {}\n"])
def test_without_an_environment_it_is_missing(tmp_path: Path, environment: str) -> None:
    findings = found(tmp_path, f"{environment}config:\n  demo:region: x\n")
    assert any("'demo:pool' is missing" in finding and "error" in finding for finding in findings)


def test_what_is_there_is_judged_all_the_same(tmp_path: Path) -> None:
    findings = found(tmp_path, f"{ENVIRONMENT}config:\n  demo:count: 0\n  demo:regoin: x\n")
    rules = [finding.rpartition("[")[2] for finding in findings]
    assert rules == ["config-unknown]", "config-schema]", "config-schema]"]


def test_a_declared_key_without_a_default_may_come_from_an_environment(tmp_path: Path) -> None:
    declared = "config:\n  owner:\n    type: string\n"
    schema = {"type": "object"}
    [finding] = found(tmp_path, f"{ENVIRONMENT}config:\n  demo:count: 2\n", declared, schema=schema)
    assert "may supply 'demo:owner'" in finding
    [finding] = found(tmp_path, "config:\n  demo:count: 2\n", declared, schema=schema)
    assert "'demo:owner' is missing" in finding


GOOD = "config:\n  demo:region: x\n  demo:pool: {name: a, sku: {tier: Standard}}\n"


@pytest.mark.parametrize(
    ("declared", "finding"),
    [
        ("count: {type: string, default: x}", None),
        ("count: {type: boolean}", "Pulumi.yaml:4:17: error: config.count.type: contradicts demo.schema.json, where "),
        ("zones: {type: object}", "Pulumi.yaml:4:17: error: config.zones.type: contradicts demo.schema.json, where "),
        ("share: {type: boolean, default: true}", "Pulumi.yaml:4:17: error: config.share.type: contradicts"),
        ("colour: {type: string}", "Pulumi.yaml:4:3: error: config.colour: 'demo:colour' is not known to demo"),
        ("count: {type: integer, default: 0}", "Pulumi.yaml:4:35: error: "),
        ("colour: {type: string, default: red}", "Pulumi.yaml:4:"),
    ],
    ids=str,
)
def test_a_declaration_that_contradicts_the_schema_is_found(tmp_path: Path, declared: str, finding: str | None) -> None:
    findings = found(tmp_path, GOOD + "  demo:count: 3\n", f"config:\n  {declared}\n")
    in_project = [each for each in findings if each.startswith("Pulumi.yaml")]
    assert any(each.startswith(finding or "Pulumi.yaml") for each in in_project), findings


@pytest.mark.parametrize(
    "declared",
    [
        "count: {type: integer, default: 2}",
        "share: {type: string, default: '0.5'}",
        "share: {type: integer, default: 1}",
        "zones: {type: array, items: {type: string}, default: [a]}",
        "count: 7",
        "azure-native:location: {value: westeurope}",
    ],
)
def test_a_declaration_that_agrees_is_not(tmp_path: Path, declared: str) -> None:
    schema = {**SCHEMA, "patternProperties": {"^azure-native:": {}}}
    assert found(tmp_path, GOOD, f"config:\n  {declared}\n", schema=schema) == []


def test_a_default_counts(tmp_path: Path) -> None:
    stack = "config:\n  demo:pool: {name: a, sku: {tier: Standard}}\n"
    assert found(tmp_path, stack, "config:\n  region: westeurope\n") == []
