"""The JSON reader reads what `json` reads, and knows where it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolgate.errors import UsageError
from poolgate.lint.document import MAX_DEPTH, Position, YamlError
from poolgate.lint.json_reader import parse_json, read_json

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def at(value: Any, path: Any) -> Any:
    for part in path:
        value = value[part]
    return value


@given(JSON, st.sampled_from((None, 2, "\t")), st.booleans())
def test_it_reads_what_json_reads(value: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = parse_json(text)
    assert repr(document.value) == repr(json.loads(text))
    lines = text.split("\n")
    for path, position in document.values.items():
        rest = "\n".join([lines[position.line - 1][position.column - 1 :], *lines[position.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == at(value, path)
    for path, position in document.keys.items():
        rest = lines[position.line - 1][position.column - 1 :]
        assert json.JSONDecoder().raw_decode(rest)[0] == path[-1]


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\t\\u/'))
def test_it_refuses_what_json_refuses(text: str) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("twice")
        return dict(pairs)

    def no_constant(name: str) -> Any:
        raise ValueError(name)

    try:
        expected = json.loads(text, object_pairs_hook=unique, parse_constant=no_constant)
    except ValueError:
        with pytest.raises(YamlError):
            parse_json(text)
        return
    if "inf" not in repr(expected):
        assert repr(parse_json(text).value) == repr(expected)


FAULTS = [
    ('{"a": 1,}', 1, 9, "a comma before }, which JSON does not have"),
    ("{a: 1}", 1, 2, "expected a key in double quotes"),
    ("[1 2]", 1, 4, "expected a comma or ]"),
    ('{"a" 1}', 1, 6, "expected a colon after the key"),
    ('{"a": 1,\n "a": 2}', 2, 2, "key 'a' is already there, in line 1"),
    ("", 1, 1, "expected a value; JSON has no comments, and texts stand in double quotes"),
    ("// why\n{}", 1, 1, "expected a value; JSON has no comments, and texts stand in double quotes"),
    ('{"a": "x\n"}', 1, 9, "invalid control character"),
    ('{"a": "x', 1, 7, "unterminated string starting"),
    ("{} {}", 1, 4, "something stands after the end of the value"),
    ('{"a":\n "\\ud800"}', 2, 2, "an escape that is no character: one half of a surrogate pair"),
    ('{"\\udc00": 1}', 1, 2, "an escape that is no character: one half of a surrogate pair"),
    ("1e999", 1, 1, "a number too large to be read"),
    ("9" * 5000, 1, 1, "a number too large to be read"),
    ("[" * (MAX_DEPTH + 2), 1, MAX_DEPTH + 2, f"nested deeper than {MAX_DEPTH} levels"),
]


@pytest.mark.parametrize(("text", "line", "column", "problem"), FAULTS)
def test_what_is_no_json(text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse_json(text)
    assert (caught.value.position, caught.value.problem) == (Position(line, column), problem)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b'{"a": 1}')
    assert read_json(file).key_position_of(("a",)) == Position(1, 2)
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    with pytest.raises(YamlError, match="a byte order mark, which JSON does not have"):
        read_json(file)
    file.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(YamlError, match="not UTF-8 text"):
        read_json(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_json(tmp_path / "none.json")
