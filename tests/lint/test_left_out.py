"""What poolgate.yaml leaves out is looked at by no command, met or named, and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolgate import cli
from poolgate.config_file import left_out, load
from poolgate.errors import UsageError
from poolgate.left_out import LeftOut

MATCHES = [
    ("old", "old", True),
    ("old", "a/b/old/c/Pulumi.yaml", True),
    ("old", "a/older", False),
    ("old/", "a/old", True),
    ("a/old", "a/old/b", True),
    ("a/old", "b/a/old", False),
    ("/a/old", "a/old", True),
    ("./a", "a/b", True),
    ("./a", "b/a", False),
    ("old-*", "x/old-1", True),
    ("*/gen", "a/gen/b", True),
    ("*/gen", "a/b/gen", False),
    ("examples/**", "examples", True),
    ("examples/**/old", "examples/old", True),
    ("examples/**/old", "examples/a/b/old", True),
    ("examples/**/old", "examples/a/b/new", False),
    ("[ab]", "x/a", True),
    ("**/" * 50 + "x", "a/" * 50 + "y", False),
    ("*a" * 40 + "b", "a" * 200, False),
]


@pytest.mark.parametrize(("pattern", "path", "is_left_out"), MATCHES)
def test_patterns(pattern: str, path: str, *, is_left_out: bool, tmp_path: Path) -> None:
    assert LeftOut(tmp_path, [pattern]).covers(tmp_path / path) is is_left_out


def test_what_is_elsewhere_is_not_left_out(tmp_path: Path) -> None:
    assert not LeftOut(tmp_path / "a", ["b"]).covers(tmp_path / "b")
    assert not LeftOut().covers(tmp_path)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("app", "old/app", "examples/x"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "Pulumi.yaml").write_text("name: [no]\n" if name != "app" else "name: app\nruntime: go\n")
    (tmp_path / "old" / "waivers.yaml").write_text("nonsense: 1\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / "poolgate.yaml").write_text("exclude: [old, examples/*]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_lint_and_fix(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "lint", "--no-cache", "--verbose")
    assert code == 0
    assert "folder old: is left out by poolgate.yaml" in said
    assert "folder examples/x: is left out by poolgate.yaml" in said
    assert run(capsys, "lint", "--diff")[0] == 0
    assert run(capsys, "lint", "--no-cache", "--no-config")[0] == 1


@pytest.mark.parametrize("path", ["old", "old/app/Pulumi.yaml", "examples/x", "old/waivers.yaml"])
def test_what_is_named_is_left_out_too(path: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "lint", "--no-cache", path)
    assert code == 4
    assert "left out by poolgate.yaml" in said


def test_the_other_commands(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("check", "old", "examples/x"), ("preview", "old"), ("preview", "examples/x")):
        code, said = run(capsys, *arguments)
        assert code == 4
        assert "left out by poolgate.yaml" in said
    (tree / "old" / "state.json").write_text("{")
    code, said = run(capsys, "audit", "old")
    assert code == 4
    assert run(capsys, "init", "--ci", "none", ".")[0] == 0


def test_patterns_that_say_nothing_are_refused(tree: Path) -> None:
    (tree / "poolgate.yaml").write_text("exclude: ['', './']\n")
    with pytest.raises(UsageError, match=r"poolgate.yaml:1: exclude\[0\]"):
        load(tree / "poolgate.yaml")
    (tree / "poolgate.yaml").write_text("exclude: [old]\n")
    assert left_out(load(tree / "poolgate.yaml")).patterns == ("old",)
