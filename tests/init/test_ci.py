"""The CI files: linted, and their steps run as far as they run without their hosts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from init.canaries import planted
from init.installed import LIMIT, PROJECT, ROOT, SCRIPTS, WRONG, document, environment, repository, step, wheel
from poolgate.cli import run
from poolgate.files import cache_directory
from poolgate.init import CI_SYSTEMS

__all__ = ["environment", "repository", "wheel"]

ACTIONLINT = "v1.7.12"


@pytest.fixture(scope="module")
def actionlint() -> Path:
    """actionlint, built from its Go module once. Fails where there is no Go: nothing is skipped."""
    folder = cache_directory() / "tests" / f"actionlint-{ACTIONLINT}"
    if not (folder / "actionlint").exists():
        go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
        assert go, "actionlint is built from its Go module, and there is no `go` on PATH (https://go.dev/dl)"
        module = f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}"
        variables = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
        subprocess.run([go, "install", module], env=variables, check=True, timeout=LIMIT)
    return folder / "actionlint"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two projects, in two languages, in a folder of its own, and every CI file of `init`."""
    folder = tmp_path_factory.mktemp("written")
    (folder / ".git").mkdir()
    for name, runtime in (("shop", "python"), ("search", "nodejs")):
        project = folder / "deploy" / name
        project.mkdir(parents=True)
        (project / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {runtime}\n")
        for stack in ("dev", "prod"):
            (project / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    for system in CI_SYSTEMS:
        assert run(["init", str(folder / "deploy"), f"--ci={system}"]) == 0
    return folder


def tool(*command: str | Path, folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_actionlint_and_zizmor_have_nothing_to_say(actionlint: Path, written: Path) -> None:
    ours = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    theirs = written / CI_SYSTEMS["github"][0]
    tool(actionlint, *ours, folder=ROOT)
    tool(actionlint, theirs, folder=written)
    tool(SCRIPTS / "zizmor", "--offline", "--quiet", *ours, ROOT / "action.yml", theirs)


def test_actionlint_and_zizmor_have_nothing_to_say_of_the_workflow_that_the_page_shows(
    actionlint: Path, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    (workflow,) = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "\njobs:\n" in block]
    file = tmp_path / ".github" / "workflows" / "audit.yml"
    file.parent.mkdir(parents=True)
    file.write_text(workflow)
    tool(actionlint, file, folder=tmp_path)
    tool(SCRIPTS / "zizmor", "--offline", "--quiet", file)
    tool(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", file)


def test_actionlint_is_awake(actionlint: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    job = "{runs-on: ubuntu-24.04, steps: [{run: 'echo ${{ nothing.at.all }}'}]}"
    file.write_text(f"on: push\njobs:\n  a: {job}\n")
    assert subprocess.run([actionlint, file], capture_output=True, timeout=60, check=False).returncode == 1


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-workflows", ".github/workflows/poolgate.yml"),
        ("vendor.azure-pipelines", "azure-pipelines-poolgate.yml"),
        ("vendor.gitlab-ci", ".gitlab/poolgate.gitlab-ci.yml"),
    ],
)
def test_each_file_is_what_its_system_takes(schema: str, file: str, written: Path) -> None:
    options = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    if "azure" in schema:
        options = ["--data-transform", "azure-pipelines", "--regex-variant", "python"]
    tool(SCRIPTS / "check-jsonschema", "--builtin-schema", schema, *options, written / file)


def test_the_action_is_what_github_takes() -> None:
    tool(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")


def test_every_stack_has_its_gate(written: Path) -> None:
    expected = {(project, stack) for project in ("search", "shop") for stack in ("dev", "prod")}
    github = document(written, "github")["jobs"]["gate"]["strategy"]["matrix"]["include"]
    azure = document(written, "azure")["jobs"][1]["strategy"]["matrix"].values()
    gitlab = document(written, "gitlab")["poolgate:gate"]["parallel"]["matrix"]
    assert {(entry["project"], entry["stack"]) for entry in github} == expected
    assert {(entry["project"], entry["stack"]) for entry in azure} == expected
    assert {(entry["PROJECT"], entry["STACK"]) for entry in gitlab} == expected


@pytest.mark.parametrize("system", CI_SYSTEMS)
def test_no_step_goes_on_after_a_failure(system: str, written: Path) -> None:
    """Nor does any run that only looks as if it judged: every step counts, whatever the one before it came to."""
    text = (written / CI_SYSTEMS[system][0]).read_text("utf-8")
    files = {system: text, "action": (ROOT / "action.yml").read_text("utf-8")}
    for pattern in (
        r"continue-on-error|continueOnError|allow_failure",
        r"\|\| *(?:true|:)",
        r"--exit-zero",
        r"set \+e",
    ):
        assert not {name for name, each in files.items() if re.search(pattern, each)}, pattern


def test_what_runs_for_a_fork_has_no_secret(written: Path) -> None:
    jobs = document(written, "github")["jobs"]
    assert jobs["check"]["permissions"] == {"contents": "read"}
    assert "secrets." not in str(jobs["check"])
    assert "github.event.pull_request.head.repo.full_name == github.repository" in jobs["gate"]["if"]
    assert "pull_request_target" not in (written / CI_SYSTEMS["github"][0]).read_text()


@pytest.fixture(scope="module")
def runner(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What a runner gives to the step of action.yml that runs poolgate; the step before it is run for real."""
    folder = tmp_path_factory.mktemp("runner")
    (folder / "poolgate").symlink_to(environment["VIRTUAL_ENV"])
    variables = {"RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_ACTIONS": "true"}
    return {**environment, **variables, "GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "SOURCE": str(ROOT)}


BUILT_FROM: Final = ("README.md", "LICENSE", "src", "policies", "schemas", "tools")
"""What poolgate is built from, beside its pyproject.toml, and the folder of the action's script."""


def action_step(name: str) -> Any:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    return next(one for one in steps if one["name"] == name)


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_the_action_judges_and_reports(runner: Mapping[str, str], repository: Path, tmp_path: Path) -> None:
    (repository / "infra" / "Pulumi.prod.yaml").write_text(WRONG)
    virtualenv = ROOT / "stacks" / "single-pool" / "venv"
    (repository / "infra" / "Pulumi.yaml").write_text(PROJECT.replace("virtualenv: venv", f"virtualenv: {virtualenv}"))
    given = action_step("Run poolgate")["env"]
    assert set(given) == {"COMMAND", "TARGET", "ARGUMENTS", "SARIF", "JSON", "SOURCE"}
    options = {"TARGET": "infra", "ARGUMENTS": "--select=placeholder\n\n--no-config\n", "JSON": ""}
    done = step(
        runner,
        action_step("Run poolgate")["run"],
        repository,
        COMMAND="check",
        SARIF=str(tmp_path / "a.sarif"),
        **options,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::error " in done.stdout
    assert '"version": "2.1.0"' in (tmp_path / "a.sarif").read_text()
    assert Path(runner["GITHUB_OUTPUT"]).read_text().endswith("exit-code=1\n")


@pytest.mark.engine
def test_an_input_of_the_action_is_never_shell_code(
    runner: Mapping[str, str], repository: Path, tmp_path: Path
) -> None:
    script = action_step("Run poolgate")["run"]
    trap = tmp_path / "trapped"
    hostile = f"$(touch {trap})`touch {trap}`; touch {trap}"
    for variable in ("COMMAND", "TARGET", "ARGUMENTS", "SARIF"):
        inputs = {"COMMAND": "lint", "TARGET": ".", "ARGUMENTS": "", "SARIF": "", "JSON": "", variable: hostile}
        step(runner, script, tmp_path, **inputs)
        assert not trap.exists(), variable
    done = step(runner, script, repository, COMMAND="audit", TARGET=".", ARGUMENTS="", SARIF="", JSON="")
    assert done.returncode == 2
    assert "::error::the action's input 'command' is 'audit'" in done.stdout


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that is full of canaries; beside it `ran`, once one of them was run."""
    folder = tmp_path_factory.mktemp("hostile")
    return planted(folder / "checkout", folder / "ran")


def ran(checkout: Path) -> str:
    """The canaries that were run since it was asked last."""
    mark = checkout.with_name("ran")
    said = mark.read_text() if mark.exists() else ""
    mark.unlink(missing_ok=True)
    return said


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_the_action_installs_itself(environment: Mapping[str, str], wheel: Path, hostile: Path, tmp_path: Path) -> None:
    """The first step, into a folder that has nothing, by pip. `environment` has all that poolgate needs; Pulumi's SDK,
    which the lint does without, is not fetched once more.

    It starts in a checkout that would like to be run, and so do the steps after it.
    """
    source = tmp_path / "source"
    source.mkdir()
    for name in BUILT_FROM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    manifest = (ROOT / "pyproject.toml").read_text()
    needed = re.search(r"^dependencies = \[\n(.*?)^\]$", manifest, re.MULTILINE | re.DOTALL)
    assert needed
    kept = [line for line in needed[1].splitlines() if "pulumi" not in line]
    (source / "pyproject.toml").write_text(manifest.replace(needed[1], "\n".join([*kept, ""])))
    variables = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_WORKSPACE": str(hostile),
        "SOURCE": str(source),
        "PYTHONPATH": str(hostile),
        "PIP_NO_COMPILE": "1",
        "PIP_CONFIG_FILE": str(hostile / "pip.conf"),
    }
    done = step(environment, action_step("Install poolgate")["run"], hostile, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tool(tmp_path / "poolgate" / "bin" / "poolgate", "--version", folder=tmp_path).startswith("poolgate ")
    assert ran(hostile) == ""

    variables |= {"COMMAND": "lint", "TARGET": ".", "ARGUMENTS": "", "SARIF": "", "JSON": ""}
    variables |= {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_ACTIONS": "true"}
    done = step(environment, action_step("Run poolgate")["run"], hostile, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ran(hostile) == ""


def gate_scripts(written: Path) -> list[str]:
    """What each CI file previews with."""
    github = document(written, "github")["jobs"]["gate"]["steps"][-1]["run"]
    gitlab = document(written, "gitlab")["poolgate:gate"]["script"][-1]
    azure = document(written, "azure")["jobs"][1]["steps"][-1]["inputs"]["inlineScript"]
    return [github, gitlab, azure]


def test_a_gate_whose_pack_does_not_start_ends_in_time_and_says_so(written: Path, tmp_path: Path) -> None:
    pulumi = tmp_path / "pulumi"
    for script, code, said in (
        ("exec sleep 60", 124, "the pack did not start"),
        ("exit 1", 1, ""),
        ("exit 0", 0, ""),
    ):
        pulumi.write_text(f"#!/bin/sh\n{script}\n")
        pulumi.chmod(0o755)
        variables = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PROJECT": "shop", "STACK": "dev"}
        for gate in gate_scripts(written):
            assert "timeout 30m pulumi preview" in gate
            command = ["bash", "-e", "-o", "pipefail", "-c", gate.replace("30m", "0.2")]
            done = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=60)
            assert done.returncode == code, done
            assert said in done.stdout
            assert bool(done.stdout) == bool(said)


def install_scripts(written: Path) -> list[str]:
    """What installs poolgate, in the CI files that `init` writes."""
    github = [one.get("run", "") for one in document(written, "github")["jobs"]["check"]["steps"]]
    azure = [one.get("script", "") for one in document(written, "azure")["jobs"][0]["steps"]]
    gitlab = [*document(written, "gitlab")["poolgate:check"]["script"]]
    gitlab += document(written, "gitlab")["poolgate:preview"]["script"]
    return [script for script in (*github, *azure, *gitlab) if "pip" in script]


def test_what_the_ci_files_install_with_is_no_file_of_the_checkout(written: Path, hostile: Path) -> None:
    """Nothing is asked for by the requirements of the pack here, so that pip has nothing to fetch."""
    scripts = install_scripts(written)
    assert len(scripts) == 4
    for script in dict.fromkeys(scripts):
        variables = {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = step(variables, script, hostile)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ran(hostile) == ""


def test_the_canaries_are_awake(hostile: Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--version"], cwd=hostile, check=True, timeout=60)
    assert "pip" in ran(hostile)
