"""Which API version an inference pool is made with, and which of the two contents it has."""

from __future__ import annotations

from dataclasses import replace

from inference_pools.platforms.azure import versions
from inference_pools.platforms.azure.tokens import api_version
from inference_pools.platforms.azure.versions import WRITTEN, is_before_3
from inference_pools.platforms.azure_pools.catalog import BAG, Shape, bag_of, default_api_version, shapes_by_version
from inference_pools.platforms.platform import Kind
from inference_pools.resource import Resource


def shape_of(kind: Kind, resource: Resource) -> Shape:
    """Which of the two contents a resource has.

    Told by, in this order: the API version in the type token, the one the provider wrote, the provider's major version
    (2.x defaults to shape A, 3.x to B), and properties that only one shape has. Where all of these are silent the
    content is common to both, and B is as good as A.
    """
    shapes = shapes_by_version()
    for candidate in (api_version(resource.type), resource.properties.get(WRITTEN)):
        shape = shapes.get(candidate) if isinstance(candidate, str) else None
        if shape is not None:
            return shape
    if resource.provider_version:
        return Shape.A if is_before_3(resource.provider_version) else Shape.B
    bag = resource.properties.get(BAG[kind])
    names = set(bag) if isinstance(bag, dict) else set()
    only_in_a = set(bag_of(kind, Shape.A).members) - set(bag_of(kind, Shape.B).members)
    return Shape.A if names & only_in_a else Shape.B


def version_of(resource: Resource) -> str | None:
    """The API version that a resource is made with: told by its type token, by what the provider wrote, or by the
    provider's major version. None where none of these says it.
    """
    return versions.version_of(resource, default_api_version)


def before(kind: Kind, resource: Resource) -> Resource:
    """The resource as it was before an update. The shape may have changed with it."""
    old = versions.before(kind, resource)
    # The version is that of the provider now; it tells the old shape only where the old properties do not.
    if shape_of(kind, old) is Shape.B and WRITTEN not in old.properties:
        old = replace(old, provider_version=resource.provider_version)
    return old
