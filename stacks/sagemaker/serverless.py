"""An endpoint without instances: it costs while it answers, and keeps a few copies warm."""

from __future__ import annotations

import models
import pulumi_aws as aws
from access import Access
from settings import Serverless, Settings


def deploy(config: Settings, endpoint: Serverless, access: Access) -> aws.sagemaker.Endpoint:
    model = models.without_network("serverless-model", config, endpoint.model, access)
    configuration = aws.sagemaker.EndpointConfiguration(
        "serverless-config",
        production_variants=[
            aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                variant_name="serverless",
                model_name=model.name,
                initial_variant_weight=1,
                serverless_config=aws.sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgs(
                    memory_size_in_mb=endpoint.memory_size_in_mb,
                    max_concurrency=endpoint.max_concurrency,
                    provisioned_concurrency=endpoint.provisioned_concurrency,
                ),
            )
        ],
        kms_key_arn=config.kms_key_arn,
        tags=config.tags,
    )
    return aws.sagemaker.Endpoint(
        "serverless-endpoint", name=endpoint.name, endpoint_config_name=configuration.name, tags=config.tags
    )
