"""The hooks for pre-commit: which files they are for, and what the real pre-commit makes of them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS: Final[dict[str, dict[str, Any]]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
INSTALLED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "src", "policies", "schemas")
"""What an installation from a clone of this repository reads."""
LIMIT = 540.0
pytestmark = pytest.mark.timeout(600)  # the environment of the hooks is installed from the package index
CONFIGURATION = (
    "Pulumi.yaml", "Pulumi.yml", "Pulumi.json", "Pulumi.dev.yaml", "Pulumi.prod-weu.yml", "Pulumi.prod.weu_2.json",
    "services/shop/Pulumi.dev.yaml", "poolgate.yaml", "waivers.yaml", "deep/waivers.yaml", "gate/policy-config.json",
)  # fmt: skip
OTHER = (
    "pulumi.yaml", "Pulumi.dev.yaml.orig", "Pulumi.dev.yaml.txt", "MyPulumi.yaml", "Pulumi.lock", "Pulumi.README.md",
    "Pulumi.dev/notes.yaml", "PulumiPolicy.json", "poolgate.yml", "my-waivers.yaml", "policy-config.yaml",
    "schemas/editor/a.schema.json", "a.schema.json", "package.json", "docs/policy-config.json.md", "values.yaml",
    "requirements.in",
)  # fmt: skip


def is_for(hook: str, name: str) -> bool:
    return re.search(HOOKS[hook]["files"], name) is not None


def test_the_hooks_are_for_configuration() -> None:
    assert set(HOOKS) == {"poolgate-lint", "poolgate-check"}
    assert [name for name in CONFIGURATION if not is_for("poolgate-lint", name)] == []
    assert [name for name in CONFIGURATION if not is_for("poolgate-check", name)] == []
    assert [name for name in OTHER if is_for("poolgate-lint", name) or is_for("poolgate-check", name)] == []


def test_each_hook_has_files_of_its_own() -> None:
    for name in ("PulumiPolicy.yaml", "policies/PulumiPolicy.yml", "schemas/a.schema.json", "b/schemas/a.schema.json"):
        assert is_for("poolgate-lint", name)
        assert not is_for("poolgate-check", name)  # it says nothing about a program
    for name in ("__main__.py", "services/shop/pools.py", "services/shop/requirements.txt"):
        assert is_for("poolgate-check", name)
        assert not is_for("poolgate-lint", name)


def run(*command: str, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LIMIT,
    )


def git(*arguments: str, cwd: Path, env: Mapping[str, str]) -> str:
    done = run("git", *arguments, cwd=cwd, env=env)
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run have, so that one environment is enough for them."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="module")
def env(shared: Path) -> Mapping[str, str]:
    """An environment with nobody's settings of git, pip and pre-commit.

    What poolgate needs, and is built with, is taken from where these tests run, instead of the package index once more.
    """
    left = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "POOLGATE_", "PRE_COMM"))}
    return {
        **left,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), left["PATH"])),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's word for "no isolation"
        "PIP_NO_DEPS": "1",
        "PIP_NO_COMPILE": "1",
        "PRE_COMMIT_HOME": str(shared / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "hooks@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="module")
def hooks(env: Mapping[str, str], shared: Path) -> tuple[Path, str]:
    """This repository as somebody else clones it, with what is not committed yet, and its one commit."""
    folder = shared / "hooks"
    with (shared / "hooks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".git" / "refs" / "tags" / "whole").exists():
            copy_repository(folder, env)
    return folder, git("rev-parse", "HEAD", cwd=folder, env=env)


def copy_repository(folder: Path, env: Mapping[str, str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *INSTALLED],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "needs.pth").write_text(env["PYTHONPATH"])
    manifest = folder / "pyproject.toml"
    included = '"schemas" = "poolgate/schemas"\n'
    assert included in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(included, f'{included}"needs.pth" = "needs.pth"\n'))
    git("init", "--quiet", cwd=folder, env=env)
    git("add", "--all", cwd=folder, env=env)
    git("commit", "--quiet", "--message", "poolgate", cwd=folder, env=env)
    git("tag", "whole", cwd=folder, env=env)


@pytest.fixture(scope="module")
def repository(env: Mapping[str, str], hooks: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a project, where pre-commit and the hooks are installed."""
    assert shutil.which("pre-commit", path=env["PATH"]), "pre-commit is missing: install the development dependencies"
    folder = tmp_path_factory.mktemp("platform")
    source, revision = hooks
    config = {
        "repos": [
            {
                "repo": str(source),
                "rev": revision,
                "hooks": [{"id": "poolgate-lint"}, {"id": "poolgate-check", "args": ["--timeout=60"]}],
            }
        ]
    }
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (folder / "shop" / "schemas").mkdir(parents=True)
    (folder / "shop" / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "shop" / "schemas" / "shop.schema.json").write_text(
        '{"properties": {"shop:timeout": {"$ref": "pool.schema.json#/$defs/duration"}}, "additionalProperties": false}'
    )
    (folder / "shop" / "__main__.py").write_text("")
    git("init", "--quiet", cwd=folder, env=env)
    done = run("pre-commit", "install", "--install-hooks", cwd=folder, env=env)
    assert done.returncode == 0, done.stdout
    git("add", "--all", cwd=folder, env=env)
    git("commit", "--quiet", "--message", "A project", cwd=folder, env=env)
    return folder


