"""What of each kind cannot change in place.

terraform-provider-google-beta 93c65b2 (2026-08-21), ForceNew of its resources; pools and deployments of Model Garden
were run there: replicas of a pool replace it, those of a Model Garden deployment change in place. Of a container only
what is commonly changed is looked at, and no access token: what is secret cannot be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from inference_pools.facets import Fixed
from inference_pools.facets.replacing import fixed, there
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.vertex.kinds import ENDPOINT, ENGINE, GARDEN, INDEX, PERSISTENT, POOL

_MACHINE: Final = ("machineSpec.machineType", "machineSpec.acceleratorType", "machineSpec.acceleratorCount")
_KEY: Final = "encryptionSpec.kmsKeyName"
_ENCRYPTED: Final = fixed("encryptionSpec", read=there)


def _fixed(paths: Iterable[str], filled: Iterable[str] = ()) -> Places:
    """`filled` are those that the provider gives a value where the program does not."""
    return {Fixed: (*(fixed(path, filled=True) for path in filled), *(fixed(path) for path in paths))}


def _below(around: str, *paths: str) -> tuple[str, ...]:
    return tuple(around + path for path in paths)


FIXED: Final[Mapping[Kind, Places]] = {
    ENDPOINT: _fixed(
        ("location", "network", _KEY, "privateServiceConnectConfig.enablePrivateServiceConnect"),
        ("name", "region", "project"),
    ),
    GARDEN: _fixed(
        (
            *("location", "publisherModelName", "huggingFaceModelId"),
            *_below("deployConfig.dedicatedResources.", *_MACHINE, "machineSpec.tpuTopology", "spot"),
            "deployConfig.fastTryoutEnabled",
            *_below("modelConfig.", "acceptEula", "huggingFaceCacheEnabled", "modelDisplayName"),
            *_below("modelConfig.containerSpec.", "imageUri", "deploymentTimeout", "sharedMemorySizeMb"),
            *_below("modelConfig.containerSpec.envs[].", "name", "value"),
            *_below("endpointConfig.", "dedicatedEndpointEnabled", "endpointDisplayName"),
            "endpointConfig.privateServiceConnectConfig.enablePrivateServiceConnect",
        ),
        ("project",),
    ),
    POOL: _fixed(
        _below(
            "dedicatedResources.",
            *("minReplicaCount", "maxReplicaCount", *_MACHINE),
            *("autoscalingMetricSpecs[].metricName", "autoscalingMetricSpecs[].target"),
        ),
        ("name", "region", "project"),
    ),
    ENGINE: {Fixed: (*_fixed((), ("region", "project"))[Fixed], _ENCRYPTED)},
    INDEX: _fixed(
        (
            *("deployedIndexId", "deploymentGroup", "displayName", "index", "indexEndpoint"),
            "dedicatedResources.machineSpec.machineType",
        ),
        ("region",),
    ),
    PERSISTENT: {
        Fixed: (
            *_fixed(
                (
                    *("location", "network"),
                    *_below(
                        "resourcePools[].",
                        *("id", *_MACHINE, "autoscalingSpec.minReplicaCount", "autoscalingSpec.maxReplicaCount"),
                    ),
                ),
                ("name", "project"),
            )[Fixed],
            _ENCRYPTED,
        )
    },
}
