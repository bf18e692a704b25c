"""One service on three clouds: the same model, the same names and owner, and as much capacity as each place needs."""

import on_aws
import on_azure
import on_google
import pulumi
import settings

config = settings.load()
ON = {"aws": on_aws.deploy, "azure": on_azure.deploy, "google": on_google.deploy}

for place in config.places:
    pulumi.export(f"{place.cloud}-{place.region}", ON[place.cloud](config, place))
