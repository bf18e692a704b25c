"""A schema of no project and a project of no schema are said; a schema is judged by the projects that use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poolgate import cli
from poolgate.lint import schema_store

PROJECT = "name: website\nruntime: python\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two projects of one name, of which each has a schema beside it."""
    for name, kind in (("a", "integer"), ("b", "string")):
        put(tmp_path, f"{name}/Pulumi.yaml", PROJECT)
        put(tmp_path, f"{name}/Pulumi.dev.yaml", f"config:\n  website:size: {3 if kind == 'integer' else 'big'}\n")
        schema(tmp_path, f"{name}/schemas/website.schema.json", {"website:size": {"type": kind}})
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    schema_store.load_schema.cache_clear()
    return tmp_path


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def schema(folder: Path, name: str, properties: object) -> None:
    put(folder, name, json.dumps({"properties": properties}))


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(["lint", "--no-cache", *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_each_project_of_one_name_has_its_own(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(capsys) == (0, "4 files: 4 clean, no findings\n")


def test_a_project_is_named_by_its_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema(tree, "config/b.json", {"website:size": {"type": "boolean"}})
    put(tree, "poolgate.yaml", "schemas: {./b: config/b.json}\n")
    code, said = lint(capsys)
    assert (code, "website:size: expected true or false, found 'big'" in said) == (1, True)
    assert "b/schemas/website.schema.json" in said  # is now nobody's
    assert cli.run(["schema", "--editor", "b"]) == 0
    assert '"boolean"' in capsys.readouterr().out


def test_a_schema_of_nobody(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema(tree, "schemas/shop.schema.json", {"shop:size": {}})
    schema(tree, "schemas/other.schema.json", {"title": {}})  # of another tool
    put(tree, "poolgate.yaml", "schemas: {gone: schemas/shop.schema.json, ./c: schemas/other.schema.json}\n")
    code, said = lint(capsys)
    assert code == 0
    assert "schemas.gone: no project is called 'gone', so that its schema judges nothing" in said
    assert 'schemas."./c"' in said or "no project is in this folder" in said
    put(tree, "poolgate.yaml", "{}\n")
    code, said = lint(capsys)
    assert (code, said.count("no project uses this schema")) == (0, 1)
    assert "no project uses" not in lint(capsys, "a", "b")[1]  # of which not all was looked at


def test_parts_that_schemas_share_are_used(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema(tree, "a/schemas/parts.schema.json", {"parts:x": {}})
    put(tree, "a/schemas/website.schema.json", '{"$ref": "parts.schema.json"}')
    assert "no project uses" not in lint(capsys)[1]


def test_a_project_without_a_schema_is_counted(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tree, "c/Pulumi.yaml", "name: c\nruntime: python\n")
    assert "passed over" not in lint(capsys)[1]
    put(tree, "c/Pulumi.dev.yaml", "config:\n  c:x: 1\n")
    code, said = lint(capsys, "--verbose")
    assert (code, "project c: has no schema" in said) == (0, True)


def test_a_schema_is_judged_by_the_projects_that_use_it(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema(tree, "a/schemas/website.schema.json", {"website:size": {"type": "boolean"}})
    schema_store.load_schema.cache_clear()
    code, said = lint(capsys, "a/schemas/website.schema.json")
    assert (code, "a/Pulumi.dev.yaml:2:17" in said, "b/" in said) == (1, True, False)
    schema(tree, "b/schemas/parts.schema.json", {"website:size": {"type": "integer"}})
    put(tree, "b/schemas/website.schema.json", '{"allOf": [{"$ref": "parts.schema.json"}]}')
    schema_store.load_schema.cache_clear()
    code, said = lint(capsys, "b/schemas/parts.schema.json")
    assert (code, "b/Pulumi.dev.yaml:2:17" in said, "a/" in said) == (1, True, False)


def test_a_schema_of_another_tool_stops_nobody(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tree, "docs/schemas/api.schema.json", '{"$schema": "http://json-schema.org/draft-04/schema#", "type": 5}')
    assert lint(capsys, "docs/schemas/api.schema.json")[0] == 0
    assert lint(capsys)[0] == 0


def test_init_writes_a_schema_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "a/Pulumi.yaml", PROJECT)
    put(tmp_path, "a/Pulumi.dev.yaml", "config:\n  website:poolName: x\n  website:size: 3\n")
    put(tmp_path, "b/Pulumi.yaml", PROJECT)
    put(tmp_path, "b/Pulumi.dev.yaml", "config:\n  website:bucket: y\n  website:size: big\n")
    put(tmp_path, "t/Pulumi.yaml", "name: ${PROJECT}\nruntime: python\n")
    put(tmp_path, "t/Pulumi.dev.yaml", "config: {a: b}\n")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.run(["init", "--ci", "none"]) == 0
    assert "written    b/schemas/website.schema.json" in capsys.readouterr().out
    assert cli.run(["init", "--ci", "none"]) == 0
    assert "written" not in (said := capsys.readouterr().out)
    assert "PROJECT" not in said
    schema_store.load_schema.cache_clear()
    assert lint(capsys)[0] == 0
