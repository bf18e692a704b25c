"""`poolgate init`, in repositories that are not ours."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from poolgate.cli import run
from poolgate.init import CI_SYSTEMS, likely_ci
from poolgate.init.schema_draft import draft
from poolgate.lint.project import load_project

PULUMI = """\
name: shop
runtime: python
config:
  shop:requestTimeout: {type: string, default: PT30S, description: How long a shopper waits.}
"""
DEV = """\
config:
  azure-native:location: westeurope
  aws:region: eu-central-1
  shop:modelId: azureml://registries/shop-models/models/ranker/versions/3
  shop:replicas: "2"
  shop:debug: "true"
  shop:apiToken: {secure: v1:abc}
  shop:labels: {team: shop}
  shop:pools:
    - {name: a, capacity: 1}
"""
PROD = """\
config:
  azure-native:location: westeurope
  shop:modelId: azureml://registries/shop-models/models/ranker/versions/2
  shop:requestTimeout: PT1M
  shop:replicas: 4
  shop:debug: false
  shop:apiToken: {secure: v1:def}
  shop:labels: {team: shop, tier: gold}
  shop:pools:
    - {name: a, capacity: 3}
    - {name: b, capacity: 3, spare: true}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "shop-platform"
    project = folder / "infra"
    project.mkdir(parents=True)
    (folder / ".git").mkdir()
    (project / "Pulumi.yaml").write_text(PULUMI)
    (project / "Pulumi.dev.yaml").write_text(DEV)
    (project / "Pulumi.prod.yaml").write_text(PROD)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_second_run_changes_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(repository)
    assert run(["init", str(repository), "--ci=none"]) == 0
    first = tree(repository)
    assert set(first) - set(before) == {
        "poolgate.yaml",
        "policies/.gitignore",
        "policies/PulumiPolicy.yaml",
        "policies/__main__.py",
        "policies/own_rules.py",
        "policies/policy-config.json",
        "policies/requirements.txt",
        "schemas/editor/shop.schema.json",
        "schemas/pool.schema.json",
        "schemas/shop.schema.json",
    }
    assert {name: first[name] for name in before} == before
    assert "written" in capsys.readouterr().out
    assert run(["init", str(repository), "--ci=none"]) == 0
    assert tree(repository) == first
    said = capsys.readouterr()
    files, _, _ = said.out.partition("\n\n")
    assert {line.split()[0] for line in files.splitlines()} == {"unchanged"}
    assert not said.err


def test_a_clone_may_lie_in_a_folder_of_another_name(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(repository), "--ci=none"]) == 0
    clone = repository.rename(repository.with_name("elsewhere"))
    written = tree(clone)
    capsys.readouterr()
    assert run(["init", str(clone), "--ci=none", "--force"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.partition("\n\n")[0].splitlines()} == {"unchanged"}
    assert tree(clone) == written


def test_what_is_there_is_kept(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = repository / "poolgate.yaml"
    settings.write_text("profile: strict\n")
    assert run(["init", str(repository), "--ci=none"]) == 0
    said = capsys.readouterr()
    assert settings.read_text() == "profile: strict\n"
    assert f"kept       {settings}: what poolgate reads first\n" in said.out
    assert "--force replaces them" in said.err
    assert run(["init", str(repository), "--ci=none", "--force"]) == 0
    assert "policyConfig" in settings.read_text()
    assert f"replaced   {settings}" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "is_replaced"), [("y\n", True), ("\n", False), ("no\n", False), ("", False)])
