"""Which of its contents an online endpoint, or what belongs to one, has."""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.platforms.azure.tokens import api_version
from inference_pools.platforms.azure.versions import WRITTEN, is_before_3
from inference_pools.platforms.azure_online.catalog import (
    DEPLOYMENT,
    Compute,
    Reach,
    Shape,
    bag,
    default_api_version,
    is_read,
)
from inference_pools.platforms.platform import Kind
from inference_pools.resource import Resource
from inference_pools.values import SIGNATURE_KEY, UNKNOWN_SENTINELS, Json


def shape_of(kind: Kind, resource: Resource) -> str:
    """The content of a resource, as text: by its provider and its type token, and where a deployment runs."""
    major = _major(kind, resource)
    compute = _compute(resource.properties.get(bag(kind, major))) if kind is DEPLOYMENT else Compute.NONE
    return str(Shape(major, compute, _reach(kind, major, resource)))


def _major(kind: Kind, resource: Resource) -> str:
    """The major version of the provider: the one that is known, else the one whose bag of properties there is.

    A local package has a version of its own.
    """
    former, present = bag(kind, "2"), bag(kind, "3")
    has_former = former in resource.properties and present not in resource.properties
    if resource.provider_version and "_" not in resource.type.partition(":")[0]:
        return "2" if is_before_3(resource.provider_version) else "3"
    return "2" if has_former else "3"


def _compute(properties: Json) -> Compute:
    """Where a deployment runs, whatever the case it is written in.

    A dictionary in snake_case never reaches the provider so; what was meant is plain all the same.
    """
    if not isinstance(properties, Mapping) or SIGNATURE_KEY in properties:
        return Compute.KUBERNETES
    said = properties.get("endpointComputeType", properties.get("endpoint_compute_type"))
    if not isinstance(said, str):
        return Compute.KUBERNETES
    if said in UNKNOWN_SENTINELS or said.casefold() == Compute.KUBERNETES.casefold():
        return Compute.KUBERNETES
    return Compute.MANAGED


def _reach(kind: Kind, major: str, resource: Resource) -> Reach:
    said = api_version(resource.type) or resource.properties.get(WRITTEN)
    if not isinstance(said, str) or said in (*UNKNOWN_SENTINELS, default_api_version(kind, major)):
        return Reach.DEFAULT
    return Reach.READ if is_read(kind, said) else Reach.UNREAD
