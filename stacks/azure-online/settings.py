"""What this project reads from Pulumi.<stack>.yaml."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from typed_config import ConfigError, Section, sections


@dataclass(frozen=True)
class Scaling:
    minimum: int
    default: int
    maximum: int
    cpu_percentage_out: int
    cpu_percentage_in: int

    @classmethod
    def read(cls, section: Section) -> Scaling:
        scaling = cls(
            minimum=section.whole("minimum"),
            default=section.whole("default"),
            maximum=section.whole("maximum"),
            cpu_percentage_out=section.whole("cpuPercentageOut"),
            cpu_percentage_in=section.whole("cpuPercentageIn"),
        )
        if not scaling.minimum <= scaling.default <= scaling.maximum:
            raise ConfigError(
                f"{section.path}: default {scaling.default} is not from {scaling.minimum} to {scaling.maximum}"
            )
        return scaling


@dataclass(frozen=True)
class Deployment:
    name: str
    instance_type: str
    instances: int
    code_id: str
    scoring_script: str
    model_id: str
    environment_id: str
    environment_variables: dict[str, str]
    request_timeout: str
    max_concurrent_requests_per_instance: int
    scaling: Scaling

    @classmethod
    def read(cls, section: Section) -> Deployment:
        return cls(
            name=section.text("name"),
            instance_type=section.text("instanceType"),
            instances=section.whole("instances"),
            code_id=section.text("codeId"),
            scoring_script=section.text("scoringScript"),
            model_id=section.text("modelId"),
            environment_id=section.text("environmentId"),
            environment_variables=section.section("environmentVariables").texts(),
            request_timeout=section.text("requestTimeout"),
            max_concurrent_requests_per_instance=section.whole("maxConcurrentRequestsPerInstance"),
            scaling=Scaling.read(section.section("scaling")),
        )


@dataclass(frozen=True)
class LanguageModel:
    name: str
    model: str
    version: str
    version_upgrade_option: str
    sku: str
    capacity: int

    @classmethod
    def read(cls, section: Section) -> LanguageModel:
        return cls(
            name=section.text("name"),
            model=section.text("model"),
            version=section.text("version"),
            version_upgrade_option=section.text("versionUpgradeOption"),
            sku=section.text("sku"),
            capacity=section.whole("capacity"),
        )


@dataclass(frozen=True)
class Settings:
    location: str
    resource_group_name: str
    workspace_name: str
    endpoint_name: str
    description: str
    traffic: dict[str, int]
    deployments: list[Deployment]
    account_name: str
    language_models: list[LanguageModel]
    tags: dict[str, str]


def load() -> Settings:
    config = pulumi.Config()
    traffic = config.require_object("traffic")
    settings = Settings(
        location=pulumi.Config("azure-native").require("location"),
        resource_group_name=config.require("resourceGroupName"),
        workspace_name=config.require("workspaceName"),
        endpoint_name=config.require("endpointName"),
        description=config.require("description"),
        traffic={name: Section.of(config, "traffic").whole(name) for name in traffic},
        deployments=[Deployment.read(section) for section in sections(config, "deployments")],
        account_name=config.require("accountName"),
        language_models=[LanguageModel.read(section) for section in sections(config, "languageModels")],
        tags=Section.of(config, "tags").texts(),
    )
    known = {deployment.name for deployment in settings.deployments}
    for name in settings.traffic:
        if name not in known:
            raise ConfigError(
                f"{config.name}:traffic: no deployment is called {name!r}, the deployments are "
                f"{', '.join(sorted(known))}"
            )
    return settings
