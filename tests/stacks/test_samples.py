"""The samples are real projects: their files fit their schemas, and their programs run."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from poolgate.lint.project import Project, load_project
from poolgate.lint.schema_files import find_project_schema
from poolgate.lint.schema_lint import lint_project
from poolgate.lint.schema_store import load_schema
from poolgate.lint.secure_value import SECURE_VALUE

REPOSITORY = Path(__file__).resolve().parents[2]
GOOD_SAMPLES = ("single-pool", "pool-groups", "fleet", "sagemaker", "azure-online", "vertex", "three-clouds")
REJECTED = ("seed", "sagemaker", "azure-online", "vertex", "three-clouds")
SAMPLES = (*GOOD_SAMPLES, *(f"rejected-{name}" for name in REJECTED))
PARTS = ("pool", "sagemaker-endpoint", "online-endpoint", "vertex-endpoint")
FOLDER = REPOSITORY / "schemas"
SCHEMAS = sorted(FOLDER.glob("*.schema.json"))
HAND_WRITTEN = [file for file in SCHEMAS if file.name.startswith(("poolgate.", "pulumi-", *PARTS, *SAMPLES))]

# The program runs in the sample's own environment, under the SDK's mocks: no engine, no cloud.
RUNNER = """
import json, runpy, sys
sys.path.insert(0, ".")
import pulumi
resources = []
class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        resources.append({"type": args.typ, "name": args.name, "inputs": args.inputs})
        return f"{args.name}-id", args.inputs
    def call(self, args):
        raise AssertionError(f"the program calls {args.token}")
