"""Which API version a resource of Azure is made with, and by which major version of Pulumi's azure-native provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from inference_pools.platforms.azure.tokens import api_version
from inference_pools.platforms.platform import Kind
from inference_pools.resource import Resource
from inference_pools.values import UNKNOWN_SENTINELS

WRITTEN: Final = "azureApiVersion"
"""The property that the provider writes the version to, since 3.x."""


def version_of(resource: Resource, by_default: Callable[[str], str | None]) -> str | None:
    """The API version that a resource is made with: told by its type token, by what the provider wrote, or by the
    provider's version, which `by_default` takes. None where none of these says it.
    """
    said = api_version(resource.type)
    if said is not None:
        return said
    written = resource.properties.get(WRITTEN)
    if isinstance(written, str) and written not in UNKNOWN_SENTINELS:
        return written
    return by_default(resource.provider_version) if resource.provider_version else None


def is_before_3(provider_version: str) -> bool:
    """Whether the provider is older than 3.0, which has other default API versions than those before."""
    return provider_version.lstrip("v").startswith(("0.", "1.", "2."))


def before(kind: Kind, resource: Resource) -> Resource:
    """The resource as it was before an update, which may have been another major version's."""
    return replace(resource, properties=resource.previous or {}, outputs=False, provider_version=None)
