"""Azure Machine Learning inference pools, their groups and their endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from inference_pools.facets import ApiVersion, Facet
from inference_pools.facets.texts import Api
from inference_pools.late import Late
from inference_pools.path import Keys, format_path
from inference_pools.platforms.azure import FACTS
from inference_pools.platforms.azure.fixed import deletes_first
from inference_pools.platforms.azure.tokens import PACKAGE, is_well_formed
from inference_pools.platforms.azure.versions import WRITTEN
from inference_pools.platforms.azure_pools.catalog import BAG, BY_NAME, KINDS, NAME, bag_of, moves
from inference_pools.platforms.azure_pools.cited import CONTROLS, SOURCES
from inference_pools.platforms.azure_pools.edges import IDENTITIES, REFERENCES, SERVING, names_in_id
from inference_pools.platforms.azure_pools.versions import before, shape_of, version_of
from inference_pools.platforms.platform import Kind, Layout, Platform, Subject
from inference_pools.type_token import TypeToken

_MODULE: Final = (PACKAGE, "machinelearningservices")


def _kind_of(token: TypeToken) -> Kind | None:
    return BY_NAME.get(token.kind) if is_well_formed(token) else None


def _api_version(subject: Subject) -> Iterator[Facet]:
    is_written = WRITTEN in subject.resource.properties
    at: dict[str, Keys] = {"version": (WRITTEN,) if is_written else ()}
    yield ApiVersion(subject.leaf(), at, in_use=version_of(subject.resource))


def _explain(kind: Kind, shape: str, keys: Keys, name: str) -> tuple[str, str] | None:
    """What to say of a property that a kind does not have: where it went, or what other kind has it."""
    path = format_path((*keys[:-1], name))
    moved = next((move for move in moves() if move.came_from(kind, shape, path)), None)
    if moved is not None:
        return f"is no property of {kind} in this API version; {moved.in_words}", moved.remedy
    own = bag_of(kind, shape).members.get(name)
    if keys[:-1] != (BAG[kind],) or (own is not None and not own.output):
        return None
    having = [other for other in KINDS if name in bag_of(other, shape).members]
    if len(having) != 1 or having[0] == kind:
        return None
    return f"is no property of {kind}; {having[0]} has it", f"Move it to the {having[0]}."


def _api(kind: Kind, shape: str) -> Api:
    def explain(keys: Keys, name: str) -> tuple[str, str] | None:
        return _explain(kind, shape, keys, name)

    told_elsewhere = frozenset({("sku", "tier"), ("inferenceEndpointProperties", "authMode")})
    return Api(kind.name, FACTS.vendor, told_elsewhere=told_elsewhere, explain=explain)


def _layouts() -> Sequence[Layout]:
    from inference_pools.platforms.azure_pools.layout import LAYOUTS

    return LAYOUTS


AZURE_POOLS: Final = Platform(
    NAME,
    "Azure Machine Learning inference pools",
    modules=frozenset({_MODULE}),
    kind_of=_kind_of,
    layouts=Late(_layouts),
    facts=FACTS,
    shape_of=shape_of,
    shaped_by=(WRITTEN,),
    identities=IDENTITIES,
    references=REFERENCES,
    serving=SERVING,
    names_in_id=names_in_id,
    before=before,
    deletes_first=deletes_first,
    api=_api,
    sources=SOURCES,
    controls=CONTROLS,
    special={ApiVersion: _api_version},
)
