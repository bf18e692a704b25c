"""What this project reads from Pulumi.<stack>.yaml."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from typed_config import ConfigError, Section, sections, texts

CLOUDS = ("aws", "azure", "google")


@dataclass(frozen=True)
class Place:
    """A region of a cloud, and what serves there. The clouds' own words for it are in the module of each."""

    cloud: str
    region: str
    model: str
    image: str
    machine: str
    minimum: int
    maximum: int

    @classmethod
    def read(cls, section: Section) -> Place:
        place = cls(
            cloud=section.text("cloud"),
            region=section.text("region"),
            model=section.text("model"),
            image=section.text("image"),
            machine=section.text("machine"),
            minimum=section.whole("minimum"),
            maximum=section.whole("maximum"),
        )
        if place.cloud not in CLOUDS:
            raise ConfigError(f"{section.path}.cloud: expected one of {', '.join(CLOUDS)}, found {place.cloud!r}")
        if place.minimum > place.maximum:
            raise ConfigError(f"{section.path}: minimum {place.minimum} is above maximum {place.maximum}")
        return place


@dataclass(frozen=True)
class Aws:
    role_arn: str
    kms_key_arn: str
    subnet_ids: list[str]
    security_group_ids: list[str]

    @classmethod
    def read(cls, config: pulumi.Config) -> Aws:
        section = Section.of(config, "aws")
        return cls(
            role_arn=section.text("roleArn"),
            kms_key_arn=section.text("kmsKeyArn"),
            subnet_ids=texts(config, "subnetIds"),
            security_group_ids=texts(config, "securityGroupIds"),
        )


@dataclass(frozen=True)
class Azure:
    resource_group_name: str
    workspace_name: str

    @classmethod
    def read(cls, section: Section) -> Azure:
        return cls(resource_group_name=section.text("resourceGroupName"), workspace_name=section.text("workspaceName"))


@dataclass(frozen=True)
class Settings:
    service: str
    description: str
    environment_variables: dict[str, str]
    load: dict[str, str]
    places: list[Place]
    aws: Aws
    azure: Azure
    calling_project: str
    tags: dict[str, str]


def load() -> Settings:
    config = pulumi.Config()
    return Settings(
        service=config.require("service"),
        description=config.require("description"),
        environment_variables=Section.of(config, "environmentVariables").texts(),
        load=Section.of(config, "load").texts(),
        places=[Place.read(section) for section in sections(config, "places")],
        aws=Aws.read(config),
        azure=Azure.read(Section.of(config, "azure")),
        calling_project=config.require("callingProject"),
        tags=Section.of(config, "tags").texts(),
    )
