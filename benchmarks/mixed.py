"""What an audit costs of a fleet that is spread over all platforms, beside one of inference pools alone.

Both have as many units: 50 a stack. Of the mixed one a fifth each are pools of shape A, groups of shape B, variants of
SageMaker endpoints, online deployments, and deployments of models. What is on another platform is wrong no more often
than pools are: deployments of an account wait for each other, and no two platforms have a service in common.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import fleet as fleets
from benchmarks.fleet import RESOURCES_A_STACK, SEED, Entry, fleet
from benchmarks.measure import Cost, rounds_of, run, show, with_bytecode
from poolgate.files import cache_directory

_FIFTH: Final = fleets.POOLS_A_STACK // 5
_ALONE: Final = "pools alone"
_MIXED: Final = "on all platforms"


def main(rounds: int) -> int:
    """Prints the table."""
    alone = fleet().files[0].parent
    with tempfile.TemporaryDirectory() as name:
        mixed = Path(name)
        write(mixed)
        costs = rounds_of({_ALONE: lambda: _audit(alone), _MIXED: lambda: _audit(mixed)}, rounds)
        print(f"audit of {fleets.STACKS} exports with {fleets.POOLS_A_STACK} units each, seconds")
        show({side: [cost.seconds for cost in values] for side, values in costs.items()}, _ALONE)
    return 0


def write(folder: Path) -> None:
    """Writes the mixed exports: as many, and as large, as those of pools alone."""
    chance = random.Random(SEED)
    for number in range(fleets.STACKS):
        stack = fleets.Stack(number, chance)
        entries = [stack.root, stack.provider, *_units(stack, chance)]
        texts = [fleets.text(entry) for entry in entries]
        texts += stack.others(RESOURCES_A_STACK - len(texts))
        (folder / f"{stack.project}-{stack.name}.json").write_text(fleets.export(texts), "utf-8")


def _units(stack: fleets.Stack, chance: random.Random) -> Iterator[Entry]:
    pools = [entry for entry, _ in stack.pools()]
    yield from pools[: 2 * _FIFTH]
    yield from _sagemaker(stack, chance)
    yield from _online(stack, chance)
    yield from _models(stack, chance)


def _sagemaker(stack: fleets.Stack, chance: random.Random) -> Iterator[Entry]:
    """A configuration of two variants for each two units, with its endpoint and its model."""
    tags = {"owner": "ml-platform", "environment": stack.name, "costcenter": "4711"}
    for number in range(_FIFTH // 2):
        name = f"scorer-{number:02}"
        model, config = f"{name}-a1b2c3d", f"{name}-d4e5f6a"
        variants = [
            {
                "variantName": color,
                "modelName": model,
                "instanceType": chance.choice(("ml.g5.xlarge", "ml.m5.xlarge", "ml.c5.2xlarge")),
                "initialInstanceCount": chance.randint(2, 6),
                "initialVariantWeight": 1,
            }
            for color in ("blue", "green")
        ]
        image = f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/scorer:{chance.randint(1, 9)}.0"
        role = "arn:aws:iam::111122223333:role/scorer"
        common = {"region": "eu-west-1", "tags": tags, "tagsAll": tags, "__defaults": []}
        for type_, inputs in (
            ("model:Model", {"name": model, "executionRoleArn": role, "primaryContainer": {"image": image}}),
            ("endpointConfiguration:EndpointConfiguration", {"name": config, "productionVariants": variants}),
            ("endpoint:Endpoint", {"name": f"{name}-0a9b8c7", "endpointConfigName": config}),
        ):
            yield _made(stack, f"aws:sagemaker/{type_}", name, {**inputs, **common})


def _online(stack: fleets.Stack, chance: random.Random) -> Iterator[Entry]:
    parents = {"resourceGroupName": stack.group, "workspaceName": stack.workspace, "location": stack.location}
    tags = {"owner": "ml-platform", "environment": stack.name, "costcenter": "4711"}
    access = {"authMode": "AADToken", "publicNetworkAccess": "Disabled", "traffic": {"blue-00": 100}}
    # azure-native 2 calls them by the kind.
    endpoint_bag, bag = (
        ("onlineEndpointProperties", "onlineDeploymentProperties") if stack.is_a else ("properties",) * 2
    )
    inputs = {"endpointName": "ranker", "tags": tags, endpoint_bag: access, "identity": {"type": "SystemAssigned"}}
    yield _made(stack, "azure-native:machinelearningservices:OnlineEndpoint", "ranker", {**parents, **inputs})
    for number in range(_FIFTH):
        properties = {
            "endpointComputeType": "Managed",
            "instanceType": chance.choice(("Standard_DS3_v2", "Standard_D4as_v4")),
            "model": f"azureml://registries/contoso/models/ranker-{chance.randint(1, 40)}/versions/7",
            "requestSettings": {
                "requestTimeout": chance.choice(("PT5S", "PT30S", "PT1M")),
                "maxConcurrentRequestsPerInstance": chance.choice((1, 4, 16)),
            },
        }
        sku = {"name": "Default", "tier": "Standard", "capacity": chance.randint(2, 12)}
        names = {"endpointName": "ranker", "deploymentName": f"blue-{number:02}"}
        inputs = {**parents, **names, "tags": tags, "sku": sku, bag: properties}
        yield _made(stack, "azure-native:machinelearningservices:OnlineDeployment", f"blue-{number:02}", inputs)


def _models(stack: fleets.Stack, chance: random.Random) -> Iterator[Entry]:
    tags = {"owner": "ml-platform", "environment": stack.name, "costcenter": "4711"}
    account = {"resourceGroupName": stack.group, "accountName": "oai-ranking"}
    settings = {"disableLocalAuth": True, "publicNetworkAccess": "Disabled"}
    made = {**account, "kind": "OpenAI", "location": stack.location, "sku": {"name": "S0"}, "tags": tags}
    before = _made(stack, "azure-native:cognitiveservices:Account", "oai", {**made, "properties": settings})
    yield before
    for number in range(_FIFTH):
        model = {"format": "OpenAI", "name": "gpt-5.1", "version": "2025-11-13"}
        properties = {"model": model, "versionUpgradeOption": "OnceCurrentVersionExpired"}
        sku = {"name": "GlobalStandard", "capacity": chance.choice((10, 50, 100))}
        inputs = {**account, "deploymentName": f"chat-{number:02}", "sku": sku, "properties": properties}
        if not stack.is_a:  # azure-native 2 has none on a deployment
            inputs["tags"] = tags
        made = _made(stack, "azure-native:cognitiveservices:Deployment", f"chat-{number:02}", inputs)
        before = made | {"dependencies": [before["urn"]]}
        yield before


def _made(stack: fleets.Stack, type_: str, name: str, inputs: dict[str, Any]) -> Entry:
    entry = stack.resource(type_, name, provider=stack.provider_reference, parent=stack.root["urn"])
    return entry | {
        "id": name,
        "inputs": inputs,
        "outputs": inputs,
        "propertyDependencies": {key: [] for key in inputs},
    }


def _audit(folder: Path) -> Cost:
    command = [str(Path(sys.executable).with_name("poolgate")), "audit", str(folder), "--format=text"]
    bytecode = cache_directory() / "benchmarks" / "bytecode"
    return run(command, ends_with=(1,), env=with_bytecode(os.environ, bytecode))[1]
