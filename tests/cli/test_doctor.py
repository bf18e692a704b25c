"""`poolgate doctor`: what it sees, what it says is in the way, and what it keeps to itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from inference_pools.version import __version__
from poolgate import cli, doctor
from poolgate.sandbox.engine import Engine
from poolgate.standin import clouds


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(doctor, "find_engine", lambda _: Engine(Path("/opt/pulumi"), "3.255.0", "PATH"))
    for variable in ("POOLGATE_CONFIG", "POOLGATE_PROFILE", "POOLGATE_WAIVERS", "POOLGATE_RULES", "POOLGATE_AS_OF"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shop"
    folder.mkdir()
    options = "{virtualenv: venv, toolchain: pip}"
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: {{name: python, options: {options}}}\n")
    (folder / "Pulumi.prod.yaml").write_text("config: {}\n")
    (folder / "requirements.txt").write_text("pulumi\n")
    return folder


def environment(folder: Path, *packages: str) -> None:
    """One whose Python would be seen to run: it is no program."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text("")
    (folder / "pyvenv.cfg").write_text("version = 3.12.1\n")
    for package in packages:
        name, _, version = package.partition("==")
        made = folder / "lib" / "python3.12" / "site-packages" / f"{name.replace('-', '_')}-{version}.dist-info"
        made.mkdir(parents=True)
        (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


SDKS = [cloud.distribution.replace("_", "-") for cloud in clouds.ALL]


def seen(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = cli.run(["doctor", *words, "--format", "json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == code
    return code, told


def test_a_project_that_is_ready(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment(shop / "venv", "pulumi==3.1.0", *(f"{name}==1.2.3" for name in SDKS))
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-secret")
    monkeypatch.setenv("POOLGATE_PROFILE", "strict")
    (shop / "poolgate.yaml").write_text("select: [tags-required]\n")
    code, told = seen(capsys, "shop")
    assert (code, told["problems"]) == (0, [])
    (project,) = told["projects"]
    assert (project["name"], project["stacks"], project["judged_by"]) == ("shop", ["prod"], ["check", "preview"])
    assert (project["environment"]["state"], project["environment"]["python"]) == ("ready", "3.12.1")
    assert project["environment"]["packages"]["pulumi"] == "3.1.0"
    assert all(project["environment"]["packages"][name] == "1.2.3" for name in SDKS)
    assert told["engine"]["version"] == "3.255.0"
    assert told["files"]["poolgate.yaml"] == "shop/poolgate.yaml"
    assert told["settings"]["profile"] == "strict (POOLGATE_PROFILE)"
    assert told["settings"]["select"] == "tags-required (poolgate.yaml)"
    assert told["settings"]["rules"].startswith("1 of ")
    assert cli.run(["doctor", "shop"]) == 0
    out = capsys.readouterr().out
    assert out.endswith("nothing stands in the way\n")
    assert "PULUMI_ACCESS_TOKEN" in out
    assert "pul-secret" not in out + json.dumps(told)


def test_a_pack_that_asks_for_this_poolgate_needs_no_environment_of_its_own(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `preview` and `sandbox` have it: for a version that no index has there would be no other."""
    environment(shop / "venv", "pulumi==3.1.0")
    environment(shop / "own", "poolgate==1", "pulumi_policy==1.2.3")
    monkeypatch.setattr(sys, "prefix", str(shop / "own"))
    pack = shop / "policies"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: {name: python, options: {virtualenv: venv}}\n")
    (pack / "requirements.txt").write_text(f"# what the pack needs\npoolgate=={__version__}\n")
    (shop / "poolgate.yaml").write_text("policyPack: policies\n")
    code, told = seen(capsys, "shop")
    assert [one["what"] for one in told["problems"]] == []
    assert code == 0
    assert told["pack_environment"]["path"] == "shop/own"
    (pack / "requirements.txt").write_text("poolgate==1999.1\n")
    code, told = seen(capsys, "shop")
    assert code == 1
    assert told["pack_environment"]["state"] == "missing"


def test_what_is_in_the_way_has_its_remedy(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "find_engine", lambda _: None)
    code, told = seen(capsys)
    assert code == 1
    (problem,) = told["problems"]
    assert "shop/venv does not exist; create it with: (cd shop && pulumi install)" in problem["what"]
    assert told["projects"][0]["environment"]["state"] == "missing"
    assert f"{sys.executable} -m poolgate.sandbox.engine" in told["engine"]["remedy"]
    environment(shop / "venv")
    code, told = seen(capsys)
    assert (code, told["problems"][0]["remedy"]) == (1, "(cd shop && pulumi install)")
    assert "has no pulumi" in told["problems"][0]["what"]
    assert not (shop.parent / "cache").exists()


def test_what_cannot_be_read_is_told_with_all_else(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment(shop / "venv", "pulumi==3.1.0")
    other = shop.parent / "other"
    other.mkdir()
    (other / "Pulumi.yaml").write_text("name: [\n")
    (shop.parent / "policy.json").write_text('{"capacity-bound": "mandatory"}')
    (shop.parent / "waivers.yaml").write_text("waivers: {}\n")
    (shop.parent / "poolgate.yaml").write_text("policyConfig: policy.json\nwaivers: waivers.yaml\n")
    code, told = seen(capsys)
    assert code == 2
    whats = " ".join(problem["what"] for problem in told["problems"])
    assert "other/Pulumi.yaml" in whats
    assert "did you mean capacity-bounded?" in whats
    assert "is no list of waivers" in whats
    assert [project["name"] for project in told["projects"]] == ["shop"]


def test_poetry_is_not_asked(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "Pulumi.yaml").write_text("name: shop\nruntime: {name: python, options: {toolchain: poetry}}\n")
    code, told = seen(capsys)
    assert (code, told["projects"][0]["environment"]["state"]) == (0, "not told")


def test_where_there_is_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    code, told = seen(capsys, "empty")
    assert (code, told["problems"][0]["what"]) == (1, "no Pulumi.yaml under empty")


def test_schemas_are_listed_with_the_files_that_they_judge(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "own.json").write_text('{"type": "object"}')
    (shop.parent / "poolgate.yaml").write_text("schemas: {shop: shop/own.json, shpo: shop/own.json}\n")
    assert cli.run(["schema"]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert ["waivers", "poolgate's own", "waivers.yaml"] in rows
    assert ["shop", "shop/own.json (poolgate.yaml)", "shop/Pulumi.prod.yaml, shop/Pulumi.yaml"] in rows
    assert cli.run(["schema", "shop"]) == 0
    assert json.loads(capsys.readouterr().out) == {"type": "object"}
    assert cli.run(["schema", "shpop"]) == 2
    assert "no schema is called 'shpop'; did you mean 'shop'?" in capsys.readouterr().err
