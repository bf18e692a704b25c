"""Accounts of Azure OpenAI and Foundry, and the models that are deployed to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from inference_pools.facets import ModelSource, Sources
from inference_pools.facets.texts import Api
from inference_pools.late import Late
from inference_pools.path import Keys
from inference_pools.platforms.azure import FACTS
from inference_pools.platforms.azure.fixed import deletes_first
from inference_pools.platforms.azure.tokens import PACKAGE, is_well_formed
from inference_pools.platforms.azure.versions import WRITTEN, before, version_of
from inference_pools.platforms.azure_models.catalog import (
    ACCOUNT,
    BY_NAME,
    DEPLOYMENT,
    MODULE,
    NAME,
    Shape,
    default_api_version,
    default_versions,
    is_read,
)
from inference_pools.platforms.azure_models.edges import IDENTITIES, REFERENCES, names_in_id
from inference_pools.platforms.azure_models.facets import models, sources
from inference_pools.platforms.platform import Kind, Layout, Platform
from inference_pools.reader import ReadError, unwrap
from inference_pools.resource import Resource
from inference_pools.type_token import TypeToken
from inference_pools.values import Json

_WITH_MODELS: Final = frozenset({"openai", "aiservices"})
"""The kinds of accounts that models are deployed to, in lower case. All others (Speech, TextAnalytics …) serve their
own: https://learn.microsoft.com/azure/ai-services/multi-service-resource."""


def _kind_of(token: TypeToken) -> Kind | None:
    return BY_NAME.get(token.kind) if is_well_formed(token) else None


def _is_ours(kind: Kind, properties: Mapping[str, Json]) -> bool:
    if kind == DEPLOYMENT:
        return True
    try:
        written = unwrap(properties.get("kind"), ("kind",))
    except ReadError:
        return True
    return not isinstance(written, str) or written.casefold() in _WITH_MODELS


def _shape_of(kind: Kind, resource: Resource) -> Shape:
    version = version_of(resource, default_api_version)
    if version is None:
        return Shape.UNREAD if resource.provider_version else Shape.V3
    shape = default_versions().get(version)
    return shape or (Shape.READ if is_read(version) else Shape.UNREAD)


def _explain(kind: Kind, keys: Keys, name: str) -> tuple[str, str] | None:
    """What to say of a property in a place where others are: a SKU lies beside `properties`, not in it."""
    if kind == DEPLOYMENT and keys == ("properties", "sku"):
        told = "is no property of a deployment's properties, so Azure sees no SKU; its place is beside them"
        return told, "Move sku out of properties, to the Deployment itself: sku={name: GlobalStandard, capacity: 10}."
    return None


def _api(kind: Kind, shape: str) -> Api:
    return Api(kind.name, FACTS.vendor, explain=lambda keys, name: _explain(kind, keys, name), folds_case=True)


def _layouts() -> Sequence[Layout]:
    from inference_pools.platforms.azure_models.layout import LAYOUTS

    return LAYOUTS


AZURE_MODELS: Final = Platform(
    NAME,
    "Azure OpenAI and Foundry model deployments",
    modules=frozenset({(PACKAGE, MODULE)}),
    kind_of=_kind_of,
    layouts=Late(_layouts),
    facts=FACTS,
    shape_of=_shape_of,
    shaped_by=(WRITTEN,),
    is_ours=_is_ours,
    identities=IDENTITIES,
    references=REFERENCES,
    names_in_id=names_in_id,
    before=before,
    deletes_first=deletes_first,
    api=_api,
    defaults={
        # Capacity is thousands of tokens a minute here: 5 million are the quota of gpt-4.1 as Global Standard,
        # https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits.
        "capacity-bounded": {"maximum": 5000},
        "model-version-pinned": {"moving": ["latest", "newest", "current", "default", "head", "auto"]},
    },
    special={ModelSource: models, Sources: sources},
)

__all__ = ["ACCOUNT", "AZURE_MODELS", "DEPLOYMENT"]
