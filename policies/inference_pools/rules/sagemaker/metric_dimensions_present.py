"""A metric of an endpoint is asked for where AWS publishes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import Metric
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.kinds import ALARM, POLICY
from inference_pools.platforms.sagemaker.scaled import (
    COMPONENT_NAME,
    ENDPOINT_NAME,
    MACHINES,
    METRIC_NAMESPACES,
    OF_COMPONENTS,
    OF_MACHINES,
    OF_QUEUES,
    OF_VARIANTS,
    REQUESTS,
    VARIANT_NAME,
)
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of

_KNOWN: Final = (ENDPOINT_NAME, VARIANT_NAME, COMPONENT_NAME)
_PUBLISHED: Final = tuple(sorted(OF_QUEUES | OF_COMPONENTS | OF_VARIANTS | OF_MACHINES))


@stack_rule(
    id="metric-dimensions-present",
    title="A metric is asked for by the endpoint that it is of",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy=f"Add the dimensions {ENDPOINT_NAME} and {VARIANT_NAME}, with the names of the endpoint and of its variant.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html",
)
def metric_dimensions_present(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """CloudWatch adds nothing up: a metric without the dimensions that it is published with is another one, which never
    gets data. The alarm never rings, and what follows the metric never scales."""
    for kind in (POLICY, ALARM):
        for item in stack.items(kind):
            for metric in facets_of(item.subject, Metric):
                yield item.subject, _is_published(metric)


def _is_published(metric: Metric) -> Iterator[Finding]:
    namespace, name = metric.namespace, metric.name
    if namespace is None or name is None:
        return
    if namespace == REQUESTS and name in OF_MACHINES:
        message = f"is {namespace!r}, and {name} is published in {MACHINES!r}"
        yield Finding(metric.keys_of("namespace"), message, f"Set {metric.called('namespace')} to {MACHINES}.")
    wanted = _wanted(namespace, name, metric)
    if not wanted and namespace == REQUESTS and name not in _PUBLISHED and not metric.dimensions:
        yield from _is_misspelt(metric, name)
    if wanted:
        yield from _has(metric, name, wanted)


def _wanted(namespace: str, name: str, metric: Metric) -> tuple[str, ...]:
    """The dimensions that a metric is published with; none for one that is no endpoint's, and for a misplaced one."""
    if namespace not in METRIC_NAMESPACES:
        return ()
    if name in OF_QUEUES:
        return (ENDPOINT_NAME,)
    if name in OF_COMPONENTS:
        return (COMPONENT_NAME,)
    if name not in OF_VARIANTS | OF_MACHINES or COMPONENT_NAME in metric.dimensions:
        return ()
    return (ENDPOINT_NAME, VARIANT_NAME)


def _is_misspelt(metric: Metric, name: str) -> Iterator[Finding]:
    """The namespace has metrics of labelling jobs, too, some of which have no dimensions."""
    near = nearest(name, _PUBLISHED, cutoff=0.6)
    if near:
        message = f"is {name!r}, which no endpoint publishes; did you mean {near}?"
        yield Finding(
            metric.keys_of("name"), message, f"Set {metric.called('name')} to {near}, and add its dimensions."
        )


def _has(metric: Metric, name: str, wanted: tuple[str, ...]) -> Iterator[Finding]:
    written = metric.dimensions
    missing = [dimension for dimension in wanted if dimension not in written]
    if missing:
        strange = [dimension for dimension in written if dimension not in _KNOWN]
        near = {found: dimension for dimension in missing if (found := nearest(dimension, strange, cutoff=0.75))}
        meant = "".join(f"; did you mean {dimension} by {found}?" for found, dimension in near.items())
        has = f"has the dimensions {', '.join(written)}" if written else "has no dimensions"
        message = f"{has}, and {name} is published with {' and '.join(wanted)}{meant}"
        remedy = f"Add {' and '.join(missing)}, with the name{'s'[: len(missing) > 1]} of what is watched."
        yield Finding(metric.keys_of("dimensions"), message, remedy)
    elif name in OF_QUEUES and VARIANT_NAME in written:
        message = f"has the dimension {VARIANT_NAME}, and {name} is published with {ENDPOINT_NAME} alone"
        yield Finding(metric.keys_of("dimensions"), message, f"Leave {VARIANT_NAME} out.")
