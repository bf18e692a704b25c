"""Google Vertex AI: endpoints, deployments of Model Garden, resource pools, reasoning engines, indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from inference_pools.facets.texts import Api
from inference_pools.late import Late
from inference_pools.platforms.platform import Layout, Platform
from inference_pools.platforms.vertex.changes import SplitChange, split_changes
from inference_pools.platforms.vertex.cited import SOURCES
from inference_pools.platforms.vertex.edges import IDENTITIES, SERVING
from inference_pools.platforms.vertex.kinds import MODULE, NAME, PACKAGE, kind_of
from inference_pools.platforms.vertex.outputs import as_written, deletes_first
from inference_pools.platforms.vertex.world import FACTS


def _layouts() -> Sequence[Layout]:
    from inference_pools.platforms.vertex.layout import LAYOUTS

    return LAYOUTS


VERTEX: Final = Platform(
    NAME,
    "Google Vertex AI",
    modules=frozenset({(PACKAGE, MODULE)}),
    kind_of=kind_of,
    layouts=Late(_layouts),
    facts=FACTS,
    identities=IDENTITIES,
    serving=SERVING,
    as_written=as_written,
    deletes_first=deletes_first,
    merged_tags="effectiveLabels",
    own_tags="labels",
    sources=SOURCES,
    special={SplitChange: split_changes},
    api=lambda kind, shape: Api(kind.name, FACTS.vendor, version="version of gcp"),
)
