"""SageMaker endpoints as they are found in public programs: no preview minds them, and none of them may stand."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
instance_type = config.require("instanceType")
instance_count = config.get_int("instanceCount") or 1
image_tag = config.get("imageTag") or "latest"
registry = "763104351884.dkr.ecr.eu-central-1.amazonaws.com"
us_registry = "763104351884.dkr.ecr.us-east-1.amazonaws.com"

role = aws.iam.Role(
    "sagemaker-role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)
aws.iam.RolePolicyAttachment(
    "sagemaker-full-access",
    role=role.name,
    policy_arn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
)

# A language model in real time
chat_model = aws.sagemaker.Model(
    "chat-model",
    execution_role_arn=role.arn,
    primary_container={
        "image": f"{us_registry}/huggingface-pytorch-tgi-inference:2.4.0-tgi2.4.0-gpu-py311-cu124-ubuntu22.04",
        "environment": {
            "HF_MODEL_ID": "mistralai/Mistral-7B-Instruct-v0.3",
            "HUGGING_FACE_HUB_TOKEN": "correct-horse-battery",
        },
    },
)

chat_config = aws.sagemaker.EndpointConfiguration(
    "chat-config",
    name="support-chat-config",
    production_variants=[
        {
            "variantName": "primary",
            "modelName": chat_model.name,
            "instanceType": instance_type,
            "initialInstanceCount": instance_count,
            "managedInstanceScaling": {"status": "ENABLED", "minInstanceCount": 0, "maxInstanceCount": 4},
        }
    ],
)

chat_endpoint = aws.sagemaker.Endpoint(
    "chat-endpoint",
    name="support-chat",
    endpoint_config_name=chat_config.name,
)

chat_target = aws.appautoscaling.Target(
    "chat-target",
    min_capacity=4,
    max_capacity=2,
    resource_id=pulumi.Output.concat("endpoint/", chat_endpoint.name, "/variant/AllTraffic"),
    scalable_dimension="sagemaker:variant:DesiredInstanceCount",
    service_namespace="sagemaker",
    opts=pulumi.ResourceOptions(ignore_changes=["maxCapacity"]),
)

aws.appautoscaling.Policy(
    "chat-policy",
    resource_id=chat_target.resource_id,
    scalable_dimension=chat_target.scalable_dimension,
    service_namespace=chat_target.service_namespace,
    target_tracking_scaling_policy_configuration={
        "targetValue": 70,
        "predefinedMetricSpecification": {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    },
)

aws.cloudwatch.MetricAlarm(
    "chat-latency",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=2,
    metric_name="ModelLatency",
    namespace="AWS/SageMaker",
    period=300,
    statistic="Average",
    threshold=0.1,
)

# A classifier with a canary
scoring_model = aws.sagemaker.Model(
    "scoring-model",
    execution_role_arn=role.arn,
    primary_container={
        "image": f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/scoring:{image_tag}",
        "modelDataUrl": "s3://<your-bucket>/scoring/model.tar.gz",
    },
)

canary_model = aws.sagemaker.Model(
    "canary-model",
    execution_role_arn=role.arn,
    primary_container={
        "image": f"{registry}/pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker",
        "modelDataUrl": "s3://contoso-ml-models/scoring/7/model.tar.gz",
    },
)

scoring_config = aws.sagemaker.EndpointConfiguration(
    "scoring-config",
    kms_key_arn="arn:aws:s3:::contoso-ml-models",
    production_variants=[
        {
            "variantName": "stable",
            "modelName": scoring_model.name,
            "instanceType": "ml.m5.xlarge",
            "initialInstanceCount": 2,
            "initialVariantWeight": 1,
        },
        {
            "variantName": "stable",
            "modelName": canary_model.name,
            "instanceType": "ml.g4dn.xlarge",
            "initialInstanceCount": 2,
            "initialVariantWeight": 0,
        },
    ],
)

aws.sagemaker.Endpoint(
    "scoring-endpoint",
    name="scoring",
    endpoint_config_name=scoring_model.name,
)

# A serverless endpoint
serverless_model = aws.sagemaker.Model(
    "serverless-model",
    execution_role_arn=role.arn,
    primary_container={
        "image": f"{registry}/pytorch-inference:2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker",
        "modelDataUrl": "s3://contoso-ml-models/intent/3/model.tar.gz",
    },
)

serverless_config = aws.sagemaker.EndpointConfiguration(
    "serverless-config",
    production_variants=[
        {
            "variantName": "serverless",
            "modelName": serverless_model.name,
            "instanceType": "ml.m5.large",
            "serverlessConfig": {"maxConcurrency": 10, "memorySizeInMb": 4096, "provisionedConcurrency": 20},
        }
    ],
)

aws.sagemaker.Endpoint(
    "serverless-endpoint",
    name="intent",
    endpoint_config_name=serverless_config.name,
)

# An asynchronous endpoint that sleeps while it has nothing to do
batch_model = aws.sagemaker.Model(
    "batch-model",
    execution_role_arn=role.arn,
    primary_container={
        "image": f"{registry}/djl-inference:0.36.0-lmi18.0.0-cu130",
        "modelDataUrl": "s3://contoso-ml-models/summaries/12/model.tar.gz",
    },
)

batch_config = aws.sagemaker.EndpointConfiguration(
    "batch-config",
    production_variants=[
        {
            "modelName": batch_model.name,
            "instanceType": instance_type,
            "initialInstanceCount": 2,
        }
    ],
    async_inference_config={"outputConfig": {"s3OutputPath": "s3://contoso-ml-results/summaries"}},
)

batch_endpoint = aws.sagemaker.Endpoint(
    "batch-endpoint",
    name="summaries",
    endpoint_config_name=batch_config.name,
)

batch_target = aws.appautoscaling.Target(
    "batch-target",
    min_capacity=0,
    max_capacity=4,
    resource_id=pulumi.Output.concat("endpoint/", batch_endpoint.name, "/variant/AllTraffic"),
    scalable_dimension="sagemaker:variant:DesiredInstanceCount",
    service_namespace="sagemaker",
)

aws.appautoscaling.Policy(
    "batch-policy",
    policy_type="TargetTrackingScaling",
    resource_id=batch_target.resource_id,
    scalable_dimension=batch_target.scalable_dimension,
    service_namespace=batch_target.service_namespace,
    target_tracking_scaling_policy_configuration={
        "targetValue": 70,
        "predefinedMetricSpecification": {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    },
)

pulumi.export("chat_endpoint", chat_endpoint.name)
