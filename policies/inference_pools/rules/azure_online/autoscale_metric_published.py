"""An autoscale setting follows a metric that its resource has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools import platforms
from inference_pools.facets import FollowedMetric
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.near_words import nearest
from inference_pools.platforms.azure_online import metrics
from inference_pools.platforms.azure_online.catalog import AUTOSCALE, DEPLOYMENT, ENDPOINT
from inference_pools.platforms.azure_online.edges import is_deployment, is_endpoint
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.platforms.platform import Kind, Subject
from inference_pools.reader import UnknownError
from inference_pools.resource import Resource
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.urn import Urn
from inference_pools.view import facets_of

_PROFILES: Final = "profiles"


@stack_rule(
    id="autoscale-metric-published",
    title="Autoscale settings follow metrics that are published",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Take the metric from the deployment: metric_resource_uri=deployment.id; an endpoint has RequestLatency and "
    "RequestsPerMinute.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",
)
def autoscale_metric_published(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """A metric of the wrong resource is no error anywhere: there is just never any data, and nothing ever scales."""
    for item in stack.items(AUTOSCALE):
        for followed in facets_of(item.subject, FollowedMetric):
            yield item.subject, _published(item, followed)


def _published(item: Item, followed: FollowedMetric) -> Iterator[Finding]:
    name = followed.name
    if name is None:
        return
    has = metrics.kind_with(name)
    if has is None:
        near = nearest(name, sorted(metrics.OF_DEPLOYMENTS | metrics.OF_ENDPOINTS | metrics.OF_BOTH))
        if near and not metrics.is_known(name):
            message = f"is {name!r}, which no online endpoint and no deployment has; did you mean {near}?"
            yield Finding(followed.keys_of("name"), message, f"Set {followed.called('name')} to {near}.")
        return
    kind = _kind_of_source(item.subject.resource, followed)
    if kind is not None and kind != has:
        whose = "a deployment" if kind is DEPLOYMENT else "an endpoint"
        message = f"is that of {whose}, and only {has.label}s have {name}"
        remedy = None if has is DEPLOYMENT else "Take the metric from the endpoint: metric_resource_uri=endpoint.id."
        yield Finding(followed.keys_of("source"), message, remedy)


def _kind_of_source(resource: Resource, followed: FollowedMetric) -> Kind | None:
    """What has the metric: by its id, and where that is not known, by what the profiles were made from.

    Raises UnknownError where they were made from both, or nobody tells.
    """
    try:
        written = followed.source
    except UnknownError:
        made_from = {platforms.kind_of(Urn.parse(urn).type) for urn in resource.made_from(_PROFILES)}
        kinds = {found[1] for found in made_from if found is not None} & {ENDPOINT, DEPLOYMENT}
        if len(kinds) == 1:
            return kinds.pop()
        raise
    if written is None:
        return None
    return DEPLOYMENT if is_deployment(written) else ENDPOINT if is_endpoint(written) else None
