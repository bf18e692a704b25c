"""Azure Machine Learning online endpoints, their deployments, and what scales these; batch and serverless ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from inference_pools.facets.texts import Api
from inference_pools.late import Late
from inference_pools.path import Keys, format_path
from inference_pools.platforms.azure import FACTS
from inference_pools.platforms.azure.fixed import deletes_first
from inference_pools.platforms.azure.tokens import PACKAGE, is_well_formed
from inference_pools.platforms.azure.versions import WRITTEN, before
from inference_pools.platforms.azure_online import metrics
from inference_pools.platforms.azure_online.catalog import (
    AUTOSCALE,
    KINDS,
    NAME,
    Reach,
    Shape,
    bag,
    elsewhere,
    other_bag,
)
from inference_pools.platforms.azure_online.cited import CONTROLS, SOURCES
from inference_pools.platforms.azure_online.edges import IDENTITIES, REFERENCES, SERVING, is_deployment, names_in_id
from inference_pools.platforms.azure_online.versions import shape_of
from inference_pools.platforms.platform import Kind, Layout, Platform
from inference_pools.type_token import TypeToken
from inference_pools.values import UNKNOWN_SENTINELS, Json

_LEARNING: Final = (PACKAGE, "machinelearningservices")
_MONITOR: Final = (PACKAGE, "monitor")
_INSIGHTS: Final = (PACKAGE, "insights")
"""What the module of autoscale settings was called in 2.x of the provider, and in part still is."""
_BY_NAME: Final = {
    module: {kind.name: kind for kind in KINDS if (kind is AUTOSCALE) is (module is not _LEARNING)}
    for module in (_LEARNING, _MONITOR, _INSIGHTS)
}


def _kind_of(token: TypeToken) -> Kind | None:
    return _BY_NAME[token.package, token.module].get(token.kind) if is_well_formed(token) else None


def _is_ours(kind: Kind, properties: Mapping[str, Json]) -> bool:
    """Azure scales much else in the same way. Where it is not known yet what a setting scales, the metrics that it
    follows tell.
    """
    if kind is not AUTOSCALE:
        return True
    target = properties.get("targetResourceUri")
    if isinstance(target, str) and target not in UNKNOWN_SENTINELS:
        return is_deployment(target)
    return target is not None and metrics.may_be_ours(properties)


def _api(kind: Kind, shape: str) -> Api:
    major, _, reach = Shape.parse(shape)
    own = bag(kind, major)

    def explain(keys: Keys, name: str) -> tuple[str, str] | None:
        if len(keys) == 1 and other_bag(kind, name) == own:
            since = "since version 3" if major == "3" else "up to version 2"
            return f"is called {own} {since} of the provider", f"Rename it to {own}."
        path = format_path((*("properties" if key == own else key for key in keys[:1]), *keys[1:-1], name))
        versions = elsewhere(kind).get(path)
        if versions is None:
            return None
        only = ", ".join(versions)
        return f"is no property of {kind} in this API version; only {only} has it", "Remove it."

    told_elsewhere = frozenset({("sku", "tier"), (own, "authMode"), (own, "scaleSettings", "scaleType")})
    return Api(
        kind.name,
        FACTS.vendor,
        told_elsewhere=told_elsewhere,
        explain=explain,
        is_open=reach is Reach.UNREAD,
        folds_case=True,
    )


def _layouts() -> Sequence[Layout]:
    from inference_pools.platforms.azure_online.layout import LAYOUTS

    return LAYOUTS


AZURE_ONLINE: Final = Platform(
    NAME,
    "Azure Machine Learning online endpoints",
    modules=frozenset(_BY_NAME),
    kind_of=_kind_of,
    layouts=Late(_layouts),
    facts=FACTS,
    shape_of=shape_of,
    is_ours=_is_ours,
    shaped_by=(WRITTEN,),
    identities=IDENTITIES,
    references=REFERENCES,
    serving=SERVING,
    names_in_id=names_in_id,
    before=before,
    deletes_first=deletes_first,
    api=_api,
    defaults={
        "auth-mode-aad": {"allowed": ["AADToken"]},
        "quota-within-limit": {"upgrade_reserve": True},
    },
    sources=SOURCES,
    controls=CONTROLS,
)
