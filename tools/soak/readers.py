"""What poolgate reads: for each reader good inputs, of this repository or written here, and what to run over them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml
import zstandard
from tools.soak import entries, samples
from tools.soak.mutate import TEXTS, Mutator, as_json, as_yaml

ROOT: Final = Path(__file__).parents[2]
_PROJECT_FILES: Final = sorted((ROOT / "stacks").glob("*/Pulumi.yaml"))
CANARY: Final = "cAnArY-7f3e-SeCrEt-91bd"
"""Stands where a secret may stand. It is shown by nothing."""
SECRETS_OF_ENVIRONMENT: Final = {
    "PULUMI_CONFIG_PASSPHRASE": CANARY,
    "AZURE_CLIENT_SECRET": CANARY,
    "PULUMI_ACCESS_TOKEN": CANARY,
}
FORMATS: Final = ("text", "json", "sarif", "junit", "github", "azure", "markdown", "csv", "html")
_WEIGHTS: Final = (9, 5, 5, 5, 4, 4, 5, 4, 1)

JSON, YAML, TEXT, STATE, LINES, PARQUET = "json", "yaml", "text", "state", "lines", "parquet"

Command = tuple[str, ...]
Entry = Callable[[Path], int]


@dataclass(frozen=True)
class Seed:
    """A folder of good files. `at` is the one that is changed, `form` what it is written in."""

    files: Mapping[str, bytes]
    at: str
    form: str

    @property
    def content(self) -> bytes:
        """Of the file that is changed."""
        return self.files[self.at]


@dataclass(frozen=True)
class Reader:
    """`runs` are command lines, in which FORMAT stands for the options of one, or functions that take the file."""

    seeds: Callable[[], list[Seed]]
    runs: tuple[Command | Entry, ...]
    weight: int = 1


@dataclass(frozen=True)
class Made:
    """One input: what is written in place of the seed's file, and what is run. `secret`: CANARY is one in it."""

    seed: Seed
    seed_number: int
    at: str
    content: bytes
    run: Command | Entry
    format: str | None
    secret: bool


def make(name: str, seed: int, number: int) -> Made:
    """The input of a reader by its number."""
    reader, random = READERS[name], Random(f"{seed}:{name}:{number}")
    seeds = _seeds(name)
    chosen = random.randrange(len(seeds))
    good = seeds[chosen]
    at, content, secret = good.at, *_changed(good, random)
    if name == "names":
        at, content, secret = _renamed(good, random), good.content, True
    run = random.choice(reader.runs)
    format_ = None
    if not callable(run) and "FORMAT" in run:
        format_ = random.choices(FORMATS, _WEIGHTS)[0]
        shown = random.choice(((), (), ("--verbose",), ("--explain",), ("--quiet",)))
        run = tuple(part for word in run for part in ((f"--format={format_}", *shown) if word == "FORMAT" else (word,)))
    return Made(good, chosen, at, content, run, format_, secret)


@cache
def _seeds(name: str) -> list[Seed]:
    return READERS[name].seeds()


@cache
def _tree(content: bytes, form: str) -> Any:
    if form == PARQUET:
        return samples.from_parquet(content)
    if form == LINES:
        return [json.loads(line) for line in content.splitlines()]
    return (
        json.loads(content) if form in (JSON, STATE) else json.loads(json.dumps(yaml.safe_load(content), default=str))
    )


def _changed(good: Seed, random: Random) -> tuple[bytes, bool]:
    """The content, changed, and whether CANARY is a secret in it as before."""
    mutator = Mutator(random)
    if good.form == TEXT or random.random() < 0.3:
        content = mutator.text(good.content)
        return _packed(content, mutator) if good.form == STATE and random.random() < 0.3 else content, False
    tree = mutator.tree(_tree(good.content, good.form))
    secret = _is_secret_everywhere(tree)
    if good.form == YAML:
        return as_yaml(tree, random), secret
    if good.form == LINES:
        lines = tree if isinstance(tree, list) else [tree]
        return b"\n".join(as_json(line, random).replace(b"\n", b" ") for line in lines) + b"\n", secret
    if good.form == PARQUET:
        try:
            return samples.as_parquet(tree), False
        except Exception:  # DuckDB makes no columns of it
            return mutator.bits(good.content), False
    content = as_json(tree, random)
    if good.form == STATE and random.random() < 0.1:
        return _packed(content, mutator), False
    return content, secret


