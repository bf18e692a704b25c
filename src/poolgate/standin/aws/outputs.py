"""What a resource of pulumi-aws has as outputs, in a preview and in a state.

In a preview: the inputs; unknown what the provider or AWS makes up; null what nobody wrote and nobody makes up. Source:
pulumi/pulumi-terraform-bridge `pkg/tfbridge/schema.go` (MakeTerraformOutputs); that `.name` is known and `.id`, `.arn`
and the name of a nameless variant are not was run. In a state: plausible values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from inference_pools.path import Keys
from inference_pools.values import UNKNOWN_STRING, Json, is_unknown
from poolgate.standin.aws.schema import DEFAULTS, ResourceType, place_of
from poolgate.standin.cloud import ACCOUNT

RAW_STATE: Final = "__pulumi_raw_state_delta"
"""What the bridge keeps beside the outputs to get back to Terraform's; here it is empty."""

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


def preview(kind: ResourceType, inputs: Mapping[str, Json]) -> dict[str, Json]:
    """The outputs of a creation in a preview, of checked inputs without secret marks."""
    return _object(kind, kind.tree, inputs, ())


def _object(kind: ResourceType, node: Mapping[str, Json], value: Mapping[str, Json], keys: Keys) -> dict[str, Json]:
    own = {key: item for key, item in value.items() if key not in node["properties"] and key != DEFAULTS}
    return own | {name: _member(kind, child, value, (*keys, name)) for name, child in node["properties"].items()}


def _member(kind: ResourceType, node: Mapping[str, Json], value: Mapping[str, Json], keys: Keys) -> Json:
    name = str(keys[-1])
    if name in value:
        return _value(kind, node, value[name], keys)
    if node.get("output") or kind.is_computed(place_of(keys)):
        return UNKNOWN_STRING
    return [] if node["type"] == "array" else None


def _value(kind: ResourceType, node: Mapping[str, Json], value: Json, keys: Keys) -> Json:
    if is_unknown(value):
        return value
    if isinstance(value, dict) and "properties" in node:
        return _object(kind, node, value, keys)
    if isinstance(value, list) and "items" in node:
        return [_value(kind, node["items"], item, (*keys, index)) for index, item in enumerate(value)]
    return value


def kept(kind: ResourceType, outputs: Mapping[str, Json], state: Mapping[str, Json]) -> dict[str, Json]:
    """The outputs of an update in a preview: what is made up at the creation stays as the state has it."""
    return {
        key: state[key] if is_unknown(value) and key in state and _is_made_up(kind, key) else value
        for key, value in outputs.items()
    }


def _is_made_up(kind: ResourceType, key: str) -> bool:
    return kind.is_computed(key) or bool(kind.tree["properties"].get(key, {}).get("output"))


# --- a state ---


def applied(kind: ResourceType, inputs: Mapping[str, Json], *, urn: str, now: str) -> tuple[str, dict[str, Json]]:
    """The id and the outputs of a resource with these checked inputs, all of which are known."""
    outputs = preview(kind, inputs)
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
