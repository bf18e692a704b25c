"""What a resource of pulumi-aws has as outputs in a state: plausible values.

That in a preview `.name` is known, and `.id`, `.arn` and the name of a nameless variant are not, was run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from inference_pools.values import Json, is_unknown
from poolgate.standin import bridge_outputs
from poolgate.standin.bridge_schema import RAW_STATE, ResourceType
from poolgate.standin.cloud import ACCOUNT

_NOWHERE: Final = "us-east-1"
"""The region in what is made up for a resource that has none."""


_PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)


def applied(kind: ResourceType, inputs: Mapping[str, Json], *, urn: str, now: str) -> tuple[str, dict[str, Json]]:
    """The id and the outputs of a resource with these checked inputs, all of which are known."""
    outputs = bridge_outputs.preview(kind, inputs)
    digits = hashlib.sha256(f"{urn} {now}".encode()).hexdigest()
    stamp = "".join(character for character in now if character.isdigit())[:14].ljust(14, "0")
    if is_unknown(outputs.get("name")):
        outputs["name"] = f"{inputs.get('namePrefix') or 'terraform-'}{stamp}{'1'.zfill(12)}"
    if is_unknown(outputs.get("namePrefix")):
        outputs["namePrefix"] = ""
    for variants in ("productionVariants", "shadowProductionVariants"):
        for number, variant in enumerate(outputs.get(variants) or (), 1):
            if is_unknown(variant["variantName"]):
                variant["variantName"] = f"terraform-{stamp}{str(number).zfill(12)}"
    region = str(inputs.get("region") or _NOWHERE)
    known = {key: value for key, value in outputs.items() if isinstance(value, str)}
    told = {**known, "region": region, "partition": partition_of(region), "account": ACCOUNT, "digits": digits[:32]}
    outputs["arn"] = kind.facts["arn"].format_map(told)
    if is_unknown(outputs.get("roleArn")):
        outputs["roleArn"] = f"arn:{told['partition']}:iam::{ACCOUNT}:role/aws-service-role/stand-in"
    return kind.facts["id"].format_map(told), {**_without_unknowns(outputs), RAW_STATE: {"obj": {}}}


def _without_unknowns(value: Json) -> Json:
    """What is still unknown is what AWS has no value for: zero of a number, nothing of all else."""
    if isinstance(value, dict):
        return {
            key: 0 if key == "volumeSizeInGb" and is_unknown(item) else _without_unknowns(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_unknowns(item) for item in value]
    return None if is_unknown(value) else value


def arn_of(service: str, kind: str, name: str) -> str:
    """An ARN of a resource of which nothing is known but its type."""
    return f"arn:aws:{service}:{_NOWHERE}:{ACCOUNT}:{kind.lower()}/{name}"


def partition_of(region: str) -> str:
    """The partition of AWS that a region is in."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")
