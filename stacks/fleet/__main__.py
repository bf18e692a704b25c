"""A fleet of inference pools: one for each entry of the list in the stack's configuration."""

import pulumi
import settings
from regional_pool import RegionalPool

config = settings.load()

fleet = [
    RegionalPool(pool, model_id=config.model_id, environment_id=config.environment_id, tags=config.tags)
    for pool in config.pools
]

pulumi.export(
    "endpoint_uris", {pool.name: regional.endpoint_uri for pool, regional in zip(config.pools, fleet, strict=True)}
)