def _packed(content: bytes, mutator: Mutator) -> bytes:
    """Compressed, and then perhaps damaged."""
    draw = mutator.random.random()
    packed = gzip.compress(content, 1) if draw < 0.5 else zstandard.compress(content)
    if mutator.random.random() < 0.05:  # what expands to a hundred times its size
        packed = gzip.compress(b" " * 30_000_000 + content, 1)
    change = mutator.random.choice(
        (None, mutator.bits, mutator.cut, lambda data: data + b"more", lambda data: data * 2)
    )
    return change(packed) if change else packed


def _is_secret_everywhere(tree: Any) -> bool:
    """Whether CANARY stands only where a value is a secret."""
    if isinstance(tree, str):
        return CANARY not in tree and "@@raw" not in tree
    if isinstance(tree, list):
        return all(map(_is_secret_everywhere, tree))
    if isinstance(tree, dict):
        if any(CANARY in key or "@@raw" in key for key in tree):
            return False
        if (
            tree.keys() == {"secure"}
            or tree.get("4dabf18193072939515e22adb298388d") == "1b47061264138c4ac30d75fd1eb44270"
        ):
            return True
        return all(map(_is_secret_everywhere, tree.values()))
    return True


def _renamed(good: Seed, random: Random) -> str:
    """Another name for the file, one that a file system takes."""
    text = random.choice(TEXTS).replace("\0", "").replace("/", "_")[:60]
    name = {"Pulumi.dev.yaml": f"Pulumi.{text}.yaml", "export.json": f"{text}.json"}.get(
        good.at, f"{text}x/Pulumi.yaml"
    )
    try:
        return name if len(os.fsencode(name)) < 250 else good.at
    except UnicodeEncodeError:
        return good.at


# ---- good inputs


def _read(path: str) -> bytes:
    return (ROOT / path).read_bytes()


def _schemas() -> dict[str, bytes]:
    parts = ("pool", "sagemaker-endpoint", "online-endpoint", "vertex-endpoint")
    names = (*parts, *(file.parent.name for file in _PROJECT_FILES))
    return {f"schemas/{name}.schema.json": _read(f"schemas/{name}.schema.json") for name in names}


def _projects() -> list[dict[str, bytes]]:
    """The sample projects, and one that has what those lack; each with a value that is a secret."""
    projects = []
    for project_file in _PROJECT_FILES:
        folder = project_file.parent
        files = {file.name: file.read_bytes() for file in folder.glob("Pulumi*.yaml")}
        stack = min(files.keys() - {"Pulumi.yaml"})
        files["Pulumi.dev.yaml"] = files[stack] + f"  {folder.name}:apiKey:\n    secure: {CANARY}\n".encode()
        projects.append(files | _schemas())
    return [*projects, _SHOP]


