"""Where the facets lie that only rules of Vertex AI's own need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from inference_pools.facets.place import Place, at, place
from inference_pools.path import around
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.vertex.kinds import ENGINE, GARDEN, INDEX, POOL
from inference_pools.platforms.vertex.own_facets import (
    Choice,
    Duration,
    Followed,
    Instances,
    Size,
    Tryout,
)
from inference_pools.platforms.vertex.reading import seconds

_DEPLOYED: Final = "spec.deploymentSpec"
_MEMORY: Final = "contextSpec.memoryBankConfig"
_TTL: Final = f"{_MEMORY}.ttlConfig"
_TRIGGER: Final = f"{_MEMORY}.generationConfig.generationTriggerConfig.generationRule"
_LONGEST_DEPLOYMENT: Final = timedelta(hours=2)
"""google-cloud-aiplatform 2.7.0, ModelContainerSpec.deployment_timeout: "Limit for deployment timeout is 2 hours"."""


def _lasts(path: str, longest: timedelta | None = None) -> Place:
    return place({"duration": at(path, shown=around(path)[1], read=seconds)}, longest=longest)


def _followed(around: str) -> Place:
    return place(
        {
            "metrics": at(f"{around}.autoscalingMetricSpecs", shown="autoscalingMetricSpecs"),
            "type": at(f"{around}.machineSpec.acceleratorType", shown="acceleratorType"),
            "count": at(f"{around}.machineSpec.acceleratorCount", shown="acceleratorCount"),
        }
    )


OWN_PLACES: Final[Mapping[Kind, Places]] = {
    GARDEN: {
        Followed: (_followed("deployConfig.dedicatedResources"),),
        Tryout: (place({"tryout": at("deployConfig.fastTryoutEnabled", shown="fastTryoutEnabled")}),),
        Duration: (_lasts("modelConfig.containerSpec.deploymentTimeout", _LONGEST_DEPLOYMENT),),
    },
    POOL: {Followed: (_followed("dedicatedResources"),)},
    INDEX: {Choice: (place({"dedicated": "dedicatedResources", "automatic": "automaticResources"}),)},
    ENGINE: {
        Instances: (
            place(
                {
                    "least": at(f"{_DEPLOYED}.minInstances", shown="minInstances"),
                    "most": at(f"{_DEPLOYED}.maxInstances", shown="maxInstances"),
                    "interface": at(f"{_DEPLOYED}.pscInterfaceConfig", shown="pscInterfaceConfig"),
                }
            ),
        ),
        Size: (
            place(
                {
                    "cpu": at(f"{_DEPLOYED}.resourceLimits.cpu", shown="cpu"),
                    "memory": at(f"{_DEPLOYED}.resourceLimits.memory", shown="memory"),
                }
            ),
        ),
        Duration: tuple(
            _lasts(path)
            for path in (
                f"{_TTL}.defaultTtl",
                f"{_TTL}.memoryRevisionDefaultTtl",
                f"{_TTL}.granularTtlConfig.createTtl",
                f"{_TTL}.granularTtlConfig.generateCreatedTtl",
                f"{_TTL}.granularTtlConfig.generateUpdatedTtl",
                f"{_TRIGGER}.fixedInterval",
                f"{_TRIGGER}.idleDuration",
            )
        ),
    },
}
