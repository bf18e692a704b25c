"""Which types a project's schema has for a key: what a text of the stack's file is read as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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
