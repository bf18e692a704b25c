"""Which types a project's schema has for a key: what a text of the stack's file is read as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poolgate.errors import UsageError
from poolgate.lint.schema_lint import lint_project
from poolgate.lint.schema_store import load_schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"shop:most": {"type": "integer"}}}, {"integer"}),
        ({"patternProperties": {"^shop:m": {"type": "integer"}}}, {"integer"}),
        (
            {"patternProperties": {"^shop:m": {"$ref": "#/$defs/most"}}, "$defs": {"most": {"type": "number"}}},
            {"number"},
        ),
        ({"properties": {"shop:most": {"type": "string"}}, "patternProperties": {"": {"type": "integer"}}}, {"string"}),
        ({"patternProperties": {"^other:": {"type": "integer"}}}, set()),
    ],
)
def test_types_of_a_key(schema: dict[str, Any], expected: set[str], tmp_path: Path) -> None:
    file = tmp_path / "shop.schema.json"
    file.write_text(json.dumps(schema))
    assert load_schema(file).types_of("shop:most") == expected


def test_a_whole_number_is_one_for_a_key_that_a_pattern_describes(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    schema = {"patternProperties": {"^shop:m": {"type": "integer"}}}
    (tmp_path / "schemas" / "shop.schema.json").write_text(json.dumps(schema))
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text('config:\n  shop:most: 3\n  shop:more: "4"\n')
    assert lint_project(tmp_path) == []
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:most: three\n")
    assert [(found.line, found.key_path) for found in lint_project(tmp_path)] == [(2, "shop:most")]


def _project(folder: Path, schema: dict[str, Any], project: str = "", config: str = "shop:size: 3") -> Path:
    (folder / "schemas").mkdir()
    (folder / "schemas" / "shop.schema.json").write_text(json.dumps(schema))
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\n{project}")
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  {config}\n")
    return folder


def test_a_property_that_no_configuration_can_have_is_refused(tmp_path: Path) -> None:
    """It would judge nothing, and all that it is meant to refuse would pass."""
    schema = {"properties": {"aws:region": {"type": "string"}, "size": {"type": "integer", "maximum": 2}}}
    with pytest.raises(UsageError) as error:
        lint_project(_project(tmp_path, schema))
    said = "properties.size: judges nothing: the keys of a configuration have their namespace, `shop:size`"
    assert str(error.value) == f"{tmp_path}/schemas/shop.schema.json: {said}"


def test_a_property_that_is_there_for_others_besides_is_none(tmp_path: Path) -> None:
    schema = {"properties": {"shop:size": {"type": "integer", "maximum": 2}, "size": {"type": "integer"}}}
    assert [finding.message for finding in lint_project(_project(tmp_path, schema))] == ["expected at most 2, found 3"]


def test_a_reference_may_be_percent_encoded(tmp_path: Path) -> None:
    schema = {
        "properties": {"shop:size": {"$ref": "#/$defs/a%20size"}},
        "$defs": {"a size": {"type": "integer", "maximum": 2}},
    }
    assert [finding.message for finding in lint_project(_project(tmp_path, schema))] == ["expected at most 2, found 3"]
    assert load_schema(tmp_path / "schemas" / "shop.schema.json").types_of("shop:size") == {"integer"}
