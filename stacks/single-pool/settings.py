"""What this project reads from Pulumi.<stack>.yaml."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from typed_config import Section


@dataclass(frozen=True)
class Sku:
    name: str
    tier: str
    size: str
    family: str
    capacity: int


@dataclass(frozen=True)
class Settings:
    location: str
    resource_group_name: str
    workspace_name: str
    pool_name: str
    description: str
    node_sku_type: str
    sku: Sku
    code_id: str
    scoring_script: str
    model_id: str
    environment_id: str
    environment_variables: dict[str, str]
    request_timeout: str
    max_concurrent_requests_per_instance: int
    tags: dict[str, str]


def load() -> Settings:
    config = pulumi.Config()
    sku = Section.of(config, "sku")
    return Settings(
        location=pulumi.Config("azure-native").require("location"),
        resource_group_name=config.require("resourceGroupName"),
        workspace_name=config.require("workspaceName"),
        pool_name=config.require("poolName"),
        description=config.require("description"),
        node_sku_type=config.require("nodeSkuType"),
        sku=Sku(
            name=sku.text("name"),
            tier=sku.text("tier"),
            size=sku.text("size"),
            family=sku.text("family"),
            capacity=sku.whole("capacity"),
        ),
        code_id=config.require("codeId"),
        scoring_script=config.require("scoringScript"),
        model_id=config.require("modelId"),
        environment_id=config.require("environmentId"),
        environment_variables=Section.of(config, "environmentVariables").texts(),
        request_timeout=config.require("requestTimeout"),
        max_concurrent_requests_per_instance=config.require_int("maxConcurrentRequestsPerInstance"),
        tags=Section.of(config, "tags").texts(),
    )
