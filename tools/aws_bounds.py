"""Writes the bounds that AWS states for SageMaker endpoints and what scales them, from botocore's service models.

`sagemaker/data/bounds.json`:

    {"asOf": ..., "source": [...],
     "shapes": {SERVICE: {SHAPE: {"type": ..., "min": ..., "max": ..., "pattern": ..., "enum": [...],
                                  "required": [MEMBER, ...], "members": {MEMBER: SHAPE}, "member": SHAPE}}},
     "paths": {TOKEN: {PATH: SHAPE}},
     "narrower": {TOKEN: {PATH: {"min": ..., "max": ..., "enum": [...]}}}}

SHAPE and MEMBER are AWS's names. `min` and `max` bound a number, a text's length or a list's length, by `type`; a
`pattern` is to be matched by the whole text and is in Java's spelling (`\\p{L}`). `paths` says for each Pulumi type
which shape a property of its tree has, where the shape says more than a type; `[]` stands for each item of a list.
`narrower` is what Pulumi's AWS provider takes of what AWS would: it refuses the rest before it calls AWS.

`sagemaker/data/amis.json`, from the same model's prose: {"amis": {NAME: {"accelerators": [...], "nvidiaDriver": ...,
"cuda": ..., "neuronDriver": ..., "cudaCompatMounted": false}}}; what the prose leaves out is absent.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from published import PLATFORMS, Wheel, run, wheels

AS_OF: Final = "2026-11-29"
PINNED: Final = "botocore==1.44.8"
SAGEMAKER: Final = PLATFORMS / "sagemaker" / "data"

Shapes = Mapping[str, Mapping[str, Any]]

INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "sagemaker": (
        "CreateEndpointConfig",
        "CreateModel",
        "CreateEndpoint",
        "UpdateEndpoint",
        "CreateInferenceComponent",
        "UpdateInferenceComponent",
    ),
    "application-autoscaling": ("RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction"),
}
"""The operations whose inputs the types become, by service."""

TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "aws-native:sagemaker:EndpointConfig": ("sagemaker", "CreateEndpointConfig"),
    "aws-native:sagemaker:Model": ("sagemaker", "CreateModel"),
    "aws-native:sagemaker:Endpoint": ("sagemaker", "CreateEndpoint"),
    "aws-native:sagemaker:InferenceComponent": ("sagemaker", "CreateInferenceComponent"),
    "aws-native:applicationautoscaling:ScalableTarget": ("application-autoscaling", "RegisterScalableTarget"),
    "aws-native:applicationautoscaling:ScalingPolicy": ("application-autoscaling", "PutScalingPolicy"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": ("sagemaker", "CreateEndpointConfig"),
    "aws:sagemaker/model:Model": ("sagemaker", "CreateModel"),
    "aws:sagemaker/endpoint:Endpoint": ("sagemaker", "CreateEndpoint"),
    "aws:appautoscaling/target:Target": ("application-autoscaling", "RegisterScalableTarget"),
    "aws:appautoscaling/policy:Policy": ("application-autoscaling", "PutScalingPolicy"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": ("application-autoscaling", "PutScheduledAction"),
}

RENAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "aws-native:applicationautoscaling:ScalingPolicy": {"policyName": "PolicyName"},
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": {
        "name": "EndpointConfigName",
        "kmsKeyArn": "KmsKeyId",
        "routingConfigs": "RoutingConfig",
        "includeInferenceResponseIns": "IncludeInferenceResponseIn",
    },
    "aws:sagemaker/model:Model": {"name": "ModelName", "s3DataSources": "S3DataSource"},
    "aws:sagemaker/endpoint:Endpoint": {"name": "EndpointName"},
    "aws:appautoscaling/policy:Policy": {"name": "PolicyName"},
    "aws:appautoscaling/scheduledAction:ScheduledAction": {"name": "ScheduledActionName"},
}
"""Properties whose name is not the member's in another case, by type."""

OF_ANOTHER: Final[Mapping[str, Mapping[str, str]]] = {
    "aws-native:applicationautoscaling:ScalableTarget": {"scheduledActions": "PutScheduledActionRequest"},
    "aws-native:sagemaker:Endpoint": {"excludeRetainedVariantProperties": "VariantPropertyList"},
    "aws-native:sagemaker:InferenceComponent": {"deploymentConfig": "InferenceComponentDeploymentConfig"},
}
"""Properties that are part of another operation's input, with their shape, by type."""

NARROWER: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "aws:sagemaker/endpoint:Endpoint": {
        "deploymentConfig.blueGreenUpdatePolicy.maximumExecutionTimeoutInSeconds": {"min": 600, "max": 14400},
        "deploymentConfig.rollingUpdatePolicy.maximumExecutionTimeoutInSeconds": {"min": 600, "max": 14400},
    },
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": {
        f"{variants}[].serverlessConfig.memorySizeInMb": {"enum": [1024, 2048, 3072, 4096, 5120, 6144]}
        for variants in ("productionVariants", "shadowProductionVariants")
    },
}
NARROWER_SOURCE: Final = (
    "https://github.com/hashicorp/terraform-provider-aws (internal/service/sagemaker/endpoint.go and "
    "endpoint_configuration.go)"
)

SAYS: Final = ("min", "max", "pattern", "enum")


