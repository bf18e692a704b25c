"""An asynchronous endpoint is watched by metrics that it publishes."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Metric, Queue, ScalingPolicy
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Edge, Subject
from inference_pools.platforms.sagemaker.edges import (
    ALARM_TO_ENDPOINT,
    ENDPOINT_TO_CONFIG,
    POLICY_TO_ENDPOINT,
    POLICY_TO_TARGET_BY_ID,
    TARGET_TO_ENDPOINT,
)
from inference_pools.platforms.sagemaker.kinds import ALARM, POLICY
from inference_pools.platforms.sagemaker.scaled import BACKLOG, NOT_OF_QUEUES, NOT_READY_FOR_QUEUES, REQUESTS
from inference_pools.reader import ReadError
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of
from inference_pools.ways import surely_along


@stack_rule(
    id="scaling-metric-published",
    title="The metric of an asynchronous endpoint is one that it publishes",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy=f"Follow {BACKLOG[0]} of {REQUESTS} with the dimension EndpointName, in a customizedMetricSpecification.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html",
)
def scaling_metric_published(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """An asynchronous endpoint publishes none of the metrics that count requests as they come: what follows one of them
    never scales, and nothing says so."""
    for policy in stack.items(POLICY):
        by_id = (POLICY_TO_TARGET_BY_ID, TARGET_TO_ENDPOINT)
        if _is_of_a_queue(policy, stack, POLICY_TO_ENDPOINT) or _is_of_a_queue(policy, stack, *by_id):
            yield policy.subject, _ready(policy)
            yield policy.subject, _own(policy)
    for alarm in stack.items(ALARM):
        if _is_of_a_queue(alarm, stack, ALARM_TO_ENDPOINT):
            yield alarm.subject, _own(alarm)


def _is_of_a_queue(item: Item, stack: Stack, *edges: Edge) -> bool:
    configs = surely_along(stack, item, *edges, ENDPOINT_TO_CONFIG)
    try:
        return any(queue.is_there for config in configs for queue in facets_of(config.subject, Queue))
    except ReadError:
        return False


def _ready(policy: Item) -> Iterator[Finding]:
    for facet in facets_of(policy.subject, ScalingPolicy):
        if facet.metric in NOT_READY_FOR_QUEUES:
            yield Finding(facet.keys_of("metric"), f"is {facet.metric}, which no asynchronous endpoint publishes")


def _own(item: Item) -> Iterator[Finding]:
    for metric in facets_of(item.subject, Metric):
        if metric.namespace == REQUESTS and metric.name in NOT_OF_QUEUES:
            yield Finding(metric.keys_of("name"), f"is {metric.name}, which no asynchronous endpoint publishes")