def commit(repository: Path, env: Mapping[str, str], name: str, text: str) -> subprocess.CompletedProcess[str]:
    """Tries to commit one file. What is refused is taken back."""
    file = repository / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    git("add", "--all", cwd=repository, env=env)
    done = run("git", "commit", "--message", f"Change {name}", cwd=repository, env=env)
    if done.returncode:
        git("reset", "--quiet", "--hard", cwd=repository, env=env)
    return done


def test_a_bad_stack_is_not_committed(repository: Path, env: Mapping[str, str]) -> None:
    before = git("rev-parse", "HEAD", cwd=repository, env=env)
    refused = commit(repository, env, "shop/Pulumi.dev.yaml", "config:\n  timeout: 5m\n")
    assert refused.returncode == 1
    assert "poolgate lint......" in refused.stdout
    assert "shop/Pulumi.dev.yaml:2:12" in refused.stdout
    assert "'5m'" in refused.stdout
    assert "poolgate check" not in refused.stdout  # that is for a push
    assert git("rev-parse", "HEAD", cwd=repository, env=env) == before
    taken = commit(repository, env, "shop/Pulumi.dev.yaml", "config:\n  timeout: PT5S\n")
    assert taken.returncode == 0, taken.stdout
    assert re.search(r"poolgate lint\.+Passed", taken.stdout)
    assert git("rev-parse", "HEAD", cwd=repository, env=env) != before


def test_what_pulumi_yaml_breaks_in_a_stack_is_told(repository: Path, env: Mapping[str, str]) -> None:
    assert commit(repository, env, "shop/Pulumi.prod.yaml", "config:\n  timeout: PT6S\n").returncode == 0
    declared = "name: shop\nruntime: python\nconfig:\n  timeout: {type: integer}\n"
    refused = commit(repository, env, "shop/Pulumi.yaml", declared)
    assert refused.returncode == 1
    assert "shop/Pulumi.prod.yaml:2:12" in refused.stdout


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("policies/PulumiPolicy.yaml", "runtime: python\nverison: 1.0.0\n", "did you mean 'version'?"),
        ("policies/policy-config.json", '{"capacity-bounded": {"maximun": 3}}\n', "did you mean 'maximum'?"),
        ("waivers.yaml", "waiver: []\n", "did you mean 'waivers'?"),
        ("poolgate.yaml", "profil: strict\n", "did you mean 'profile'?"),
    ],
)
def test_a_slip_in_the_other_files_is_told(
    name: str, text: str, said: str, repository: Path, env: Mapping[str, str]
) -> None:
    refused = commit(repository, env, name, text)
    assert refused.returncode == 1
    assert f"{name}:" in refused.stdout
    assert said in refused.stdout


def test_a_schema_alone_is_judged_by_the_projects_that_use_it(repository: Path, env: Mapping[str, str]) -> None:
    assert commit(repository, env, "shop/Pulumi.test.yaml", "config:\n  timeout: PT7S\n").returncode == 0
    refused = commit(repository, env, "shop/schemas/shop.schema.json", '{"properties": {"shop:timeout": {"const": 1}}}')
    assert refused.returncode == 1
    assert "shop/Pulumi.test.yaml:2:12" in refused.stdout
    taken = commit(repository, env, "shop/schemas/other.schema.json", '{"properties": {"other:timeout": {}}}')
    assert taken.returncode == 0, taken.stdout


def test_other_files_are_none_of_its_business(repository: Path, env: Mapping[str, str]) -> None:
    taken = commit(repository, env, "values.yaml", "timeout: 5m\n")
    assert taken.returncode == 0
    assert re.search(r"poolgate lint\.+\(no files to check\)Skipped", taken.stdout)


def test_the_programs_are_run_before_a_push(repository: Path, env: Mapping[str, str]) -> None:
    command = ("pre-commit", "run", "poolgate-check", "--all-files", "--verbose", "--hook-stage")
    done = run(*command, "pre-push", cwd=repository, env=env)
    assert re.search(r"poolgate check\.+Failed", done.stdout), done.stdout
    assert "nothing that rules judge among the resources" in done.stdout
    assert "exit code: 4" in done.stdout
    assert "poolgate check" in run(*command, "manual", cwd=repository, env=env).stdout
