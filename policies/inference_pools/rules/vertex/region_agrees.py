"""The host of a request and the path in it name one region."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.facets import Host
from inference_pools.rule import Options, rule


@rule(
    Host,
    id="region-agrees",
    title="Location and region agree",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Write the same region as {location} and, here or on the provider, as region.",
    since="2026.12",
    source="https://github.com/hashicorp/terraform-provider-google-beta",
)
def region_agrees(host: Host, options: Options) -> Iterator[Finding]:
    """The provider takes the host of its requests from the region and the path from the location: Google's servers of
    one region know nothing of another. Model Garden deployments and persistent resources have no region of their own
    and take the provider's."""
    location, region = host.location, host.region
    if location is None:
        return
    if region is None:
        message = f"is {location}, and neither resource nor provider says a region, which requests take their host from"
        remedy = f"Set region to {location} on the provider, as gcp:region in the configuration does."
        # The environment of the deployment may have one: GOOGLE_REGION.
        yield Finding("location", message, remedy, Enforcement.ADVISORY)
    elif location.casefold() != region.casefold():
        yield Finding("location", f"is {location}, and requests go to the host of {region}")
