"""Where each facet lies in Vertex AI's resources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from inference_pools.facets import (
    Capacity,
    Credential,
    Description,
    EnvironmentSource,
    Location,
    ModelSource,
    Nodes,
    NodeType,
    Probe,
    Purchase,
    RequestLimits,
    ServedModel,
    Sources,
    StatedCapacity,
    Tags,
)
from inference_pools.facets.place import At, Place, at, place
from inference_pools.given import Given
from inference_pools.path import parse_steps
from inference_pools.platforms.platform import Kind, Layout, Places
from inference_pools.platforms.vertex import models
from inference_pools.platforms.vertex.edges import ADDRESSES
from inference_pools.platforms.vertex.facets import (
    Accelerators,
    Access,
    Host,
    Key,
    Replicas,
    ScalingTarget,
    Split,
    Spot,
)
from inference_pools.platforms.vertex.fixed import FIXED
from inference_pools.platforms.vertex.kinds import ENDPOINT, ENGINE, GARDEN, INDEX, KINDS, PERSISTENT, POOL
from inference_pools.platforms.vertex.layout_own import OWN_PLACES
from inference_pools.platforms.vertex.names import NAMES
from inference_pools.platforms.vertex.reading import in_seconds, or_else, some, whole_seconds
from inference_pools.platforms.vertex.trees import tree
from inference_pools.readings import number_in_text

_IN_POOL: Final = "dedicatedResources."
_IN_GARDEN: Final = "deployConfig.dedicatedResources."
_IN_PERSISTENT: Final = "resourcePools[]."
_LEAST: Final = "minReplicaCount"
_MOST: Final = "maxReplicaCount"


def _last(path: str, **more: object) -> At:
    """A property that messages call by its last name, as Google's pages do."""
    return at(path, shown=str(parse_steps(path)[-1]), **more)  # type: ignore[arg-type]


def _counted(path: str) -> Place:
    return place({"instances": _last(path, read=number_in_text)})


_LABEL: Final = r"[\w-]{0,63}"
_LABELS: Final[Places] = {Tags: (place({"merged": "effectiveLabels"}, "labels", own_first=True, takes=_LABEL),)}
"""The provider's default labels and the resource's own together: `effectiveLabels` (see `ProviderDefaults`)."""


def _located(name: str) -> Places:
    return {Location: (place({"location": name}),)}


def _dedicated(around: str) -> Places:
    """Machines of the resource's own, which are scaled between two numbers."""
    machine = f"{around}machineSpec.machineType"
    return {
        Capacity: (_counted(around + _LEAST), _counted(around + _MOST)),
        Nodes: (_counted(around + _LEAST),),
        NodeType: (place({"node_type": _last(machine)}),),
    }


def _bought(around: str, count: At, location: str) -> Places:
    """What is paid for at the most: replicas up to the greatest number, which is the least where it is left out."""
    machine = _last(f"{around}machineSpec.machineType")
    return {Purchase: (place({"node_type": machine, "instances": count, "location": location}),)}


def _scaled(around: str, *, required: bool = False) -> Places:
    """What only Vertex has of such machines."""
    fields = {"least": _last(around + _LEAST), "most": _last(around + _MOST)}
    if required:
        fields["required"] = _last(f"{around}requiredReplicaCount")
    metrics = f"{around}autoscalingMetricSpecs[]."
    return {
        Replicas: (place(fields, around.removesuffix(".")),),
        Accelerators: (_accelerators(around),),
        ScalingTarget: (place({"metric": f"{metrics}metricName", "target": f"{metrics}target"}),),
    }


def _accelerators(around: str) -> Place:
    spec = f"{around}machineSpec."
    fields = {"machine": "machineType", "type": "acceleratorType", "count": "acceleratorCount"}
    if around == _IN_GARDEN:
        fields["topology"] = "tpuTopology"
    return place({field: _last(spec + name) for field, name in fields.items()}, spec.removesuffix("."))


_CONTAINER: Final = "modelConfig.containerSpec"


def _probe(name: str, asks: str) -> Place:
    """A probe, with the defaults that pulumi-gcp 10.2.0 states, which are Kubernetes' own."""
    own = f"{_CONTAINER}.{name}"
    return place(
        {
            "probe": own,
            "failure_threshold": _last(f"{own}.failureThreshold", default=3, read=number_in_text),
            "success_threshold": _last(f"{own}.successThreshold", default=1, read=number_in_text),
            "timeout": _last(
                f"{own}.timeoutSeconds", default=timedelta(seconds=1), read=whole_seconds, write=in_seconds
            ),
            "period": _last(
                f"{own}.periodSeconds", default=timedelta(seconds=10), read=whole_seconds, write=in_seconds
            ),
            "initial_delay": _last(f"{own}.initialDelaySeconds", read=whole_seconds, write=in_seconds),
        },
        own,
        asks=asks,
    )


