"""What `poolgate init` drafts for a platform: keys that are called as its properties are, by its parts."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from poolgate.cli import run
from poolgate.init.schema_draft import draft
from poolgate.lint.project import load_project
from poolgate.lint.schema_files import packaged_folder

ROOT = Path(__file__).parents[2]
DRAFTS = sorted(
    (Path(str(file)) for file in (resources.files("poolgate.init") / "drafts").iterdir()), key=lambda file: file.name
)


def adopted(sample: str, folder: Path) -> Path:
    """A sample, as a repository that has only just met poolgate."""
    project = folder / sample
    project.mkdir(parents=True)
    for file in (ROOT / "stacks" / sample).iterdir():
        if file.suffix in (".py", ".yaml"):
            shutil.copy(file, project / file.name)
    return project


def program(folder: Path, text: str, config: str) -> dict[str, Any]:
    """What is drafted for a program of this text, property by property."""
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(text)
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n{config}")
    properties: dict[str, Any] = draft(load_project(folder))["properties"]
    return properties


@pytest.mark.parametrize("file", DRAFTS, ids=lambda file: file.stem)
def test_each_key_has_a_part(file: Path) -> None:
    platform = json.loads(file.read_text())
    parts = json.loads((packaged_folder() / platform["parts"]).read_text())["$defs"]
    assert set(platform["keys"].values()) <= set(parts)
    assert platform.keys() == {"parts", "words", "keys"}


@pytest.mark.parametrize(
    ("sample", "good", "bad", "line", "said"),
    [
        ("sagemaker", "maxConcurrency: 40", "maxConcurrency: 400", 69, "expected at most 200, found 400"),
        ("sagemaker", "memorySizeInMb: 4096", "memorySizeInMb: 4000", 68, "expected one of 1024, 2048,"),
        ("sagemaker", "aws:region: eu-west-1", "aws:region: Ireland", 3, "expected the name of an AWS region"),
        ("sagemaker", "subnet-", "subnet_", 13, "expected the id of a subnet"),
        ("azure-online", "PT30S", "PT10M", 23, "the limit is 3 minutes"),
        ("azure-online", "green: 10", "green: 110", 11, "expected at most 100, found 110"),
        ("azure-online", "NoAutoUpgrade", "Never", 60, "expected one of 'OnceNewDefaultVersionAvailable'"),
        ("azure-online", "instances: 4", "instances: 51", 15, "expected at most 50, found 51"),
    ],
)
def test_a_draft_takes_what_is_there_and_bounds_it(
    sample: str, good: str, bad: str, line: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = adopted(sample, tmp_path)
    assert run(["init", str(tmp_path), "--ci=none"]) == 0
    assert run(["lint", str(project)]) == 0, capsys.readouterr().out
    prod = project / "Pulumi.prod.yaml"
    prod.write_text(prod.read_text().replace(good, bad, 1))
    capsys.readouterr()
    assert run(["lint", str(project)]) == 1
    out = capsys.readouterr().out
    assert f"Pulumi.prod.yaml:{line}:" in out
    assert said in out


@pytest.mark.parametrize(
    ("sample", "files"),
    [
        ("sagemaker", {"sagemaker-endpoint", "pool"}),
        ("azure-online", {"online-endpoint", "pool"}),
        ("single-pool", {"pool"}),
    ],
)
def test_the_parts_that_are_referred_to_lie_beside_it(sample: str, files: set[str], tmp_path: Path) -> None:
    adopted(sample, tmp_path)
    assert run(["init", str(tmp_path), "--ci=none"]) == 0
    written = {file.name for file in (tmp_path / "schemas").glob("*.schema.json")}
    assert written == {f"{name}.schema.json" for name in (sample, *files)}


def test_a_platform_that_the_program_does_not_name_has_no_say(tmp_path: Path) -> None:
    config = "  shop:instanceType: ml.m5.large\n"
    assert program(tmp_path, "import pulumi_aws", config) == {"shop:instanceType": {"type": "string"}}
    part = {"$ref": "sagemaker-endpoint.schema.json#/$defs/instanceType"}
    assert program(tmp_path, "from pulumi_aws import SageMaker", config) == {"shop:instanceType": part}


def test_a_program_in_yaml_names_its_platform_by_its_types(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: yaml\nresources:\n  endpoint:\n    type: aws:sagemaker:Endpoint\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:endpointName: fraud\n")
    properties = draft(load_project(tmp_path))["properties"]
    assert properties == {"shop:endpointName": {"$ref": "sagemaker-endpoint.schema.json#/$defs/endpointName"}}


@pytest.mark.parametrize("key", ["instance_type", "instance-type"])
def test_a_key_may_be_written_in_other_ways(key: str, tmp_path: Path) -> None:
    part = {"$ref": "sagemaker-endpoint.schema.json#/$defs/instanceType"}
    assert program(tmp_path, "sagemaker", f"  shop:{key}: ml.m5.large\n") == {f"shop:{key}": part}


def test_what_one_platform_does_not_take_another_may(tmp_path: Path) -> None:
    """Both have an instanceType, and the value says whose it is; a timeout of ten minutes is no online deployment's."""
    config = "  shop:instanceType: ml.m5.large\n  shop:requestTimeout: PT10M\n"
    assert program(tmp_path, "sagemaker, OnlineDeployment", config) == {
        "shop:instanceType": {"$ref": "sagemaker-endpoint.schema.json#/$defs/instanceType"},
        "shop:requestTimeout": {"$ref": "pool.schema.json#/$defs/duration"},
    }