_SHOP_SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["shop:pools"],
    "additionalProperties": False,
    "properties": {
        "shop:pools": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/pool"}},
        "shop:region": {"enum": ["westeurope", "eastus2"]},
        "shop:timeout": {
            "type": "string",
            "format": "duration",
            "x-poolgate-duration": {"minimum": "PT1S", "maximum": "PT5M"},
        },
        "shop:apiKey": {"type": "string", "x-poolgate-secret": "required"},
        "shop:names": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z]+$"},
            "additionalProperties": {"type": "integer"},
        },
        "shop:any": {"oneOf": [{"type": "string", "maxLength": 5}, {"type": "object", "required": ["kind"]}]},
    },
    "$defs": {
        "pool": {
            "type": "object",
            "required": ["name", "capacity"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z][a-z0-9-]{2,20}$"},
                "capacity": {"type": "integer", "minimum": 1, "maximum": 50},
                "inner": {"$ref": "#/$defs/pool"},
            },
            "if": {"properties": {"capacity": {"const": 2}}},
            "then": {"required": ["inner"]},
        }
    },
}
_SHOP: Final = {
    "Pulumi.yaml": b"""name: shop
description: A shop
runtime:
  name: python
  options: {toolchain: pip, virtualenv: venv}
stackConfigDir: ""
config:
  region: {type: string, default: westeurope, description: Where}
  shop:timeout: {type: string, default: PT5S}
  pools:
    type: array
    items: {type: object}
  apiKey: {type: string, secret: true, default: %s}
  aws:region: eu-west-1
template:
  description: A template
  config:
    region: {description: Where, default: westeurope, secret: false}
plugins:
  providers: [{name: azure-native, path: ./bin}]
backend: {url: "file://~"}
options: {refresh: always}
"""
    % json.dumps({"secure": CANARY}).encode(),
    "Pulumi.dev.yaml": f"""environment:
  - shop/dev
  - imports: [other]
secretsprovider: passphrase
encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
config:
  shop:region: westeurope
  shop:timeout: PT30S
  shop:pools:
    - name: ranking
      capacity: 2
      inner: {{name: inner, capacity: 1}}
    - {{name: search, capacity: 3}}
  shop:names: {{a: 1, b: 2}}
  shop:any: {{kind: x, secret: {{secure: {CANARY}}}}}
  shop:apiKey:
    secure: {CANARY}
  shop:pools[1].capacity: 7
  azure-native:location: westeurope
""".encode(),
    "schemas/shop.schema.json": json.dumps(_SHOP_SCHEMA).encode(),
}
_PROGRAM: Final = f"""name: page
runtime: yaml
description: A program in YAML
config:
  capacity: {{type: integer, default: 3}}
  token: {{type: string, secret: true}}
variables:
  zone: ${{pulumi.stack}}-zone
  found:
    fn::invoke: {{function: "azure-native:resources:getResourceGroup", arguments: {{name: rg}}, return: location}}
resources:
  group: {{type: "azure-native:resources:ResourceGroup", properties: {{location: westeurope}}}}
  pool:
    type: azure-native:machinelearningservices:InferencePool
    properties:
      sku: {{name: Standard_DS3_v2, capacity: "${{capacity}}"}}
      password: {{fn::secret: {{secure: {CANARY}}}}}
    options: {{protect: true, dependsOn: ["${{group}}"]}}
outputs:
  id: ${{pool.id}}
""".encode()
_POOLGATE: Final = b"""policyConfig: policy-config.json
profile: baseline
ruleSet: "2026.12"
select: [capacity-bounded, tags]
ignore: [description-present]
failOn: high
waivers: waivers.yaml
rules: [own.py]
policyPack: policies
schemas: {shop: schemas/shop.schema.json}
"""
_WAIVERS: Final = b"""# What we live with
waivers:
  - rule: capacity-bounded
    target: {stack: ranking/prod, path: sku.capacity, urn: "*InferencePool::*"}
    reason: >
      Load test
      ahead of the sale
    owner: ml-platform
    ticket: OPS-4711
    created: 2026-11-22
    expires: 2027-01-31
    approved-by: Ada
  - {rule: "probe-*", target: {urn: "*"}, reason: x, owner: y, ticket: 007, created: 2026-01-01, expires: 2026-02-01}
"""
_OWNERS: Final = b"""owners:
  ml-platform: ml@example.com
  search: search@example.com
stacks:
  - {stack: "ranking/*", owner: ml-platform, team: ML}
"""
_EXPECTED: Final = [{"name": "organization/ranking/prod", "current": False, "url": "https://x"}, {"name": "a/b/c"}]
_PACK: Final = b"""runtime: {name: python, options: {virtualenv: venv, toolchain: pip}}
description: ours
version: 1.0.0
author: us
main: .
"""
_CONFIG: Final = {
    "all": "advisory",
    "capacity-bounded": {
        "enforcementLevel": "mandatory", "minimum": 1, "maximum": 20, "production": {"maximum": 50,
        "on_unknown": "fail"},
        "mandatory_from": "2027-03-01", "environment": "prod",
    },
    "tags-required": {"required": ["owner", "costcenter"]},
    "request-timeout-bounded": {"maximum": "PT3M", "minimum": "PT1S"},
    "location-allowed": {"allowed": ["westeurope", "eastus2"]},
    "naming-convention": {"patterns": {"pool": "pool-{workload}-{environment}-{region}"}},
    "request-concurrency-bounded": "advisory",
    "model-id-wellformed": "disabled",
    "no-plaintext-secret": {"enforcementLevel": "mandatory"},
    "owner-tag-valid": {"enforcementLevel": "mandatory", "names": ["ml-platform"]},
}  # fmt: skip
_CONFIG_V2: Final = {
    "version": 2,
    "policies": {"capacity-bounded": {"enforcementLevel": "mandatory", "maximum": 20}, "all": "advisory"},
    "exceptions": {
        "EXC-1": {
            "reason": "Load test",
            "match": [
                {
                    "policies": ["capacity-bounded"],
                    "targets": ["urn:pulumi:prod::ranking::azure-native:machinelearningservices:InferencePool::ranker"],
                }
            ],
        }
    },
}
_PRICES: Final = {
    "quota-within-limit": {"limits": {"standardDASv4Family": 48, "eastus2": {"standardESv3Family": 48}, "*": 100}},
    "monthly-cost-bounded": {
        "currency": "EUR", "hours": 730, "maximum": 500, "production": {"maximum": 1800}, "on_unknown": "fail",
        "prices": {"Standard_DS3_v2": 0.40, "westeurope": {"Standard_D8as_v4": 0.44, "Standard_DS3_v2": 1.1}},
    },
    "cost-increase-bounded": {"percent": 10, "maximum": 100, "prices": {"Standard_DS3_v2": 0.40}},
    "capacity-meets-load": {"percentile": 99.0, "utilisation": 0.8, "load": {}},
}  # fmt: skip
_OWN_RULES: Final = b'''"""Rules of a team's own."""

from collections.abc import Iterator

from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule

ID = "shop-odd-capacity"


@rule(
    Capacity,
    id="shop-even-capacity",
    title="Capacity is even",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Take a multiple of {of}.",
    options={"of": Option(2, "What the capacity is a multiple of.")},
    since="1",
    source="https://wiki.example.com/pools",
)
def even_capacity(capacity: Capacity, options: Options) -> Iterator[Finding]:
    """Half of the machines stand in each of two zones."""
    if capacity.instances % options.of:
        yield Finding("instances", f"is {capacity.instances}")


@rule(
    Capacity, id=ID, title="x", remedy="y", severity=Severity.LOW, enforcement=Enforcement.ADVISORY, since="1",
    source="https://wiki.example.com"
)
def odd_capacity(capacity: Capacity) -> Iterator[Finding]:
    """Why not."""
    return iter(())


RULES = [even_capacity, odd_capacity]
'''
_FIXTURES: Final = {
    "$comment": "answers",
    "invokes": [
        {
            "token": "azure-native:machinelearningservices:getWorkspace",
            "args": {"workspaceName": "mlw"},
            "return": {"location": "x"},
        }
    ],
    "reads": [
        {
            "type": "azure-native:resources:ResourceGroup",
            "id": "/subscriptions/s/resourceGroups/rg",
            "outputs": {"location": "x"},
        },
        {"type": "pulumi:pulumi:StackReference", "id": "organization/network/prod", "outputs": {"outputs": {"a": 1}}},
    ],
    "resourceGroups": {"rg": "westeurope"},
}
_POOL: Final = "azure-native:machinelearningservices:InferencePool"
_SECRET: Final = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def _inputs(**changes: Any) -> dict[str, Any]:
    return {
        "location": "westeurope",
        "resourceGroupName": "rg-ranking-prod-001",
        "workspaceName": "mlw-ranking-prod",
        "inferencePoolName": "ranking",
        "tags": {"environment": "prod", "owner": "ml-platform", "costcenter": "4711", "enddate": "2027-01-01"},
        "sku": {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 3},
        "inferencePoolProperties": {
            "nodeSkuType": "Standard_DS3_v2",
            "description": "Ranks",
            "modelConfiguration": {"modelId": "azureml://registries/shop/models/rank/versions/3"},
            "environmentConfiguration": {
                "environmentId": "azureml://registries/shop/environments/e/versions/1",
                "environmentVariables": {"LOG_LEVEL": "DEBUG", "API_KEY": {**_SECRET, "ciphertext": f"v1:{CANARY}"}},
                "livenessProbe": {"initialDelay": "PT10S", "period": "PT5S", "failureThreshold": 3, "timeout": "PT2S"},
            },
            "codeConfiguration": {
                "codeId": "azureml://registries/shop/codes/c/versions/1",
                "scoringScript": "score.py",
            },
            "requestConfiguration": {"requestTimeout": "PT30S", "maxConcurrentRequestsPerInstance": 4},
        },
        **changes,
    }


