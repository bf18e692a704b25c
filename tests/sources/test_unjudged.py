"""Resources that may be pools and that no rule judges are said."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from inference_pools.policy_config import default_settings
from inference_pools.rules import ALL
from inference_pools.values import UNKNOWN_STRING
from poolgate.check import check
from poolgate.findings import NotJudged, PassedOver
from poolgate.sandbox.workspace import PreviewRun
from poolgate.sources.preview import read_preview
from poolgate.sources.unjudged import NO_POOL, why_unjudged

POOL = {"type": "Microsoft.MachineLearningServices/workspaces/inferencePools", "name": "p"}
GROUP = {"type": "Microsoft.MachineLearningServices/workspaces/inferencePools/inferenceGroups", "name": "p/g"}
VAULT = {"type": "Microsoft.KeyVault/vaults", "name": "v"}
NESTED = {"type": "Microsoft.Resources/deployments", "properties": {"template": {"resources": [POOL]}}}
LINKED = {"type": "Microsoft.Resources/deployments", "properties": {"templateLink": {"uri": "https://x"}}}


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("azure-native:machinelearningservices/v2023:InferencePol", "InferencePool"),
        ("azure-native:machinelearningservices:inferencegroup", "InferenceGroup"),
        ("azure-native:machinelearning:InferencePool", "InferencePool"),
        ("azure-native::InferencePool", "InferencePool"),
        ("azure-nativ:machinelearningservices:InferenceEndpoint", "InferenceEndpoint"),
        ("azure:machinelearning/inferencePool:InferencePool", "InferencePool"),
        ("azure:machinelearning:Inference_Pool", "InferencePool"),
    ],
)
def test_a_type_that_is_nearly_a_pools_is_said(token: str, kind: str) -> None:
    assert why_unjudged(token, {}) == (
        f"has the type {token}, which is nearly azure-native:machinelearningservices:{kind} and no rule knows"
    )


@pytest.mark.parametrize(
    "token",
    [
        "azure-native:machinelearningservices:InferencePool",
        "azure-native:machinelearningservices/v20240101preview:InferenceGroup",
        "azure-native:machinelearningservices:OnlineEndpoint",
        "azure-native:resources:ResourceGroup",
        "azure-native:batch:Pool",
        "random:index/randomPet:RandomPet",
    ],
)
def test_others_are_not(token: str) -> None:
    assert why_unjudged(token, {}) == ""


def test_what_a_pool_keeps_of_what_is_deployed_is_said() -> None:
    token = "azure-native:machinelearningservices:InferencePool"
    assert why_unjudged(token, {}, ignored=["sku.capacity", "tags"]) == (
        "keeps what is deployed of sku.capacity, tags (ignoreChanges), which `poolgate audit` judges"
    )
    assert why_unjudged("random:index:Pet", {}, ignored=["length"]) == ""


def test_a_component_may_be_called_a_pool() -> None:
    assert why_unjudged("shop:ml:InferencePool", {}, is_custom=False) == ""


@pytest.mark.parametrize(
    "token", ["pulumi-python:dynamic:Resource", "pulumi-nodejs:dynamic/pools:Pool", "command:local:Command"]
)
def test_code_that_makes_something_is_said(token: str) -> None:
    assert why_unjudged(token, {}) == f"is a {token}: what its code makes no preview sees"


@pytest.mark.parametrize(
    ("inputs", "clause"),
    [
        ({"properties": {"template": {"resources": [POOL]}}}, "makes 1 resource of inference pools"),
        ({"properties": {"template": {"resources": {"a": POOL, "b": GROUP}}}}, "makes 2 resources of inference pools"),
        ({"properties": {"template": json.dumps({"resources": [POOL]})}}, "makes 1 resource of inference pools"),
        ({"templateBody": json.dumps({"resources": [NESTED]})}, "makes 1 resource of inference pools"),
        ({"properties": {"template": {"resources": [LINKED]}}}, "is read from elsewhere"),
        ({"properties": {"templateLink": {"id": "/subscriptions/x"}}}, "is read from elsewhere"),
        ({"properties": {"template": UNKNOWN_STRING}}, "is not known here"),
        ({"properties": UNKNOWN_STRING}, "is not known here"),
    ],
)
@pytest.mark.parametrize(
    "token",
    [
        "azure-native:resources:Deployment",
        "azure-native:resources/v20240301:DeploymentAtSubscriptionScope",
        "azure:core/resourceGroupTemplateDeployment:ResourceGroupTemplateDeployment",
        "azure:core/templateDeployment:TemplateDeployment",
    ],
)
def test_pools_of_a_template_are_said(token: str, inputs: dict[str, Any], clause: str) -> None:
    assert why_unjudged(token, inputs) == f"is an Azure template that {clause}: no rule judges it"


def test_a_template_without_a_pool_is_not() -> None:
    assert why_unjudged("azure-native:resources:Deployment", {"properties": {"template": {"resources": [VAULT]}}}) == ""


def test_a_template_that_is_very_deep_is_no_error() -> None:
    deep: Any = POOL
    for _ in range(100):
        deep = {"resources": [deep]}
    inputs = {"properties": {"template": deep}, "templateBody": "[" * 100_000}
    assert why_unjudged("azure-native:resources:Deployment", inputs) == ""


MODEL = "urn:pulumi:dev::shop::gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore::"
PROGRAM = """
import pulumi

def make(token, name, properties={"resourceGroupName": "rg"}):
    pulumi.CustomResource(token, name, properties)

make("azure-nativ:machinelearningservices:InferencePool", "near")
make("acme:index:Thing", "thing")
make("gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore", "ranker")
make("aws:s3/bucket:Bucket", "weights")
"""


def test_check_and_preview_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: shop\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    in_process = check([tmp_path], default_settings(ALL), timeout=60, trace_config=False)
    token = "azure-nativ:machinelearningservices:InferencePool"
    urn = f"urn:pulumi:dev::shop::{token}::near"
    expected = [PassedOver("resource", urn, why_unjudged(token, {})), PassedOver("stack", "shop/dev", NO_POOL)]
    assert list(in_process.passed_over) == expected
    steps = [
        {"urn": urn, "newState": {"type": token, "custom": True, "inputs": {"resourceGroupName": "rg"}}},
        {
            "urn": "urn:pulumi:dev::shop::acme:index:Thing::thing",
            "newState": {"type": "acme:index:Thing", "custom": True},
        },
        *(
            {
                "op": op,
                "urn": f"{MODEL}{name}",
                "newState": {"type": "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore", "custom": is_custom},
            }
            for op, name, is_custom in (("create", "ranker", True), ("read", "of-others", True), ("same", "c", False))
        ),
    ]
    run = PreviewRun(0, [], json.dumps({"steps": steps}), "")
    previewed = read_preview(run, tmp_path, "shop", "dev")
    assert list(previewed.passed_over) == expected
    assert list(previewed.not_judged) == [NotJudged(f"{MODEL}ranker", "AiFeatureOnlineStore (gcp)")]
    assert previewed.not_judged == in_process.not_judged
