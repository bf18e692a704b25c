"""What this project reads from Pulumi.<stack>.yaml."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from typed_config import Section, sections


@dataclass(frozen=True)
class Sku:
    name: str
    tier: str
    size: str
    family: str
    capacity: int


@dataclass(frozen=True)
class PoolSettings:
    """One entry of the list: what differs from region to region."""

    name: str
    location: str
    resource_group_name: str
    workspace_name: str
    sku: Sku
    scale_unit_size: int
    request_timeout: str
    max_concurrent_requests_per_instance: int


@dataclass(frozen=True)
class Settings:
    """The pools, and what they have in common: what they serve, and whose they are."""

    model_id: str
    environment_id: str
    tags: dict[str, str]
    pools: list[PoolSettings]


def load() -> Settings:
    config = pulumi.Config()
    return Settings(
        model_id=config.require("modelId"),
        environment_id=config.require("environmentId"),
        tags=Section.of(config, "tags").texts(),
        pools=[_pool(section) for section in sections(config, "pools")],
    )


def _pool(section: Section) -> PoolSettings:
    return PoolSettings(
        name=section.text("name"),
        location=section.text("location"),
        resource_group_name=section.text("resourceGroupName"),
        workspace_name=section.text("workspaceName"),
        sku=_sku(section.section("sku")),
        scale_unit_size=section.whole("scaleUnitSize"),
        request_timeout=section.text("requestTimeout"),
        max_concurrent_requests_per_instance=section.whole("maxConcurrentRequestsPerInstance"),
    )


def _sku(section: Section) -> Sku:
    return Sku(
        name=section.text("name"),
        tier=section.text("tier"),
        size=section.text("size"),
        family=section.text("family"),
        capacity=section.whole("capacity"),
    )
