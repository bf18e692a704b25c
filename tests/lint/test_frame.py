"""The frame shows the place, and no line that may hold a secret."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolgate.findings import Location
from poolgate.report.frame import HIDDEN, code_frame, frame_of, masked

TEXT = """\
config:
  timeout: pt5s  # the usual
  region: West Europe
  'quoted key': "a \\" quote"
  sku: {tier: Free, size: x}
  - item
"""


@pytest.mark.parametrize(
    ("line", "column", "marked"),
    [
        (1, 1, "config"),
        (2, 3, "timeout"),
        (2, 12, "pt5s"),
        (3, 11, "West Europe"),
        (4, 3, "'quoted key'"),
        (4, 17, '"a \\" quote"'),
        (5, 8, "{"),
        (5, 9, "tier"),
        (5, 15, "Free"),
        (5, 27, "x"),
        (6, 5, "item"),
    ],
)
def test_the_carets_are_under_the_word(line: int, column: int, marked: str) -> None:
    shown, carets = code_frame(TEXT, line, column)
    assert shown == f"{line} | {TEXT.splitlines()[line - 1]}"
    assert shown[carets.index("^") : carets.rindex("^") + 1] == marked


def test_the_word_of_a_program() -> None:
    text = 'pool = azure.InferencePool("chat")\n'
    assert code_frame(text, 1, 8)[1] == "  |        ^^^^^^^^^^^^^^^^^^^"
    assert code_frame(text, 1, 1)[1] == "  | ^^^^"


def test_a_place_without_a_column_has_no_carets() -> None:
    assert code_frame(TEXT, 3) == ["3 |   region: West Europe"]


def test_a_length_and_lines_before() -> None:
    assert code_frame(TEXT, 2, 3, 4, context=1) == [
        "1 | config:",
        "2 |   timeout: pt5s  # the usual",
        "  |   ^^^^",
    ]


@pytest.mark.parametrize(("line", "column"), [(0, 1), (8, 1), (-1, 1), (99, 3)])
def test_a_place_that_is_not_there(line: int, column: int) -> None:
    assert code_frame(TEXT, line, column) == []


def test_an_end_of_file_and_a_column_beyond_the_line() -> None:
    assert code_frame("a: [\n", 2, 1) == ["2 |", "  | ^"]
    assert code_frame("a\n", 1, 50) == ["1 | a", "  |  ^"]


def test_tabs_wide_letters_and_control_characters() -> None:
    assert code_frame("\tkey: x\n", 1, 7) == ["1 |     key: x", "  |          ^"]
    assert code_frame("名前: 値\n", 1, 5) == ["1 | 名前: 値", "  |       ^^"]
    assert all(line.isprintable() for line in code_frame("a: \x1b[31mred\n", 1, 4))


def test_of_a_long_line_the_place_is_shown() -> None:
    text = f"a: [{', '.join(f'item{number}' for number in range(200))}]\n"
    shown, carets = code_frame(text, 1, text.index("item150") + 1)
    assert len(shown) < 130
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "item150"


SECRETS = [
    ("encrypted", "a:\n  secure: v1:abcdef\n", 2),
    ("encrypted in one line", "a: {secure: v1:abcdef}\n", 1),
    ("encrypted, quoted", 'a: {"secure": "v1:abcdef"}\n', 1),
    ("encrypted, on the next line", "a:\n  secure:\n    v1:abcdef\n", 3),
    ("encrypted, in brackets", "a: {\n  secure:\n  v1:abcdef\n}\n", 3),
    ("encrypted, a block", "a:\n  secure: >-\n    v1:\n    abcdef\n", 4),
    ("by its format", "a: ghp_0123456789abcdefghijABCDEFGHIJ456789\n", 1),
    ("by its name", "a:\n  dbPassword: hunter2hunter\n", 2),
    ("by its name with a namespace", "demo:dbPassword: hunter2hunter\n", 1),
    ("by its name among others", "env: {LEVEL: INFO, API_TOKEN: hunter2hunter}\n", 1),
    ("by its name in JSON", '{"LEVEL": "INFO", "API_TOKEN": "hunter2hunter"}\n', 1),
    ("by the name beside it", "- name: API_TOKEN\n  value: hunter2hunter\n", 2),
    ("by the name on the line", "- {name: API_TOKEN, value: hunter2hunter}\n", 1),
    ("in a program", 'api_token="hunter2hunter"\n', 1),
    ("a private key", "k: |\n  -----BEGIN RSA PRIVATE KEY-----\n  MIIEpA\n  -----END RSA PRIVATE KEY-----\n", 3),
]


@pytest.mark.parametrize(("text", "line"), [row[1:] for row in SECRETS], ids=[row[0] for row in SECRETS])
def test_a_line_that_may_hold_a_secret_is_not_shown(text: str, line: int) -> None:
    (shown,) = code_frame(text, line, 1)
    assert shown.endswith(HIDDEN)
    assert masked(text).splitlines()[line - 1].strip() == HIDDEN
    (_, below, *_) = code_frame(f"{text}after: 1\n", text.count("\n") + 1, 1)
    assert below.endswith("^^^^^")


def test_a_line_is_hidden_on_demand(tmp_path: Path) -> None:
    text = "a: 1\nkey: >-\n  plain\n  words\nb: 2\n"
    assert code_frame(text, 2, 6, is_private=True) == [f"2 | {HIDDEN}"]
    assert masked(text, [2]).splitlines() == ["a: 1", HIDDEN, f"  {HIDDEN}", f"  {HIDDEN}", "b: 2"]
    file = tmp_path / "a.yaml"
    file.write_text(text)
    assert list(frame_of(Location(str(file), 2, 6, is_private=True))) == [f"2 | {HIDDEN}"]


def test_lines_around_a_secret_are_shown() -> None:
    text = "a: 1\nb:\n  secure: v1:abcdef\nc: 2\nMAX_TOKENS: 4096\nTOKEN_URL: https://contoso.com/token\n"
    assert masked(text) == text.replace("secure: v1:abcdef", HIDDEN)
    assert code_frame(text, 4, 1, context=1) == [f"3 |   {HIDDEN}", "4 | c: 2", "  | ^"]


@given(st.text(), st.integers(0, 12), st.none() | st.integers(1, 200), st.none() | st.integers(1, 300))
def test_any_text_has_a_frame_or_none(text: str, line: int, column: int | None, length: int | None) -> None:
    frame = code_frame(text, line, column, length)
    assert len(frame) in (0, 1, 2)
    assert all(shown.isprintable() for shown in frame)


def test_the_frame_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert list(frame_of(Location(str(file), 2, 4))) == ["2 | b: 2", "  |    ^"]
    assert list(frame_of(Location(str(file), 1, 1))) == ["1 | a: 1", "  | ^"]
    assert list(frame_of(Location(str(tmp_path / "none"), 1, 1))) == []
    assert list(frame_of(Location(str(tmp_path), 1, 1))) == []
    packed = tmp_path / "state.json.gz"
    packed.write_bytes(gzip.compress(b"a: 1\n"))
    assert list(frame_of(Location(str(packed), 1, 1))) == []


def test_the_frame_in_colour_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\n")
    plain, painted = (list(frame_of(Location(str(file), 1, 4), color=color)) for color in (False, True))
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in painted] == plain
    assert all("\x1b[" in line for line in painted)
