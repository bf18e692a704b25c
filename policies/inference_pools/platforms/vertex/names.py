"""What Google asks of the names of Vertex AI's resources.

An endpoint's: CreateEndpointRequest.endpoint_id of google-cloud-aiplatform 2.7.0 (`endpoint_service.py`); that it has
to be a number, as the provider's own page says, holds no more. The others: pulumi-gcp 10.2.0, and of indexes
DeployedIndex.id (`index_endpoint.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import NameRule
from inference_pools.path import Steps
from inference_pools.platforms.platform import Kind
from inference_pools.platforms.vertex.kinds import ENDPOINT, ENGINE, GARDEN, INDEX, PERSISTENT, POOL

_ID: Final = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_WORDS: Final = "small letters, digits and hyphens, the first a letter and the last no hyphen"
_LONGEST: Final = 63


def _displayed(what: str) -> NameRule:
    return NameRule(what, r"(?s).+", 128, "any characters, one at least")


NAMES: Final[Mapping[Kind, Mapping[Steps, NameRule]]] = {
    ENDPOINT: {
        ("name",): NameRule(
            "the endpoint's name",
            rf"{_ID}|[1-9][0-9]{{0,8}}",
            _LONGEST,
            f"{_WORDS}, or of up to 9 digits, the first no 0",
            "endpoint",
            is_own=True,
        ),
        ("displayName",): _displayed("the endpoint's display name"),
    },
    GARDEN: {
        ("endpointConfig", "endpointDisplayName"): _displayed("the endpoint's display name"),
        ("modelConfig", "modelDisplayName"): _displayed("the model's display name"),
    },
    POOL: {("name",): NameRule("the pool's name", _ID, _LONGEST, _WORDS, "resource pool", is_own=True)},
    ENGINE: {("displayName",): _displayed("the engine's display name")},
    INDEX: {
        ("deployedIndexId",): NameRule(
            "the deployed index's id",
            r"[a-zA-Z][a-zA-Z0-9_]*",
            128,
            "letters, digits and underscores, the first a letter",
            "deployed index",
            is_own=True,
        ),
        ("displayName",): _displayed("the deployed index's display name"),
    },
    PERSISTENT: {
        ("name",): NameRule(
            "the persistent resource's name", _ID, _LONGEST, _WORDS, "persistent resource", is_own=True
        ),
        ("displayName",): _displayed("the persistent resource's display name"),
    },
}
