"""Traffic goes to deployments that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import TrafficSplit
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.near_words import did_you_mean
from inference_pools.platforms.azure_online.catalog import ENDPOINT
from inference_pools.platforms.azure_online.edges import TO_ENDPOINT
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of

_SHOWN: Final = 5
"""How many names a message lists."""


@stack_rule(
    id="traffic-deployed",
    title="Traffic goes to deployments that are there",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Name a deployment of the endpoint.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints",
)
def traffic_deployed(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """A name in the traffic is a text that nothing ties to a deployment: a slip in it fails the whole endpoint.

    Only an endpoint is asked of which the stack makes at least one deployment, and the names of all that may be its
    own are known: without any, the deployments are made elsewhere.
    """
    for item in stack.items(ENDPOINT):
        yield item.subject, _named(item, stack)


def _named(item: Item, stack: Stack) -> Iterator[Finding]:
    found = stack.leading_to(item, TO_ENDPOINT)
    names = [deployment.names.get("deployment") for deployment in (*found.sure, *found.perhaps)]
    known = [name for name in names if isinstance(name, str)]
    if not found.sure or len(known) < len(names):
        return
    has = f"{', '.join(map(repr, known[:_SHOWN]))}{' and more' if len(known) > _SHOWN else ''}"
    for split in facets_of(item.subject, TrafficSplit):
        for name, leaf in (*split.shares, *split.mirrored):
            if name.casefold() not in known:
                near = did_you_mean(name, known)
                yield Finding(leaf.keys, f"names no deployment of the endpoint, which has {has}{near}")
