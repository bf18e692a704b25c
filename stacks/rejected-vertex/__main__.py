"""Vertex AI as it is found in public programs: no preview minds it, and none of it may stand."""

import json

import pulumi
import pulumi_gcp as gcp

config = pulumi.Config()
min_replicas = config.get_int("minReplicas") or 1
model_alias = config.get("modelAlias") or "gemini-flash-latest"

# Pools of machines that models share
gcp.vertex.AiDeploymentResourcePool(
    "ranking-pool",
    name="Ranking_Pool",
    dedicated_resources={
        "machineSpec": {"machineType": "n2-standard-8"},
        "minReplicaCount": min_replicas,
        "maxReplicaCount": 2,
        "autoscalingMetricSpecs": [
            {"metricName": "aiplatform.googleapis.com/prediction/online/cpu/utilization", "target": 500}
        ],
    },
)

gcp.vertex.AiDeploymentResourcePool(
    "embedding-pool",
    name="embedding-pool",
    region="us-central1",
    dedicated_resources={
        "machineSpec": {"machineType": "g2-standard-8", "acceleratorType": "NVIDIA_L4", "acceleratorCount": 8},
        "minReplicaCount": 2,
        "maxReplicaCount": 4,
    },
)

gcp.vertex.AiDeploymentResourcePool(
    "vision-pool",
    name="vision-pool",
    dedicated_resources={
        "machineSpec": {"machineType": "n2-standard-8", "acceleratorType": "NVIDIA_TESLA_T4"},
        "minReplicaCount": 2,
        "maxReplicaCount": 4,
        "autoscalingMetricSpecs": [{"metricName": "aiplatform.googleapis.com/prediction/online/cpu/use", "target": 60}],
    },
)

# An endpoint whose requests reach another region than they name
endpoint = gcp.vertex.AiEndpoint(
    "chat-endpoint",
    name="chat-endpoint-",
    display_name="Chat",
    location="us-central1",
    region="europe-west4",
    encryption_spec={
        "kmsKeyName": "projects/contoso-keys/locations/us-central1/keyRings/ml/cryptoKeys/serving/cryptoKeyVersions/3"
    },
    traffic_split=json.dumps({"1234567890": 60, "2345678901": 30}),
    labels={"Owner": "ML-Platform@contoso.com"},
)

# Models of Model Garden
gcp.vertex.AiEndpointWithModelGardenDeployment(
    "deploy",
    location="us-central1",
    publisher_model_name="publishers/google/models/gemma3@gemma-3-12b-it",
    model_config={"acceptEula": True},
)

gcp.vertex.AiEndpointWithModelGardenDeployment(
    "assistant",
    location="europe-west4",
    hugging_face_model_id="mistralai/Mistral-7B-Instruct-v0.3",
    model_config={
        "acceptEula": True,
        "huggingFaceAccessToken": "correct-horse-battery",
        "containerSpec": {
            "imageUri": "europe-docker.pkg.dev/YOUR_PROJECT/serving/vllm-serve:latest",
            "deploymentTimeout": "PT40M",
            "envs": [{"name": "API_TOKEN", "value": "correct-horse-battery"}],
        },
    },
    deploy_config={
        "dedicatedResources": {
            "machineSpec": {"machineType": "g2-standard-12", "acceleratorType": "NVIDIA_L4", "acceleratorCount": 1},
            "minReplicaCount": 1,
            "requiredReplicaCount": 3,
            "maxReplicaCount": 2,
            "spot": True,
        }
    },
    opts=pulumi.ResourceOptions(ignore_changes=["deployConfig"]),
)

# An agent that runs on instances of its own
gcp.vertex.AiReasoningEngine(
    "agent",
    display_name="Support agent",
    region="europe-west4",
    spec={
        "agentFramework": "google-adk",
        "classMethods": json.dumps([{"name": "query", "api_mode": "", "model": model_alias}]),
        "deploymentSpec": {
            "minInstances": 6,
            "maxInstances": 2,
            "containerConcurrency": 0,
            "envs": [{"name": "MODEL", "value": model_alias}],
        },
    },
)

pulumi.export("endpoint", endpoint.name)