def _export(**changes: Any) -> dict[str, Any]:
    urn = "urn:pulumi:prod::ranking"
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-11-20T10:00:00Z", "magic": "x", "version": "v3.255.0"},
            "secrets_providers": {"type": "passphrase", "state": {"salt": f"v1:{CANARY}"}} if not changes else {},
            "resources": [
                {"urn": f"{urn}::pulumi:pulumi:Stack::ranking-prod", "custom": False, "type": "pulumi:pulumi:Stack"},
                {
                    "urn": f"{urn}::pulumi:providers:azure-native::default_2_92_3", "custom": True, "id": "6f9d",
                    "type": "pulumi:providers:azure-native",
                    "inputs": {"version": "2.92.3", "clientSecret": {**_SECRET, "ciphertext": f"v1:{CANARY}"}},
                },
                {
                    "urn": f"{urn}::{_POOL}::ranker", "custom": True, "type": _POOL, "id": "/subscriptions/x",
                    "inputs": _inputs(), "outputs": _inputs(), "parent": f"{urn}::pulumi:pulumi:Stack::ranking-prod",
                    "provider": f"{urn}::pulumi:providers:azure-native::default_2_92_3::6f9d",
                    "sourcePosition": "project:///__main__.py#12,3",
                    "propertyDependencies": {"sku": [f"{urn}::{_POOL}::a"]},
                    "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z", "protect": True,
                },
                {
                    "urn": f"{urn}::azure-native:machinelearningservices:InferenceGroup::blue", "custom": True,
                    "type": "azure-native:machinelearningservices:InferenceGroup", "id": "/subscriptions/y",
                    "delete": False,
                    "inputs": {"poolName": "ranking", "groupName": "blue",
                    "inferenceGroupProperties": {"nodeSkuType": "x"}},
                },
            ],
            "pending_operations": [
                {"type": "updating", "resource": {"urn": f"{urn}::{_POOL}::ranker", "custom": True, "type": _POOL,
                                                  "inputs": _inputs(sku={"name": "Standard_DS3_v2",
                                                  "capacity": 900})}}
            ],
            "metadata": {},
        },
        **changes,
    }  # fmt: skip