pulumi.runtime.set_mocks(Mocks(), project=sys.argv[1], stack=sys.argv[2], preview=False)
pulumi.runtime.test(lambda: runpy.run_path("__main__.py", run_name="__main__"))()
print(json.dumps(resources))
"""


def sample(name: str) -> Project:
    return load_project(REPOSITORY / "stacks" / name)


STACKS = [(name, stack) for name in SAMPLES for stack in sample(name).stack_files]


def run(name: str, stack: str, changes: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    project = sample(name)
    python = project.directory / "venv" / "bin" / "python"
    assert python.exists(), f"{name} has no virtual environment yet; run `make stacks`"
    config = project.stacks[stack]
    environment = {
        **os.environ,
        "PULUMI_CONFIG": json.dumps({**config.effective(), **(changes or {})}),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(config.secret_keys)),
    }
    return subprocess.run(
        [python, "-c", RUNNER, name, stack],
        cwd=project.directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@cache
def resources(name: str, stack: str) -> list[dict[str, Any]]:
    result = run(name, stack)
    assert result.returncode == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_a_schema_and_is_clean(name: str) -> None:
    project = sample(name)
    assert find_project_schema(project.directory, project.name) == REPOSITORY / "schemas" / f"{name}.schema.json"
    assert lint_project(project.directory) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_project_of_its_own(name: str) -> None:
    project = sample(name)
    assert (project.name, project.runtime) == (name, "python")
    assert project.runtime_options == {"toolchain": "pip", "virtualenv": "venv"}
    wanted = {line for line in (project.directory / "requirements.in").read_text().splitlines() if line[:1] != "#"}
    locked = (project.directory / "requirements.txt").read_text()
    assert all(f"{requirement} \\" in locked.splitlines() for requirement in wanted)
    assert "://" not in locked
    assert (project.directory / "README.md").read_text().startswith(f"# {name}\n")


def test_the_shared_pattern_is_the_same_in_every_sample() -> None:
    assert len({(REPOSITORY / "stacks" / name / "typed_config.py").read_text() for name in GOOD_SAMPLES}) == 1


SAGEMAKER = {
    **{"Role": 1, "RolePolicy": 4, "Model": 4, "EndpointConfiguration": 3, "Endpoint": 3},
    **{"Target": 3, "Policy": 4, "MetricAlarm": 3},
}
AZURE_ONLINE = {"OnlineEndpoint": 1, "OnlineDeployment": 2, "AutoscaleSetting": 2, "Account": 1, "Deployment": 2}
VERTEX = {"AiDeploymentResourcePool": 2, "AiEndpoint": 1, "AiEndpointWithModelGardenDeployment": 1}
ON_AWS = {"Model": 1, "EndpointConfiguration": 1, "Endpoint": 1}
ON_AZURE = {"OnlineEndpoint": 1, "OnlineDeployment": 1}
ON_GOOGLE = {"AiEndpointWithModelGardenDeployment": 1}
THREE_CLOUDS = {**ON_AWS, "Target": 1, "Policy": 1, **ON_AZURE, "AutoscaleSetting": 1, **ON_GOOGLE}
EXPECTED = {
    ("single-pool", "dev"): {"InferencePool": 1, "ResourceGroup": 1},
    ("single-pool", "prod"): {"InferencePool": 1, "ResourceGroup": 1},
    ("pool-groups", "dev"): {"InferencePool": 1, "InferenceGroup": 2, "InferenceEndpoint": 2},
    ("pool-groups", "prod"): {"InferencePool": 1, "InferenceGroup": 2, "InferenceEndpoint": 2},
    ("fleet", "dev"): dict.fromkeys(("RegionalPool", "InferencePool", "InferenceGroup", "InferenceEndpoint"), 5),
    ("fleet", "prod"): dict.fromkeys(("RegionalPool", "InferencePool", "InferenceGroup", "InferenceEndpoint"), 6),
    ("sagemaker", "dev"): SAGEMAKER,
    ("sagemaker", "prod"): SAGEMAKER,
    ("azure-online", "dev"): AZURE_ONLINE,
    ("azure-online", "prod"): AZURE_ONLINE,
    ("vertex", "dev"): VERTEX,
    ("vertex", "prod"): VERTEX,
    ("three-clouds", "dev"): THREE_CLOUDS,
    ("three-clouds", "prod"): THREE_CLOUDS,
    ("rejected-seed", "dev"): {"InferencePool": 1, "ResourceGroup": 1},
    ("rejected-sagemaker", "prod"): {
        **{"Role": 1, "RolePolicyAttachment": 1, "Model": 5, "EndpointConfiguration": 4, "Endpoint": 4},
        **{"Target": 2, "Policy": 2, "MetricAlarm": 1},
    },
    ("rejected-azure-online", "prod"): {
        **{"OnlineEndpoint": 1, "OnlineDeployment": 2, "AutoscaleSetting": 1, "Account": 1, "Deployment": 3}
    },
    ("rejected-vertex", "prod"): {
        **{"AiDeploymentResourcePool": 3, "AiEndpoint": 1, "AiEndpointWithModelGardenDeployment": 2},
        "AiReasoningEngine": 1,
    },
    ("rejected-three-clouds", "dev"): {**ON_AWS, **ON_AZURE, **ON_GOOGLE},
    ("rejected-three-clouds", "prod"): {**ON_AWS, **ON_AZURE, **ON_GOOGLE},
}


@pytest.mark.parametrize(("name", "stack"), STACKS)
def test_the_program_makes_what_it_says(name: str, stack: str) -> None:
    kinds = Counter(resource["type"].rpartition(":")[2] for resource in resources(name, stack))
    assert kinds == EXPECTED[name, stack]


def test_the_rejected_seed_keeps_its_placeholders() -> None:
    [pool] = [r for r in resources("rejected-seed", "dev") if r["type"].endswith(":InferencePool")]
    properties = pool["inputs"]["inferencePoolProperties"]
    prefix = (
        "/subscriptions/{subscription_id}/resourceGroups/{resource_group}"
        "/providers/Microsoft.MachineLearningServices/workspaces/{workspace_name}"
    )
    assert properties["modelConfiguration"]["modelId"] == f"{prefix}/models/{{model_name}}/versions/{{model_version}}"
    assert properties["environmentConfiguration"]["environmentId"] == (
        f"{prefix}/environments/{{environment_name}}/versions/{{environment_version}}"
    )
    assert properties["nodeSkuType"] == "Standard"
    assert pool["inputs"]["sku"] == {
        "name": "Standard_D3_v2",
        "tier": "Standard",
        "size": "Standard_D3_v2",
        "family": "D_v2",
        "capacity": 2.0,
    }


def test_a_secret_of_the_configuration_is_one() -> None:
    stack = sample("pool-groups").stacks["prod"]
    assert stack.entries["pool-groups:telemetryConnection"].value is SECURE_VALUE
    assert stack.secret_keys == {"pool-groups:telemetryConnection"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"single-pool:sku": '{"name": "x"}'}, "single-pool:sku: 'tier' is missing"),
        ({"single-pool:sku": "[]"}, "single-pool:sku: expected an object, found an empty list"),
        (
            {"single-pool:sku": '{"name": "x", "tier": "x", "size": "x", "family": "x", "capacity": "two"}'},
            "single-pool:sku.capacity: expected a whole number, found a text",
        ),
    ],
)
def test_a_wrong_configuration_is_named(changes: dict[str, str], message: str) -> None:
    result = run("single-pool", "dev", changes)
    assert result.returncode != 0
    assert f"ConfigError: {message}" in result.stderr


def test_an_endpoint_without_its_group_is_named() -> None:
    endpoints = '[{"name": "e", "group": "nobody", "requestTimeout": "PT1S", "maxConcurrentRequestsPerInstance": 1}]'
    result = run("pool-groups", "dev", {"pool-groups:endpoints": endpoints})
    message = "pool-groups:endpoints[0].group: no group is called 'nobody', the groups are grp-chat, grp-embedding"
    assert message in result.stderr


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        (
            "sagemaker",
            {"aws:region": "us-east-1"},
            "904663175208.dkr.ecr.eu-west-1.amazonaws.com/card-fraud-cpu@sha256:",
        ),
        (
            "azure-online",
            {"azure-online:traffic": '{"blue": 90, "gren": 10}'},
            "azure-online:traffic: no deployment is called 'gren', the deployments are blue, green",
        ),
        (
            "vertex",
            {"gcp:region": "us-central1"},
            "vertex:kmsKeyName: projects/contoso-keys/locations/europe-west4/keyRings/ml-prod/cryptoKeys/serving is no "
            "key in us-central1",
        ),
    ],
)
def test_what_does_not_belong_together_is_named(name: str, changes: dict[str, str], message: str) -> None:
    result = run(name, "prod", changes)
    assert result.returncode != 0
    assert message in result.stderr


def test_an_asynchronous_endpoint_finds_its_way_up_from_zero() -> None:
    made = {resource["name"]: resource["inputs"] for resource in resources("sagemaker", "prod")}
    assert made["asynchronous-capacity"]["minCapacity"] == 0
    assert made["asynchronous-first-instance"]["policyType"] == "StepScaling"
    alarm = made["asynchronous-without-capacity"]
    assert alarm["metricName"] == "HasBacklogWithoutCapacity"
    assert alarm["dimensions"] == {"EndpointName": made["asynchronous-endpoint"]["name"]}


def described(schema: Any, where: str, inside_properties: bool = False) -> list[str]:
    """The places of properties and definitions that lack a title, a description or examples."""
    if not isinstance(schema, dict):
        return []
    missing = []
    for group in ("properties", "$defs"):
        for name, inner in schema.get(group, {}).items():
            # Under `if` and `then`, properties only narrow down what is described elsewhere.
            if "const" not in inner and where.rpartition("/")[2] not in ("if", "then") and "$ref" not in inner:
                missing += [f"{where}/{name} {key}" for key in ("title", "description", "examples") if key not in inner]
            missing += described(inner, f"{where}/{name}")
    for key in ("items", "additionalProperties", "then", "if"):
        missing += described(schema.get(key), f"{where}/{key}")
    for key in ("oneOf", "anyOf", "allOf"):
        for index, inner in enumerate(schema.get(key, ())):
            missing += described(inner, f"{where}/{key}/{index}")
    return missing


@pytest.mark.parametrize("file", HAND_WRITTEN, ids=lambda file: file.name)
def test_a_schema_says_what_everything_is(file: Path) -> None:
    schema = json.loads(file.read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == file.name
    assert schema["title"]
    assert schema["description"]
    assert described(schema, "#") == []


def with_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return SECURE_VALUE if value.keys() == {"secure"} else {k: with_secrets(v) for k, v in value.items()}
    return [with_secrets(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("file", HAND_WRITTEN, ids=lambda file: file.name)
def test_the_examples_of_a_schema_fit_it(file: Path) -> None:
    schema = load_schema(file)
    for example in schema.contents.get("examples", ()):
        assert [error.message for error in schema.errors(with_secrets(example))] == []


def judge_of(parts: str, name: str) -> Any:
    """A validator of one part of a shared schema."""
    read = {name: Resource.from_contents(json.loads((FOLDER / f"{name}.schema.json").read_text())) for name in PARTS}
    registry: Any = Registry().with_resources((f"{name}.schema.json", part) for name, part in read.items())
    return Draft202012Validator({"$ref": f"{parts}.schema.json#/$defs/{name}"}, registry=registry)


@pytest.mark.parametrize("parts", PARTS)
def test_the_examples_of_the_shared_parts_fit_them(parts: str) -> None:
    for name, part in json.loads((FOLDER / f"{parts}.schema.json").read_text())["$defs"].items():
        for example in part["examples"]:
            assert [error.message for error in judge_of(parts, name).iter_errors(example)] == [], name


ILL_FORMED = [
    ("pool", "duration", "P1M"),
    ("pool", "duration", "PT"),
    ("pool", "duration", "P"),
    ("pool", "duration", "PT1H30"),
    ("pool", "duration", "5"),
    ("pool", "modelId", "azureml:m:1"),
    ("pool", "modelId", "azureml://registries/r/models/m/labels/latest"),
    (
        "pool",
        "modelId",
        "/subscriptions/{subscription_id}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/"
        "workspaces/w/models/m/versions/1",
    ),
    ("pool", "environmentId", "azureml://registries/r/models/m/versions/1"),
    ("pool", "resourceGroupName", "rg-ends-in-a-period."),
    ("pool", "workspaceName", "ab"),
    ("pool", "resourceName", "-pool"),
    ("pool", "location", "West Europe"),
    ("pool", "vmSize", "DS3_v2"),
    ("pool", "capacity", -1),
    ("pool", "capacity", 1.5),
    ("pool", "guid", "8a3f6c1e"),
    ("pool", "tags", {"a<b": "c"}),
    ("pool", "environmentVariables", {"1A": "x"}),
    ("sagemaker-endpoint", "endpointName", "card_fraud"),
    ("sagemaker-endpoint", "endpointName", "card-fraud-"),
    ("sagemaker-endpoint", "endpointName", "a" * 64),
    ("sagemaker-endpoint", "variantName", "a" * 50),
    ("sagemaker-endpoint", "instanceType", "g5.xlarge"),
    ("sagemaker-endpoint", "instanceCount", 0),
    ("sagemaker-endpoint", "startupTimeout", 59),
    ("sagemaker-endpoint", "startupTimeout", 3601),
    ("sagemaker-endpoint", "image", "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference"),
    ("sagemaker-endpoint", "kmsKeyArn", ""),
    ("sagemaker-endpoint", "kmsKeyArn", "alias/my-key"),
    ("sagemaker-endpoint", "kmsKeyArn", "arn:aws:s3:::contoso-ml-models"),
    ("sagemaker-endpoint", "memorySizeInMb", 3000),
    ("sagemaker-endpoint", "maxConcurrency", 201),
    ("sagemaker-endpoint", "maxConcurrentInvocationsPerInstance", 1001),
    ("sagemaker-endpoint", "tags", {"aws:team": "ml"}),
    ("online-endpoint", "endpointName", "claim_triage"),
    ("online-endpoint", "endpointName", "ab"),
    ("online-endpoint", "endpointName", "a" * 33),
    ("online-endpoint", "instances", 51),
    ("online-endpoint", "traffic", {"blue": 101}),
    ("online-endpoint", "traffic", {"blue": 33.9}),
    ("online-endpoint", "modelVersion", "latest"),
    ("online-endpoint", "deploymentSku", "S0"),
    ("online-endpoint", "versionUpgradeOption", "noAutoUpgrade"),
    ("vertex-endpoint", "region", "europe-west4-b"),
    ("vertex-endpoint", "zone", "europe-west4"),
    ("vertex-endpoint", "project", "481516234201"),
    ("vertex-endpoint", "endpointName", "Offers"),
    ("vertex-endpoint", "endpointName", "offers-"),
    ("vertex-endpoint", "endpointName", "0123"),
    ("vertex-endpoint", "endpointName", "1234567890"),
    ("vertex-endpoint", "endpointName", "a" * 64),
    ("vertex-endpoint", "poolName", "430917265"),
    ("vertex-endpoint", "deployedIndexId", "offers-prod"),
    ("vertex-endpoint", "machineType", "Standard_DS3_v2"),
    ("vertex-endpoint", "machineType", "ml.g5.xlarge"),
    ("vertex-endpoint", "acceleratorType", "nvidia-l4"),
    ("vertex-endpoint", "minReplicaCount", 0),
    ("vertex-endpoint", "target", 101),
    ("vertex-endpoint", "minInstances", 11),
    ("vertex-endpoint", "maxInstances", 1001),
    ("vertex-endpoint", "trafficSplit", {"1": 101}),
    ("vertex-endpoint", "trafficSplit", {"1": 33.5}),
    ("vertex-endpoint", "trafficSplit", {"blue": 100}),
    ("vertex-endpoint", "duration", "PT10M"),
    ("vertex-endpoint", "duration", "-5s"),
    ("vertex-endpoint", "duration", "600"),
    ("vertex-endpoint", "publisherModelName", "publishers/google/models/gemma3"),
    ("vertex-endpoint", "huggingFaceModelId", "gemma-3"),
    ("vertex-endpoint", "image", "europe-docker.pkg.dev/p/r/ranking"),
    ("vertex-endpoint", "gcsUri", "s3://bucket/key"),
    ("vertex-endpoint", "bigQueryUri", "contoso-ml-prod.serving"),
    ("vertex-endpoint", "samplingRate", 0),
    ("vertex-endpoint", "kmsKeyName", "keyRings/ml-prod/cryptoKeys/serving"),
    ("vertex-endpoint", "network", "ml-prod"),
    ("vertex-endpoint", "serviceAccount", "someone@contoso.com"),
    ("vertex-endpoint", "labels", {"owner": "ml-platform@contoso.com"}),
    ("vertex-endpoint", "labels", {"Owner": "ml"}),
    ("vertex-endpoint", "labels", {"a" * 65: "ml"}),
]


@pytest.mark.parametrize(("parts", "name", "value"), ILL_FORMED)
def test_ill_formed_values_do_not_fit(parts: str, name: str, value: Any) -> None:
    assert not judge_of(parts, name).is_valid(value)
