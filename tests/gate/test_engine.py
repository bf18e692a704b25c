"""The gate as Pulumi runs it: the real engine, the real pack, and what a person reads in its output."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from poolgate.sandbox.workspace import Completed, Sandbox

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policies"
BAD = ROOT / "tests" / "identity" / "projects"
LIMIT = 300.0

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Stack:
    """A stack in a sandbox, and what the engine says of it with a pack."""

    sandbox: Sandbox
    folder: Path

    def preview(self, *options: str, pack: Path = PACK, **environment: str) -> Completed:
        command = ["pulumi", "preview", "--stack=dev", "--non-interactive", "--color=never"]
        command += [f"--policy-pack={self.sandbox.add_pack(pack)}", f"--event-log={self._log}", *options]
        environment["PULUMI_DEBUG_COMMANDS"] = "true"
        return self.sandbox.run(command, cwd=self.folder, timeout=LIMIT, env=environment)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Those of the last preview."""
        return [json.loads(line) for line in self._log.read_text("utf-8").splitlines()]

    @property
    def found(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Level and message by policy and resource name, in the last preview."""
        return _policy_events(self.events)

    @property
    def _log(self) -> Path:
        return self.sandbox.root / "events.jsonl"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Pools of shape A with a finding of every kind; previews leave nothing in it."""
    with Sandbox(test_only_allow_apply=True) as sandbox:
        yield Stack(sandbox, sandbox.add_project(BAD / "shape-a", stacks=["dev"]))


def _policy_events(events: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Level and message by policy and resource name."""
    found = (event["policyEvent"] for event in events if "policyEvent" in event)
    return {
        (event["policyName"], event["resourceUrn"].rsplit("::", 1)[-1]): (event["enforcementLevel"], event["message"])
        for event in found
    }


def _own_pack(folder: Path, main: str, virtualenv: Path = ROOT / "policies" / "venv") -> Path:
    """A pack with a `__main__.py` of its own that imports the rule library."""
    folder.mkdir(exist_ok=True)
    (folder / "PulumiPolicy.yaml").write_text(
        f"name: poolgate\nversion: 0.0.1\nruntime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n"
    )
    (folder / "__main__.py").write_text(f"import sys\n\nsys.path.insert(0, {str(PACK)!r})\n{main}")
    return folder


def test_levels_unknowns_secrets_and_what_is_no_pool(stack: Stack) -> None:
    done = stack.preview()
    assert done.returncode == 1
    assert "poolgate@v" in done.stdout
    assert "[mandatory] [severity: critical]  placeholder-replaced" in done.stdout
    assert "[unknown] a secret, not read: tags.owner" in done.stdout
    events = stack.events
    found = _policy_events(events)
    assert found["capacity-bounded", "unknown-model"] == (
        "mandatory",
        "Capacity is within bounds\nsku.capacity: is 999, the limit is 50\n"
        "Set the capacity to a whole number from 1 to 50.\n",
    )
    assert found["model-id-wellformed", "unknown-model"] == (
        "advisory",
        "Model id is well-formed\n[unknown] not known yet: inferencePoolProperties.modelConfiguration.modelId\n",
    )
    assert found["model-id-wellformed", "secret-variables"][1].endswith(
        "[unknown] a secret, not read: inferencePoolProperties.modelConfiguration.modelId\n"
    )
    said = json.dumps([event["policyEvent"] for event in events if "policyEvent" in event])
    assert "hunter2" not in said
    summaries = [event["policyAnalyzeSummaryEvent"] for event in events if "policyAnalyzeSummaryEvent" in event]
    others = [summary for summary in summaries if ":Inference" not in summary["resourceUrn"]]
    assert others
    assert not any(summary.get("passed") or summary.get("failed") for summary in others)
    remediations = [event["policyRemediateSummaryEvent"] for event in events if "policyRemediateSummaryEvent" in event]
    assert not any(summary.get("passed") for summary in remediations)


_OWN = """
import pulumi_policy as sdk

from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.pack import serve
from inference_pools.rule import rule, stack_rule
from inference_pools.rules import ALL


@rule(Capacity, id="crashes", title="This rule has a bug", severity=Severity.LOW,
      enforcement=Enforcement.ADVISORY, remedy="", since="", source="https://example.com")
def crashes(capacity, options):
    yield Finding("instances", capacity.no_such_field)


def part(pool, total):
    yield Finding(("sku", "capacity"), f"is one of {total}")


@stack_rule(id="counted", title="Counted", severity=Severity.LOW, enforcement=Enforcement.MANDATORY,
            remedy="Count.", since="2026.12", source="https://example.com")
def counted(stack, options):
    for pool in stack.subjects:
        if pool.resource.name == "unknown-model":
            yield pool, part(pool, len(stack.subjects))


def no_storage(args, report):
    if args.resource_type == "azure-native:storage:StorageAccount":
        report("no storage here")


def count(args, report):
    report(f"{sum('Inference' in resource.resource_type for resource in args.resources)} pools")


serve((crashes, *ALL, counted), others=[
    sdk.ResourceValidationPolicy("no-storage", "No storage", no_storage, sdk.EnforcementLevel.MANDATORY),
    sdk.StackValidationPolicy("count", "Counts the pools", count),
])
"""


POOLS = "urn:pulumi:dev::bad-shape-a::azure-native:machinelearningservices:InferencePool::"


def test_what_is_outside_the_operation_is_not_judged_by_nothing(stack: Stack) -> None:
    """The engine shows what it leaves out, where that is new, without any properties."""
    stack.preview()
    whole = stack.found
    for option, inside in (("--target", "secret-variables"), ("--exclude", "unknown-model")):
        assert stack.preview(f"{option}={POOLS}{inside}").returncode == 1
        found = stack.found
        seen = {resource for _, resource in found}
        assert seen == {inside} if option == "--target" else inside not in seen
        assert {key: found[key] for key in found} == {key: whole[key] for key in found}
        said = [event["diagnosticEvent"]["message"] for event in stack.events if "diagnosticEvent" in event]
        (line,) = [message for message in said if "outside this operation" in message]
        assert re.search(
            r"\d+ resources? (is|are) outside this operation \(--target, --exclude\), and not judged", line
        )


def test_own_rules_that_are_no_python_end_the_preview_in_a_line(stack: Stack, tmp_path: Path) -> None:
    pack = _own_pack(
        tmp_path / "pack", "from inference_pools.pack import serve\n\nserve(own='own_rules.py', name='shop')\n"
    )
    (pack / "own_rules.py").write_text("\ndef (:\n")
    done = stack.preview(pack=pack)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert re.search(r"rules of shop: \S*/own_rules\.py:2: is no Python: invalid syntax", said)
    assert "Traceback" not in said


def test_own_rules_and_policies_run_beside_the_rules_and_one_that_crashes_blocks(stack: Stack, tmp_path: Path) -> None:
    done = stack.preview(pack=_own_pack(tmp_path / "pack", _OWN))
    assert done.returncode == 1
    assert "[mandatory] [severity: low]  crashes" in done.stdout
    assert "[broken] this resource: the rule failed at __main__.py:17: AttributeError:" in done.stdout
    found = stack.found
    assert found["capacity-bounded", "unknown-model"][0] == "mandatory"
    assert found["counted", "unknown-model"] == ("mandatory", "Counted\nsku.capacity: is one of 5\nCount.\n")
    assert found["no-storage", "store"] == ("mandatory", "No storage\nno storage here\n")
    assert any(policy == "count" and message.endswith("5 pools\n") for (policy, _), (_, message) in found.items())


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"capacity-bounds": "advisory"}, "capacity-bounds: no such rule; did you mean capacity-bounded?"),
        (
            {"capacity-bounded": {"maximum": "9"}},
            "capacity-bounded: maximum: Invalid type. Expected: integer, given: string",
        ),
    ],
    ids=["by the pack", "by the engine"],
)
def test_wrong_policy_config_is_refused(stack: Stack, tmp_path: Path, config: dict[str, Any], expected: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    done = stack.preview(f"--policy-pack-config={file}")
    assert done.returncode != 0
    assert expected in done.stdout + done.stderr


def test_policy_config_and_environment_are_heeded(stack: Stack, tmp_path: Path) -> None:
    """Levels, bounds, what is stricter in production, what bites later, and a pin of the rules."""
    file = tmp_path / "config.json"
    config = {
        "capacity-bounded": {"enforcementLevel": "advisory", "maximum": 1000},
        "placeholder-replaced": {"mandatory_from": "2999-01-01"},
        "tags-required": {"required": [], "environment": "prod", "production": {"required": ["team"]}},
    }
    file.write_text(json.dumps(config))
    stack.preview(f"--policy-pack-config={file}", POOLGATE_RULE_SET="2026.12")
    found = stack.found
    assert ("capacity-bounded", "unknown-model") not in found
    assert found["capacity-bounded", "other-api-version"][0] == "advisory"
    assert found["placeholder-replaced", "secret-variables"][0] == "advisory"
    assert found["tags-required", "clean"] == (
        "mandatory",
        "Required tags are set\ntags: lacks team\nGive the resource the tags team, each with a value.\n",
    )


def test_policy_analyze_judges_an_exported_state(stack: Stack) -> None:
    sandbox, folder = stack.sandbox, stack.folder
    shutil.copyfile(folder / "Pulumi.dev.yaml", folder / "Pulumi.applied.yaml")
    sandbox.initialise(folder, "applied")
    up = sandbox.run(["pulumi", "up", "--yes", "--skip-preview", "--stack=applied"], cwd=folder, timeout=LIMIT)
    assert up.returncode == 0, up.stdout + up.stderr
    state = sandbox.root / "state.json"
    export = ["pulumi", "stack", "export", "--stack=applied", f"--file={state}"]
    assert sandbox.run(export, cwd=folder, timeout=LIMIT).returncode == 0
    analyze = ["pulumi", "policy", "analyze", f"--file={state}", f"--policy-pack={sandbox.add_pack(PACK)}"]
    done = sandbox.run(analyze, cwd=folder, timeout=LIMIT)
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert "sku.capacity: is 999, the limit is 50" in output
    assert "inferenceGroupProperties.scaleUnitSize: is 0, the least is 1" in output
    assert "hunter2" not in output


def test_the_oldest_supported_sdk(stack: Stack, tmp_path: Path) -> None:
    """The newest is that of the pack's own environment."""
    virtualenv = tmp_path / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    others = (PACK / "requirements.in").read_text("utf-8").splitlines()[1:]  # all but pulumi itself
    requirements = ["pulumi==3.255.0", *others]
    subprocess.run([uv, "venv", "--quiet", str(virtualenv)], check=True, timeout=120)
    install = [uv, "pip", "install", "--quiet", "--python", str(virtualenv / "bin" / "python"), *requirements]
    subprocess.run(install, check=True, timeout=300)
    stack.preview(pack=_own_pack(tmp_path / "pack", "from inference_pools.pack import serve\n\nserve()\n", virtualenv))
    found = stack.found
    assert found["capacity-bounded", "unknown-model"][0] == "mandatory"
    assert found["model-id-wellformed", "unknown-model"][0] == "advisory"
