"""What `make check` says of a sample that must be rejected."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tools import expected_rejection


def finding(path: str, outcome: str = "violated") -> dict[str, Any]:
    return {"rule": "r", "outcome": outcome, "enforcement": "mandatory", "path": path, "message": "m"}


@pytest.mark.parametrize(
    ("found", "expected", "code", "said"),
    [
        ([finding("a"), finding("b"), finding("c", "unknown")], None, 0, "with 2 findings, and 1 not judged\n"),
        ([finding("a")], None, 0, "with 1 finding\n"),
        ([finding("a"), finding("b")], [finding("a")], 1, f"not expected: {json.dumps(finding('b'))}\n"),
        ([finding("a")], [finding("a"), finding("b")], 1, f"missing: {json.dumps(finding('b'))}\n"),
    ],
)
def test_what_is_found_is_compared_and_counted(
    found: list[dict[str, Any]],
    expected: list[dict[str, Any]] | None,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = {"as_of": "2026-11-22", "findings": found if expected is None else expected}
    (tmp_path / "expected.json").write_text(json.dumps(content))
    monkeypatch.setattr(expected_rejection, "_findings", lambda *_: (1, found))
    monkeypatch.setattr("sys.argv", ["expected_rejection.py", str(tmp_path)])

    assert expected_rejection.main() == code

    assert said in "".join(capsys.readouterr())


def test_what_only_a_check_can_find_is_not_missed_by_a_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"as_of": "2026-11-22", "findings": [finding("a"), finding("b") | {"only": "check"}]}
    (tmp_path / "expected.json").write_text(json.dumps(content))
    found = {"check": [finding("a"), finding("b")], "preview": [finding("a")]}
    monkeypatch.setattr(expected_rejection, "_findings", lambda sample, command, as_of: (1, found[command]))

    for arguments in ([], ["--preview"]):
        monkeypatch.setattr("sys.argv", ["expected_rejection.py", *arguments, str(tmp_path)])
        assert expected_rejection.main() == 0

    found["check"].pop()
    monkeypatch.setattr("sys.argv", ["expected_rejection.py", str(tmp_path)])
    assert expected_rejection.main() == 1
