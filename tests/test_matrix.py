"""`make matrix`: what is supported, in the tool, the page and the workflow alike; what is not at hand is named."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml

from poolgate.errors import PoolgateError
from poolgate.sandbox.engine import RELEASES

ROOT = Path(__file__).parents[1]


def _loaded() -> Any:
    """The tool, which lies beside the packages and in none."""
    spec = importlib.util.spec_from_file_location("matrix_tool", ROOT / "tools" / "matrix.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


matrix = _loaded()


def test_the_page_and_the_workflow_have_every_row() -> None:
    page = (ROOT / "docs" / "support.md").read_text("utf-8")
    assert all(release.version in page for release in RELEASES)
    assert f"| Python | {matrix.PYTHONS[0]} | {matrix.PYTHONS[-1]} |" in page
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
    rows = [each["version"] for each in jobs["matrix"]["strategy"]["matrix"]["include"]]
    # The newest engine and the first Python are those of .ci/run.
    others = [f"engine {release.version}" for release in RELEASES[:-1]]
    assert rows == others + [f"python {version}" for version in matrix.PYTHONS[1:]]


def test_what_is_not_at_hand_is_not_run_and_said_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def none(*_: object) -> None:
        raise PoolgateError("no Pulumi engine could be had:\n  why")

    monkeypatch.setattr(matrix, "ensure_engine", none)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert matrix.main([]) == 0
    told = capsys.readouterr().out
    for release in RELEASES:
        assert f"engine {release.version}   not run: no Pulumi engine could be had:" in told
    for version in matrix.PYTHONS:
        assert f"python {version}      not run: there is no python{version} here" in told
    assert matrix.main(["python 2.7"]) == 1


@pytest.mark.parametrize(("code", "outcome", "ends"), [(0, "passed", 0), (1, "failed", 1)])
def test_a_row_that_fails_fails_the_matrix(
    code: int, outcome: str, ends: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(matrix, "ensure_engine", lambda *_: matrix.Engine(Path("/pulumi"), "3.255.0", "cache"))
    script = f"import os, sys; assert os.environ['POOLGATE_ENGINE'] == '/pulumi'; sys.exit({code})"
    monkeypatch.setattr(matrix, "PYTEST", ("-c", script))
    assert matrix.main(["3.255.0"]) == ends
    assert f"engine 3.255.0   {outcome}" in capsys.readouterr().out


def test_a_python_that_pyenv_has_and_has_not_chosen_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    _script(shims / "python3.12", "exit 127")
    _script(shims / "python3.13", "echo Python 3.13.1")
    pyenv = (
        f'case "$*" in "latest 3.12") echo 3.12.7;; "prefix 3.12.7") echo {tmp_path}/versions/3.12.7;; *) exit 1;; esac'
    )
    _script(shims / "pyenv", pyenv)
    monkeypatch.setenv("PATH", f"{shims}:/usr/bin:/bin")
    assert matrix.find_python("3.12") == f"{tmp_path}/versions/3.12.7/bin/python3.12"
    assert matrix.find_python("3.13") == f"{shims}/python3.13"
    assert matrix.find_python("3.99") is None


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
