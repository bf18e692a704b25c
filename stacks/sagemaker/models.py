"""Models: an image, the weights it serves, and where it runs."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from access import Access
from settings import Model, Settings


def isolated(name: str, config: Settings, model: Model, access: Access) -> aws.sagemaker.Model:
    """A model on instances: in the VPC, and without a way out of its container."""
    return aws.sagemaker.Model(
        name,
        execution_role_arn=access.role.arn,
        enable_network_isolation=True,
        vpc_config=aws.sagemaker.ModelVpcConfigArgs(
            subnets=config.subnet_ids, security_group_ids=config.security_group_ids
        ),
        primary_container=_container(model),
        tags=config.tags,
        opts=pulumi.ResourceOptions(depends_on=access.policies),
    )


def without_network(name: str, config: Settings, model: Model, access: Access) -> aws.sagemaker.Model:
    """A model for a serverless endpoint, which takes neither a VPC nor isolation."""
    return aws.sagemaker.Model(
        name,
        execution_role_arn=access.role.arn,
        primary_container=_container(model),
        tags=config.tags,
        opts=pulumi.ResourceOptions(depends_on=access.policies),
    )


def _container(model: Model) -> aws.sagemaker.ModelPrimaryContainerArgs:
    return aws.sagemaker.ModelPrimaryContainerArgs(
        image=model.image, model_data_url=model.model_data_url, environment=model.environment
    )
