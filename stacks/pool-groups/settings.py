"""What this project reads from Pulumi.<stack>.yaml."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from typed_config import ConfigError, Section, sections, texts


@dataclass(frozen=True)
class Sku:
    name: str
    tier: str
    size: str
    family: str
    capacity: int

    @classmethod
    def read(cls, section: Section) -> Sku:
        return cls(
            name=section.text("name"),
            tier=section.text("tier"),
            size=section.text("size"),
            family=section.text("family"),
            capacity=section.whole("capacity"),
        )


@dataclass(frozen=True)
class Group:
    name: str
    node_sku_type: str
    scale_unit_size: int
    model_id: str
    environment_id: str
    environment_variables: dict[str, str]
    sku: Sku

    @classmethod
    def read(cls, section: Section) -> Group:
        return cls(
            name=section.text("name"),
            node_sku_type=section.text("nodeSkuType"),
            scale_unit_size=section.whole("scaleUnitSize"),
            model_id=section.text("modelId"),
            environment_id=section.text("environmentId"),
            environment_variables=section.section("environmentVariables").texts(),
            sku=Sku.read(section.section("sku")),
        )


@dataclass(frozen=True)
class Endpoint:
    name: str
    group: str
    request_timeout: str
    max_concurrent_requests_per_instance: int

    @classmethod
    def read(cls, section: Section) -> Endpoint:
        return cls(
            name=section.text("name"),
            group=section.text("group"),
            request_timeout=section.text("requestTimeout"),
            max_concurrent_requests_per_instance=section.whole("maxConcurrentRequestsPerInstance"),
        )


@dataclass(frozen=True)
class Settings:
    location: str
    resource_group_name: str
    workspace_name: str
    pool_name: str
    description: str
    pool_sku: Sku
    registries: list[str]
    groups: list[Group]
    endpoints: list[Endpoint]
    telemetry_connection: pulumi.Output[str]
    tags: dict[str, str]


def load() -> Settings:
    config = pulumi.Config()
    settings = Settings(
        location=pulumi.Config("azure-native").require("location"),
        resource_group_name=config.require("resourceGroupName"),
        workspace_name=config.require("workspaceName"),
        pool_name=config.require("poolName"),
        description=config.require("description"),
        pool_sku=Sku.read(Section.of(config, "poolSku")),
        registries=texts(config, "registries"),
        groups=[Group.read(section) for section in sections(config, "groups")],
        endpoints=[Endpoint.read(section) for section in sections(config, "endpoints")],
        telemetry_connection=config.require_secret("telemetryConnection"),
        tags=Section.of(config, "tags").texts(),
    )
    known = {group.name for group in settings.groups}
    for index, endpoint in enumerate(settings.endpoints):
        if endpoint.group not in known:
            raise ConfigError(
                f"{config.name}:endpoints[{index}].group: no group is called {endpoint.group!r}, "
                f"the groups are {', '.join(sorted(known))}"
            )
    return settings