_DEPLOYED: Final = "spec.deploymentSpec."
_AGENT: Final = at("spec.sourceCodeSpec.agentConfigSource.adkConfig.jsonConfig", shown="jsonConfig")
_IMAGE_OF_ENGINE: Final = at("spec.containerSpec.imageUri", shown="imageUri")
_IMAGE: Final = at(f"{_CONTAINER}.imageUri", shown="imageUri")

_PLACES: Final[Mapping[Kind, Places]] = {
    ENDPOINT: {
        **_LABELS,
        **_located("location"),
        Description: (place({"text": "description"}, of=ENDPOINT.label),),
        Host: (place({"location": "location", "region": "region"}),),
        Split: (place({"split": "trafficSplit"}),),
        Key: (place({"key": at("encryptionSpec.kmsKeyName", shown="kmsKeyName"), "region": "location"}),),
    },
    GARDEN: {
        **_located("location"),
        **_dedicated(_IN_GARDEN),
        **_bought(_IN_GARDEN, _last(_IN_GARDEN + _MOST, read=or_else(_LEAST)), "location"),
        **_scaled(_IN_GARDEN, required=True),
        StatedCapacity: (
            place(
                {
                    "instances": _last(_IN_GARDEN + _LEAST),
                    "unit": at("deployConfig.fastTryoutEnabled", shown="fastTryoutEnabled"),
                }
            ),
        ),
        Spot: (place({"spot": _last(f"{_IN_GARDEN}spot")}),),
        Host: (place({"location": "location", "region": "region"}),),
        Access: (
            place(
                {
                    "dedicated": _last("endpointConfig.dedicatedEndpointEnabled"),
                    "private": _last("endpointConfig.privateServiceConnectConfig.enablePrivateServiceConnect"),
                }
            ),
        ),
        ModelSource: (
            place({"id": "publisherModelName"}, parse=models.published),
            place({"id": "huggingFaceModelId"}, parse=models.of_hub),
        ),
        ServedModel: (
            place({"id": "publisherModelName"}, parse=models.published),
            place({"id": "huggingFaceModelId"}, parse=models.of_hub),
        ),
        EnvironmentSource: (place({"id": _IMAGE}, parse=models.image),),
        Sources: (
            place({"model": "publisherModelName"}, parse=models.published, pin=models.PIN_MODEL),
            place({"model": "huggingFaceModelId"}, parse=models.of_hub),
            place({"environment": _IMAGE}, parse=models.image, pin=models.PIN_IMAGE),
        ),
        Probe: (
            _probe("healthProbe", "ready"),
            _probe("livenessProbe", "alive"),
            _probe("startupProbe", "started"),
        ),
        Credential: (place({"secret": _last("modelConfig.huggingFaceAccessToken")}),),
    },
    POOL: {
        **_located("region"),
        **_dedicated(_IN_POOL),
        **_bought(_IN_POOL, _last(_IN_POOL + _MOST, read=or_else(_LEAST)), "region"),
        **_scaled(_IN_POOL),
        StatedCapacity: (place({"instances": _last(_IN_POOL + _LEAST)}),),
    },
    ENGINE: {
        **_LABELS,
        **_located("region"),
        Description: (place({"text": "description"}, of=ENGINE.label),),
        Capacity: (
            # An engine may be scaled down to none.
            place({"instances": _last(f"{_DEPLOYED}minInstances", read=some)}),
            _counted(f"{_DEPLOYED}maxInstances"),
        ),
        StatedCapacity: (
            place({"instances": _last(f"{_DEPLOYED}maxInstances"), "least": _last(f"{_DEPLOYED}minInstances")}),
        ),
        Replicas: (
            # pulumi-gcp 10.2.0 states both defaults; in outputs of a preview the two are not known.
            place(
                {
                    "least": _last(f"{_DEPLOYED}minInstances", default=1),
                    "most": _last(f"{_DEPLOYED}maxInstances", default=100),
                },
                _DEPLOYED.removesuffix("."),
            ),
        ),
        # The documented default is 9.
        RequestLimits: (
            place({"concurrency": _last(f"{_DEPLOYED}containerConcurrency", default=9, read=number_in_text)}),
        ),
        ServedModel: (place({"id": _AGENT}, parse=models.of_agent),),
        EnvironmentSource: (place({"id": _IMAGE_OF_ENGINE}, parse=models.image),),
        Sources: (
            place({"environment": _IMAGE_OF_ENGINE}, parse=models.image, pin=models.PIN_IMAGE),
            place({"model": _AGENT}, parse=models.of_agent, pin=models.PIN_AGENT),
            place({"model": "spec.classMethods"}, parse=models.alias, pin=models.PIN_AGENT),
            place({"model": f"{_DEPLOYED}envs[].value"}, parse=models.alias, pin=models.PIN_AGENT),
        ),
        Key: (place({"key": at("encryptionSpec.kmsKeyName", shown="kmsKeyName"), "region": "region"}),),
    },
    INDEX: {
        **_located("region"),
        **_dedicated(_IN_POOL),
        **_bought(_IN_POOL, _last(_IN_POOL + _MOST, read=or_else(_LEAST)), "region"),
        Capacity: (
            *_dedicated(_IN_POOL)[Capacity],
            *_dedicated("automaticResources.")[Capacity],
        ),
        Replicas: (
            place({"least": _last(_IN_POOL + _LEAST), "most": _last(_IN_POOL + _MOST)}, "dedicatedResources"),
            place(
                {"least": _last(f"automaticResources.{_LEAST}"), "most": _last(f"automaticResources.{_MOST}")},
                "automaticResources",
            ),
        ),
        StatedCapacity: (place({"instances": _last(_IN_POOL + _LEAST), "unit": "automaticResources"}),),
    },
    PERSISTENT: {
        **_LABELS,
        **_located("location"),
        # It has no region of its own: the host is the provider's.
        Host: (place({"location": "location", "region": "region"}),),
        Capacity: (
            _counted(f"{_IN_PERSISTENT}replicaCount"),
            # A pool that Ray scales may have none.
            place({"instances": at(f"{_IN_PERSISTENT}autoscalingSpec.{_LEAST}", shown=_LEAST, read=some)}),
            _counted(f"{_IN_PERSISTENT}autoscalingSpec.{_MOST}"),
        ),
        NodeType: (place({"node_type": _last(f"{_IN_PERSISTENT}machineSpec.machineType")}),),
        **_bought(_IN_PERSISTENT, _last(f"{_IN_PERSISTENT}replicaCount", read=number_in_text), "location"),
        StatedCapacity: (
            place(
                {
                    "instances": _last(f"{_IN_PERSISTENT}replicaCount"),
                    "least": _last(f"{_IN_PERSISTENT}autoscalingSpec.{_LEAST}"),
                },
                "resourcePools[]",
            ),
        ),
        Replicas: (
            place(
                {
                    "least": _last(f"{_IN_PERSISTENT}autoscalingSpec.{_LEAST}"),
                    "most": _last(f"{_IN_PERSISTENT}autoscalingSpec.{_MOST}"),
                    "initial": _last(f"{_IN_PERSISTENT}replicaCount"),
                },
                "resourcePools[]",
            ),
        ),
        Accelerators: (_accelerators(_IN_PERSISTENT),),
        Key: (place({"key": at("encryptionSpec.kmsKeyName", shown="kmsKeyName"), "region": "location"}),),
    },
}
_ITEMS: Final[Mapping[Kind, Mapping[str, str]]] = {
    POOL: {"dedicatedResources.autoscalingMetricSpecs[]": "metricName"},
    GARDEN: {f"{_IN_GARDEN}autoscalingMetricSpecs[]": "metricName", f"{_CONTAINER}.envs[]": "name"},
    ENGINE: {f"{_DEPLOYED}envs[]": "name", f"{_DEPLOYED}secretEnvs[]": "name"},
    PERSISTENT: {"resourcePools[]": "id"},
}

# https://www.pulumi.com/registry/packages/gcp/installation-configuration/
_REGION: Final = {
    "region": Given("region", variables=("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION")),
}
_PROJECT: Final = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_GIVEN: Final = {**_REGION, "project": Given("project", variables=_PROJECT)}
"""The provider takes both of itself where a resource says none, and a Model Garden deployment cannot say a region."""
_GIVEN_LABELS: Final = {"effectiveLabels": Given("defaultLabels", under="labels")}


def _layout(kind: Kind) -> Layout:
    return Layout(
        kind,
        places={**_PLACES[kind], **FIXED[kind], **OWN_PLACES.get(kind, {})},
        names=NAMES[kind],
        address=ADDRESSES[kind],
        items=_ITEMS.get(kind, {}),
        api_tree=partial(tree, kind),
        # The provider refuses names that it does not know, at every depth.
        checks_names=False,
        given={**(_REGION if kind == INDEX else _GIVEN), **(_GIVEN_LABELS if Tags in _PLACES[kind] else {})},
        hands_secrets_on=frozenset(("envs", "huggingFaceAccessToken")),
    )


LAYOUTS: Final = tuple(_layout(kind) for kind in KINDS)