VERTEX = """\
from pulumi_gcp import vertex
"""
VERTEX_STACK = """\
config:
  gcp:project: contoso-ml-prod
  gcp:region: europe-west4
  gcp:defaultLabels: {owner: ml-platform, environment: prod}
  shop:endpointName: "430917265"
  shop:labels: {app: offers}
  shop:kmsKeyName: projects/contoso-keys/locations/europe-west4/keyRings/ml-prod/cryptoKeys/serving
  shop:trafficSplit: {"8214": 90, "8215": 10}
  shop:models:
    - publisherModelName: publishers/google/models/gemma3@gemma-3-12b-it
      deployment_timeout: 2400s
      machineType: g2-standard-24
      acceleratorType: NVIDIA_L4
      acceleratorCount: 2
      minReplicaCount: 2
      maxReplicaCount: 4
      target: 70
"""


def vertex_project(folder: Path) -> Path:
    project = folder / "shop"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "__main__.py").write_text(VERTEX)
    (project / "Pulumi.prod.yaml").write_text(VERTEX_STACK)
    return project


def test_keys_of_vertex_and_of_its_provider_get_their_parts(tmp_path: Path) -> None:
    properties = draft(load_project(vertex_project(tmp_path)))["properties"]
    at = "vertex-endpoint.schema.json#/$defs/"
    parts = {
        "gcp:project": "project",
        "gcp:region": "region",
        "gcp:defaultLabels": "labels",
        "shop:kmsKeyName": "kmsKeyName",
        "shop:labels": "labels",
        "shop:trafficSplit": "trafficSplit",
    }
    assert {key: properties[key] for key in parts} == {key: {"$ref": at + part} for key, part in parts.items()}
    # What is nothing but digits is a number to a draft, and no part takes one for a name.
    assert properties["shop:endpointName"] == {"type": "integer"}
    model = properties["shop:models"]["items"]["properties"]
    assert {key: found["$ref"].removeprefix(at) for key, found in model.items()} == {
        **{key: key for key in model if key not in ("deployment_timeout",)},
        "deployment_timeout": "duration",
    }


@pytest.mark.parametrize(
    ("good", "bad", "line", "said"),
    [
        ("2400s", "PT40M", 11, "expected a number of seconds with an s behind it, as 600s"),
        ("minReplicaCount: 2", "minReplicaCount: 0", 15, "expected at least 1, found 0"),
        ('"8214": 90', '"8214": 190', 8, "expected at most 100, found 190"),
        ("NVIDIA_L4", "nvidia-l4", 13, "expected the name of an accelerator"),
        ("app: offers", "app: offers@contoso.com", 6, "expected up to 64 small letters, digits"),
        ("europe-west4\n", "europe-west4-b\n", 3, "expected the name of a Google Cloud region"),
    ],
)
def test_a_draft_of_vertex_takes_what_is_there_and_bounds_it(
    good: str, bad: str, line: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = vertex_project(tmp_path)
    assert run(["init", str(tmp_path), "--ci=none"]) == 0
    assert (tmp_path / "schemas" / "vertex-endpoint.schema.json").exists()
    assert run(["lint", str(project)]) == 0, capsys.readouterr().out
    stack = project / "Pulumi.prod.yaml"
    stack.write_text(VERTEX_STACK.replace(good, bad, 1))
    capsys.readouterr()
    assert run(["lint", str(project)]) == 1
    out = capsys.readouterr().out
    assert f"Pulumi.prod.yaml:{line}:" in out
    assert said in out


def test_a_draft_has_nothing_against_a_value_that_no_platform_takes(tmp_path: Path) -> None:
    assert program(tmp_path, "sagemaker", "  shop:subnetIds: [mine]\n  shop:maxConcurrency: 0\n") == {
        "shop:subnetIds": {"type": "array", "items": {"type": "string"}},
        "shop:maxConcurrency": {"type": "integer"},
    }
