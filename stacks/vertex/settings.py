"""What this project reads from Pulumi.<stack>.yaml."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from typed_config import ConfigError, Section, sections


@dataclass(frozen=True)
class Replicas:
    minimum: int
    maximum: int
    target: int

    @classmethod
    def read(cls, section: Section) -> Replicas:
        replicas = cls(
            minimum=section.whole("minReplicaCount"),
            maximum=section.whole("maxReplicaCount"),
            target=section.whole("target"),
        )
        if replicas.minimum > replicas.maximum:
            raise ConfigError(
                f"{section.path}: minReplicaCount {replicas.minimum} is above maxReplicaCount {replicas.maximum}"
            )
        return replicas


@dataclass(frozen=True)
class Pool:
    name: str
    region: str
    machine_type: str
    replicas: Replicas

    @classmethod
    def read(cls, section: Section) -> Pool:
        return cls(
            name=section.text("name"),
            region=section.text("region"),
            machine_type=section.text("machineType"),
            replicas=Replicas.read(section.section("replicas")),
        )


@dataclass(frozen=True)
class Endpoint:
    name: str
    display_name: str
    description: str
    request_log: str
    callers: list[str]

    @classmethod
    def read(cls, section: Section) -> Endpoint:
        return cls(
            name=section.text("name"),
            display_name=section.text("displayName"),
            description=section.text("description"),
            request_log=section.text("requestLog"),
            callers=[section.text("callingProject")],
        )


@dataclass(frozen=True)
class GardenDeployment:
    name: str
    publisher_model_name: str
    image_uri: str
    environment: dict[str, str]
    deployment_timeout: str
    machine_type: str
    accelerator_type: str
    accelerator_count: int
    replicas: Replicas
    callers: list[str]

    @classmethod
    def read(cls, section: Section) -> GardenDeployment:
        return cls(
            name=section.text("name"),
            publisher_model_name=section.text("publisherModelName"),
            image_uri=section.text("imageUri"),
            environment=section.section("environment").texts(),
            deployment_timeout=section.text("deploymentTimeout"),
            machine_type=section.text("machineType"),
            accelerator_type=section.text("acceleratorType"),
            accelerator_count=section.whole("acceleratorCount"),
            replicas=Replicas.read(section.section("replicas")),
            callers=[section.text("callingProject")],
        )


@dataclass(frozen=True)
class Settings:
    region: str
    kms_key_name: str
    pools: list[Pool]
    endpoint: Endpoint
    model_garden: list[GardenDeployment]
    labels: dict[str, str]


def load() -> Settings:
    config = pulumi.Config()
    settings = Settings(
        region=pulumi.Config("gcp").require("region"),
        kms_key_name=config.require("kmsKeyName"),
        pools=[Pool.read(section) for section in sections(config, "pools")],
        endpoint=Endpoint.read(Section.of(config, "endpoint")),
        model_garden=[GardenDeployment.read(section) for section in sections(config, "modelGarden")],
        labels=Section.of(config, "labels").texts(),
    )
    if f"/locations/{settings.region}/" not in settings.kms_key_name:
        raise ConfigError(f"{config.name}:kmsKeyName: {settings.kms_key_name} is no key in {settings.region}")
    return settings
