"""What the whole pack costs a real preview, beside a pack of one trivial policy served by the SDK."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import Final

from benchmarks.measure import interleaved, show
from poolgate.sandbox.workspace import Sandbox

ROOT: Final = Path(__file__).resolve().parent.parent
POOLS: Final = 500
OTHERS: Final = 500
UNKNOWN_EVERY: Final = 10
_RULES_ABOUT_MODEL_IDS: Final = (
    "model-id-wellformed",
    "model-version-pinned",
    "placeholder-replaced",
    "same-environment-sources",
)

_PROJECT: Final = """\
name: bench
runtime:
  name: python
  options:
    virtualenv: {virtualenv}
"""
_PROGRAM: Final = f"""\
import pulumi_azure_native as azure

group = azure.resources.ResourceGroup("group")
for number in range({OTHERS} - 1):
    azure.resources.ResourceGroup(f"group-{{number}}", location="westeurope")
for number in range({POOLS}):
    literal = f"azureml://registries/bench-models/models/ranker-{{number}}/versions/1"
    azure.machinelearningservices.InferencePool(
        f"pool-{{number}}",
        resource_group_name="rg-bench-001",
        workspace_name="mlw-bench-prod",
        inference_pool_name=f"pool-bench-{{number}}",
        location="westeurope",
        sku={{"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 999}},
        tags={{"owner": "bench", "environment": "prod", "costcenter": "4711"}},
        inference_pool_properties={{
            "node_sku_type": "Standard_DS3_v2",
            "model_configuration": {{"model_id": group.id if number % {UNKNOWN_EVERY} == 0 else literal}},
            "request_configuration": {{"request_timeout": "PT30S", "max_concurrent_requests_per_instance": 4}},
        }},
    )
"""
_PEER: Final = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def validate(args, report):
    if args.resource_type == "azure-native:machinelearningservices:InferencePool":
        if args.props["sku"]["capacity"] > 50:
            report("the capacity is above the limit")
        args.props["inferencePoolProperties"]["modelConfiguration"]["modelId"]


PolicyPack(
    "trivial",
    [ResourceValidationPolicy("capacity", "Capacity is within bounds", validate)],
    enforcement_level=EnforcementLevel.MANDATORY,
)
"""
_PEER_MANIFEST: Final = """\
name: trivial
version: 0.0.1
runtime:
  name: python
  options:
    virtualenv: {virtualenv}
"""


def main(rounds: int) -> int:
    """Prints the table. Returns 1 when a side did not find what is there to be found."""
    unknown = POOLS // UNKNOWN_EVERY
    expected = {
        "poolgate, the whole pack": Counter(
            {
                ("capacity-bounded", "mandatory"): POOLS,
                **{(rule, "advisory"): unknown for rule in _RULES_ABOUT_MODEL_IDS},
            }
        ),
        "SDK, one trivial policy": Counter({("capacity", "mandatory"): POOLS, ("capacity", "advisory"): unknown}),
    }
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        project = sandbox.add_project(write_project(Path(folder)))
        packs = {
            "poolgate, the whole pack": sandbox.add_pack(ROOT / "policies"),
            "SDK, one trivial policy": sandbox.add_pack(_write_peer(Path(folder))),
        }
        found: dict[str, Counter[tuple[str, str]]] = {}

        def preview(side: str, pack: Path | None) -> None:
            found[side] = _preview(sandbox, project, pack, Path(folder) / "events.jsonl")

        sides = {side: (lambda side=side, pack=pack: preview(side, pack)) for side, pack in packs.items()}  # type: ignore[misc]
        sides["no pack"] = lambda: preview("no pack", None)
        seconds = interleaved(sides, rounds)
    print(f"preview of {POOLS} pools and {OTHERS} other resources, seconds")
    show(seconds, "SDK, one trivial policy")
    wrong = {side: found[side] for side, counts in expected.items() if found[side] != counts}
    for side, counts in wrong.items():
        print(f"{side} found {dict(counts)}, expected {dict(expected[side])}")
    if not wrong:
        print(f"findings as expected: {sum(expected['poolgate, the whole pack'].values())} and {POOLS + unknown}")
    return 1 if wrong else 0


def write_project(folder: Path) -> Path:
    """The program that is previewed."""
    project = folder / "bench"
    project.mkdir()
    virtualenv = ROOT / "stacks" / "single-pool" / "venv"
    (project / "Pulumi.yaml").write_text(_PROJECT.format(virtualenv=virtualenv))
    (project / "Pulumi.dev.yaml").write_text("config:\n  azure-native:location: westeurope\n")
    (project / "__main__.py").write_text(dedent(_PROGRAM))
    return project


def _write_peer(folder: Path) -> Path:
    pack = folder / "trivial"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text(_PEER_MANIFEST.format(virtualenv=ROOT / "policies" / "venv"))
    (pack / "__main__.py").write_text(_PEER)
    return pack


def _preview(sandbox: Sandbox, project: Path, pack: Path | None, events: Path) -> Counter[tuple[str, str]]:
    events.unlink(missing_ok=True)
    command = ["pulumi", "preview", "--stack=dev", "--non-interactive", f"--event-log={events}"]
    command += [f"--policy-pack={pack}"] if pack else []
    sandbox.run(command, cwd=project, timeout=600, env={"PULUMI_DEBUG_COMMANDS": "true"})
    parsed = (json.loads(line) for line in events.read_text("utf-8").splitlines())
    policy_events = (event["policyEvent"] for event in parsed if "policyEvent" in event)
    return Counter((event["policyName"], event["enforcementLevel"]) for event in policy_events)