def test_on_a_terminal_it_asks(
    answer: str,
    is_replaced: bool,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = repository / "poolgate.yaml"
    settings.write_text("profile: strict\n")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.readline", lambda: answer, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run(["init", str(repository), "--ci=none"]) == 0
    assert f"{settings} is there and differs. Replace it? [y/N]" in capsys.readouterr().err
    assert (settings.read_text() != "profile: strict\n") is is_replaced


def test_the_draft_takes_what_is_there_and_refuses_what_is_misspelt(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", str(repository), "--ci=none"]) == 0
    assert run(["lint", str(repository)]) == 0
    prod = repository / "infra" / "Pulumi.prod.yaml"
    prod.write_text(PROD.replace("shop:replicas", "shop:replica"))
    capsys.readouterr()
    assert run(["lint", str(repository)]) == 1
    said = capsys.readouterr().out
    assert "Pulumi.prod.yaml:5" in said
    assert "replicas" in said


def test_the_draft(repository: Path) -> None:
    schema = draft(load_project(repository / "infra"))
    assert schema["required"] == [
        "shop:apiToken", "shop:debug", "shop:labels", "shop:modelId", "shop:pools", "shop:replicas",
    ]  # fmt: skip
    properties = schema["properties"]
    assert set(properties) == {*schema["required"], "shop:requestTimeout", "azure-native:location"}
    assert properties["shop:requestTimeout"] == {
        "$ref": "pool.schema.json#/$defs/duration",
        "description": "How long a shopper waits.",
    }
    assert properties["shop:replicas"] == {"type": "integer"}
    assert properties["shop:debug"] == {"type": "boolean"}
    assert properties["shop:apiToken"] == {"x-poolgate-secret": "required"}
    assert properties["shop:labels"] == {"type": "object", "additionalProperties": {"type": "string"}}
    assert properties["shop:pools"]["items"] == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "capacity": {"$ref": "pool.schema.json#/$defs/capacity"},
            "spare": {"type": "boolean"},
        },
        "required": ["name", "capacity"],
        "additionalProperties": False,
    }


def test_no_secret_gets_into_the_draft(repository: Path) -> None:
    assert "v1:" not in json.dumps(draft(load_project(repository / "infra")))


def test_the_profile_is_what_the_engine_is_given(repository: Path) -> None:
    assert run(["init", str(repository), "--ci=none", "--profile=strict", "--pack=gate"]) == 0
    written = json.loads((repository / "gate" / "policy-config.json").read_text())
    assert written["all"] == "mandatory"
    assert "gate/policy-config.json" in (repository / "poolgate.yaml").read_text()
    assert run(["init", str(repository), "--ci=none", "--profile=lax", "--force"]) == 2


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/shop/platform.git", "github"),
        ("git@gitlab.example.com:shop/platform.git", "gitlab"),
        ("https://dev.azure.com/shop/_git/platform", "azure"),
        ("", "github"),
    ],
)
def test_the_ci_file_is_that_of_the_remote(remote: str, expected: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    if remote:
        subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", remote], check=True)
    (tmp_path / "deep").mkdir()
    assert likely_ci(tmp_path / "deep") == expected


def test_a_folder_without_a_project_is_nothing_to_begin_with(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path)]) == 4
    assert not list(tmp_path.iterdir())


def test_a_project_that_cannot_be_read_is_named(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "infra" / "Pulumi.dev.yaml").write_text("config: [\n")
    before = tree(repository)
    assert run(["init", str(repository)]) == 2
    assert "Pulumi.dev.yaml:" in capsys.readouterr().err
    assert tree(repository) == before


