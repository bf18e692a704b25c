"""A preview passes over programs that cannot be run here, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolgate.findings import PassedOver, Tally
from poolgate.left_out import NOTHING
from poolgate.lint.project import load_project
from poolgate.sources import languages
from poolgate.sources.languages import cannot_run
from poolgate.sources.preview import _chosen


def project(folder: Path, runtime: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime: {runtime}\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    return folder


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; there is no engine."""
    monkeypatch.setattr(languages, "find_engine", lambda: None)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def host(folder: Path, runtime: str) -> None:
    file = folder / f"pulumi-language-{runtime}"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)


def test_the_others_are_previewed(tmp_path: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, runtime in (("py", "python"), ("ts", "nodejs"), ("fn", "go")):
        project(tmp_path / "all" / name, runtime)
    host(bin_folder, "nodejs")
    tally = Tally()
    assert [(chosen.name, stack) for chosen, stack in _chosen(tally, Path("all"), None, NOTHING)] == [("py", "dev")]
    assert list(tally.passed_over) == [
        PassedOver(
            "project", "all/fn",
            "is a go program, and the engine has no pulumi-language-go, beside it or on PATH, to run it with",
        ),
        PassedOver(
            "project", "all/ts", "is a nodejs program, and its packages are not installed here (`pulumi install`)"
        ),
    ]  # fmt: skip
    assert [chosen.name for chosen, _ in _chosen(Tally(), Path("all/ts"), None, NOTHING)] == ["ts"]  # named itself


def test_what_can_be_run_is(tmp_path: Path, bin_folder: Path) -> None:
    host(bin_folder, "nodejs")
    web = load_project(project(tmp_path / "all" / "web", "nodejs"))
    assert cannot_run(web) != ""
    (tmp_path / "node_modules" / "@pulumi" / "pulumi").mkdir(parents=True)
    assert cannot_run(web) == ""
    (tmp_path / "node_modules" / "@pulumi" / "pulumi").rmdir()
    (tmp_path / "all" / ".pnp.cjs").touch()
    assert cannot_run(web) == ""
    host(bin_folder, "yaml")
    assert cannot_run(load_project(project(tmp_path / "plain", "yaml"))) == ""
