"""The settings of a provider are seen by every source: the gate, check, and the audit of a state."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import pytest
from pulumi.runtime.proto import analyzer_pb2

from audit.state_builder import export, resource, stack_root, text, urn
from inference_pools import declared
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules.location_allowed import location_allowed
from inference_pools.rules.tags_required import tags_required
from inference_pools.runner import judge
from inference_pools.server import AnalyzerService
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, Json, to_struct
from poolgate.check import check
from poolgate.sources.state import pools, read

ENDPOINT: Final = "gcp:vertex/aiEndpoint:AiEndpoint"
POOL: Final = "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool"
PROVIDER: Final = "pulumi:providers:gcp"
RULES: Final = (tags_required, location_allowed)
SETTINGS: Final = default_settings(RULES)
LABELS: Final = '{"owner": "ml-platform", "costcenter": "4711"}'
SECRET: Final = {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:C7cQ0kl4Yk1n0Zb3:3m0Zt1k6VfQ="}

PROGRAM: Final = """
import pulumi

LABELS = '{"owner": "ml-platform"}'
provider = pulumi.ProviderResource("gcp", "elsewhere", {"region": "nowhere", "defaultLabels": LABELS})
for name, options in {"own": None, "theirs": pulumi.ResourceOptions(provider=provider)}.items():
    labels = {"environment": "dev"}
    pulumi.CustomResource("gcp:vertex/aiEndpoint:AiEndpoint", name,
                          {"displayName": "Chat", "location": "europe-west4", "labels": labels}, options)
    pulumi.CustomResource("gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool", name,
                          {"dedicatedResources": {"machineSpec": {}, "minReplicaCount": 2}}, options)
"""
CONFIG: Final = """config:
  gcp:project: contoso-ml
  gcp:region: europe-west4
  gcp:defaultLabels:
    owner: ml-platform
    costcenter: "4711"
"""


def reported(made: Resource) -> list[tuple[str, str, str]]:
    return [(one.outcome.value, one.path, one.message) for one in judge(SETTINGS, made) if one.outcome.reported]


def test_a_program_s_providers_are_those_of_its_options_and_of_its_configuration(tmp_path: Path) -> None:
    manifest = f"name: shop\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    for name, written in {"Pulumi.yaml": manifest, "Pulumi.dev.yaml": CONFIG, "__main__.py": PROGRAM}.items():
        (tmp_path / name).write_text(written)
    tally = check([tmp_path], SETTINGS, timeout=60, trace_config=False)
    said = {(one.subject.name, one.rule, one.path, one.message) for one in tally.findings}
    assert said == {
        ("theirs", "tags-required", "labels", "lacks costcenter"),
        ("theirs", "location-allowed", "region", "is 'nowhere', which is no region of Vertex AI"),
    }


def test_what_nobody_has_set_a_provider_takes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_REGION", "nowhere")
    manifest = f"name: shop\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    pool = f'import pulumi\npulumi.CustomResource("{POOL}", "chat", {{}})'
    for name, written in {"Pulumi.yaml": manifest, "Pulumi.dev.yaml": "config: {}\n", "__main__.py": pool}.items():
        (tmp_path / name).write_text(written)

    def said() -> list[tuple[str, str]]:
        tally = check([tmp_path], SETTINGS, timeout=60, trace_config=False)
        return [(one.path, one.message) for one in tally.findings]

    assert said() == [("region", "is 'nowhere', which is no region of Vertex AI")]
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {gcp:region: europe-west4}\n")
    assert said() == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"region": "europe-west4", "defaultLabels": LABELS}, []),
        ({"region": "europe-west4"}, [("violated", "labels", "lacks owner, costcenter")]),
        ({"defaultLabels": SECRET}, [("unknown", "effectiveLabels", "a secret, not read")]),
    ],
)
def test_a_state_has_its_providers_the_default_ones_too(settings: dict[str, Json], expected: list[Any]) -> None:
    provider = resource(PROVIDER, "default_10_2_0", id="4711", inputs={"version": "10.2.0", **settings})
    inputs = {"displayName": "Chat", "location": "europe-west4", "labels": {"environment": "dev"}}
    endpoint = resource(ENDPOINT, "chat", id="1", inputs=inputs, provider=f"{urn(PROVIDER, 'default_10_2_0')}::4711")
    (found,) = pools(read(text(export(stack_root(), provider, endpoint)), "stack.json"))
    assert found.resource.provider_version == "10.2.0"
    assert reported(found.resource) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"outputs": {"defaultLabels": LABELS}}, []),
        ({"inputs": {}, "outputs": {"defaultLabels": LABELS}}, [("violated", "labels", "lacks owner, costcenter")]),
        ({}, [("unknown", "effectiveLabels", "not known yet")]),
    ],
)
def test_a_provider_that_has_lost_its_inputs_in_a_state_is_not_one_without_settings(
    members: dict[str, Json], expected: list[Any]
) -> None:
    provider = resource(PROVIDER, "us", id="4711", **members)
    inputs = {"displayName": "Chat", "location": "europe-west4", "labels": {"environment": "dev"}}
    endpoint = resource(ENDPOINT, "chat", id="1", inputs=inputs, provider=f"{urn(PROVIDER, 'us')}::4711")
    (found,) = pools(read(text(export(stack_root(), provider, endpoint)), "stack.json"))
    assert reported(found.resource) == expected


def test_of_a_provider_that_a_state_lacks_nothing_is_known() -> None:
    endpoint = resource(
        ENDPOINT, "chat", id="1", inputs={"displayName": "Chat", "location": "eu", "labels": {"owner": "ml"}},
        provider=f"{urn(PROVIDER, 'gone')}::4711",
    )  # fmt: skip
    (found,) = pools(read(text(export(stack_root(), endpoint)), "stack.json"))
    assert reported(found.resource) == [("unknown", "effectiveLabels", "not known yet")]


def test_the_engine_tells_the_gate() -> None:
    serving, context = AnalyzerService("poolgate", "A pack", declared.policies(RULES)), None

    def said(token: str, properties: dict[str, Json], provider: dict[str, Json]) -> list[str]:
        request = analyzer_pb2.AnalyzeRequest(
            type=token, urn=urn(token, "chat"), name="chat", properties=to_struct(properties)
        )
        request.provider.properties.CopyFrom(to_struct(provider))
        answer: Any = serving.Analyze(request, context)  # type: ignore[arg-type]
        return [one.message.splitlines()[1] for one in answer.diagnostics]

    labels = {"environment": "dev"}
    assert said(ENDPOINT, {"location": "eu", "labels": labels}, {"defaultLabels": LABELS}) == []
    assert said(ENDPOINT, {"location": "eu", "labels": labels}, {"version": "10.2.0"}) == [
        "labels: lacks owner, costcenter"
    ]
    assert said(POOL, {"name": "chat"}, {"region": "nowhere"}) == [
        "region: is 'nowhere', which is no region of Vertex AI"
    ]
