"""The names by which SageMaker's resources are joined, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets.place import At, Place, at, place
from inference_pools.platforms.platform import Kind
from inference_pools.platforms.sagemaker import reading
from inference_pools.platforms.sagemaker.kinds import (
    ALARM,
    COMPONENT,
    CONFIG,
    ENDPOINT,
    MODEL,
    POLICY,
    ROLE,
    ROLE_POLICY,
    SCHEDULE,
    SHADOW,
    TARGET,
    VARIANT,
    Shape,
)

_OWN_NAMES: Final[Mapping[tuple[Kind, Shape], str]] = {
    (CONFIG, Shape.AWS): "name",
    (CONFIG, Shape.NATIVE): "endpointConfigName",
    (MODEL, Shape.AWS): "name",
    (MODEL, Shape.NATIVE): "modelName",
    (ENDPOINT, Shape.AWS): "name",
    (ENDPOINT, Shape.NATIVE): "endpointName",
    (COMPONENT, Shape.NATIVE): "inferenceComponentName",
    (ROLE, Shape.AWS): "name",
    (ROLE, Shape.NATIVE): "roleName",
}
_SCALED: Final[Mapping[str, At]] = {
    "resource": at("resourceId", read=reading.resource_of),
    "endpoint": at("resourceId", read=reading.endpoint_of),
    "variant": at("resourceId", read=reading.variant_of),
    "component": at("resourceId", read=reading.component_of),
    "dimension": at("scalableDimension", read=reading.dimension_of),
}

_ALARM_NAMES: Final = {Shape.AWS: "name", Shape.NATIVE: "alarmName"}
_ROLES: Final = {Shape.AWS: "role", Shape.NATIVE: "roleName"}


def own_name(kind: Kind, shape: Shape) -> str:
    """The property that has a resource's own name."""
    return _OWN_NAMES[kind, shape]


def address(kind: Kind, shape: Shape) -> Place:
    """The names of a kind in a provider's words."""
    return place(_names(kind, shape))


def _names(kind: Kind, shape: Shape) -> Mapping[str, str | At]:
    name = _OWN_NAMES.get((kind, shape), "")
    by_id = {"target": "scalingTargetId"} if shape is Shape.NATIVE else {}
    names: Mapping[Kind, Mapping[str, str | At]] = {
        CONFIG: {"config": name},
        MODEL: {"model": name, "role": at("executionRoleArn", read=reading.role_name)},
        ENDPOINT: {"endpoint": name, "config": "endpointConfigName"},
        COMPONENT: {
            "component": name,
            "endpoint": "endpointName",
            "variant": "variantName",
            "model": at("specification.modelName", shown="modelName"),
        },
        TARGET: _SCALED,
        SCHEDULE: _SCALED,
        POLICY: {**_SCALED, **by_id},
        ALARM: {
            "alarm": _ALARM_NAMES[shape],
            "policy": at("alarmActions", read=reading.policy_set_off),
            "endpoint": at("dimensions", read=reading.endpoint_watched),
        },
        ROLE: {"role": name},
        ROLE_POLICY: {"role": at(_ROLES[shape], read=reading.role_name)},
    }
    return names[kind]


def variants(shape: Shape) -> tuple[tuple[Kind, Place], ...]:
    """The variants of a configuration, each an item that leads to a model and that others lead to."""
    lists = {VARIANT: "productionVariants[]", SHADOW: "shadowProductionVariants[]"}
    return tuple(
        (
            kind,
            place(
                {
                    "config": own_name(CONFIG, shape),
                    "variant": f"{items}.variantName",
                    "model": f"{items}.modelName",
                },
                items,
            ),
        )
        for kind, items in lists.items()
    )
