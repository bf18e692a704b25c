"""Which resources serve models and have no rule that judges them, by their type tokens and in a program's text."""

from __future__ import annotations

import pytest

from inference_pools.not_judged import _KINDS, in_words, kind_not_judged, kinds_in, sentence
from inference_pools.view import may_be_judged

ML = "machinelearningservices"


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (f"azure-native:{ML}:BatchEndpoint", "BatchEndpoint (azure-native)"),
        (f"azure-native:{ML}/v20240401:BatchEndpoint", "BatchEndpoint (azure-native)"),
        (f"azure-native_{ML}_v20240401:{ML}:BatchEndpoint", "BatchEndpoint (azure-native)"),
        (f"azure-native_{ML}_v20240401preview:{ML}/v20240401preview:BatchEndpoint", "BatchEndpoint (azure-native)"),
        ("azure:cognitive/deployment:Deployment", "Deployment (azure)"),
        ("aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput", "ProvisionedModelThroughput (aws)"),
        ("aws-native:sagemaker:InferenceExperiment", "InferenceExperiment (aws-native)"),
        ("gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore", "AiFeatureOnlineStore (gcp)"),
        ("google-native:aiplatform/v1:DeploymentResourcePool", "DeploymentResourcePool (google-native)"),
        ("google-native:aiplatform/v1beta1:Endpoint", "Endpoint (google-native)"),
        ("google-native:ml/v1:Version", "Version (google-native)"),
        ("databricks:index/modelServing:ModelServing", "ModelServing (databricks)"),
        ("kubernetes:serving.kserve.io/v1beta1:InferenceService", "InferenceService (kubernetes)"),
    ],
)
def test_it_is_known_in_every_form_of_its_token(token: str, kind: str) -> None:
    assert kind_not_judged(token) == kind


@pytest.mark.parametrize(
    "token",
    [
        f"azure-native:{ML}:InferencePool",
        f"azure-native:{ML}:Workspace",
        "azure-native:cognitiveservices/v20231001preview:Deployment",
        "azure-native:resources:Deployment",
        "azure-native:storage:StorageAccount",
        "aws:s3/bucket:Bucket",
        "aws:dynamodb/table:Table",
        "aws:apigateway/model:Model",
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:vertex/aiEndpoint:AiEndpoint",
        "google-native:aiplatform/v1:Dataset",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:core/v1:Endpoints",
        "pulumi:providers:aws",
        "",
        "BatchEndpoint",
    ],
)
def test_buckets_and_databases_are_none(token: str) -> None:
    assert kind_not_judged(token) == ""


def test_what_a_rule_judges_is_not_in_the_table() -> None:
    tokens = [f"{package}:{module}:{kind}" for (package, module), kinds in _KINDS.items() for kind in kinds]
    assert not any(map(may_be_judged, tokens))
    assert all(map(kind_not_judged, tokens))


def test_a_sentence_counts_them() -> None:
    assert sentence([]) == ""
    assert sentence(["A (x)"]) == "1 resource that serves models is not judged: 1 A (x)"
    assert sentence(["A (x)", "B (y)", "B (y)"]) == "3 resources that serve models are not judged: 2 B (y), 1 A (x)"
    assert in_words(f"K{number} (x)" for number in range(10)).endswith("1 K7 (x), 2 more")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("import pulumi_google_native\naiplatform.Endpoint('e')\nml.Model('m')",
         ["Endpoint"]),
        ("from pulumi_azure_native import machinelearningservices as ml\nml.BatchEndpoint('d')",
         ["BatchEndpoint"]),
        ('aiplatform.NewEndpoint(ctx, "e", &aiplatform.EndpointArgs{})', ["Endpoint"]),
        ("new GoogleNative.Aiplatform.Endpoint(", ["Endpoint"]),
        ("gcp.vertex.AiFeatureOnlineStore('e')", ["AiFeatureOnlineStore"]),
        ("databricks.ModelServing('s')", ["ModelServing"]),
        ("class Model(Base): ...\nModel('m')  # of sagemaker", []),
        ("k8s.apps.v1.Deployment('d')", []),
        ("aws.s3.Bucket('b')", []),
        ("BatchEndpoint('d')", []),
    ],
)  # fmt: skip
def test_the_text_of_a_program_is_looked_through(text: str, kinds: list[str]) -> None:
    assert sorted(kinds_in(text)) == sorted(kinds)
