"""What is known of AWS's machines and images is what `tools/aws_machines.py` and `aws_images.py` make of tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from library.tools import tool

ROOT = Path(__file__).parents[2]
DATA = ROOT / "policies/inference_pools/platforms/sagemaker/data"


def ec2(vcpus: str, ram: int, processor: str = "Intel Xeon", **extra: str) -> dict[str, Any]:
    return {"ram": ram, "extra": {"vcpu": vcpus, "physicalProcessor": processor, **extra}}


def test_a_machine_has_the_size_of_its_ec2_type_and_the_regions_that_offer_it() -> None:
    machines = tool("aws_machines")
    sizes = {
        "m5.large": ec2("2", 8192),
        "m6g.large": ec2("2", 8192, "AWS Graviton2 Processor"),
        "g5.xlarge": ec2("4", 16384, gpu="1"),
        "inf2.xlarge": ec2("4", 16384),
    }
    offered = {"us-east-1": ["ml.g5.xlarge", "ml.m5.large"], "eu-west-1": ["ml.m5.large", "ml.g7.2xlarge"]}
    found = machines.machines(sizes, offered, ["ml.m6g.large", "ml.inf2.xlarge", "ml.m5.large"])
    assert found["regions"] == ["eu-west-1", "us-east-1"]
    assert found["machines"] == {
        "ml.g5.xlarge": {"vcpus": 4, "memoryMib": 16384, "gpus": 1, "regions": [1]},
        "ml.g7.2xlarge": {"regions": [0]},
        "ml.inf2.xlarge": {"vcpus": 4, "memoryMib": 16384},
        "ml.m5.large": {"vcpus": 2, "memoryMib": 8192, "gpus": 0, "regions": [0, 1]},
        "ml.m6g.large": {"vcpus": 2, "memoryMib": 8192, "gpus": 0, "arm": True},
    }
    assert found["accelerators"] == {each: machines.ACCELERATORS[each] for each in ("g5", "g7", "inf2")}


def test_the_tables_are_read_as_they_are_published() -> None:
    machines = tool("aws_machines")
    assert machines.sizes("# made\nINSTANCE_TYPES = {'a1.large': {'ram': 4096}}\n") == {"a1.large": {"ram": 4096}}
    with pytest.raises(ValueError, match="no INSTANCE_TYPES"):
        machines.sizes("TYPES = {}")
    table = {"description": "updated", "us-gov-west-1": {"enum": ["ml.m5.large"]}}
    assert machines.offered_by_region(json.dumps(table)) == {"us-gov-west-1": ["ml.m5.large"]}
    images = tool("aws_images")
    assert images.domains("ALTERNATE_DOMAINS = {'cn-north-1': 'a.cn'}") == {"": "amazonaws.com", "cn-north-1": "a.cn"}
    with pytest.raises(ValueError, match="no ALTERNATE_DOMAINS"):
        images.domains("")


IMAGES: dict[str, Any] = {
    "pytorch.json": {
        "inference": {
            "processors": ["gpu", "cpu"],
            "versions": {
                "1": {"registries": {"b": "1", "a": "2"}, "repository": "pytorch"},
                "2": {"registries": {"c": "1"}, "repository": "pytorch", "processors": ["cpu"]},
            },
        },
        "graviton": {"versions": {"1": {"registries": {"a": "2", "b": "1", "c": "1"}, "repository": "arm"}}},
    },
    "tgi.json": {
        "versions": {
            "1": {"registries": {"a": "9"}, "repository": "tgi", "container_version": {"gpu": "cu124"}},
            "2": {"registries": {"a": "9"}, "repository": "xgboost", "processors": ["cpu"]},
            "3": {"registries": {"a": "9"}, "repository": "xgboost", "container_version": "1"},
        },
    },
}


def test_a_repository_has_the_accounts_of_all_versions_and_the_processors_that_each_version_says() -> None:
    assert tool("aws_images").images(IMAGES) == {
        "registries": [{"a": "2", "b": "1", "c": "1"}, {"a": "9"}],
        "repositories": {
            "arm": {"registries": 0},
            "pytorch": {"registries": 0, "processors": ["cpu", "gpu"]},
            "tgi": {"registries": 1, "processors": ["gpu"]},
            "xgboost": {"registries": 1},
        },
    }


def test_two_accounts_of_one_repository_in_a_region_stop_the_tool() -> None:
    more = {"other.json": {"registries": {"a": "3"}, "repository": "pytorch"}}
    with pytest.raises(ValueError, match=r"other\.json: pytorch has two accounts in a"):
        tool("aws_images").images(IMAGES | more)


@pytest.mark.parametrize("name", ["machines", "images"])
def test_a_committed_file_is_as_the_tool_writes_it_and_of_the_releases_it_names(name: str) -> None:
    pinned = tool(f"aws_{name}").PINNED
    text = (DATA / f"{name}.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert text == sys.modules["published"].laid_out(data) + "\n"
    releases = [pinned] if isinstance(pinned, str) else pinned
    for release in releases:
        url = "https://pypi.org/project/{}/{}/".format(*release.split("=="))
        assert any(source.startswith(url) for source in data["source"])