def service_model(wheel: Wheel, service: str) -> Mapping[str, Any]:
    """The newest model of a service in botocore's wheel."""
    pattern = re.compile(rf"botocore/data/{service}/[\d-]+/service-2\.json\.gz")
    newest = max(name for name in wheel.names() if pattern.fullmatch(name))
    model: Mapping[str, Any] = json.loads(gzip.decompress(wheel.bytes_of(newest)))
    return model


def input_of(model: Mapping[str, Any], operation: str) -> str:
    """The shape of an operation's input."""
    return str(model["operations"][operation]["input"]["shape"])


def reached(shapes: Shapes, roots: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The shapes that are part of others, without their prose."""
    found: dict[str, dict[str, Any]] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        shape = shapes[name]
        kept = {key: shape[key] for key in ("type", *SAYS) if key in shape}
        if required := shape.get("required"):
            kept["required"] = sorted(required)
        if members := shape.get("members"):
            kept["members"] = {member: ref["shape"] for member, ref in sorted(members.items())}
        kept |= {key: shape[key]["shape"] for key in ("member", "key", "value") if key in shape}
        found[name] = kept
        waiting += [
            *kept.get("members", {}).values(),
            *(kept[key] for key in ("member", "key", "value") if key in kept),
        ]
    return found


def paths(token: str, tree: Mapping[str, Any], shapes: Shapes, root: str) -> dict[str, str]:
    """The shape of each property of a type's tree whose shape says more than a type. `root` is the tree's own."""
    renamed = RENAMED.get(token, {})
    found = dict(_paths(tree, shapes, root, renamed, ""))
    for wire, shape in OF_ANOTHER.get(token, {}).items():
        found |= _paths(tree["properties"][wire], shapes, shape, renamed, wire)
    return dict(sorted(found.items()))


def _paths(
    node: Mapping[str, Any], shapes: Shapes, name: str, renamed: Mapping[str, str], at: str
) -> Iterator[tuple[str, str]]:
    shape = shapes[name]
    if at and any(key in shape for key in SAYS):
        yield at, name
    if node["type"] == "array":
        # Where a list of Pulumi is one object to AWS, each item is that object.
        yield from _paths(node["items"], shapes, shape.get("member", name), renamed, f"{at}[]")
        return
    if isinstance(node.get("additionalProperties"), dict) and "value" in shape:
        yield from _paths(node["additionalProperties"], shapes, shape["value"], renamed, f"{at}[]")
    members = {member.lower(): of for member, of in shape.get("members", {}).items()}
    for wire, child in node.get("properties", {}).items():
        of = members.get(renamed.get(wire, wire).lower())
        if of is not None and not child.get("output"):
            yield from _paths(child, shapes, of, renamed, f"{at}.{wire}" if at else wire)


AMI_FACTS: Final = {
    "Accelerator": "accelerators",
    "NVIDIA driver version": "nvidiaDriver",
    "CUDA version": "cuda",
    "Neuron driver version": "neuronDriver",
}


def amis(prose: str) -> dict[str, dict[str, Any]]:
    """What the prose of a variant's InferenceAmiVersion says of each. Raises ValueError where it says something new."""
    found: dict[str, dict[str, Any]] = {}
    for name, text in re.findall(r"<dt>\s*(.*?)\s*</dt>\s*<dd>(.*?)</dd>", prose, re.DOTALL):
        facts: dict[str, Any] = {}
        for fact in re.findall(r"<p>(.*?)</p>", text, re.DOTALL):
            label, _, value = (part.strip() for part in fact.partition(":"))
            if label in AMI_FACTS:
                facts[AMI_FACTS[label]] = value.split(" and ") if label == "Accelerator" else value
            elif "disabled CUDA-compat mounting" in fact:
                facts["cudaCompatMounted"] = False
            else:
                raise ValueError(f"{name}: not understood: {fact}")
        found[name] = facts
    return found


def bounds(models: Mapping[str, Mapping[str, Any]], types: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The bounds, of service models by service and of the types of `trees.json`."""
    shapes = {
        service: reached(model["shapes"], tuple(input_of(model, each) for each in INPUTS[service]))
        for service, model in models.items()
    }
    by_type = {}
    for token, (service, operation) in TYPES.items():
        root = input_of(models[service], operation)
        tree = types[token]["trees"][0]["tree"]
        by_type[token] = paths(token, tree, shapes[service], root)
    return {"shapes": shapes, "paths": by_type, "narrower": NARROWER}


def make(arguments: argparse.Namespace) -> Mapping[Path, Mapping[str, Any]]:
    """The data of the two files."""
    types = json.loads((SAGEMAKER / "trees.json").read_text(encoding="utf-8"))["types"]
    with wheels("botocore" if arguments.newest else PINNED, folder=arguments.wheels) as (wheel,):
        models = {service: service_model(wheel, service) for service in INPUTS}
    variant = models["sagemaker"]["shapes"]["ProductionVariant"]["members"]
    head = {"$comment": "Made by tools/aws_bounds.py, which says what each key means. Not to be edited.", "asOf": AS_OF}
    return {
        SAGEMAKER / "bounds.json": {**head, "source": [wheel.url, NARROWER_SOURCE], **bounds(models, types)},
        SAGEMAKER / "amis.json": {
            **head,
            "source": [f"{wheel.url} (sagemaker, ProductionVariant.InferenceAmiVersion)"],
            "amis": amis(variant["InferenceAmiVersion"]["documentation"]),
        },
    }


if __name__ == "__main__":
    sys.exit(run(__doc__, make))
