"""The steps of the CI files that `init` writes, and of action.yml: each is typed here, or listed with who runs it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from commands.blocks import ROOT, calls_of
from commands.places import sample_project
from commands.test_pages import LIMIT, assert_taken, shell
from poolgate.cli import run
from poolgate.init import CI_SYSTEMS

_FORK: Final = "tests/init/test_adoption.py runs it for a fork, with the real engine"
_GATE: Final = "tests/init/test_adoption.py runs the gate's script against the stand-in, with the pack from a wheel"
_INSTALLS: Final = "downloads packages; tests/init/test_adoption.py installs them from a wheel"
_ENGINE: Final = "downloads Pulumi with its own installer; tests/sandbox/test_engine.py has one that does"
_GATE_AND_CREDENTIALS: Final = f"needs credentials of Azure; {_GATE}"

NOT_RUN: Final[dict[str, str]] = {
    "python -I -m pip install --quiet --requirement 'policies/requirements.txt'": _INSTALLS,
    "poolgate check --install .": _FORK,
    "poolgate preview .": _FORK,
    "pulumi install": _GATE,
    "(cd policies && pulumi install)": _GATE,
    '(cd "$PROJECT" && pulumi install)': _GATE,
    "curl -fsSL https://get.pulumi.com | sh": _ENGINE,
    'curl -fsSL https://get.pulumi.com | sh && echo "##vso[task.prependpath]$HOME/.pulumi/bin"': _ENGINE,
    'export PATH="$HOME/.pulumi/bin:$PATH"': _ENGINE,
    "# The engine itself waits for ever for a pack that does not start.": _GATE,
    (
        'timeout 30m pulumi preview --cwd "$PROJECT" --stack "$STACK" --non-interactive --policy-pack "$PWD/policies" '
        "|| {"
    ): _GATE,
    "code=$?": _GATE,
    (
        'test "$code" != 124 || echo "pulumi preview was ended after 30 minutes: if it was loading policy packs, '
        'the pack did not start"'
    ): _GATE,
    'exit "$code"': _GATE,
    "}": _GATE,
    (
        'export ARM_USE_OIDC=true ARM_CLIENT_ID="$servicePrincipalId" ARM_TENANT_ID="$tenantId" '
        'ARM_OIDC_TOKEN="$idToken"'
    ): _GATE_AND_CREDENTIALS,
}
"""The commands of the steps that are not typed here, each with the reason."""

ACTION: Final[dict[str, str]] = {
    "Install poolgate": "tests/init/test_ci.py runs the step, from the wheel's folder",
    "Run poolgate": "tests/init/test_ci.py runs the step, with every input",
}
"""The steps of action.yml, each with what runs it."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the sample `fleet` and the CI file of every system."""
    home = sample_project(tmp_path_factory.mktemp("templates"))
    for system in CI_SYSTEMS:
        assert run(["init", str(home), f"--ci={system}"]) == 0
    return home


def typed(repository: Path, system: str) -> Iterator[str]:
    """The commands of a CI file's steps, one line each."""
    for script in _scripts(yaml.safe_load((repository / CI_SYSTEMS[system][0]).read_text())):
        yield from (" ".join(line.split()) for line in script.replace("\\\n", " ").splitlines() if line.strip())


def _scripts(node: Any) -> Iterator[str]:
    """What stands under the keys that hold commands, in whichever of the three systems."""
    if isinstance(node, list):
        for one in node:
            yield from _scripts(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("run", "script", "inlineScript", "before_script") and isinstance(value, str | list):
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _scripts(value)


@pytest.mark.parametrize("system", CI_SYSTEMS)
def test_poolgate_takes_each_step(system: str, repository: Path) -> None:
    calls = [call for command in typed(repository, system) for call in calls_of("poolgate", command)]
    assert any(call[0] == "check" for call in calls)
    for call in calls:
        assert_taken(call, f"the template for {system}")


def test_each_step_does_what_it_is_for(repository: Path, tmp_path: Path) -> None:
    """Those of all systems in one shell, each once."""
    commands = dict.fromkeys(command for system in CI_SYSTEMS for command in typed(repository, system))
    script = "\n".join(["set -e", *(command for command in commands if command not in NOT_RUN)])
    done = subprocess.run(
        ["bash", "-c", script], cwd=repository, env=shell(tmp_path, has_engine=False), capture_output=True, text=True,
        timeout=LIMIT, check=False,
    )  # fmt: skip
    said = f"run or list it in {Path(__file__).name}; a step of a template fails:"
    assert done.returncode == 0, f"{said}\n{script}\n{done.stdout}{done.stderr}"
    assert "no findings" in done.stdout


def test_what_is_not_run_is_there_and_what_runs_it(repository: Path) -> None:
    there = {command for system in CI_SYSTEMS for command in typed(repository, system)}
    assert sorted(set(NOT_RUN) - there) == [], "no template has these any more; take them out"
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    assert {step["name"] for step in steps} == set(ACTION)
    for reason in (*NOT_RUN.values(), *ACTION.values()):
        named = next(word for word in reason.replace(",", " ").split() if word.startswith("tests/"))
        assert (ROOT / named).is_file(), named
