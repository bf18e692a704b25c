"""The wheel, in a repository that is not ours: from `poolgate init` to a change that is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from init.installed import LIMIT, ROOT, STACK, WRONG, document, environment, repository, step, wheel

__all__ = ["environment", "repository", "wheel"]

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


def run(environment: Mapping[str, str], repository: Path, *command: str, folder: str = ".") -> tuple[int, str, str]:
    done = subprocess.run(
        command, cwd=repository / folder, env=dict(environment), capture_output=True, text=True, timeout=LIMIT
    )
    return done.returncode, done.stdout, done.stderr


def test_adoption(environment: Mapping[str, str], repository: Path, tmp_path: Path) -> None:
    """One story, since each step stands on the one before: the commands, and the scripts of the CI file."""
    code, said, _ = run(
        environment, repository, "python", "-c", "import inference_pools; print(inference_pools.__file__)"
    )
    assert str(ROOT) not in said

    code, said, complaints = run(environment, repository, "poolgate", "init", "--ci=github")
    assert code == 0, complaints
    assert "written    .github/workflows/poolgate.yml" in said
    assert not run(environment, repository, "poolgate", "init", "--ci=github")[1].count("written")

    # The job for everybody, a fork's pull requests among them. A runner's Python has pip; that of uv has none.
    run(environment, repository, "uv", "pip", "install", "--quiet", "pip")
    jobs = document(repository, "github")["jobs"]
    folder = repository / jobs["check"]["defaults"]["run"]["working-directory"]
    install, check, preview = (one["run"] for one in jobs["check"]["steps"] if "run" in one)
    for script, expected in ((install, ""), (check, "1 stack, 1 of 2 resources judged"), (preview, "")):
        done = step(environment, script, folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert expected in done.stdout

    # A change that the library refuses and the team, and one that the drafted schema refuses.
    stack = repository / "infra" / "Pulumi.prod.yaml"
    stack.write_text(WRONG.replace("capacity: 3", "capacity: 4"))
    code, _, complaints = run(environment, repository, "poolgate", "new-rule", "shop-capacity-in-zones")
    assert code == 0, complaints
    summary = tmp_path / "summary.md"
    for script in (check, preview):
        done = step(environment, script, folder, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
        assert done.returncode == 1, done.stdout + done.stderr
        told = re.findall(r"^::(\w+) file=infra/Pulumi\.prod\.yaml,line=(\d+),(.*)$", done.stdout, re.MULTILINE)
        assert [(level, line) for level, line, _ in told] == [("error", "4"), ("warning", "3")], done.stdout
        assert ["placeholder-replaced" in told[0][2], "shop-capacity-in-zones" in told[1][2]] == [True, True]
    assert "placeholder-replaced" in summary.read_text()

    # The job for trusted branches, with the stand-in where the real provider would be.
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text('#!/bin/sh\nexec poolgate sandbox -- pulumi "$@" --color=never\n')
    pulumi.chmod(0o755)
    path = f"{pulumi.parent}{os.pathsep}{environment['PATH']}"
    done = step(environment, jobs["gate"]["steps"][-1]["run"], repository, PATH=path, PROJECT="infra", STACK="prod")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "[mandatory] [severity: critical]  placeholder-replaced" in done.stdout
    assert "shop-capacity-in-zones" in done.stdout
    assert "sku.capacity: is 4, expected a multiple of 3" in done.stdout

    stack.write_text(STACK.replace("shop:capacity", "shop:capacitty"))
    code, said, _ = run(environment, repository, "poolgate", "lint")
    assert code == 1
    assert "infra/Pulumi.prod.yaml:3:" in said
    assert "capacity" in said


def test_without_a_pack_of_its_own_poolgate_brings_one(environment: Mapping[str, str], repository: Path) -> None:
    (repository / "infra" / "Pulumi.prod.yaml").write_text(STACK.replace("capacity: 3", "capacity: 999"))
    code, said, complaints = run(environment, repository, "poolgate", "preview", "--no-config", "--format=json")
    assert code == 1, said + complaints
    assert "capacity-bounded" in {found["rule"] for found in json.loads(said)["findings"]}
