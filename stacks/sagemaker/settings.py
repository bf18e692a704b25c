"""What this project reads from Pulumi.<stack>.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
from typed_config import ConfigError, Section, sections, texts


@dataclass(frozen=True)
class Model:
    image: str
    model_data_url: str
    environment: dict[str, str]

    @classmethod
    def read(cls, section: Section) -> Model:
        return cls(
            image=section.text("image"),
            model_data_url=section.text("modelDataUrl"),
            environment=section.section("environment").texts(),
        )


@dataclass(frozen=True)
class Instances:
    type: str
    initial_count: int
    startup_timeout: int
    download_timeout: int

    @classmethod
    def read(cls, section: Section) -> Instances:
        return cls(
            type=section.text("instanceType"),
            initial_count=section.whole("initialInstanceCount"),
            startup_timeout=section.whole("containerStartupHealthCheckTimeoutInSeconds"),
            download_timeout=section.whole("modelDataDownloadTimeoutInSeconds"),
        )


@dataclass(frozen=True)
class Scaling:
    min_capacity: int
    max_capacity: int
    target_value: int
    scale_in_cooldown: int
    scale_out_cooldown: int

    @classmethod
    def read(cls, section: Section) -> Scaling:
        scaling = cls(
            min_capacity=section.whole("minCapacity"),
            max_capacity=section.whole("maxCapacity"),
            target_value=section.whole("targetValue"),
            scale_in_cooldown=section.whole("scaleInCooldown"),
            scale_out_cooldown=section.whole("scaleOutCooldown"),
        )
        if scaling.min_capacity > scaling.max_capacity:
            raise ConfigError(
                f"{section.path}: minCapacity {scaling.min_capacity} is above maxCapacity {scaling.max_capacity}"
            )
        return scaling


@dataclass(frozen=True)
class Variant:
    name: str
    weight: int
    model: Model
    instances: Instances
    scaling: Scaling
    server_errors: int

    @classmethod
    def read(cls, section: Section) -> Variant:
        return cls(
            name=section.text("variantName"),
            weight=section.whole("initialVariantWeight"),
            model=Model.read(section.section("model")),
            instances=Instances.read(section.section("instances")),
            scaling=Scaling.read(section.section("scaling")),
            server_errors=section.whole("serverErrorsThatRollBack"),
        )


@dataclass(frozen=True)
class RealTime:
    name: str
    capture_url: str
    variants: list[Variant]

    @classmethod
    def read(cls, config: pulumi.Config) -> RealTime:
        section = Section.of(config, "realTime")
        return cls(
            name=section.text("endpointName"),
            capture_url=section.text("captureUrl"),
            variants=[Variant.read(variant) for variant in sections(config, "variants")],
        )


@dataclass(frozen=True)
class Serverless:
    name: str
    model: Model
    memory_size_in_mb: int
    max_concurrency: int
    provisioned_concurrency: int

    @classmethod
    def read(cls, section: Section) -> Serverless:
        return cls(
            name=section.text("endpointName"),
            model=Model.read(section.section("model")),
            memory_size_in_mb=section.whole("memorySizeInMb"),
            max_concurrency=section.whole("maxConcurrency"),
            provisioned_concurrency=section.whole("provisionedConcurrency"),
        )


@dataclass(frozen=True)
class Asynchronous:
    name: str
    model: Model
    instances: Instances
    inference_ami_version: str
    max_concurrent_invocations_per_instance: int
    output_url: str
    failure_url: str
    scaling: Scaling

    @classmethod
    def read(cls, section: Section) -> Asynchronous:
        return cls(
            name=section.text("endpointName"),
            model=Model.read(section.section("model")),
            instances=Instances.read(section.section("instances")),
            inference_ami_version=section.text("inferenceAmiVersion"),
            max_concurrent_invocations_per_instance=section.whole("maxConcurrentInvocationsPerInstance"),
            output_url=section.text("outputUrl"),
            failure_url=section.text("failureUrl"),
            scaling=Scaling.read(section.section("scaling")),
        )


@dataclass(frozen=True)
class Settings:
    region: str
    kms_key_arn: str
    subnet_ids: list[str]
    security_group_ids: list[str]
    real_time: RealTime
    serverless: Serverless
    asynchronous: Asynchronous
    tags: dict[str, str]

    @property
    def models(self) -> list[Model]:
        return [
            *(variant.model for variant in self.real_time.variants),
            self.serverless.model,
            self.asynchronous.model,
        ]


def load() -> Settings:
    config = pulumi.Config()
    settings = Settings(
        region=pulumi.Config("aws").require("region"),
        kms_key_arn=config.require("kmsKeyArn"),
        subnet_ids=texts(config, "subnetIds"),
        security_group_ids=texts(config, "securityGroupIds"),
        real_time=RealTime.read(config),
        serverless=Serverless.read(Section.of(config, "serverless")),
        asynchronous=Asynchronous.read(Section.of(config, "asynchronous")),
        tags=Section.of(config, "tags").texts(),
    )
    for model in settings.models:
        host = re.fullmatch(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/.+", model.image)
        if host is None or host[1] != settings.region:
            raise ConfigError(f"{config.name}: {model.image} is no image of a registry in {settings.region}")
    return settings
