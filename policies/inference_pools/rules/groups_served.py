"""A group has an endpoint that leads to it."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.catalog import Kind
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Options, stack_rule
from inference_pools.shapes import Pool
from inference_pools.stack import Stack
from inference_pools.topology import POOL, Neighbour, Neighbours, lie_with


@stack_rule(
    id="groups-served",
    title="Every group has an endpoint",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Add an InferenceEndpoint that names the group, or remove the group; waive it if another stack serves it.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools/endpoints",
)
def groups_served(stack: Stack, options: Options) -> Iterator[tuple[Pool, Iterator[Finding]]]:
    """Nodes that no endpoint leads to are paid for and answer no one.

    Only a stack that makes the group's pool, or an endpoint of it, is asked: elsewhere the endpoints are in another.
    """
    pools = Neighbours(stack, Kind.POOL, POOL)
    endpoints = Neighbours(stack, Kind.ENDPOINT, (*POOL, "serves"))
    for own in Neighbours(stack, Kind.GROUP, POOL):
        yield own.pool, _is_served(own, endpoints, pools)


def _is_served(own: Neighbour, endpoints: Neighbours, pools: Neighbours) -> Iterator[Finding]:
    if endpoints.named(tuple(own.names[field] for field in (*POOL, "group"))):
        return
    beside = endpoints.may_lie_with(own, POOL)
    around = [*beside, *pools.may_lie_with(own, POOL)]
    if not around:
        return
    name = own.address.name("group")
    if name is None or any(endpoint.names["serves"] in (None, name) for endpoint in beside):
        return
    if lie_with(around, own, POOL):
        leaf = own.address.leaf("group")
        yield Finding(leaf.keys, f"is {leaf.text()!r}, to which no endpoint of this stack leads")
