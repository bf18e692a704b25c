"""Where the facets lie that only SageMaker has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from inference_pools.facets.place import At, Place, at, place
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.sagemaker.addresses import own_name
from inference_pools.platforms.sagemaker.facets import (
    Container,
    GivenName,
    Key,
    Network,
    Results,
    Rollout,
    Startup,
    Variant,
)
from inference_pools.platforms.sagemaker.kinds import COMPONENT, CONFIG, ENDPOINT, MODEL, Shape

_LISTS: Final = ("productionVariants[]", "shadowProductionVariants[]")


def _variant(variants: str, shape: Shape) -> Place:
    fields: dict[str, str | At] = {
        "name": f"{variants}.variantName",
        "model": f"{variants}.modelName",
        "instance_type": f"{variants}.instanceType",
        "count": f"{variants}.initialInstanceCount",
        "weight": f"{variants}.initialVariantWeight",
        "serverless": f"{variants}.serverlessConfig",
        "memory": at(f"{variants}.serverlessConfig.memorySizeInMb", shown="memorySizeInMb"),
        "concurrency": at(f"{variants}.serverlessConfig.maxConcurrency", shown="maxConcurrency"),
        "provisioned": at(f"{variants}.serverlessConfig.provisionedConcurrency", shown="provisionedConcurrency"),
        "scaling": f"{variants}.managedInstanceScaling",
        "scaling_minimum": at(f"{variants}.managedInstanceScaling.minInstanceCount", shown="minInstanceCount"),
        "scaling_maximum": at(f"{variants}.managedInstanceScaling.maxInstanceCount", shown="maxInstanceCount"),
        "role": "executionRoleArn",
    }
    if shape is Shape.NATIVE:
        fields |= {
            "pools": f"{variants}.instancePools",
            "isolation": "enableNetworkIsolation",
            "vpc": "vpcConfig",
        }
    else:
        fields["region"] = "region"
    return place(fields, variants, is_shadow=variants.startswith("shadow"))


def _startup(at_each: str, machine: str) -> Place:
    return place(
        {
            "startup": at(
                f"{at_each}.containerStartupHealthCheckTimeoutInSeconds",
                shown="containerStartupHealthCheckTimeoutInSeconds",
            ),
            "download": at(f"{at_each}.modelDataDownloadTimeoutInSeconds", shown="modelDataDownloadTimeoutInSeconds"),
            **({"machine": machine} if machine else {}),
        },
        at_each,
    )


def _keys(shape: Shape) -> Iterator[Place]:
    region = {"region": "region"} if shape is Shape.AWS else {}
    main = "kmsKeyArn" if shape is Shape.AWS else "kmsKeyId"
    yield place({"key": main, **region}, of="the storage of its instances", is_main=True, takes_ids=main == "kmsKeyId")
    for path, of in {
        "dataCaptureConfig.kmsKeyId": "captured requests",
        "asyncInferenceConfig.outputConfig.kmsKeyId": "results",
        "productionVariants[].coreDumpConfig.kmsKeyId": "core dumps",
        "shadowProductionVariants[].coreDumpConfig.kmsKeyId": "core dumps",
    }.items():
        yield place({"key": path, **region}, of=of, takes_ids=shape is Shape.NATIVE)


def _container(path: str, shape: Shape, **more: str) -> Place:
    fields = {"image": f"{path}.image", "environment": f"{path}.environment"}
    return place({**fields, **({"region": "region"} if shape is Shape.AWS else {}), **more}, path)


def own_places(kind: Kind, shape: Shape) -> Places:
    """Facets of a kind that only SageMaker has, in a provider's words."""
    alarms = at("deploymentConfig.autoRollbackConfiguration.alarms", shown="autoRollbackConfiguration.alarms")
    made = {"made": "__defaults"} if shape is Shape.AWS else {}
    found: Mapping[Kind, Places] = {
        CONFIG: {
            Variant: tuple(_variant(variants, shape) for variants in _LISTS),
            Startup: tuple(_startup(variants, f"{variants}.instanceType") for variants in _LISTS),
            Key: tuple(_keys(shape)),
            GivenName: (place({"name": own_name(CONFIG, shape), **made}),),
            Results: (
                place(
                    {
                        "asynchronous": "asyncInferenceConfig",
                        "failures": at("asyncInferenceConfig.outputConfig.s3FailurePath", shown="s3FailurePath"),
                    }
                ),
            ),
        },
        MODEL: {
            Container: tuple(
                _container(path, shape, isolation="enableNetworkIsolation")
                for path in ("primaryContainer", "containers[]")
            ),
            Network: (place({"isolation": "enableNetworkIsolation", "vpc": "vpcConfig"}),),
        },
        ENDPOINT: {Rollout: (place({"deployment": "deploymentConfig", "alarms": alarms}, "deploymentConfig"),)},
        COMPONENT: {
            Container: tuple(_container(f"{path}.container", shape) for path in ("specification", "specifications[]")),
            Startup: (
                _startup("specification.startupParameters", ""),
                _startup("specifications[].startupParameters", "specifications[].instanceType"),
            ),
        },
    }
    return found.get(kind, {})
