"""What is damaged, endless or larger than anybody writes is told in bounded time, by file and key; no traceback."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from poolgate import cli
from poolgate.errors import UsageError
from poolgate.lint import content, schema_store, slow_patterns
from poolgate.lint.content import MAX_BYTES, content_of
from poolgate.lint.schema_lint import lint_in_full, lint_project

EXPONENTIAL = "^(a+)+$"
TEXT = "a" * 60 + "!"
SLOW = [
    ("a value", {"properties": {"shop:a": {"pattern": EXPONENTIAL}}}, f"shop:a: {TEXT}"),
    ("a key", {"patternProperties": {f"^shop:{EXPONENTIAL[1:]}": {}}}, f"shop:{'a' * 60}1: x"),
    (
        "further keys",
        {"patternProperties": {f"^shop:{EXPONENTIAL[1:]}": {}}, "additionalProperties": False},
        f"shop:{'a' * 60}1: x",
    ),
    ("names of keys", {"propertyNames": {"pattern": f"^shop:{EXPONENTIAL[1:]}"}}, f"shop:{'a' * 60}1: x"),
    (
        "left to the reference",
        {"properties": {"shop:a": {"not": {"pattern": EXPONENTIAL}}}, "unevaluatedItems": True},
        f"shop:a: {TEXT}",
    ),
    ("a default", {"properties": {"shop:d": {"pattern": EXPONENTIAL}}}, "shop:x: y"),
]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\nconfig:\n  d: {TEXT}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:a: b\n")
    monkeypatch.chdir(tmp_path)
    schema_store.load_schema.cache_clear()
    return tmp_path


def write_schema(project: Path, schema: object) -> None:
    (project / "schemas" / "shop.schema.json").write_text(schema if isinstance(schema, str) else json.dumps(schema))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


@pytest.mark.parametrize(("schema", "entry"), [row[1:] for row in SLOW], ids=[row[0] for row in SLOW])
def test_a_pattern_without_end_is_told(
    schema: object, entry: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_patterns, "PATIENCE", 0.02)
    write_schema(project, schema)
    (project / "Pulumi.dev.yaml").write_text(f"config:\n  {entry}\n")
    with pytest.raises(
        UsageError, match=r"shop.schema.json: the pattern '\^(shop:)?\(a\+\)\+\$' takes exponential time"
    ):
        lint_project(project)


def test_patterns_that_take_their_time_are_none_without_end(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_patterns, "PATIENCE", 0.001)
    write_schema(project, {"properties": {"shop:l": {"items": {"pattern": "^(?:a|aa){4}.*$"}}}})
    (project / "Pulumi.dev.yaml").write_text("config:\n  shop:l:\n" + f"  - {'a' * 200}b\n" * 3000)
    assert lint_in_full(project).findings == []


CACHES = [
    b"[" * 100_000, b"", b"\xff", b"null", b"[]", b"5", b'"x"', b"{", b'{"schemas": [], "good": {}}',
    b'{"schemas": {}, "good": [1]}', b'{"schemas": {"a": 1}, "good": []}', b'{"schemas": {"\\u0000": 1}, "good": [1]}',
    b'{"schemas": {}, "good": ["' + b"\\ud800" * 64 + b'"]}', b"1" * 5000, b'{"good": ' + b"1" * 5000 + b"}",
    json.dumps({"schemas": {"a" * 300: "0" * 64}, "good": ["0" * 64]}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("content", CACHES, ids=range(len(CACHES)))
def test_any_file_in_the_place_of_the_cache(
    content: bytes, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "cache"))
    monkeypatch.delenv("POOLGATE_NO_CACHE", raising=False)
    write_schema(project, {"properties": {"shop:a": {"type": "string"}}})
    assert cli.run(["lint"]) == 0
    (file,) = (project / "cache" / "poolgate" / "lint").iterdir()
    good = file.read_bytes()
    file.write_bytes(content)
    assert run(capsys, "lint")[0] == 0
    assert file.read_bytes() == good


def test_a_pipe_in_the_place_of_the_cache(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "cache"))
    monkeypatch.delenv("POOLGATE_NO_CACHE", raising=False)
    assert cli.run(["lint"]) == 0
    (file,) = (project / "cache" / "poolgate" / "lint").iterdir()
    file.unlink()
    os.mkfifo(file)
    assert cli.run(["lint"]) == 0


REFERENCES = ["#/$defs/nowhere", "none.schema.json#/a", "#anchor", "pool.schema.json#/$defs/sku/type/x", "#/type/0"]


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_to_nowhere_in_the_schema_for_editors(
    reference: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_schema(project, {"type": "object", "properties": {"shop:a": {"$ref": reference}}})
    code, said = run(capsys, "schema", "--editor", ".")
    assert code == 2
    assert f"schemas/shop.schema.json: $ref '{reference}' leads nowhere" in said.replace('"', "'")


def test_a_reference_into_a_list(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = {"x": {"anyOf": [{}, {"type": "integer"}]}}
    write_schema(project, {"properties": {"shop:a": {"$ref": "#/$defs/x/anyOf/1"}}, "$defs": parts})
    assert "expected a whole number" in run(capsys, "lint", "--no-cache")[1]
    assert '"integer"' in run(capsys, "schema", "--editor", ".")[1]


@pytest.mark.parametrize("command", [("lint", "--no-cache"), ("schema", "--editor", ".")], ids=["lint", "editor"])
@pytest.mark.parametrize(
    "schema",
    ['{"not": ' * 100_000, '{"not": ' * 300 + "{}" + "}" * 300, '{"properties": {"shop:a": ' * 60 + "{}" + "}}" * 60],
    ids=["without an end", "deep", "deep in properties"],
)
def test_a_schema_that_is_nested_very_deep(
    schema: str, command: tuple[str, ...], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_schema(project, schema)
    code, said = run(capsys, *command)
    assert code == 2
    assert "schemas/shop.schema.json: nested deeper than 100 levels" in said


def test_a_schema_that_is_endless(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_schema(project, "{}" + " " * MAX_BYTES)
    code, said = run(capsys, "lint", "--no-cache")
    assert (code, "shop.schema.json: larger than 5,000,000 bytes" in said) == (2, True)


@pytest.mark.parametrize(
    "key", ["schemas: {shop: NAME}", "policyConfig: NAME", "waivers: NAME", "policyPack: NAME", "rules: [NAME.py]"]
)
def test_a_name_of_300_characters(key: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "poolgate.yaml").write_text(key.replace("NAME", "n" * 300) + "\n")
    code, said = run(capsys, "lint", "--no-cache")
    assert code == 2
    assert said.startswith(f"poolgate: error: poolgate.yaml:1: {key.partition(':')[0]}")


@pytest.mark.parametrize("name", ["n" * 300, "n" * 300 + "/Pulumi.yaml"], ids=["long", "long folder"])
@pytest.mark.parametrize("option", [(), ("--config",)], ids=["path", "config"])
def test_a_path_that_nothing_can_have(
    name: str, option: tuple[str, ...], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run(capsys, "lint", *option, name)
    assert code == 2
    assert "Traceback" not in said


def test_a_project_of_a_name_that_no_file_can_have(project: Path) -> None:
    (project / "Pulumi.yaml").write_text(f"name: {'n' * 300}\nruntime: python\nstackConfigDir: {'s' * 300}\n")
    assert [finding.key_path for finding in lint_project(project)] == ["name", "stackConfigDir"]


ODD = [
    "{a: {4dabf18193072939515e22adb298388d: 5}}",
    "{a: {4dabf18193072939515e22adb298388d: 8ad145fe-0d11-4827-bfd7-1abcbf086f5c, value: 7ff0000000000000}}",
    "{a: {type: {x: 5}, default: x, secret: true}}",
    "{a: {type: [array], items: 5, default: [1]}}",
    "{a: {type: array, items: [1], default: [1]}}",
    "{a: {type: array, items: {type: {}}, default: [1]}}",
    "{a: {type: integer, default: " + "9" * 5000 + "}}",
    "{a: {type: 5, secret: {}, description: [x]}}",
    "{a: []}",
    "[a]",
    "5",
]


@pytest.mark.parametrize("config", ODD, ids=range(len(ODD)))
def test_declarations_of_every_shape(config: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_schema(project, {"properties": {"shop:a": {"type": "integer"}}})
    for runtime in ("python", "5", "[x]", "{name: [x], options: 5}", "{name: python, options: " + "1" * 400 + "}"):
        (project / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\nconfig: {config}\n")
        assert run(capsys, "lint", "--no-cache")[0] in (0, 1)
        assert run(capsys, "schema", "--editor", ".")[0] in (0, 2)


def test_half_a_pair_in_a_schema_is_printed_as_something(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_schema(project, '{"properties": {"shop:a": {"enum": ["\\ud800"], "title": "\\ud800"}}}')
    for name in ("text", "json", "sarif", "junit", "html"):
        assert run(capsys, "lint", "--no-cache", "--format", name)[0] == 1


def test_a_pipe_that_is_named_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb", buffering=0) as stream:
            for part in (b"a", b"b" * 100_000, b"c"):
                stream.write(part)
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    assert content_of(pipe) == b"a" + b"b" * 100_000 + b"c"
    writer.join()


def test_what_never_ends_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(content, "LONGEST_WAIT", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code, said = run(capsys, "lint", "--config", str(pipe), str(tmp_path))
    assert (code, "has not come to its end within 0.05 seconds" in said) == (2, True)
    if Path("/dev/zero").exists():
        code, said = run(capsys, "lint", "--config", "/dev/zero", str(tmp_path))
        assert (code, "larger than 5,000,000 bytes" in said) == (2, True)


def test_a_configuration_that_comes_through_a_pipe(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"schemas: {shop: none.json}\n")
    os.close(writing)
    code, said = run(capsys, "lint", "--no-cache", "--config", f"/dev/fd/{reading}")
    os.close(reading)
    assert (code, "schemas.shop: there is no file 'none.json'" in said) == (2, True)


@pytest.mark.parametrize(
    ("shared", "reference", "message"),
    [
        ({"$defs": {"a": {"type": "of no kind"}}}, "a", "'of no kind' is not valid under any of the given schemas"),
        ({"$defs": {"a": {"minimum": "3"}}}, "a", "'3' is not of type 'number'"),
        (
            {"$defs": {"a": {"enum": ["b"]}}},
            "a/enum/0",
            "a/enum/0' leads to what is no schema",
        ),
        ({"$defs": {"a": {"enum": ["b"]}}}, "a/enum/x", "$ref 'shared.schema.json#/$defs/a/enum/x' leads nowhere"),
        ({"$defs": {"a": 3}}, "a", "leads to what is no schema"),
    ],
)
def test_what_a_schema_leads_to_is_a_schema(
    shared: Any, reference: str, message: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refers = {"$ref": f"shared.schema.json#/$defs/{reference}"}
    write_schema(project, {"type": "object", "properties": {"shop:a": refers}})
    (project / "schemas" / "shared.schema.json").write_text(json.dumps(shared))
    (project / "Pulumi.dev.yaml").write_text("config: {shop:a: 3}\n")
    code, said = run(capsys, "lint", ".")
    assert code == 2
    assert message in said


def test_a_long_word_is_looked_through_in_time(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    word = "x" * 30_000
    (project / "Pulumi.dev.yaml").write_text(f"config:\n  ? {word}\n  : 1\n  shop:a: {word} = {word}\n  @{word}\n")
    started = time.monotonic()
    run(capsys, "lint", ".")
    run(capsys, "lint", ".", "--diff")
    assert time.monotonic() - started < 10
