"""Models served in two ways: our own on machines behind an online endpoint, language models by an account."""

import account
import online
import pulumi
import settings

config = settings.load()
endpoint = online.deploy(config)
language_models = account.deploy(config)

pulumi.export("scoring_uri", endpoint.properties.apply(lambda properties: properties.scoring_uri))
pulumi.export("model_deployments", [deployment.name for deployment in language_models])
