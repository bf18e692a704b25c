"""What scales a variant in production leaves an instance to spare."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.context import Context
from inference_pools.facets import Queue, ScalingBounds
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.edges import ENDPOINT_TO_CONFIG, TARGET_TO_ENDPOINT
from inference_pools.platforms.sagemaker.kinds import TARGET
from inference_pools.platforms.sagemaker.scaled import INSTANCES
from inference_pools.reader import ReadError
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of
from inference_pools.ways import surely_along


@stack_rule(
    id="scaling-floor-in-production",
    title="Scaling in leaves production an instance to spare",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set minCapacity to {least} or more; AWS spreads the instances over availability zones.",
    options={"least": Option(2, "The least number of instances that scaling may leave in production.")},
    since="2026.12",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html#sagemaker-4",
    controls=("Security Hub SageMaker.4",),
)
def scaling_floor_in_production(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """The count of the configuration is that of the first day: after a quiet night there are as many as the target's
    least. What works through a queue may pause, and is not asked."""
    for target in stack.items(TARGET):
        yield target.subject, _to_spare(target, stack, options)


def _to_spare(target: Item, stack: Stack, options: Options) -> Iterator[Finding]:
    context = stack.context(target.subject)
    if target.address.name("dimension") != INSTANCES or not _may_be_production(context):
        return
    bounds = next(facets_of(target.subject, ScalingBounds))
    least = bounds.least
    # Where there may be none the endpoint works through a queue, or another rule says that AWS refuses it.
    if least is None or not 0 < least < options.least or not context.is_production:
        return
    for config in surely_along(stack, target, TARGET_TO_ENDPOINT, ENDPOINT_TO_CONFIG):
        if any(queue.is_there for queue in facets_of(config.subject, Queue)):
            return
    yield Finding(bounds.keys_of("least"), f"is {least}, the least in production is {options.least}")


def _may_be_production(context: Context) -> bool:
    try:
        return context.is_production
    except ReadError:
        return True
