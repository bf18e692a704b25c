"""What an editor is told of a stack file: whatever the lint takes is right, and what is plainly wrong is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from editor.projects import BAD, GOOD, SCHEMA, write_project
from poolgate.cli import run
from poolgate.lint.editor_schema import file_of, schema_for_editors
from poolgate.lint.schema_lint import lint_project

ROOT = Path(__file__).parents[2]
STACKS = sorted(file for file in (ROOT / "stacks").glob("*/Pulumi*.yaml"))
MODELINE = "# yaml-language-server: $schema="


def judge(folder: Path) -> list[str]:
    """What the editor schema finds in the project's one stack."""
    validator = jsonschema.Draft202012Validator(schema_for_editors(folder))
    return [error.message for error in validator.iter_errors(yaml.safe_load((folder / "Pulumi.dev.yaml").read_text()))]


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_the_lint_takes_is_right(text: str, tmp_path: Path) -> None:
    write_project(tmp_path, text)
    assert [finding for finding in lint_project(tmp_path) if finding.severity == "error"] == []
    assert judge(tmp_path) == []


@pytest.mark.parametrize(("text", "line"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_wrong(text: str, line: int, tmp_path: Path) -> None:
    write_project(tmp_path, text)
    assert {finding.line for finding in lint_project(tmp_path)} == {line}
    assert judge(tmp_path)


def test_what_the_project_has_a_default_for_may_be_left_out(tmp_path: Path) -> None:
    file = write_project(tmp_path, "config:\n  shop:timeout: PT30S\n")
    assert judge(tmp_path)
    declared = "config:\n  shop:sku: {default: {}}\n"
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n" + declared)
    assert judge(tmp_path) == []
    file.write_text("config: {}\n")
    assert judge(tmp_path)


@pytest.mark.parametrize("pattern", ["-limit$", "^(?!other:)", "^aws:|^shop:"])
def test_a_pattern_that_may_mean_keys_of_the_project_lets_them_be(pattern: str, tmp_path: Path) -> None:
    write_project(tmp_path, "config:\n  a-limit: 3\n")
    schema = {"patternProperties": {pattern: {"type": "string"}}, "additionalProperties": False}
    (tmp_path / "schemas" / "shop.schema.json").write_text(json.dumps(schema))
    assert lint_project(tmp_path) == []
    assert judge(tmp_path) == []


def test_a_draft_of_init_tells_unknown_keys(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    (tmp_path / "schemas" / "shop.schema.json").unlink()
    (tmp_path / "Pulumi.yaml").write_text("name: web-shop\nruntime: python\n")
    file.write_text("config:\n  web-shop:name: a\n")
    assert run(["init", str(tmp_path), "--ci=none"]) == 0
    written = json.loads((tmp_path / file_of("web-shop")).read_text())
    assert written == schema_for_editors(tmp_path)
    assert judge(tmp_path) == []
    for wrong in ("nam: a", "web-shop:nam: a"):
        file.write_text(f"config:\n  name: a\n  {wrong}\n")
        assert judge(tmp_path)
    file.write_text("config:\n  name: a\n  aws:region: eu-central-1\n")
    assert judge(tmp_path) == []


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(inner)


@pytest.mark.parametrize("folder", dict.fromkeys(file.parent.name for file in STACKS))
def test_the_samples_have_theirs(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / file_of(folder)).read_text("utf-8")
    assert run(["schema", "--editor", str(ROOT / "stacks" / folder)]) == 0
    assert capsys.readouterr().out == text
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    references = {part["$ref"] for part in parts(schema) if isinstance(part.get("$ref"), str)}
    assert references == {f"#/$defs/{name}" for name in schema["$defs"]}, "one file, with nothing left over"


@pytest.mark.parametrize("file", STACKS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_samples_name_their_schemas(file: Path) -> None:
    first = file.read_text("utf-8").splitlines()[0]
    assert first.startswith(MODELINE)
    wanted = Path("schemas", "pulumi-project.schema.json")
    if file.name != "Pulumi.yaml":
        wanted = Path(file_of(file.parent.name))
    assert (file.parent / first.removeprefix(MODELINE)).resolve() == ROOT / wanted


def test_each_reference_becomes_a_part_of_the_one_file(tmp_path: Path) -> None:
    write_project(tmp_path)
    schema = schema_for_editors(tmp_path)
    tree = schema["$defs"]["tree"]
    assert tree["properties"]["below"]["items"] == {"$ref": "#/$defs/tree"}
    assert re.search(schema["$defs"]["shop:timeout"]["pattern"], "PT30S")
    assert schema["$defs"]["shop:timeout"]["description"] == SCHEMA["properties"]["shop:timeout"]["description"]


def test_a_schema_elsewhere_is_found_by_poolgate_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path)
    (tmp_path / "schemas").rename(tmp_path / "contracts")
    assert run(["schema", "--editor", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path / 'Pulumi.yaml'}: the project shop has no schema" in said
    assert "`poolgate init` drafts" in said
    (tmp_path / "poolgate.yaml").write_text("schemas: {shop: contracts/shop.schema.json}\n")
    assert run(["schema", "--editor", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Pulumi.<stack>.yaml of shop"


def test_one_schema_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(["schema", "pool", "--editor", "."])
    assert "not allowed with" in capsys.readouterr().err


def test_a_project_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: [\n")
    assert run(["schema", "--editor", str(tmp_path)]) == 2
    assert "Pulumi.yaml:" in capsys.readouterr().err
