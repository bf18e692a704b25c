"""Writes what is known of SageMaker's hosting machines: their size, derived, and the regions that offer them.

`sagemaker/data/machines.json`:

    {"asOf": ..., "source": [...], "derived": {"from": ..., "released": DAY}, "offered": {"from": ..., "released": DAY},
     "regions": [REGION, ...], "accelerators": {FAMILY: NAME},
     "machines": {TYPE: {"vcpus": n, "memoryMib": n, "gpus": n, "arm": true, "regions": [INDEX, ...]}}}

SageMaker publishes no sizes. `vcpus`, `memoryMib`, `gpus` (0 where it has none) and `arm` are those of the EC2 type
without `ml.`, as apache-libcloud has it from EC2's price list; a type that it lacks has none of them, and so has a
machine whose accelerators that list does not count (Inferentia, Trainium, Gaudi) no `gpus`. `accelerators` names, by
family, those of EC2's page of instance types; a family that is not in it has no accelerator.

`regions` are positions in the list at the top: where cfn-lint found the type offered for hosting in the price list.
A type without them is in SageMaker's API and in no region's price list.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from aws_bounds import PINNED as BOTOCORE
from aws_bounds import service_model
from published import PLATFORMS, Wheel, run, wheels

AS_OF: Final = "2026-11-29"
PINNED: Final = ("apache-libcloud==3.9.1", "cfn-lint==1.58.0", BOTOCORE)
NEWEST: Final = ("apache-libcloud", "cfn-lint", "botocore")
SIZES: Final = "libcloud/compute/constants/ec2_instance_types.py"
OFFERED: Final = "cfnlint/data/schemas/extensions/aws_sagemaker_hosting/instancetype_enum.json"

ACCELERATORS: Final[Mapping[str, str]] = {
    "dl1": "Intel Gaudi",
    "g4dn": "NVIDIA T4",
    "g5": "NVIDIA A10G",
    "g6": "NVIDIA L4",
    "g6e": "NVIDIA L40S",
    "g7": "NVIDIA RTX PRO 4500 Blackwell",
    "g7e": "NVIDIA RTX PRO 6000 Blackwell",
    "inf1": "AWS Inferentia",
    "inf2": "AWS Inferentia2",
    "p2": "NVIDIA K80",
    "p3": "NVIDIA V100",
    "p4d": "NVIDIA A100",
    "p4de": "NVIDIA A100",
    "p5": "NVIDIA H100",
    "p5e": "NVIDIA H200",
    "p5en": "NVIDIA H200",
    "p6-b200": "NVIDIA B200",
    "p6-b300": "NVIDIA B300",
    "p6e-gb200": "NVIDIA GB200",
    "trn1": "AWS Trainium",
    "trn1n": "AWS Trainium",
    "trn2": "AWS Trainium2",
}
ACCELERATORS_SOURCE: Final = "https://aws.amazon.com/ec2/instance-types/ (accelerators)"
UNCOUNTED: Final = frozenset(name for name, of in ACCELERATORS.items() if not of.startswith("NVIDIA"))


def sizes(text: str) -> Mapping[str, Mapping[str, Any]]:
    """EC2's types, of apache-libcloud's module. Raises ValueError where the module no longer has them."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "INSTANCE_TYPES":
            table: Mapping[str, Mapping[str, Any]] = ast.literal_eval(statement.value)
            return table
    raise ValueError("no INSTANCE_TYPES")


def machines(
    ec2: Mapping[str, Mapping[str, Any]], offered: Mapping[str, Collection[str]], api: Collection[str]
) -> dict[str, Any]:
    """The machines, of EC2's types, the types offered for hosting by region, and the types in SageMaker's API."""
    regions = sorted(offered)
    types = sorted({*api, *(each for region in offered.values() for each in region)})
    families = {each.split(".")[1] for each in types}
    return {
        "regions": regions,
        "accelerators": {family: name for family, name in ACCELERATORS.items() if family in families},
        "machines": {
            each: _size(each, ec2.get(each.removeprefix("ml.")))
            | _regions([index for index, region in enumerate(regions) if each in offered[region]])
            for each in types
        },
    }


def _size(machine: str, ec2: Mapping[str, Any] | None) -> dict[str, Any]:
    if ec2 is None:
        return {}
    extra = ec2["extra"]
    size = {"vcpus": int(extra["vcpu"]), "memoryMib": int(ec2["ram"])}
    if machine.split(".")[1] not in UNCOUNTED:
        size["gpus"] = int(extra.get("gpu", 0))
    return size | {"arm": True} if "Graviton" in extra["physicalProcessor"] else size


def _regions(indexes: list[int]) -> dict[str, Any]:
    return {"regions": indexes} if indexes else {}


def released(wheel: Wheel, member: str) -> str:
    """The day that a file of a wheel was packed, which a published wheel does not outlive by much."""
    year, month, day, *_ = wheel.archive.getinfo(member).date_time
    return f"{year:04}-{month:02}-{day:02}"


def offered_by_region(text: str) -> dict[str, list[str]]:
    """The hosting types of each region, of cfn-lint's table, which has a description among its regions."""
    table = json.loads(text)
    return {region: entry["enum"] for region, entry in table.items() if re.fullmatch(r"[a-z]+(-[a-z]+)+-\d", region)}


def make(arguments: argparse.Namespace) -> Mapping[Path, Mapping[str, Any]]:
    """The data of the file."""
    with wheels(*(NEWEST if arguments.newest else PINNED), folder=arguments.wheels) as (libcloud, lint, botocore):
        api = service_model(botocore, "sagemaker")["shapes"]["ProductionVariantInstanceType"]["enum"]
        found = machines(sizes(libcloud.text(SIZES)), offered_by_region(lint.text(OFFERED)), api)
        head = {
            "$comment": "Made by tools/aws_machines.py, which says what each key means. Not to be edited.",
            "asOf": AS_OF,
            "source": [libcloud.url, lint.url, botocore.url, ACCELERATORS_SOURCE],
            "derived": {"from": f"{libcloud.name} {libcloud.version} ({SIZES})", "released": released(libcloud, SIZES)},
            "offered": {"from": f"{lint.name} {lint.version} ({OFFERED})", "released": released(lint, OFFERED)},
        }
    return {PLATFORMS / "sagemaker" / "data" / "machines.json": {**head, **found}}


if __name__ == "__main__":
    sys.exit(run(__doc__, make))
