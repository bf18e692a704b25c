"""An online endpoint and deployed models as they are found in public programs: no preview minds, and none may stand."""

import pulumi
import pulumi_azure_native as azure_native

config = pulumi.Config()
location = pulumi.Config("azure-native").require("location")
instance_type = config.require("instanceType")
request_timeout = config.require("requestTimeout")
instance_count = config.get_int("instanceCount") or 1

resource_group_name = "rg-scoring-prod"
workspace_name = "mlw-scoring-prod"

# The endpoint and its deployments
endpoint = azure_native.machinelearningservices.OnlineEndpoint(
    "endpoint",
    resource_group_name=resource_group_name,
    workspace_name=workspace_name,
    endpoint_name="fraud_scoring",
    location=location,
    identity=azure_native.machinelearningservices.ManagedServiceIdentityArgs(type="SystemAssigned"),
    properties=azure_native.machinelearningservices.OnlineEndpointPropertiesArgs(
        auth_mode="Key",
        keys=azure_native.machinelearningservices.EndpointAuthKeysArgs(primary_key="4f1d9c7b2e8a6035d1c4b7e9"),
        public_network_access="Enabled",
        traffic={"blue": 90, "green": 20},
        mirror_traffic={"grene": 60},
    ),
)

blue = azure_native.machinelearningservices.OnlineDeployment(
    "blue",
    resource_group_name=resource_group_name,
    workspace_name=workspace_name,
    endpoint_name="fraud_scoring",
    deployment_name="blue",
    location=location,
    sku=azure_native.machinelearningservices.SkuArgs(name="Default", capacity=instance_count),
    properties=azure_native.machinelearningservices.ManagedOnlineDeploymentArgs(
        endpoint_compute_type="Managed",
        instance_type=instance_type,
        model="/subscriptions/{subscription_id}/resourceGroups/rg-scoring-prod/providers/Microsoft.MachineLearningServices/workspaces/mlw-scoring-prod/models/fraud/versions/3",
        environment_id="azureml://registries/azureml/environments/sklearn-1.5/labels/latest",
        environment_variables={"FEATURE_STORE_PASSWORD": "correct-horse-battery"},
        request_settings=azure_native.machinelearningservices.OnlineRequestSettingsArgs(
            request_timeout=request_timeout, max_concurrent_requests_per_instance=0
        ),
        scale_settings=azure_native.machinelearningservices.TargetUtilizationScaleSettingsArgs(
            scale_type="TargetUtilization", min_instances=1, max_instances=5
        ),
        egress_public_network_access="Enabled",
    ),
    opts=pulumi.ResourceOptions(depends_on=[endpoint]),
)

green = azure_native.machinelearningservices.OnlineDeployment(
    "green",
    resource_group_name=resource_group_name,
    workspace_name=workspace_name,
    endpoint_name="fraud_scoring",
    deployment_name="green",
    location=location,
    sku=azure_native.machinelearningservices.SkuArgs(name="Default"),
    properties={
        "endpoint_compute_type": "Managed",
        "instance_type": instance_type,
        "model": "azureml://registries/mlr-contoso-prod/models/fraud/versions/4",
        "environment_id": "azureml://registries/mlr-contoso-prod/environments/sklearn-serving/versions/8",
    },
    opts=pulumi.ResourceOptions(depends_on=[endpoint], ignore_changes=["sku"]),
)

azure_native.monitor.AutoscaleSetting(
    "blue-autoscale",
    resource_group_name=resource_group_name,
    location=location,
    target_resource_uri=blue.id,
    profiles=[
        azure_native.monitor.AutoscaleProfileArgs(
            name="default",
            capacity=azure_native.monitor.ScaleCapacityArgs(minimum="4", maximum="2", default="3"),
            rules=[
                azure_native.monitor.ScaleRuleArgs(
                    metric_trigger=azure_native.monitor.MetricTriggerArgs(
                        metric_name="CpuUtilizationPercentage",
                        metric_resource_uri=endpoint.id,
                        operator="GreaterThan",
                        threshold=70,
                        statistic="Average",
                        time_aggregation="Average",
                        time_grain="PT1M",
                        time_window="PT5M",
                    ),
                    scale_action=azure_native.monitor.ScaleActionArgs(
                        direction="Increase", type="ChangeCount", value="1", cooldown="PT5M"
                    ),
                )
            ],
        )
    ],
)

# The account and its models
account = azure_native.cognitiveservices.Account(
    "openai",
    resource_group_name=resource_group_name,
    account_name="oai-scoring-prod",
    location=location,
    kind="OpenAI",
    sku=azure_native.cognitiveservices.SkuArgs(name="S0"),
    properties=azure_native.cognitiveservices.AccountPropertiesArgs(
        custom_sub_domain_name="oai-scoring-prod", public_network_access="Enabled"
    ),
)

azure_native.cognitiveservices.Deployment(
    "chat",
    resource_group_name=resource_group_name,
    account_name=account.name,
    sku=azure_native.cognitiveservices.SkuArgs(name="GlobalStandard", capacity=100),
    properties=azure_native.cognitiveservices.DeploymentPropertiesArgs(
        model=azure_native.cognitiveservices.DeploymentModelArgs(format="OpenAI", name="gpt-5-mini")
    ),
)

azure_native.cognitiveservices.Deployment(
    "completion",
    resource_group_name=resource_group_name,
    account_name=account.name,
    deployment_name="completion",
    sku=azure_native.cognitiveservices.SkuArgs(name="S0", capacity=10),
    properties=azure_native.cognitiveservices.DeploymentPropertiesArgs(
        model=azure_native.cognitiveservices.DeploymentModelArgs(format="OpenAI", name="gpt-35-turbo", version="0613"),
        version_upgrade_option="OnceNewDefaultVersionAvailable",
    ),
)

azure_native.cognitiveservices.Deployment(
    "embedding",
    resource_group_name=resource_group_name,
    account_name=account.name,
    deployment_name="embedding",
    properties=azure_native.cognitiveservices.DeploymentPropertiesArgs(
        model=azure_native.cognitiveservices.DeploymentModelArgs(
            format="OpenAI", name="text-embedding-3-large", version="latest"
        )
    ),
)

pulumi.export("endpoint", endpoint.id)
