"""A policy config file, whatever stands in it: one clear line with file, line and key, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolgate.cli import EXIT_USAGE, run

DEEP = 10_000

REFUSED = [
    pytest.param('{"capacity-bounded": {"maximum": "\x7f"}}', 1, "capacity-bounded.maximum: is '\\x7f'", id="control"),
    pytest.param(
        '{"capacity-bounded":\n {"maximum": "\\ud83d\\ude00"}}', 2, "capacity-bounded.maximum: is '😀'", id="pair"
    ),
    pytest.param('{\n"\\ud800": 1}', 2, "one half of a surrogate pair", id="half-in-key"),
    pytest.param('{"all":\n"\\ud800"}', 2, "one half of a surrogate pair", id="half-in-value"),
    pytest.param('{"%s": 1}' % ("k" * 100_000), 1, "…kk", id="long-key"),
    pytest.param('{"all": "%s"}' % ("v" * 100_000), 1, "mandatory", id="long-value"),
    pytest.param('{"x\\n::error::no order": 1}', 1, "x\\n::error::no order: no such rule", id="order"),
    pytest.param('{"a.b":\n{}}', 1, "a.b: no such rule", id="dotted"),
    pytest.param("\n" + "[" * DEEP, 2, "nested deeper than 100 levels", id="deep-list"),
    pytest.param('{"a":' * DEEP, 1, "nested deeper than 100 levels", id="deep-object"),
    pytest.param('{"capacity-bounded": {"maximum":' + "9" * 5000 + "}}", 1, "a number too large", id="digits"),
    pytest.param('{"capacity-bounded": {"maximum": 1e999}}', 1, "a number too large", id="infinity"),
    pytest.param('{"capacity-bounded": {"maximum": NaN}}', 1, "expected a value", id="nan"),
    pytest.param('{"all": "advisory",\n"all": "mandatory"}', 2, "key 'all' is already there, in line 1", id="twice"),
    pytest.param('\ufeff{"all": "advisory"}', 1, "a byte order mark, which JSON does not have", id="mark"),
    pytest.param("", 1, "expected a value", id="empty"),
    pytest.param("[]", None, "the policy config is no JSON object", id="list"),
    pytest.param('{"capacity-bounded": null}', 1, "expected a level or an object", id="null"),
]


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_what_cannot_be_a_policy_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int | None, message: str
) -> None:
    file = tmp_path / "config.json"
    file.write_text(text, "utf-8")

    code = run(["policy-config", "--no-config", "--policy-config", str(file)])

    said = capsys.readouterr().err
    assert code == EXIT_USAGE
    assert said.startswith(f"poolgate: error: {file}:{line}: " if line else f"poolgate: error: {file}: ")
    assert message in said
    assert len(said.splitlines()) == 1
    assert len(said) < 1000
