"""Type tokens of Pulumi's azure-native provider, and names that all of its resources have."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from inference_pools import type_token
from inference_pools.facets import NameRule
from inference_pools.reader import Leaf
from inference_pools.type_token import TypeToken

PACKAGE: Final = "azure-native"
_API_VERSION: Final = re.compile(r"v\d{8}(?:preview)?")


def is_well_formed(token: TypeToken) -> bool:
    """Whether all versions of a token are API versions."""
    return all(map(_API_VERSION.fullmatch, token.versions))


@lru_cache(maxsize=1024)
def api_version(token: str) -> str | None:
    """The API version that a type token says: `v20230801preview` is `2023-08-01-preview`."""
    found = type_token.parse(token)
    if found is None or not found.versions:
        return None
    module = found.versions[0]
    suffix = "-preview" if module.endswith("preview") else ""
    return f"{module[1:5]}-{module[5:7]}-{module[7:9]}{suffix}"


def folded(leaf: Leaf) -> str | None:
    """A name as Azure Resource Manager compares it: without regard to case."""
    written = leaf.text()
    return written.casefold() if written is not None else None


def segments(resource_id: str) -> dict[str, str]:
    """The names in an ARM id, by the types before them in lower case: `{"workspaces": "mlw-chat"}`."""
    parts = resource_id.strip("/").split("/")
    return {kind.casefold(): name for kind, name in zip(parts[::2], parts[1::2], strict=False)}


# https://github.com/Azure/azure-rest-api-specs (common-types/resource-management/v3/types.json) and, for the full
# stop that may not end a resource group's name,
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
RESOURCE_GROUP_NAME: Final = NameRule(
    "the resource group's name",
    r"[-\w.()]*[-\w()]",
    90,
    "letters, digits, hyphens, underscores, parentheses and full stops, the last no full stop",
    "resourceGroup",
)
WORKSPACE_NAME: Final = NameRule(
    "the workspace's name",
    r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,}",
    33,
    "3 or more letters, digits, hyphens and underscores, the first a letter or digit",
    "workspace",
)
