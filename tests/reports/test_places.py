"""What reports name files by: their path in the repository that they lie in, wherever poolgate was started."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from poolgate import cli
from poolgate.report.places import Repositories


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder of a repository, with something for the lint to find."""
    project = tmp_path / "repository" / "infra" / "shop"
    project.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text("cofnig:\n  shop:a: b\n")
    return project


@pytest.mark.parametrize("start", ["/", ".", "../..", "../../.."])
def test_places_are_those_of_the_repository_wherever_poolgate_is_started(
    start: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project / start)
    file = project / "report"
    said = {}
    for format_ in ("github", "azure", "sarif", "markdown"):
        assert cli.run(["lint", str(project), "--format", format_, "--output", str(file)]) == 1
        said[format_] = file.read_text()
    name = "infra/shop/Pulumi.dev.yaml"
    assert f"::error file={name},line=1," in said["github"]
    assert f";sourcepath={name};linenumber=1;" in said["azure"]
    assert f"**`{name}:1`** in " in said["markdown"]
    artifact = {"uri": name, "uriBaseId": "%SRCROOT%"}
    results = json.loads(said["sarif"])["runs"][0]["results"]
    assert [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in results] == [artifact]


@pytest.mark.parametrize(
    "variable", ["GITHUB_WORKSPACE", "BUILD_SOURCESDIRECTORY", "CI_PROJECT_DIR", "BITBUCKET_CLONE_DIR", "WORKSPACE"]
)
def test_a_checkout_without_git_is_a_repository(variable: str, tmp_path: Path) -> None:
    file = tmp_path / "checkout" / "infra" / "Pulumi.yaml"
    assert Repositories({variable: str(tmp_path / "checkout")}).inside(str(file)) == "infra/Pulumi.yaml"


def test_the_nearest_root_counts(tmp_path: Path) -> None:
    for folder in ("outer/.git", "outer/inner/.git", "outer/checkout"):
        (tmp_path / folder).mkdir(parents=True)
    places = Repositories({"GITHUB_WORKSPACE": str(tmp_path / "outer" / "checkout")})
    outer = tmp_path / "outer"
    assert places.inside(str(outer / "a.yaml")) == "a.yaml"
    assert places.inside(str(outer / "inner" / "b" / "a.yaml")) == "b/a.yaml"
    assert places.inside(str(outer / "checkout" / "c" / "a.yaml")) == "c/a.yaml"


@pytest.mark.parametrize("named", ["", "relative", "~", "/nowhere/at/all"])
def test_a_variable_that_names_no_checkout_changes_nothing(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = Repositories({"WORKSPACE": named})
    assert places.inside("a/b.yaml") == "a/b.yaml"
    assert places.inside(os.fspath(tmp_path.parent / "b.yaml")) is None


def test_files_of_two_repositories_have_two_bases(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    for file in project.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    report = tmp_path / "report"
    assert cli.run(["lint", str(project), str(other), "--format", "sarif", "--output", str(report)]) == 1
    run = json.loads(report.read_text())["runs"][0]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]]
    assert sorted(place["uri"] for place in places) == ["Pulumi.dev.yaml", "infra/shop/Pulumi.dev.yaml"]
    assert {place["uriBaseId"] for place in places} == set(run["originalUriBaseIds"]) == {"%SRCROOT%", "%SRCROOT2%"}
    assert not re.search(re.escape(str(tmp_path)), report.read_text())
