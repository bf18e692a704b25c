"""Makes the stack files that the lint is measured on: one project, many stacks, and the truth about each."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROJECT: Final = "ranking"
ONE_IN: Final = 10
"""Of so many files, one is broken."""

_REGIONS: Final = ("westeurope", "northeurope", "eastus2", "westus3", "swedencentral", "southeastasia")
_SIZES: Final = ("Standard_DS3_v2", "Standard_D8as_v4", "Standard_NC24ads_A100_v4", "Standard_F16s_v2")
_TEAMS: Final = ("shop-ml@contoso.com", "search@contoso.com", "fraud-models@contoso.com")


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


def _number(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_GUID: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_DURATION: Final = "^P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+([.][0-9]+)?S)?)?$"
_POOL: Final = _object(
    {
        "name": _text("^[A-Za-z0-9][A-Za-z0-9-]{0,31}$"),
        "location": {"enum": list(_REGIONS)},
        "sku": _object(
            {
                "name": {"enum": list(_SIZES)},
                "tier": {"enum": ["Basic", "Standard"]},
                "capacity": _number(1, 200),
            }
        ),
        "scaleUnitSize": _number(1, 50),
        "requestTimeout": _text(_DURATION),
        "maxConcurrentRequestsPerInstance": _number(1, 1000),
        "probes": _object(
            {"initialDelay": _text(_DURATION), "period": _text(_DURATION), "failureThreshold": _number(1, 30)}
        ),
    }
)
SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        {
            "azure-native:location": {"enum": list(_REGIONS)},
            "azure-native:subscriptionId": _text(_GUID),
            f"{PROJECT}:resourceGroupName": _text("^[A-Za-z0-9_.()-]{1,90}$"),
            f"{PROJECT}:workspaceName": _text("^[a-z0-9][a-z0-9-]{2,32}$"),
            f"{PROJECT}:modelId": _text("^azureml://registries/[a-z0-9-]+/models/[a-z0-9-]+/versions/[0-9]+$"),
            f"{PROJECT}:environmentId": _text(
                "^azureml://registries/[a-z0-9-]+/environments/[a-z0-9-]+/versions/[0-9]+$"
            ),
            f"{PROJECT}:codeId": _text("^azureml://registries/[a-z0-9-]+/codes/[a-z0-9-]+/versions/[0-9]+$"),
            f"{PROJECT}:description": {"type": "string", "maxLength": 200},
            f"{PROJECT}:publicNetworkAccess": {"enum": ["Enabled", "Disabled"]},
            f"{PROJECT}:protect": {"type": "boolean"},
            f"{PROJECT}:tags": {
                "type": "object",
                "required": ["owner", "environment", "costcenter"],
                "properties": {"environment": {"enum": ["dev", "test", "prod"]}},
                "additionalProperties": {"type": "string", "maxLength": 256},
            },
            f"{PROJECT}:pools": {"type": "array", "minItems": 1, "items": _POOL},
        }
    ),
}
"""The schema of the project's configuration."""


