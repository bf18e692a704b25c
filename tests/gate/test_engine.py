"""The gate as Pulumi runs it: the real engine, the real pack, and what a person reads in its output."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poolgate.sandbox.workspace import Completed, Sandbox

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policies"
STACKS = ROOT / "stacks"
BAD = ROOT / "tests" / "identity" / "projects"
LIMIT = 300.0
GOOD = ["single-pool", "pool-groups", "fleet"]

pytestmark = pytest.mark.engine


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(test_only_allow_apply=True) as made:
        yield made


def _preview(
    sandbox: Sandbox, project: Path, stack: str, *options: str, pack: Path = PACK, env: dict[str, str] | None = None
) -> Completed:
    folder = sandbox.add_project(project, stacks=[stack])
    command = ["pulumi", "preview", f"--stack={stack}", "--non-interactive", "--color=never"]
    command += [f"--policy-pack={sandbox.add_pack(pack)}", *options]
    return sandbox.run(command, cwd=folder, timeout=LIMIT, env=env)


def _events(sandbox: Sandbox, project: Path, stack: str, *options: str, pack: Path = PACK) -> list[dict[str, Any]]:
    file = sandbox.root / "events.jsonl"
    log = f"--event-log={file}"
    _preview(sandbox, project, stack, log, *options, pack=pack, env={"PULUMI_DEBUG_COMMANDS": "true"})
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


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


@pytest.mark.parametrize("sample", GOOD)
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_good_sample_passes(sandbox: Sandbox, sample: str, stack: str) -> None:
    done = _preview(sandbox, STACKS / sample, stack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[mandatory]" not in done.stdout
    assert "poolgate@v" in done.stdout


def test_rejected_seed_is_rejected_in_pulumis_own_output(sandbox: Sandbox) -> None:
    done = _preview(sandbox, STACKS / "rejected-seed", "dev")
    assert done.returncode == 1
    assert "[mandatory] [severity: critical]  placeholder-replaced" in done.stdout
    assert "inferencePoolProperties.modelConfiguration.modelId: {model_name} is a placeholder" in done.stdout
    assert "tags: lacks owner, environment, costcenter" in done.stdout


def test_levels_unknowns_secrets_and_what_is_no_pool(sandbox: Sandbox) -> None:
    events = _events(sandbox, BAD / "shape-a", "dev")
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


_CRASHING = """
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.model import Capacity
from inference_pools.pack import serve
from inference_pools.rule import rule
from inference_pools.rules import ALL


@rule(Capacity, id="crashes", title="This rule has a bug", severity=Severity.LOW,
      enforcement=Enforcement.ADVISORY, remedy="", since="", source="https://example.com")
def crashes(capacity, options):
    yield Finding("instances", capacity.no_such_field)


serve((crashes, *ALL))
"""


def test_crashing_rule_blocks_and_the_others_still_report(sandbox: Sandbox, tmp_path: Path) -> None:
    pack = _own_pack(tmp_path / "pack", _CRASHING)
    done = _preview(sandbox, BAD / "shape-a", "dev", pack=pack)
    assert done.returncode == 1
    assert "[mandatory] [severity: low]  crashes" in done.stdout
    assert "[broken] this resource: the rule failed at __main__.py:15: AttributeError:" in done.stdout
    assert "capacity-bounded" in done.stdout


def test_crashing_rule_gives_poolgate_exit_code_3(tmp_path: Path) -> None:
    pack = _own_pack(tmp_path / "pack", _CRASHING)
    command = [sys.executable, "-m", "poolgate", "preview", str(BAD / "shape-a"), "--policy-pack", str(pack)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 3, done.stderr
    assert "crashes: [broken] the rule failed at __main__.py:15" in done.stdout
    assert "capacity-bounded: sku.capacity: is 999" in done.stdout


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"capacity-bounds": "advisory"}, "capacity-bounds: no such rule; did you mean capacity-bounded?"),
        ({"capacity-bounded": {"maximun": 9}}, "capacity-bounded.maximun: no such option; did you mean maximum?"),
        (
            {"capacity-bounded": {"maximum": "9"}},
            "capacity-bounded: maximum: Invalid type. Expected: integer, given: string",
        ),
        ({"all": "disabled"}, "every rule is disabled, so nothing would be judged; enable at least one"),
    ],
)
def test_wrong_policy_config_is_refused(
    sandbox: Sandbox, tmp_path: Path, config: dict[str, Any], expected: str
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    done = _preview(sandbox, STACKS / "single-pool", "dev", f"--policy-pack-config={file}")
    assert done.returncode != 0
    assert expected in done.stdout + done.stderr


def test_policy_config_changes_level_and_bounds(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"capacity-bounded": {"enforcementLevel": "advisory", "maximum": 1000}}))
    found = _policy_events(_events(sandbox, BAD / "shape-a", "dev", f"--policy-pack-config={file}"))
    assert ("capacity-bounded", "unknown-model") not in found
    assert found["capacity-bounded", "other-api-version"][0] == "advisory"


_BESIDE = """
import pulumi_policy as sdk

from inference_pools.pack import serve


def no_storage(args, report):
    if args.resource_type == "azure-native:storage:StorageAccount":
        report("no storage here")


def count(args, report):
    report(f"{sum('Inference' in resource.resource_type for resource in args.resources)} pools")


