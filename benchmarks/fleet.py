"""A fleet of stack exports with known truth: what is wrong with it was put there, and is written down beside it.

200 exports as `pulumi stack export` writes them, 60,000 resources, 10,000 of the pool types, about 300 MB. Every
second stack has pools of shape A, where a pool carries everything, the others groups and endpoints of shape B. They
are made once, from a seed, and kept in the cache folder.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from poolgate.files import cache_directory

STACKS: Final = 200
POOLS_A_STACK: Final = 50
RESOURCES_A_STACK: Final = 300
WRONG: Final = 538
SEED: Final = 20261122

_AZURE: Final = "azure-native:"
_ML: Final = "azure-native:machinelearningservices:"
_SUBSCRIPTION: Final = "/subscriptions/8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264"
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = {
    _SIGNATURE: "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:C7cQ0kl4Yk1n0Zb3:" + "m0Zt1k6V" * 12,
}
_NAME: Final = "@NAME@"

Json = Any
Entry = dict[str, Json]


class Truth(NamedTuple):
    """One thing that is wrong."""

    rule: str
    urn: str
    path: str


@dataclass(frozen=True)
class Fleet:
    """The exports, and all that is wrong in them."""

    files: Sequence[Path]
    truth: frozenset[Truth]


class _Defect(NamedTuple):
    """A value that one rule finds wrong. The place is `inputs`, or the type's bag of properties where `*` begins it."""

    rule: str
    place: str
    value: Json


_DEFECTS: Final = (
    _Defect("sku-tier-allowed", "sku.tier", "Gold"),
    _Defect("sku-consistent", "sku.size", "Standard_F16s_v2"),
    _Defect("sku-consistent", "sku.family", "standardFSv2Family"),
    _Defect("capacity-bounded", "sku.capacity", 999),
    _Defect("request-timeout-format", "*.requestConfiguration.requestTimeout", "30s"),
    _Defect("request-timeout-bounded", "*.requestConfiguration.requestTimeout", "PT2H"),
    _Defect("request-timeout-bounded", "*.requestConfiguration.requestTimeout", "PT0.5S"),
    _Defect("request-concurrency-bounded", "*.requestConfiguration.maxConcurrentRequestsPerInstance", 5000),
    _Defect("model-id-wellformed", "*.modelConfiguration.modelId", "azureml:ranker:7"),
    _Defect("model-id-wellformed", "*.modelConfiguration.modelId", "azureml://registries/contoso/models/ranker"),
    _Defect("environment-id-wellformed", "*.environmentConfiguration.environmentId", "azureml:serving:12"),
    _Defect("name-wellformed", "endpointName", "-to-blue"),
    _Defect("auth-mode-aad", "*.authMode", "Key"),
    _Defect("tags-required", "tags.owner", " "),
    _Defect("tags-required", "tags.costcenter", None),
    _Defect("location-allowed", "location", "westeurop"),
)
"""None takes the value away; its finding is then about what it was in."""


def fleet() -> Fleet:
    """The fleet, made now if it is not in the cache yet."""
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    folder = cache_directory() / "benchmarks" / f"fleet-{digest}"
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _write(unfinished)
        unfinished.rename(folder)
    truth = frozenset(Truth(*row) for row in json.loads((folder / "truth.list").read_text("utf-8")))
    return Fleet(sorted(folder.glob("*.json")), truth)


def _write(folder: Path) -> None:
    chance = random.Random(SEED)
    wrong = set(chance.sample(range(STACKS * POOLS_A_STACK), WRONG))
    truth: list[Truth] = []
    for number in range(STACKS):
        stack = Stack(number, chance)
        pools = list(stack.pools())
        for index, (entry, bag) in enumerate(pools):
            if number * POOLS_A_STACK + index in wrong:
                truth.append(spoil(entry, bag, chance))
        entries = [text(entry) for entry in (stack.root, stack.provider, *(entry for entry, _ in pools))]
        entries += stack.others(RESOURCES_A_STACK - len(entries))
        (folder / f"{stack.project}-{stack.name}.json").write_text(export(entries), "utf-8")
    (folder / "truth.list").write_text(json.dumps(truth), "utf-8")


def spoil(entry: Entry, bag: str, chance: random.Random) -> Truth:
    """Makes something wrong in a pool, by one rule."""
    inputs = entry["inputs"]
    while True:
        defect = chance.choice(_DEFECTS)
        *parents, last = defect.place.replace("*", bag).split(".")
        holder = inputs
        for key in parents:
            holder = holder.get(key, {})
        if last in holder:
            break
    if defect.value is None:
        del holder[last]
        return Truth(defect.rule, entry["urn"], ".".join(parents))
    holder[last] = defect.value
    return Truth(defect.rule, entry["urn"], ".".join([*parents, last]))