def peers_schema() -> dict[str, Any]:
    """The equal schema of a whole stack file, for validators that know nothing of Pulumi."""
    inner = {key: value for key, value in SCHEMA.items() if key != "$schema"}
    return {"$schema": SCHEMA["$schema"], **_object({"config": inner})}


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong in a file: the line to edit, from 1."""

    file: str
    line: int


def _lines(random_: random.Random) -> list[str]:
    environment = random_.choice(("dev", "test", "prod"))
    region = random_.choice(_REGIONS)
    number = random_.randrange(1000)
    registry = f"azureml://registries/mlr-contoso-{environment}"
    guid = f"{random_.getrandbits(128):032x}"
    guid = "-".join((guid[:8], guid[8:12], guid[12:16], guid[16:20], guid[20:]))
    lines = [
        "# Written by the platform team's template; change what is below, not the keys.",
        "config:",
        f"  azure-native:location: {region}",
        f"  azure-native:subscriptionId: {guid}",
        f"  {PROJECT}:resourceGroupName: rg-ranking-{environment}-{region}-{number:03}",
        f"  {PROJECT}:workspaceName: mlw-ranking-{environment}-{number:03}",
        f"  {PROJECT}:modelId: {registry}/models/product-ranking/versions/{random_.randint(1, 99)}",
        f"  {PROJECT}:environmentId: {registry}/environments/lightgbm-serving/versions/{random_.randint(1, 30)}",
        f"  {PROJECT}:codeId: {registry}/codes/score-{number:03}/versions/{random_.randint(1, 30)}",
        f'  {PROJECT}:description: "Ranks products of shop {number}, {environment}"',
        f"  {PROJECT}:publicNetworkAccess: Disabled",
        f"  {PROJECT}:protect: {'true' if environment == 'prod' else 'false'}",
        f"  {PROJECT}:tags:",
        f"    owner: {random_.choice(_TEAMS)}",
        f"    environment: {environment}",
        f"    costcenter: CC-{random_.randint(1000, 9999)}",
        "    app: product-ranking",
        f"  {PROJECT}:pools:",
    ]
    for _ in range(random_.randint(3, 5)):
        lines += [
            f"    - name: pool-ranking-{environment}-{random_.randrange(1000):03}",
            f"      location: {random_.choice(_REGIONS)}",
            "      sku:",
            f"        name: {random_.choice(_SIZES)}",
            "        tier: Standard",
            f"        capacity: {random_.randint(1, 60)}",
            f"      scaleUnitSize: {random_.randint(1, 8)}",
            f"      requestTimeout: PT{random_.randint(1, 90)}S",
            f"      maxConcurrentRequestsPerInstance: {random_.choice((1, 4, 8, 16, 32))}",
            "      probes:",
            f"        initialDelay: PT{random_.randint(10, 300)}S",
            "        period: PT10S",
            f"        failureThreshold: {random_.randint(3, 30)}",
        ]
    return lines


def _changed(old: str, new: str) -> Callable[[str], str]:
    return lambda line: f"{line.partition(old)[0]}{new}"


# The key of a line, and what goes wrong in it.
_SLIPS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("        capacity:", _changed("capacity:", "capacity: 0")),
    ("        capacity:", _changed("capacity:", "capacity: two")),
    ("        tier:", _changed("tier:", "tier: Standart")),
    ("      location:", _changed("location:", "location: west-europe")),
    ("      requestTimeout:", _changed("requestTimeout:", "requestTimeout: 5s")),
    ("      scaleUnitSize:", _changed("scaleUnitSize:", "scaleUnitSzie: 2")),
    ("        failureThreshold:", _changed("failureThreshold:", "failureThreshold: [3]")),
    (f"  {PROJECT}:modelId:", _changed("versions/", "versions/latest")),
    (f"  {PROJECT}:publicNetworkAccess:", _changed("Access:", "Access: disabled")),
    ("    environment:", _changed("environment:", "environment: production")),
)


def make_configs(folder: Path, count: int, *, one_in: int = ONE_IN, seed: int = 1) -> list[Slip]:
    """Writes the project; every `one_in`-th file has one slip. The same seed makes the same files."""
    random_ = random.Random(seed)
    (folder / "schemas").mkdir(parents=True)
    (folder / "schemas" / f"{PROJECT}.schema.json").write_text(json.dumps(SCHEMA, indent=1))
    (folder / "peers.schema.json").write_text(json.dumps(peers_schema(), indent=1))
    (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\ndescription: Many stacks.\n")
    slips = []
    for number in range(count):
        lines = _lines(random_)
        name = f"Pulumi.s{number:04}.yaml"
        if number % one_in == one_in - 1:
            start, spoil = _SLIPS[number // one_in % len(_SLIPS)]
            at = random_.choice([at for at, line in enumerate(lines) if line.startswith(start)])
            lines[at] = spoil(lines[at])
            slips.append(Slip(name, at + 1))
        (folder / name).write_text("\n".join(lines) + "\n")
    return slips
