"""The kinds of resources that SageMaker's inference is made of, and which of two providers' words they are written in.

`aws` (a Terraform provider behind Pulumi's bridge) and `aws-native` (AWS Cloud Control) make the same things: an
endpoint of the one may lead to a configuration of the other. So each is one kind in two shapes, and an edge need not
know which provider made either end.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from inference_pools.platforms.platform import Kind
from inference_pools.resource import Resource
from inference_pools.type_token import TypeToken
from inference_pools.values import UNKNOWN_SENTINELS, Json

NAME: Final = "sagemaker"
"""What options call the platform."""


class Shape(StrEnum):
    """The provider whose spelling a resource has."""

    AWS = "aws"
    NATIVE = "aws-native"

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.


CONFIG: Final = Kind(NAME, "EndpointConfiguration", "endpoint configuration")
MODEL: Final = Kind(NAME, "Model", "model")
ENDPOINT: Final = Kind(NAME, "Endpoint", "endpoint")
COMPONENT: Final = Kind(NAME, "InferenceComponent", "inference component")
TARGET: Final = Kind(NAME, "ScalableTarget", "scaling target")
POLICY: Final = Kind(NAME, "ScalingPolicy", "scaling policy")
SCHEDULE: Final = Kind(NAME, "ScheduledAction", "scheduled action")
ALARM: Final = Kind(NAME, "Alarm", "alarm", is_judged=False)
ROLE: Final = Kind(NAME, "Role", "role", is_judged=False)
ROLE_POLICY: Final = Kind(NAME, "RolePolicy", "policy of a role", is_judged=False)

VARIANT: Final = Kind(NAME, "ProductionVariant", "variant")
"""An item of `productionVariants`: it has the instances, or the copies of a serverless endpoint."""
SHADOW: Final = Kind(NAME, "ShadowVariant", "shadow variant")
"""An item of `shadowProductionVariants`, which gets copies of requests and answers nobody."""

_KINDS: Final[Mapping[tuple[str, str], Mapping[str, Kind]]] = {
    ("aws", "sagemaker"): {"EndpointConfiguration": CONFIG, "Model": MODEL, "Endpoint": ENDPOINT},
    ("aws-native", "sagemaker"): {
        "EndpointConfig": CONFIG,
        "Model": MODEL,
        "Endpoint": ENDPOINT,
        "InferenceComponent": COMPONENT,
    },
    ("aws", "appautoscaling"): {"Target": TARGET, "Policy": POLICY, "ScheduledAction": SCHEDULE},
    ("aws-native", "applicationautoscaling"): {"ScalableTarget": TARGET, "ScalingPolicy": POLICY},
    ("aws", "cloudwatch"): {"MetricAlarm": ALARM},
    ("aws-native", "cloudwatch"): {"Alarm": ALARM},
    ("aws", "iam"): {"Role": ROLE, "RolePolicy": ROLE_POLICY, "RolePolicyAttachment": ROLE_POLICY},
    ("aws-native", "iam"): {"Role": ROLE, "RolePolicy": ROLE_POLICY},
}
MODULES: Final = frozenset(_KINDS)

TYPE_NAMES: Final[Mapping[tuple[Kind, str], str]] = {
    (kind, package): name for (package, _), kinds in _KINDS.items() for name, kind in kinds.items()
}
"""What a provider calls a kind, where it is not what we call it: aws-native has an EndpointConfig."""


def kind_of(token: TypeToken) -> Kind | None:
    """The kind that a type token of one of the modules names."""
    return _KINDS[token.package, token.module].get(token.kind)


def shape_of(kind: Kind, resource: Resource) -> Shape:
    """The provider whose words a resource is written in."""
    return Shape.NATIVE if resource.type.startswith("aws-native:") else Shape.AWS


_SCALING: Final = frozenset((TARGET, POLICY, SCHEDULE))
_SAYS_WHOSE: Final = ("serviceNamespace", "scalableDimension", "resourceId", "scalingTargetId")
_OURS: Final = ("sagemaker", "endpoint/", "inference-component/")


def is_ours(kind: Kind, properties: Mapping[str, Json]) -> bool:
    """Whether a resource serves here: what scales another service is none of ours.

    One of its names that says so is enough, in whatever case, since a wrong namespace is a mistake to be found; where
    nothing is known of any, it may be ours.
    """
    if kind not in _SCALING:
        return True
    said = [value.casefold() for name in _SAYS_WHOSE if isinstance(value := properties.get(name), str)]
    known = [value for value in said if value not in UNKNOWN_SENTINELS]
    return not known or any(value.startswith(_OURS) for value in known)
