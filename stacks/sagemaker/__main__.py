"""Three SageMaker endpoints: one answers at once, one runs on no instances, one works through a queue."""

import access
import asynchronous
import pulumi
import real_time
import serverless
import settings

config = settings.load()
role = access.grant(config)

endpoints = [
    real_time.deploy(config, config.real_time, role),
    serverless.deploy(config, config.serverless, role),
    asynchronous.deploy(config, config.asynchronous, role),
]

pulumi.export("endpoint_names", [endpoint.name for endpoint in endpoints])
