"""One service on three clouds that has drifted apart: each resource may stand by itself, the three together may not."""

import pulumi
import pulumi_aws as aws
import pulumi_azure_native as azure_native
import pulumi_gcp as gcp

config = pulumi.Config()
service = config.require("service")
instances = config.require_object("instances")
machines = config.require_object("machines")
models = config.require_object("models")
owner = config.require("owner")
tags = {"service": "assistant", "environment": config.require("environment"), "costcenter": "CC-7741"}
load = {"load.peak-rps": config.require("peakRps"), "load.service-time": "PT1.8S"}

# Google: labels are the provider's
gcp.vertex.AiEndpointWithModelGardenDeployment(
    "google-assistant",
    location="europe-west4",
    publisher_model_name=models["google"],
    model_config={
        "acceptEula": True,
        "containerSpec": {
            "imageUri": "europe-docker.pkg.dev/contoso-ml/serving/vllm-serve@sha256:"
            "2f1a7bb9d6a1c0e2f3c4b5a6978812de34f5a6b7c8d9e0f1a2b3c4d5e6f70819",
            "deploymentTimeout": "1800s",
        },
    },
    deploy_config={
        "dedicatedResources": {
            "machineSpec": {
                "machineType": machines["google"],
                "acceleratorType": "NVIDIA_L4",
                "acceleratorCount": 1,
            },
            "minReplicaCount": instances["google"],
            "maxReplicaCount": instances["google"],
        }
    },
    endpoint_config={"endpointDisplayName": service},
)

# AWS
model = aws.sagemaker.Model(
    "aws-assistant-model",
    execution_role_arn="arn:aws:iam::904663175208:role/assistant-serving",
    primary_container={
        "image": "904663175208.dkr.ecr.eu-west-1.amazonaws.com/vllm-serve-gpu@sha256:"
        "2f1a7bb9d6a1c0e2f3c4b5a6978812de34f5a6b7c8d9e0f1a2b3c4d5e6f70819",
        "modelDataUrl": models["aws"],
    },
    tags={**tags, "owner": owner},
)
configuration = aws.sagemaker.EndpointConfiguration(
    "aws-assistant-config",
    production_variants=[
        {
            "variantName": "primary",
            "modelName": model.name,
            "instanceType": machines["aws"],
            "initialInstanceCount": instances["aws"],
            "initialVariantWeight": 1,
            "containerStartupHealthCheckTimeoutInSeconds": 1200,
        }
    ],
    tags={**tags, "owner": owner},
)
aws.sagemaker.Endpoint(
    "aws-assistant",
    name=service,
    endpoint_config_name=configuration.name,
    tags={**tags, **load, "owner": owner},
)

# Azure
machinelearning = azure_native.machinelearningservices
endpoint = machinelearning.OnlineEndpoint(
    "azure-assistant",
    resource_group_name="rg-offers-001",
    workspace_name="mlw-offers",
    endpoint_name=service,
    location="swedencentral",
    identity={"type": "SystemAssigned"},
    properties={"authMode": "AADToken", "publicNetworkAccess": "Disabled", "traffic": {"primary": 100}},
    tags={**tags, **load, "owner": "data-science@contoso.com"},
)
machinelearning.OnlineDeployment(
    "azure-assistant-primary",
    resource_group_name="rg-offers-001",
    workspace_name="mlw-offers",
    endpoint_name=service,
    deployment_name="primary",
    location="swedencentral",
    sku={"name": "Default", "capacity": instances["azure"]},
    properties={
        "endpointComputeType": "Managed",
        "instanceType": machines["azure"],
        "model": models["azure"],
        "environmentId": "azureml://registries/contoso-models/environments/vllm-serve/versions/12",
        "requestSettings": {"requestTimeout": "PT60S", "maxConcurrentRequestsPerInstance": 8},
        "egressPublicNetworkAccess": "Disabled",
    },
    tags={**tags, "owner": "data-science@contoso.com"},
    opts=pulumi.ResourceOptions(depends_on=[endpoint]),
)
