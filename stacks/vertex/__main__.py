"""Vertex AI in two ways: models of ours share pools of machines, a model of Model Garden has machines of its own."""

import endpoints
import garden
import pools
import pulumi
import settings

config = settings.load()

shared = [pools.make(pool) for pool in config.pools]
endpoint = endpoints.make(config, config.endpoint)
deployments = [garden.deploy(config, deployment) for deployment in config.model_garden]

# What deploys a model to the endpoint names both: Pulumi has no resource for a deployed model.
pulumi.export("deployment_resource_pools", [pool.id for pool in shared])
pulumi.export("endpoint", endpoint.id)
pulumi.export("model_garden_endpoints", [deployment.endpoint for deployment in deployments])