serve(others=[
    sdk.ResourceValidationPolicy("no-storage", "No storage", no_storage, sdk.EnforcementLevel.MANDATORY),
    sdk.StackValidationPolicy("count", "Counts the pools", count),
])
"""


def test_a_teams_own_policies_run_beside_the_rules(sandbox: Sandbox, tmp_path: Path) -> None:
    pack = _own_pack(tmp_path / "pack", _BESIDE)
    found = _policy_events(_events(sandbox, BAD / "shape-a", "dev", pack=pack))
    assert found["no-storage", "store"] == ("mandatory", "No storage\nno storage here\n")
    assert found["capacity-bounded", "unknown-model"][0] == "mandatory"
    assert any(policy == "count" and message.endswith("5 pools\n") for (policy, _), (_, message) in found.items())


def test_policy_analyze_judges_an_exported_state(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = sandbox.add_project(BAD / "shape-a", stacks=["dev"])
    up = sandbox.run(["pulumi", "up", "--yes", "--skip-preview", "--stack=dev"], cwd=folder, timeout=LIMIT)
    assert up.returncode == 0, up.stdout + up.stderr
    state = sandbox.root / "state.json"
    export = ["pulumi", "stack", "export", "--stack=dev", f"--file={state}"]
    assert sandbox.run(export, cwd=folder, timeout=LIMIT).returncode == 0
    pack = sandbox.add_pack(PACK)
    done = sandbox.run(
        ["pulumi", "policy", "analyze", f"--file={state}", f"--policy-pack={pack}"], cwd=folder, timeout=LIMIT
    )
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert "sku.capacity: is 999, the limit is 50" in output
    assert "inferenceGroupProperties.scaleUnitSize: is 0, the least is 1" in output
    assert "hunter2" not in output


@pytest.mark.parametrize("version", ["3.255.0", "3.272.0"])
def test_both_ends_of_the_supported_sdk_versions(sandbox: Sandbox, tmp_path: Path, version: str) -> None:
    virtualenv = tmp_path / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    others = (PACK / "requirements.in").read_text("utf-8").splitlines()[1:]  # all but pulumi itself
    requirements = [f"pulumi=={version}", *others]
    subprocess.run([uv, "venv", "--quiet", str(virtualenv)], check=True, timeout=120)
    install = [uv, "pip", "install", "--quiet", "--python", str(virtualenv / "bin" / "python"), *requirements]
    subprocess.run(install, check=True, timeout=300)
    pack = _own_pack(tmp_path / "pack", "from inference_pools.pack import serve\n\nserve()\n", virtualenv)
    found = _policy_events(_events(sandbox, BAD / "shape-a", "dev", pack=pack))
    assert found["capacity-bounded", "unknown-model"][0] == "mandatory"
    assert found["model-id-wellformed", "unknown-model"][0] == "advisory"


def test_a_rule_may_be_stricter_in_production_and_bite_later(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    config = {
        "capacity-bounded": {"mandatory_from": "2999-01-01"},
        "tags-required": {"required": [], "environment": "prod", "production": {"required": ["team"]}},
    }
    file.write_text(json.dumps(config))
    found = _policy_events(_events(sandbox, BAD / "shape-a", "dev", f"--policy-pack-config={file}"))
    assert found["capacity-bounded", "unknown-model"][0] == "advisory"
    assert found["tags-required", "clean"] == (
        "mandatory",
        "Required tags are set\ntags: lacks team\nGive the resource the tags team, each with a value.\n",
    )


def test_the_environment_may_pin_the_rules(sandbox: Sandbox) -> None:
    folder = sandbox.add_project(STACKS / "single-pool", stacks=["dev"])
    command = ["pulumi", "preview", "--stack=dev", "--non-interactive", f"--policy-pack={sandbox.add_pack(PACK)}"]
    done = sandbox.run(command, cwd=folder, timeout=LIMIT, env={"POOLGATE_RULE_SET": "2026.12"})
    assert done.returncode == 0, done.stdout + done.stderr
    done = sandbox.run(command, cwd=folder, timeout=LIMIT, env={"POOLGATE_RULE_SET": "2020.01"})
    assert done.returncode != 0
    assert "2020.01 is older than every rule" in done.stdout + done.stderr


_STACK_RULE = """
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.pack import serve
from inference_pools.rule import stack_rule
from inference_pools.rules import ALL


def part(pool, total):
    yield Finding(("sku", "capacity"), f"is one of {total}")


@stack_rule(id="counted", title="Counted", severity=Severity.LOW, enforcement=Enforcement.MANDATORY,
            remedy="Count.", since="2026.12", source="https://example.com")
def counted(stack, options):
    for pool in stack.pools:
        if pool.resource.name == "unknown-model":
            yield pool, part(pool, len(stack.pools))


serve((*ALL, counted))
"""


def test_rules_over_a_stack_see_the_inputs_of_all_its_pools(sandbox: Sandbox, tmp_path: Path) -> None:
    found = _policy_events(_events(sandbox, BAD / "shape-a", "dev", pack=_own_pack(tmp_path / "pack", _STACK_RULE)))
    assert found["counted", "unknown-model"] == ("mandatory", "Counted\nsku.capacity: is one of 5\nCount.\n")
