"""The reader gives YAML the meaning that the engine gives it, and knows where everything stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poolgate.errors import UsageError
from poolgate.lint.content import MAX_BYTES
from poolgate.lint.document import MAX_DEPTH, Position, YamlError, float_text, scalar_text
from poolgate.lint.yaml_reader import parse_yaml, read_yaml

# What is written, what the engine reads (`pulumi config --json`, engine 3.255.0), and the text of it.
SCALARS: list[tuple[str, Any, str]] = [
    ("yes", "yes", "yes"),
    ("on", "on", "on"),
    ("NO", "NO", "NO"),
    ("True", True, "true"),
    ("tRue", "tRue", "tRue"),
    ("FALSE", False, "false"),
    ("012", 10, "10"),
    ("08", 8, "8"),
    ("0o17", 15, "15"),
    ("-0o17", -15, "-15"),
    ("0x1F", 31, "31"),
    ("0b11", 3, "3"),
    ("1_000", 1000, "1000"),
    ("_1000", "_1000", "_1000"),
    ("1e3", 1000, "1000"),
    ("1.50", 1.5, "1.5"),
    ("1.0", 1, "1"),
    ("-0.0", 0, "0"),
    (".5", 0.5, "0.5"),
    (".5_0", 0.5, "0.5"),
    ("._5", "._5", "._5"),
    ("5.", 5, "5"),
    ("1e21", 1e21, "1e+21"),
    ("1e20", 1e20, "100000000000000000000"),
    ("1e-7", 1e-7, "1e-7"),
    ("1e999", "1e999", "1e999"),
    ("1.2.3", "1.2.3", "1.2.3"),
    ("10:30", "10:30", "10:30"),
    ("2026-01-02", "2026-01-02 00:00:00 +0000 UTC", "2026-01-02 00:00:00 +0000 UTC"),
    ("2026-1-2 3:04:05.50", "2026-01-02 03:04:05.5 +0000 UTC", "2026-01-02 03:04:05.5 +0000 UTC"),
    ("2026-01-02T03:04:05-07:30", "2026-01-02 03:04:05 -0730 -0730", "2026-01-02 03:04:05 -0730 -0730"),
    ("2026-01-02T03:04:05", "2026-01-02T03:04:05", "2026-01-02T03:04:05"),
    ("2026-02-30", "2026-02-30", "2026-02-30"),
    ("2026-01-02T24:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T24:00:00Z"),
    ("~", None, ""),
    ("", None, ""),
    ("Null", None, ""),
    ("9223372036854775808", 2**63, "9223372036854775808"),
    ("18446744073709551616", float(2**64), "18446744073709552000"),
    ("-9223372036854775809", -float(2**63), "-9223372036854776000"),
    ("=", "=", "="),
    ("'012'", "012", "012"),
    ("!!str 12", "12", "12"),
    ('!!int "12"', 12, "12"),
    ("!!float 012", 10, "10"),
    ("!!binary aGVsbG8=", "hello", "hello"),
    ("!local 12", "12", "12"),
    ("! 12", 12, "12"),
    (">-\n  a\n  b", "a b", "a b"),
]


@pytest.mark.parametrize(("written", "value", "text"), SCALARS, ids=[row[0] or "nothing" for row in SCALARS])
def test_scalars_mean_what_they_mean_to_the_engine(written: str, value: Any, text: str) -> None:
    found = parse_yaml(f"key: {written}\n").value["key"]
    assert (found, type(found)) == (value, type(value))
    assert scalar_text(found) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.000001, "0.000001"), (9.9e-7, "9.9e-7"), (5e-324, "5e-324"), (1.25e22, "1.25e+22"), (0.1, "0.1")],
)
def test_floats_are_spelled_as_go_spells_them(number: float, text: str) -> None:
    assert float_text(number) == text


REFUSED: list[tuple[str, str | bytes, str]] = [
    ("duplicate key", "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key 'a' is already there, in line 1"),
    ("duplicate by text", "a:\n  1: x\n  '1': y\n", "f.yaml:3:3: key '1' is already there, in line 2"),
    ("duplicate by value", "config:\n  a:\n    1: x\n    1.0: y\n", "f.yaml:4:5: key '1' is already there, in line 3"),
    (
        "tab before lines",
        'config:\n  a: {x: "\\ta\\nb"}\n',
        "f.yaml:2:10: a text of several lines that begins with a tab; the engine refuses the whole file",
    ),
    ("two merges", "a: {<<: {x: 1}, <<: {y: 1}}\n", "f.yaml:1:17: key '<<' is already there, in line 1"),
    ("tab", "a:\n\tb: 1\n", "f.yaml:2:1: a tab; YAML is indented with spaces"),
    ("unknown anchor", "a: *nowhere\n", "f.yaml:1:4: no anchor is called 'nowhere'"),
    ("list in itself", "a: &x [1, *x]\n", "f.yaml:1:4: contains itself by an alias"),
    ("object in itself", "a: &x {<<: *x}\n", "f.yaml:1:4: contains itself by an alias"),
    ("merge of a number", "a: {<<: 5}\n", "f.yaml:1:9: a merge (<<) takes an object or a list of objects"),
    ("infinity", "a: .inf\n", "f.yaml:1:4: .inf cannot be said in JSON, and the engine refuses the whole file"),
    ("wrong tag", "a: !!int yes\n", "f.yaml:1:4: tagged !!int, and is none; what is there is not shown"),
    ("no base64", "a: !!binary '#'\n", "f.yaml:1:4: !!binary, but not base64"),
    ("number as a key", "config:\n  1: x\n", 'f.yaml:2:3: a key has to be a text; quote it: "1"'),
    ("list as a key", "a: {? [1] : x}\n", "f.yaml:1:7: a list or an object cannot be a key"),
    ("open list", "a: [1,\n", "f.yaml:2:1: while parsing a flow node did not find expected node content"),
    ("second colon", "a: b: c\n", "f.yaml:1:5: mapping values are not allowed in this context"),
    ("control character", "a: 1\nb: é\x07\n", "f.yaml:2:5: a control character; YAML is printable text"),
    ("not UTF-8", "a: é\nb: é".encode("latin-1"), "f.yaml:1:4: not UTF-8 text"),
    ("too deep", f"a: {'[' * 200}", f"f.yaml:1:{MAX_DEPTH + 3}: nested deeper than {MAX_DEPTH} levels"),
]


@pytest.mark.parametrize(("content", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refusals_name_file_line_and_column(content: str | bytes, message: str) -> None:
    with pytest.raises(YamlError) as refusal:
        parse_yaml(content, Path("f.yaml"))
    assert str(refusal.value) == message
    assert refusal.value.exit_code == UsageError.exit_code


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(YamlError, match="more than 200,000 values once its aliases are written out"):
        parse_yaml("\n".join(lines))


def test_a_bomb_of_merges_is_refused() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 9)]
    with pytest.raises(YamlError, match="more than 200,000 values once its aliases are written out"):
        parse_yaml("\n".join(lines))


def test_a_long_chain_of_merges_is_refused_before_it_exhausts_the_stack() -> None:
    lines = ["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {{<<: *a{n - 1}}}" for n in range(1, 5000))]
    with pytest.raises(YamlError, match=f"nested deeper than {MAX_DEPTH} levels"):
        parse_yaml("\n".join(lines))


def test_aliases_and_merges_are_resolved() -> None:
    document = parse_yaml(
        "base: &base {x: 1, y: {z: 2}}\nsame: *base\nmore:\n  <<: [{x: 7}, *base]\n  w: 3\nown: {x: 9, <<: *base}\n"
    )
    assert document.value["same"] == {"x": 1, "y": {"z": 2}}
    assert document.value["more"] == {"w": 3, "x": 7, "y": {"z": 2}}
    assert document.value["own"] == {"x": 9, "y": {"z": 2}}
    assert document.position_of(("same",)) == Position(2, 7)
    assert document.position_of(("same", "y", "z")) == Position(1, 27)
    assert document.position_of(("own", "x")) == Position(6, 10)
    assert document.key_position_of(("own", "y")) == Position(1, 20)


def test_positions_of_keys_and_values() -> None:
    document = parse_yaml('é: "ü"\nlist:\n  - name: a\n    size: {cores: 4}\n  -   b\n')
    assert document.position_of(()) == Position(1, 1)
    assert document.position_of(("é",)) == Position(1, 4)
    assert document.key_position_of(("list",)) == Position(2, 1)
    assert document.position_of(("list", 0)) == Position(3, 5)
    assert document.key_position_of(("list", 0, "size")) == Position(4, 5)
    assert document.position_of(("list", 0, "size", "cores")) == Position(4, 19)
    assert document.position_of(("list", 1)) == Position(5, 7)
    assert document.position_of(("list", 2)) is None
    assert document.key_position_of(("list", 1)) is None
    assert document.nearest_position(("list", 0, "nothing")) == Position(3, 5)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(end: str) -> None:
    document = parse_yaml(f"a: 1{end}b: |{end}  x{end}  y{end}c: 2{end}".encode())
    assert document.value == {"a": 1, "b": "x\ny\n", "c": 2}
    assert document.position_of(("c",)) == Position(5, 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_yaml_has(encoding: str) -> None:
    assert parse_yaml("a: é\n".encode(encoding)).value == {"a": "é"}


@pytest.mark.parametrize("content", ["", "# only a comment\n", "---\n", "~\n"])
def test_an_empty_file_is_null(content: str) -> None:
    assert parse_yaml(content).value is None


def test_only_the_first_document_counts() -> None:
    document = parse_yaml("a: 1\n---\na: 2\n")
    assert document.value == {"a": 1}
    [note] = document.notes
    assert note.position == Position(2, 1)
    assert note.message == "the engine reads the first document only; everything from here on is ignored"


def test_what_follows_the_first_document_is_not_even_parsed() -> None:
    assert parse_yaml("a: 1\n...\nb: [\n").value == {"a": 1}


def test_surprises_are_noted() -> None:
    notes = parse_yaml("a: 012\nb:\n  - 2026-01-02\nc: 0\nd: '012'\n").notes
    assert [(note.path, note.position, note.message) for note in notes] == [
        (("a",), Position(1, 4), "012 is read as the number 10; quote it to keep it as written"),
        (
            ("b", 0),
            Position(3, 5),
            "2026-01-02 is read as the text '2026-01-02 00:00:00 +0000 UTC'; quote it to keep it as written",
        ),
    ]


def test_keys_below_the_second_level_become_text() -> None:
    document = parse_yaml("config:\n  a: {1: i, true: b, 1.50: f, ~: n, 0x10: h, yes: s}\n")
    assert list(document.value["config"]["a"]) == ["1", "true", "1.5", "<nil>", "16", "yes"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(YamlError, match="larger than 5,000,000 bytes"):
        read_yaml(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.yaml: cannot be read: No such file or directory"):
        read_yaml(tmp_path / "missing.yaml")
