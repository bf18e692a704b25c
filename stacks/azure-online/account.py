"""An account, and the language models that are deployed to it one after another: it makes one deployment at a time."""

from __future__ import annotations

import pulumi
import pulumi_azure_native as azure_native
from settings import Settings

cognitive = azure_native.cognitiveservices


def deploy(config: Settings) -> list[cognitive.Deployment]:
    account = cognitive.Account(
        "account",
        resource_group_name=config.resource_group_name,
        account_name=config.account_name,
        location=config.location,
        kind="OpenAI",
        sku=cognitive.SkuArgs(name="S0"),
        identity=cognitive.IdentityArgs(type=cognitive.ResourceIdentityType.SYSTEM_ASSIGNED),
        properties=cognitive.AccountPropertiesArgs(
            custom_sub_domain_name=config.account_name,
            disable_local_auth=True,
            public_network_access=cognitive.PublicNetworkAccess.DISABLED,
            network_acls=cognitive.NetworkRuleSetArgs(default_action=cognitive.NetworkRuleAction.DENY),
        ),
        tags=config.tags,
    )
    deployments: list[cognitive.Deployment] = []
    for language_model in config.language_models:
        before = deployments[-1] if deployments else account
        deployments.append(
            cognitive.Deployment(
                language_model.name,
                resource_group_name=config.resource_group_name,
                account_name=config.account_name,
                deployment_name=language_model.name,
                sku=cognitive.SkuArgs(name=language_model.sku, capacity=language_model.capacity),
                properties=cognitive.DeploymentPropertiesArgs(
                    model=cognitive.DeploymentModelArgs(
                        format="OpenAI", name=language_model.model, version=language_model.version
                    ),
                    version_upgrade_option=language_model.version_upgrade_option,
                ),
                tags=config.tags,
                opts=pulumi.ResourceOptions(depends_on=[before]),
            )
        )
    return deployments
