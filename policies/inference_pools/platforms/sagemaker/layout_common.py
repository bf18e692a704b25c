"""Where facets lie that both providers have in the same place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from inference_pools.facets import (
    Capacity,
    EnvironmentSource,
    Facet,
    Load,
    ModelSource,
    Nodes,
    NodeType,
    Purchase,
    RequestLimits,
    ServedModel,
    Sources,
    StatedCapacity,
)
from inference_pools.facets.place import At, Place, at, place
from inference_pools.facets.served import by_path, on_the_hub
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.sagemaker import images
from inference_pools.platforms.sagemaker.facets import HUB_MODELS
from inference_pools.platforms.sagemaker.kinds import CONFIG, ENDPOINT, MODEL, TARGET
from inference_pools.platforms.sagemaker.reading import whole

PIN: Final = (
    "Name the image by a tag that is never pushed again, best by its digest: …/REPOSITORY@sha256:DIGEST, as "
    "`aws ecr describe-images` shows it."
)
_VARIANTS: Final = ("productionVariants[]", "shadowProductionVariants[]")
_LOCATION: Final = {"location": at("region")}


def counted(path: str) -> Mapping[str, At]:
    """A number of instances."""
    return {"instances": at(path, read=whole)}


def _sources(images_at: Iterable[str], weights_at: Iterable[str]) -> dict[type[Facet], tuple[Place, ...]]:
    of_images = [at(path) for path in images_at]
    of_weights = [at(path) for path in weights_at]
    return {
        EnvironmentSource: tuple(place({"id": one}, parse=images.parse) for one in of_images),
        ModelSource: tuple(place({"id": one}, parse=images.parse_archive) for one in of_weights),
        Sources: (
            *(place({"environment": one}, parse=images.parse, pin=PIN) for one in of_images),
            *(place({"model": one}, parse=images.parse_archive) for one in of_weights),
        ),
    }


def containers(own: Iterable[str], weights: str) -> Places:
    """What containers run, and the weights that they load."""
    at_each = tuple(own)
    served = [place({"id": f"{one}.{weights}"}, parse=by_path) for one in at_each]
    served += [place({"id": f"{one}.environment"}, parse=on_the_hub, names=HUB_MODELS) for one in at_each]
    return {ServedModel: tuple(served)} | _sources(
        [f"{one}.image" for one in at_each], [f"{one}.{weights}" for one in at_each]
    )


def _bought(variants: str) -> Place:
    return place({"node_type": f"{variants}.instanceType", **counted(f"{variants}.initialInstanceCount"), **_LOCATION})


COMMON: Final[Mapping[Kind, Places]] = {
    CONFIG: {
        NodeType: tuple(place({"node_type": f"{variants}.instanceType"}) for variants in _VARIANTS),
        Capacity: tuple(
            Place(counted(f"{variants}.{count}"))
            for variants in _VARIANTS
            for count in ("initialInstanceCount", "managedInstanceScaling.maxInstanceCount")
        ),
        StatedCapacity: tuple(
            place({**counted(f"{variants}.initialInstanceCount"), "unit": f"{variants}.serverlessConfig"}, variants)
            for variants in _VARIANTS
        ),
        # Security Hub's SageMaker.4 is about production variants; a shadow answers nobody.
        Nodes: (place(counted("productionVariants[].initialInstanceCount"), "productionVariants[]"),),
        Purchase: tuple(_bought(variants) for variants in _VARIANTS),
        RequestLimits: (
            place(
                {
                    "concurrency": at(
                        "asyncInferenceConfig.clientConfig.maxConcurrentInvocationsPerInstance",
                        shown="maxConcurrentInvocationsPerInstance",
                        read=whole,
                    )
                }
            ),
        ),
        Load: (place({"tags": "tags"}),),
    },
    MODEL: containers(("primaryContainer", "containers[]"), "modelDataUrl"),
    ENDPOINT: {Load: (place({"tags": "tags"}),)},
    TARGET: {},
}