def test_the_draft_has_nothing_against_what_is_there(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that is called as a shared part is, and holds less than that part asks for."""
    for stack, text in (("dev", DEV), ("prod", PROD)):
        sku = "  shop:sku: {name: Standard_DS3_v2, tier: Standard, capacity: 2}\n  shop:requestTimeout: 5m\n"
        own = text.replace("  shop:requestTimeout: PT1M\n", "")
        (repository / "infra" / f"Pulumi.{stack}.yaml").write_text(own + sku)
    assert run(["init", str(repository), "--ci=none"]) == 0
    capsys.readouterr()
    assert run(["lint", str(repository)]) == 0, capsys.readouterr().out
    properties = draft(load_project(repository / "infra"))["properties"]
    assert properties["shop:sku"]["required"] == ["name", "tier", "capacity"]
    assert properties["shop:requestTimeout"]["type"] == "string"


def test_the_next_steps_are_said_once(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(repository), "--ci=github"]) == 0
    said = capsys.readouterr()
    files, _, steps = said.out.partition("\n\nnext:\n")
    assert {line.split()[0] for line in files.partition("\n\n")[0].splitlines()} == {"written"}
    assert "kept" not in said.out + said.err
    assert f"  - poolgate check --install {repository}  #" in steps
    assert "policy-config.json" in steps
    assert "requirements.txt where poolgate comes from" in steps
    assert ".github/workflows/poolgate.yml judges every change" in steps
    assert "POOLGATE_GATE" in steps
    assert run(["init", str(repository), "--ci=github"]) == 0
    assert "next:" not in capsys.readouterr().out
    assert run(["init", str(repository), "--ci=gitlab"]) == 0
    assert "Include it from .gitlab-ci.yml" in capsys.readouterr().out


@pytest.fixture
def polyglot(repository: Path) -> Path:
    """The repository, with programs in other languages and a template beside its own."""
    for name, text in (
        ("web", "name: web\nruntime: nodejs\n"),
        ("jobs/batch", "name: batch\nruntime: {name: go}\n"),
        ("template", "name: ${PROJECT}\nruntime: python\ntemplate: {description: x}\n"),
    ):
        (repository / name).mkdir(parents=True)
        (repository / name / "Pulumi.yaml").write_text(text)
    (repository / "web" / "Pulumi.dev.yaml").write_text("config:\n  web:size: 3\n")
    return repository


def steps(folder: Path, system: str) -> list[str]:
    """What the CI file runs for a change without credentials."""
    document = yaml.safe_load((folder / CI_SYSTEMS[system][0]).read_text())
    if system == "github":
        return [step["run"] for step in document["jobs"]["check"]["steps"] if "run" in step]
    if system == "azure":
        return [step["script"] for step in document["jobs"][0]["steps"] if "script" in step]
    return [*document["poolgate:check"]["script"], *document["poolgate:preview"]["script"]]


@pytest.mark.parametrize("system", CI_SYSTEMS)
def test_other_languages_make_no_change_fail(system: str, polyglot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their configuration is linted; what previews names the programs that are in Python."""
    assert run(["init", str(polyglot), f"--ci={system}"]) == 0
    said = capsys.readouterr()
    assert "kept" not in said.out + said.err
    assert "web is a nodejs program: `check` lints its configuration" in said.out
    assert not list((polyglot / "schemas").glob("*PROJECT*"))
    scripts = steps(polyglot, system)
    assert [script for script in scripts if "preview" in script] == ["poolgate preview infra"]
    assert any(script.startswith("poolgate check --install") for script in scripts)
    text = (polyglot / CI_SYSTEMS[system][0]).read_text()
    assert "Programs of other languages (jobs/batch, web) are linted" in text
    assert "@" not in re.sub(r"@[0-9a-f]{40}|@[0-9]", "", text)
    assert run(["lint", str(polyglot)]) == 0


@pytest.mark.parametrize("system", CI_SYSTEMS)
def test_without_a_program_in_python_the_configuration_is_linted(
    system: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: web\nruntime: nodejs\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  web:size: 3\n")
    assert run(["init", str(tmp_path), f"--ci={system}"]) == 0
    assert f"poolgate lint {tmp_path}  #" in capsys.readouterr().out
    scripts = steps(tmp_path, system)
    assert any(script.startswith("poolgate lint") for script in scripts)
    assert not any("poolgate check" in script or "poolgate preview" in script for script in scripts)


def test_a_folder_that_no_ci_file_can_name(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(repository), "--ci=github", "--pack=$(id)"]) == 2
    assert "a CI file cannot name the folder '$(id)'; leave it out with --ci none" in capsys.readouterr().err
    assert not (repository / "poolgate.yaml").exists()


@pytest.mark.parametrize("name", ["../../elsewhere", "a/b", "n" * 300])
def test_a_name_that_pulumi_refuses_leads_to_no_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "one" / "two"
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"runtime: python\nname: {name}\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    assert run(["init", str(folder), "--ci", "none"]) == 2
    assert "Pulumi.yaml:2:7: expected a project name of up to 100 letters" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["Pulumi.dev.yaml", "Pulumi.yaml"]
