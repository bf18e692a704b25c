"""Google Vertex AI: endpoints, deployments of Model Garden, resource pools, reasoning engines, indexes."""

from __future__ import annotations

from typing import Final

from inference_pools.facets.texts import Api
from inference_pools.facts import Facts
from inference_pools.platforms.platform import Platform
from inference_pools.platforms.vertex.kinds import MODULE, NAME, PACKAGE, kind_of
from inference_pools.platforms.vertex.layout import LAYOUTS

FACTS: Final = Facts(
    "Google",
    secrets_advice="let the model fetch the new one from Secret Manager with its service account",
    tags_noun="labels",
    owner_example="ml-platform",
)

VERTEX: Final = Platform(
    NAME,
    "Google Vertex AI",
    modules=frozenset({(PACKAGE, MODULE)}),
    kind_of=kind_of,
    layouts=LAYOUTS,
    facts=FACTS,
    merged_tags="effectiveLabels",
    own_tags="labels",
    api=lambda kind, shape: Api(kind.name, FACTS.vendor, version="version of gcp"),
)
