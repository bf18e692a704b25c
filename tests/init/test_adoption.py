"""The wheel, in a repository that is not ours: from `poolgate init` to a change that is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from init.installed import LIMIT, ROOT, STACK, environment, repository, wheel

__all__ = ["environment", "repository", "wheel"]

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

OWN_RULE = '''
from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.model import Capacity
from inference_pools.rule import Option, Options, rule


@rule(
    Capacity,
    id="shop-capacity-in-zones",
    title="Machines fill all zones",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Take a multiple of {of}.",
    options={"of": Option(3, "What the capacity is a multiple of.")},
    since="1",
    source="https://wiki.example.com/zones",
)
def in_zones(capacity: Capacity, options: Options) -> Iterator[Finding]:
    """A zone that has fewer machines than the others is the one that fails first."""
    if capacity.instances % options.of:
        yield Finding("instances", f"is {capacity.instances}, expected a multiple of {options.of}")


RULES = [in_zones]
'''


def run(environment: Mapping[str, str], repository: Path, *command: str, folder: str = ".") -> tuple[int, str, str]:
    done = subprocess.run(
        command, cwd=repository / folder, env=dict(environment), capture_output=True, text=True, timeout=LIMIT
    )
    return done.returncode, done.stdout, done.stderr


def test_adoption(environment: Mapping[str, str], repository: Path) -> None:
    """One story, since each step stands on the one before."""
    code, said, _ = run(
        environment, repository, "python", "-c", "import inference_pools; print(inference_pools.__file__)"
    )
    assert str(ROOT) not in said

    code, said, complaints = run(environment, repository, "poolgate", "init", "--ci=github")
    assert code == 0, complaints
    assert "written    .github/workflows/poolgate.yml" in said
    assert not run(environment, repository, "poolgate", "init", "--ci=github")[1].count("written")

    code, said, complaints = run(environment, repository, "poolgate", "check", "--install")
    assert code == 0, said + complaints
    assert "1 stack, 1 pool of 2 resources" in said

    code, said, complaints = run(environment, repository, "poolgate", "preview")
    assert code == 0, said + complaints

    # A change that the library refuses, one that the drafted schema refuses, and one that the team refuses.
    stack = repository / "infra" / "Pulumi.prod.yaml"
    stack.write_text(
        STACK.replace("ranker/versions/3", "{model_name}/versions/3").replace("capacity: 3", "capacity: 4")
    )
    (repository / "policies" / "own_rules.py").write_text(OWN_RULE)
    expected = {"placeholder-replaced": 4, "shop-capacity-in-zones": 3}
    for command in ("check", "preview"):
        code, said, complaints = run(environment, repository, "poolgate", command, "--format=json")
        assert code == 1, said + complaints
        lines = {
            found["rule"]: found["location"]["line"]
            for found in json.loads(said)["findings"]
            if found["rule"] in expected and found["location"]["file"] == "infra/Pulumi.prod.yaml"
        }
        assert lines == expected, command

    arguments = ["--policy-pack", "../policies", "--policy-pack-config", "../policies/policy-config.json"]
    command = ["poolgate", "sandbox", "--", "pulumi", "preview", "--stack=prod", "--non-interactive", "--color=never"]
    code, said, complaints = run(environment, repository, *command, *arguments, folder="infra")
    assert code == 1, said + complaints
    assert "[mandatory] [severity: critical]  placeholder-replaced" in said
    assert "shop-capacity-in-zones" in said
    assert "sku.capacity: is 4, expected a multiple of 3" in said

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
