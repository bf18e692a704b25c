"""A group has an endpoint that leads to it."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.azure_pools.catalog import ENDPOINT, GROUP
from inference_pools.platforms.azure_pools.edges import IN_A_POOL, TO_GROUP, TO_POOL, beside
from inference_pools.platforms.names import AZURE_POOLS
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack

_POOL = TO_POOL[GROUP].strict
_BESIDE = beside(ENDPOINT, GROUP).strict


@stack_rule(
    id="groups-served",
    title="Every group has an endpoint",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_POOLS,
    remedy="Add an InferenceEndpoint that names the group, or remove the group; waive it if another stack serves it.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools/endpoints",
)
def groups_served(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Nodes that no endpoint leads to are paid for and answer no one.

    Only a stack that makes the group's pool, or an endpoint of it, is asked: elsewhere the endpoints are in another.
    """
    for own in stack.items(GROUP):
        yield own.subject, _is_served(own, stack)


def _is_served(own: Item, stack: Stack) -> Iterator[Finding]:
    served = stack.leading_to(own, TO_GROUP)
    if served.sure:
        return
    pools = stack.follow(own, _POOL)
    endpoints = stack.leading_to(own, _BESIDE)
    if not (pools or endpoints) or own.read("group") is None or served.perhaps:
        return
    if not (pools.sure or endpoints.sure):
        own.read_all(IN_A_POOL)
        return
    leaf = own.address.leaf("group")
    yield Finding(leaf.keys, f"is {leaf.text()!r}, to which no endpoint of this stack leads")