class Stack:
    """One stack of the fleet."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.chance = chance
        self.is_a = number % 2 == 0
        self.name = ("prod", "staging", "dev")[number % 3]
        self.project = f"ranking-{number:03}"
        version = "2.92.3" if self.is_a else "3.29.0"
        self.root = self.resource("pulumi:pulumi:Stack", f"{self.project}-{self.name}", custom=False)
        provider_id = "6f9d2b0e-6f0d-4a53-9c8a-0d1f0c6a1b11"
        name = f"default_{version.replace('.', '_')}"
        self.provider = self.resource("pulumi:providers:azure-native", name, id=provider_id)
        self.provider["inputs"] = self.provider["outputs"] = {"location": "westeurope", "version": version}
        self.provider_reference = f"{self.provider['urn']}::{provider_id}"
        self.location = chance.choice(("westeurope", "northeurope", "eastus2", "swedencentral"))
        self.group = f"rg-{self.project}-{self.name}"
        self.workspace = f"mlw-ranking-{number:03}"
        self.workspace_id = (
            f"{_SUBSCRIPTION}/resourceGroups/{self.group}/providers/Microsoft.MachineLearningServices"
            f"/workspaces/{self.workspace}"
        )

    def pools(self) -> Iterator[tuple[Entry, str]]:
        """Its resources of the pool types, each with the name of its bag of properties."""
        if self.is_a:
            for number in range(POOLS_A_STACK):
                name = f"ranker-{number:02}"
                bag = {**self._description(), "nodeSkuType": "", **self._sources(), **self._requests()}
                yield self._pool("InferencePool", name, {"inferencePoolName": name}, bag)
            return
        for number in range(POOLS_A_STACK // 5):
            pool = f"ranker-{number:02}"
            units = {"scaleUnitConfiguration": {"disablePublicEgress": True, "registries": ["contoso"]}}
            yield self._pool("InferencePool", pool, {"inferencePoolName": pool}, {**self._description(), **units})
            for color in ("blue", "green"):
                parents = {"poolName": pool, "groupName": color}
                bag = {**self._description(), "nodeSkuType": "", "scaleUnitSize": 2, **self._sources()}
                yield self._pool("InferenceGroup", f"{pool}-{color}", parents, bag)
                parents = {"poolName": pool, "endpointName": f"to-{color}"}
                bag = {**self._description(), "groupName": color, "authMode": "AAD", **self._requests()}
                yield self._pool("InferenceEndpoint", f"{pool}-to-{color}", parents, bag)

    def others(self, count: int) -> list[str]:
        """So many resources of other types, as texts."""
        templates = [text(self.resource(type_, _NAME, **members)) for type_, members in self._other_types()]
        return [templates[number % len(templates)].replace(_NAME, f"other-{number:03}") for number in range(count)]

    def _pool(self, kind: str, name: str, names: Entry, content: Entry) -> tuple[Entry, str]:
        size = self._size()
        if "nodeSkuType" in content:
            content["nodeSkuType"] = size  # Two sizes in one pool are a finding.
        bag = f"inference{kind.removeprefix('Inference')}Properties"
        inputs = {
            "location": self.location,
            "resourceGroupName": self.group,
            "workspaceName": self.workspace,
            **names,
            "kind": "online",
            "tags": {
                "owner": self.chance.choice(("ml-platform", "search", "recommendations")),
                "environment": self.name,
                "costcenter": self.chance.choice(("4711", "4712", "5100")),
            },
            "sku": {
                "name": size,
                "tier": "Standard",
                "size": size,
                "family": _SIZES[size],
                "capacity": self.chance.randint(2, 12),
            },
            "identity": {"type": "SystemAssigned"},
            bag: content,
            **({} if self.is_a else {"azureApiVersion": "2025-01-01-preview"}),
        }
        outputs = {
            **copy.deepcopy(inputs),
            "name": name,
            "systemData": {
                "createdAt": "2026-10-02T08:15:00Z",
                "createdBy": "pipeline",
                "createdByType": "Application",
            },
            "type": f"Microsoft.MachineLearningServices/workspaces/inference{kind.removeprefix('Inference')}s",
        }
        entry = self.resource(_ML + kind, name, provider=self.provider_reference, parent=self.root["urn"])
        entry |= {"id": f"{self.workspace_id}/inferencePools/{name}", "inputs": inputs, "outputs": outputs}
        entry["propertyDependencies"] = {key: [] for key in inputs}
        entry["sourcePosition"] = f"project:///__main__.py#{self.chance.randint(10, 400)},1"
        return entry, bag

    def _size(self) -> str:
        return self.chance.choice(list(_SIZES))

    def _description(self) -> Entry:
        return {"description": "Ranks what the search finds, for the shop's front page and its newsletters"}

    def _sources(self) -> Entry:
        model = f"azureml://registries/contoso/models/ranker-{self.chance.randint(1, 40)}/versions/7"
        environment = f"{self.workspace_id}/environments/serving/versions/{self.chance.randint(1, 4)}"
        return {"modelConfiguration": {"modelId": model}, "environmentConfiguration": {"environmentId": environment}}

    def _requests(self) -> Entry:
        timeout = self.chance.choice(("PT5S", "PT30S", "PT1M", "PT2M30S", "PT5M"))
        return {
            "requestConfiguration": {
                "requestTimeout": timeout,
                "maxConcurrentRequestsPerInstance": self.chance.choice((1, 4, 16, 64)),
            }
        }

    def _other_types(self) -> Iterator[tuple[str, Entry]]:
        """Types that a stack with pools has besides, each with inputs, outputs and what it depends on."""
        group = self._urn("azure-native:resources:ResourceGroup", "group")
        for type_, kind in _OTHERS:
            inputs = {
                "resourceGroupName": self.group,
                "location": self.location,
                f"{kind}Name": _NAME,
                "tags": {"owner": "ml-platform", "environment": self.name, "costcenter": "4711"},
                "properties": {
                    "enabled": True,
                    "encryption": {"keySource": "Microsoft.Storage", "requireInfrastructureEncryption": True},
                    "networkAcls": {
                        "bypass": "AzureServices",
                        "defaultAction": "Deny",
                        "ipRules": [{"value": f"10.{net}.0.0/16", "action": "Allow"} for net in range(2)],
                    },
                    "connectionString": _SECRET,
                },
            }
            settings = [{"name": f"SETTING_{number}", "value": f"value of setting {number}"} for number in range(2)]
            outputs = {**inputs, "id": f"{self.workspace_id}/{kind}/{_NAME}", "name": _NAME, "appSettings": settings}
            yield (
                _AZURE + type_,
                {
                    "id": f"{_SUBSCRIPTION}/resourceGroups/{self.group}/providers/Microsoft.{kind}/{_NAME}",
                    "inputs": inputs,
                    "outputs": outputs,
                    "parent": self.root["urn"],
                    "provider": self.provider_reference,
                    "dependencies": [group],
                    "propertyDependencies": {key: [group] for key in inputs},
                    "sourcePosition": "project:///__main__.py#40,1",
                },
            )

    def _urn(self, type_: str, name: str) -> str:
        return f"urn:pulumi:{self.name}::{self.project}::{type_}::{name}"

    def resource(self, type_: str, name: str, **members: Json) -> Entry:
        """A resource as a state has it."""
        times = {"created": "2026-10-02T08:15:00Z", "modified": "2026-11-20T10:00:00Z"}
        return {"urn": self._urn(type_, name), "custom": True, "type": type_, **members, **times}


_SIZES: Final = {
    "Standard_D4s_v5": "standardDSv5Family",
    "Standard_D8s_v5": "standardDSv5Family",
    "Standard_E4s_v5": "standardESv5Family",
    "Standard_NC24ads_A100_v4": "StandardNCADSA100v4Family",
}
_OTHERS: Final = (
    ("storage:StorageAccount", "account"),
    ("keyvault:Vault", "vault"),
    ("containerregistry:Registry", "registry"),
    ("insights:Component", "component"),
    ("network:PrivateEndpoint", "privateEndpoint"),
    ("managedidentity:UserAssignedIdentity", "identity"),
    ("authorization:RoleAssignment", "roleAssignment"),
    ("machinelearningservices:Datastore", "datastore"),
)


def text(entry: Entry) -> str:
    """An entry as it stands in an export."""
    return json.dumps(entry, indent=4).replace("\n", "\n" + " " * 12)


def export(entries: Sequence[str]) -> str:
    """An export that has these entries."""
    separator = ",\n" + " " * 12
    return f"""\
{{
    "version": 3,
    "deployment": {{
        "manifest": {{
            "time": "2026-11-20T10:00:00Z",
            "magic": "{hashlib.sha256(b"v3.255.0").hexdigest()}",
            "version": "v3.255.0"
        }},
        "resources": [
            {separator.join(entries)}
        ],
        "metadata": {{}}
    }}
}}
"""
