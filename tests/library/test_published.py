"""Data files that tools write: how they are laid out, and how a new release shows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def published() -> ModuleType:
    sys.path.insert(0, str(TOOLS))
    try:
        import published
    finally:
        sys.path.remove(str(TOOLS))
    return published


def test_what_fits_a_line_is_on_one_and_numbers_fill_lines(published: ModuleType) -> None:
    data = {"b": {"z": 1, "a": "é"}, "a": list(range(100, 160)), "c": [{"k": "v" * 60}, {"k": "w" * 60}], "d": []}
    text = published.laid_out(data)
    assert json.loads(text) == data
    assert text.splitlines() == [
        "{",
        '  "a": [',
        "    " + ", ".join(str(each) for each in range(100, 123)) + ",",
        "    " + ", ".join(str(each) for each in range(123, 146)) + ",",
        "    " + ", ".join(str(each) for each in range(146, 160)),
        "  ],",
        '  "b": {"a": "é", "z": 1},',
        '  "c": [',
        f'    {{"k": "{"v" * 60}"}},',
        f'    {{"k": "{"w" * 60}"}}',
        "  ],",
        '  "d": []',
        "}",
    ]


def test_a_new_release_shows_as_a_diff_and_writes_nothing(
    published: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(published, "PLATFORMS", tmp_path)
    path = tmp_path / "steam" / "data" / "trees.json"
    assert published.write_or_compare({path: {"max": 1}}, False) == 0
    assert capsys.readouterr().out == "wrote steam/data/trees.json, 11 characters\n"
    assert published.write_or_compare({path: {"max": 1}}, True) == 0
    assert capsys.readouterr().out == "steam/data/trees.json: as published\n"
    assert published.write_or_compare({path: {"max": 2}}, True) == 1
    assert '-{"max": 1}\n+{"max": 2}\n' in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == '{"max": 1}\n'


def test_a_wheel_is_asked_for_once_and_says_where_it_is_published(
    published: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(command: list[str], check: bool) -> None:
        assert check
        asked.append(command[-1])
        name = command[-1].replace("-", "_").replace("==", "-").replace("<3", "-2.9.0")
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir(exist_ok=True)
        (folder / f"{name}-py3-none-any.whl").write_bytes(b"")

    monkeypatch.setattr(published.subprocess, "run", download)
    for _ in range(2):
        with published.wheels("steam-engine==3.1.0", "steam-engine<3", folder=tmp_path) as (newest, older):
            assert newest.url == "https://pypi.org/project/steam-engine/3.1.0/"
            assert (older.name, older.version) == ("steam-engine", "2.9.0")
    assert asked == ["steam-engine==3.1.0", "steam-engine<3", "steam-engine<3"]