def _states_of() -> list[dict[str, Any]]:
    checkpoint = {"version": 3, "checkpoint": {"stack": "organization/ranking/prod", "latest": _export()["deployment"]}}
    return [_export(), _export(version=4, features=["refreshBeforeUpdate"]), checkpoint, checkpoint]


def _states() -> list[Seed]:
    seeds = [
        Seed({"export.json": json.dumps(state, indent=2).encode()}, "export.json", STATE) for state in _states_of()
    ]
    folder = ROOT / "tests" / "audit" / "states" / "readable"
    return seeds + [
        Seed({"export.json": file.read_bytes()}, "export.json", STATE) for file in sorted(folder.glob("*.json"))
    ]


def _report() -> dict[str, Any]:
    report: dict[str, Any] = json.loads(_read("tests/reports/expected/bad-stack.json"))
    return report


def _events() -> list[dict[str, Any]]:
    urn = f"urn:pulumi:prod::ranking::{_POOL}::ranker"
    message = "capacity-bounded\nCapacity is within bounds\nsku.capacity: is 999, the limit is 50\nSet the capacity."
    policy = {"resourceUrn": urn, "policyName": "capacity-bounded", "enforcementLevel": "mandatory", "severity": "high"}
    return [
        {"preludeEvent": {"config": {"shop:x": "y", "shop:key": "[secret]"}}},
        {
            "policyEvent": {
                **policy,
                "message": message,
                "policyPackName": "poolgate",
                "policyPackVersion": "1",
                "color": "raw",
            }
        },
        {
            "policyEvent": {
                **policy,
                "message": "Owner\n[waived] tags.owner: is missing\nwaived until 2027-01-31 by o: r\nTag it.",
                "exceptions": [{"id": "EXC-1", "reason": "A test"}],
            }
        },
        {"policyEvent": {**policy, "message": "Location\n[unknown] not known yet: location, sku.name\n"}},
        {
            "diagnosticEvent": {
                "urn": urn,
                "message": f"Duplicate resource URN '{urn}'; try giving it a unique name\n",
                "severity": "error",
            }
        },
        {
            "policyAnalyzeSummaryEvent": {
                "resourceUrn": urn,
                "passed": ["tags-required"],
                "failed": ["capacity-bounded"],
            }
        },
        {"policyAnalyzeStackSummaryEvent": {"passed": ["names-unique"], "failed": []}},
        {
            "resourcePreEvent": {
                "metadata": {"op": "create", "urn": urn, "type": _POOL, "new": {"inputs": _inputs(tags={})}}
            }
        },
        {"diagnosticEvent": {"urn": urn, "message": "the provider refused\n", "severity": "error", "color": "raw"}},
        {"diagnosticEvent": {"message": "warned", "severity": "warning"}},
        {
            "diagnosticEvent": {
                "message": "an unhandled error occurred: program exited with non-zero exit code: 1",
                "severity": "error",
            }
        },
        {
            "steps": [
                {
                    "op": "create",
                    "urn": urn,
                    "newState": {"type": _POOL, "inputs": _inputs(), "sourcePosition": "project:///a.py#1"},
                }
            ]
        },
        {"summaryEvent": {"resourceChanges": {"create": 1}, "durationSeconds": 1, "PolicyPacks": {"poolgate": "1"}}},
    ]


