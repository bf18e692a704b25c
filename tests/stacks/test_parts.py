"""The shared parts of schemas say what the services say, as read from their models by the tools."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import inference_pools

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(inference_pools.__file__).parent / "platforms"
PARTS = json.loads((REPOSITORY / "schemas" / "sagemaker-endpoint.schema.json").read_text())["$defs"]
PROPERTIES = json.loads((REPOSITORY / "schemas" / "sagemaker.schema.json").read_text())["properties"]
BOUNDS = json.loads((DATA / "sagemaker" / "data" / "bounds.json").read_text())
SHAPES = BOUNDS["shapes"]["sagemaker"]


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        ("instanceCount", "InitialTaskCount"),
        ("variantWeight", "VariantWeight"),
        ("startupTimeout", "ProductionVariantContainerStartupHealthCheckTimeoutInSeconds"),
        ("startupTimeout", "ProductionVariantModelDataDownloadTimeoutInSeconds"),
        ("maxConcurrency", "ServerlessMaxConcurrency"),
        ("provisionedConcurrency", "ServerlessProvisionedConcurrency"),
        ("maxConcurrentInvocationsPerInstance", "MaxConcurrentInvocationsPerInstance"),
    ],
)
def test_a_number_is_bounded_as_it_is_for_the_service(part: str, shape: str) -> None:
    wanted = SHAPES[shape]
    assert (PARTS[part].get("minimum"), PARTS[part].get("maximum")) == (wanted.get("min"), wanted.get("max"))


@pytest.mark.parametrize(
    ("property_", "shape"),
    [("variants", "ProductionVariantList"), ("subnetIds", "Subnets"), ("securityGroupIds", "VpcSecurityGroupIds")],
)
def test_a_list_is_as_long_as_the_service_takes_it(property_: str, shape: str) -> None:
    part = PROPERTIES[f"sagemaker:{property_}"]
    assert (part["minItems"], part["maxItems"]) == (SHAPES[shape]["min"], SHAPES[shape]["max"])


def test_memory_comes_in_the_sizes_that_the_provider_takes() -> None:
    narrower = BOUNDS["narrower"]["aws:sagemaker/endpointConfiguration:EndpointConfiguration"]
    sizes = narrower["productionVariants[].serverlessConfig.memorySizeInMb"]["enum"]
    assert PARTS["memorySizeInMb"]["enum"] == sizes


def test_an_image_and_tags_are_as_long_as_the_service_takes_them() -> None:
    tags = PARTS["tags"]
    assert PARTS["image"]["maxLength"] == SHAPES["ContainerImage"]["max"]
    assert tags["maxProperties"] == SHAPES["TagList"]["max"]
    assert tags["additionalProperties"]["maxLength"] == SHAPES["TagValue"]["max"]
    assert tags["propertyNames"]["pattern"].endswith(f"{{1,{SHAPES['TagKey']['max']}}}$")


def test_a_name_is_what_the_service_takes() -> None:
    assert PARTS["endpointName"]["pattern"] == f"^{SHAPES['EndpointName']['pattern']}$"


@pytest.mark.parametrize(
    ("part", "key"), [("deploymentSku", "skus"), ("versionUpgradeOption", "versionUpgradeOptions")]
)
def test_a_choice_of_a_model_deployment_is_one_that_azure_has(part: str, key: str) -> None:
    parts = json.loads((REPOSITORY / "schemas" / "online-endpoint.schema.json").read_text())["$defs"]
    models = json.loads((DATA / "azure_models" / "data" / "models.json").read_text())
    assert set(parts[part]["enum"]) == set(models[key])


def read(name: str) -> Any:
    return json.loads((DATA / "sagemaker" / "data" / f"{name}.json").read_text())


def test_whatever_there_is_fits() -> None:
    machines, images = read("machines"), read("images")
    there = {
        "instanceType": {*machines["machines"], *SHAPES["ProductionVariantInstanceType"]["enum"]},
        "inferenceAmiVersion": set(SHAPES["ProductionVariantInferenceAmiVersion"]["enum"]),
        "region": {*machines["regions"], *(region for registry in images["registries"] for region in registry)},
        "image": {f"763104351884.dkr.ecr.x-y-1.{domain}/pytorch:2" for domain in images["domains"].values()},
    }
    assert {
        (part, value)
        for part, values in there.items()
        for value in values
        if not re.search(PARTS[part]["pattern"], value)
    } == set()