def _as_bytes(tree: Any) -> bytes:
    return json.dumps(tree, indent=2).encode()


_POLICIES: Final = {"policies/PulumiPolicy.yaml": _PACK, "policies/__main__.py": b""}
_EVERYTHING: Final = {
    **_SHOP, **_POLICIES, "poolgate.yaml": _POOLGATE, "waivers.yaml": _WAIVERS, "own.py": _OWN_RULES,
    "policy-config.json": _as_bytes(_CONFIG), "export.json": _as_bytes(_export(features=[])),
}  # fmt: skip
_EXPORT: Final = {"export.json": _as_bytes(_export(features=[]))}


def _stack_seeds() -> list[Seed]:
    return [
        Seed(files, name, YAML)
        for files in _projects()
        for name in files
        if name.startswith("Pulumi.") and name != "Pulumi.yaml"
    ]


def _project_seeds() -> list[Seed]:
    return [
        *(Seed(files, "Pulumi.yaml", YAML) for files in _projects()),
        Seed({"Pulumi.yaml": _PROGRAM}, "Pulumi.yaml", YAML),
    ]


def _config_seeds(*configs: Mapping[str, Any]) -> list[Seed]:
    return [
        Seed({**_EXPORT, "policy-config.json": _as_bytes(config)}, "policy-config.json", JSON) for config in configs
    ]


def _profiles() -> list[dict[str, Any]]:
    folder = ROOT / "policies" / "inference_pools" / "profiles"
    return [json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))]


def _schema_seeds() -> list[Seed]:
    return [
        *[Seed(_SHOP, "schemas/shop.schema.json", JSON)] * 3,
        *(Seed(files, "schemas/pool.schema.json", JSON) for files in _projects()[:-1]),
    ]


def _cache_seeds() -> list[Seed]:
    cache_file = {"schemas": {"shop.schema.json": "a" * 64}, "good": ["b" * 64, "c" * 64]}
    return [Seed({**_SHOP, "cache.json": _as_bytes(cache_file)}, "cache.json", JSON)]


def _history_seeds() -> list[Seed]:
    files = {f"history/{number}.parquet": file for number, file in enumerate(samples.histories(_EXPORT["export.json"]))}
    return [Seed(files, at, PARQUET) for at in files]


def _shard_seeds() -> list[Seed]:
    one, two = samples.shards(_EXPORT["export.json"])
    return [Seed({"one.json": one, "two.json": two}, at, JSON) for at in ("one.json", "two.json")]


def _price_seeds() -> list[Seed]:
    sources = {
        "libcloud": _as_bytes(samples.LIBCLOUD), "azure": _as_bytes(samples.AZURE), "prices": _as_bytes(samples.PRICES)
    }  # fmt: skip
    return [Seed({"prices.json": content}, "prices.json", JSON) for content in sources.values()]


def _backend_seeds() -> list[Seed]:
    stack = ".pulumi/stacks/ranking/prod"
    files = {
        ".pulumi/meta.yaml": b"version: 1\n", f"{stack}.json": _as_bytes(_states_of()[2]),
        f"{stack}.pulumi-tags": _as_bytes(samples.TAGS),
    }  # fmt: skip
    return [Seed(files, f"{stack}.pulumi-tags", JSON)]


_LINT: Final = ("lint", ".", "FORMAT")
_AUDIT: Final = ("audit", "export.json", "--jobs=1", "FORMAT")

READERS: Final[Mapping[str, Reader]] = {
    "stack": Reader(_stack_seeds, (_LINT, _LINT, _LINT, (*_LINT, "--fix"), ("lint", ".", "--diff")), 12),
    "project": Reader(
        _project_seeds, (_LINT, _LINT, ("init", ".", "--ci=none"), ("schema", "--editor", ".")), 10
    ),
    "policy-pack": Reader(lambda: [Seed({"PulumiPolicy.yaml": _PACK}, "PulumiPolicy.yaml", YAML)], (_LINT,), 3),
    "poolgate": Reader(
        lambda: [Seed(_EVERYTHING, "poolgate.yaml", YAML)],
        (_LINT, _LINT, (*_AUDIT, "--no-waivers"), ("policy-config",), ("rules",), ("waivers", "list")),
        7,
    ),
    "waivers": Reader(
        lambda: [Seed({**_EXPORT, "waivers.yaml": _WAIVERS}, "waivers.yaml", YAML)],
        (
            _LINT, ("waivers", "lint", "--waivers=waivers.yaml", "FORMAT"), ("waivers", "list",
            "--waivers=waivers.yaml"),
            ("waivers", "list", "--waivers=waivers.yaml", "--format=json"), (*_AUDIT, "--waivers=waivers.yaml"),
            ("waivers", "add", "--waivers=waivers.yaml", "--rule=tags-required", "--stack=a/b", "--reason=x",
            "--owner=y",
             "--ticket=z", "--expires=2027-01-31"),
        ),
        10,
    ),
    "policy-config": Reader(
        lambda: _config_seeds(_CONFIG, _CONFIG, _CONFIG_V2, _CONFIG_V2, *_profiles()),
        (
            ("lint", "policy-config.json", "FORMAT"), ("policy-config", "--policy-config=policy-config.json"),
            (*_AUDIT, "--policy-config=policy-config.json"), ("check", ".", "--policy-config=policy-config.json"),
        ),
        8,
    ),
    "prices": Reader(
        lambda: _config_seeds(_PRICES), ((*_AUDIT, "--policy-config=policy-config.json"), entries.judge_a_change), 10
    ),
    "schema": Reader(_schema_seeds, (_LINT, _LINT, _LINT, ("schema", "--editor", ".")), 8),
    "state": Reader(_states, (_AUDIT, _AUDIT, ("audit", ".", "--jobs=1", "FORMAT"), (*_AUDIT, "--profile=strict")),
    12),
    "report": Reader(
        lambda: [Seed({**_EXPORT, "report.json": _as_bytes(_report())}, "report.json", JSON)],
        (
            ("diff", "report.json", "report.json"), ("diff", "report.json", "report.json", "--format=json"),
            ("diff", "report.json", "report.json", "--format=markdown"), (*_AUDIT, "--baseline=report.json"),
            (*_AUDIT, "--base=report.json"),
        ),
        6,
    ),
    "owners": Reader(
        lambda: [Seed({**_EXPORT, "owners.yaml": _OWNERS}, "owners.yaml", YAML)],
        ((*_AUDIT, "--owners=owners.yaml"),), 5
    ),
    "expected": Reader(
        lambda: [Seed({**_EXPORT, "expected.json": _as_bytes(_EXPECTED)}, "expected.json", JSON)],
        ((*_AUDIT, "--expect=expected.json"),), 5
    ),
    "previous": Reader(
        lambda: [Seed({"export.json": _as_bytes(_export(features=[]))}, "export.json", JSON)],
        (("check", ".", "--previous=export.json"), entries.judge_with_previous),
        4,
    ),
    "read-fixtures": Reader(lambda: [Seed({"reads.json": _as_bytes(_FIXTURES)}, "reads.json", JSON)],
    (entries.answer_reads,), 10),
    "own-rules": Reader(
        lambda: [Seed(_EVERYTHING, "own.py", TEXT)],
        (_LINT, ("explain", "shop-even-capacity"), ("rules",), ("waivers", "lint", "FORMAT"), ("policy-config",)),
        2,
    ),
    "cache": Reader(_cache_seeds, (entries.lint_with_cache,), 2),
    "events": Reader(
        lambda: [Seed({"events.jsonl": b"\n".join(json.dumps(event).encode() for event in _events())},
        "events.jsonl", LINES)],
        (entries.read_events,),
        12,
    ),
    "history": Reader(
        _history_seeds,
        (
            ("history", "history"), ("history", "history", "--by=owner"), ("history", "history", "--format=json"),
            ("history", "history", "--format=csv"), ("history", "history", "--format=html"),
            ("history", "history", "--format=svg"), ("history", "history", "--since=2026-11-15", "--format=markdown"),
        ),
        2,
    ),
    "shards": Reader(
        _shard_seeds, (("merge", "one.json", "two.json", "FORMAT"), ("merge", "one.json", "two.json", "--by=owner")), 4
    ),
    "price-tables": Reader(
        _price_seeds,
        (
            ("prices", "import", "prices.json"), ("prices", "import", "prices.json", "--day=2026-11-30"),
            ("prices", "import", "prices.json", "--day=2026-11-30", "--format=policy-config"),
            ("size", "--rate=50", "--service-time=PT0.2S", "--wait=PT0.5S", "--machine=Standard_DS3_v2",
             "--region=westeurope", "--prices=prices.json"),
        ),
        8,
    ),
    "price-lists": Reader(
        lambda: [Seed({"prices.csv": samples.AWS.encode()}, "prices.csv", TEXT)],
        (("prices", "import", "prices.csv"),), 8,
    ),
    "loads": Reader(
        lambda: [Seed({"loads.json": _as_bytes(samples.LOADS)}, "loads.json", JSON)],
        (("size", "--load=loads.json"), ("size", "--load=loads.json", "--wait=PT1S", "--format=json")), 8,
    ),
    "records": Reader(
        lambda: [Seed(samples.records(), "day.csv", TEXT)],
        (
            ("size", "--record=day.csv", "--wait=PT0.4S"),
            ("size", "--record=day.csv", "--name-column=name", "--wait=PT1S"),
            ("size", "--record=day.csv", "--wait=PT0.4S", "--time-unit=ms", "--service-unit=s"),
        ),
        8,
    ),
    "parquet-records": Reader(
        lambda: [Seed(samples.records(), "day.parquet", PARQUET)],
        (
            ("size", "--record=day.parquet", "--wait=PT0.4S"),
            ("size", "--record=day.parquet", "--name-column=name", "--wait=PT1S", "--format=json"),
        ),
        1,
    ),
    "stack-tags": Reader(_backend_seeds, (("audit", ".", "--jobs=1", "FORMAT"),), 1),
    "requests": Reader(
        lambda: [
            Seed({"requests.jsonl": b"\n".join(json.dumps(each).encode() for each in samples.protocol(_inputs()))},
            "requests.jsonl", LINES)
        ],
        (entries.answer_requests,), 6,
    ),
    "texts": Reader(
        lambda: [Seed({"texts.json": _as_bytes(samples.TEXTS)}, "texts.json", JSON)], (entries.take_texts_apart,), 8
    ),
    "names": Reader(
        lambda: [
            Seed(_SHOP, "Pulumi.dev.yaml", YAML),
            Seed(_EXPORT, "export.json", STATE),
            Seed({"Pulumi.yaml": _PROGRAM}, "Pulumi.yaml", YAML),
        ],
        (_LINT, ("audit", ".", "--jobs=1", "FORMAT"), ("init", ".", "--ci=none")),
        3,
    ),
}  # fmt: skip
"""By name. `weight` is the share of inputs that each of them gets: more of much, fewer of what takes long each time."""
