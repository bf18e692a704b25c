"""An endpoint that scales to zero comes up again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference_pools.facets import Metric, Queue, ScalingBounds, ScalingPolicy
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item, Joined
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.edges import (
    ALARM_TO_POLICY,
    ENDPOINT_TO_CONFIG,
    POLICY_TO_TARGET_BY_ID,
    TARGET_TO_ENDPOINT,
    TO_TARGET,
)
from inference_pools.platforms.sagemaker.kinds import ALARM, POLICY, SCHEDULE, TARGET
from inference_pools.platforms.sagemaker.scaled import BACKLOG, COPIES, ENDPOINT_NAME, INSTANCES, TURNED_AWAY, WAITING
from inference_pools.reader import ReadError
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of
from inference_pools.ways import surely_along


@stack_rule(
    id="way-up-from-zero",
    title="What scales to zero comes up again",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set minCapacity to 1 or more.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html",
)
def way_up_from_zero(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Most metrics have no value while there is no instance, so that what follows them never starts the first one. An
    alarm on requests that found none has to set off a step scaling policy. Only an asynchronous endpoint, or one with
    inference components, may have no instance at all."""
    for target in stack.items(TARGET):
        for bounds in facets_of(target.subject, ScalingBounds):
            yield target.subject, _comes_up(target, bounds, stack)


def _comes_up(target: Item, bounds: ScalingBounds, stack: Stack) -> Iterator[Finding]:
    dimension = target.address.name("dimension")
    if dimension not in (INSTANCES, COPIES) or bounds.least != 0:
        return
    at = bounds.keys_of("least")
    if dimension == INSTANCES:
        configs = surely_along(stack, target, TARGET_TO_ENDPOINT, ENDPOINT_TO_CONFIG)
        queues = [queue.is_there for config in configs for queue in facets_of(config.subject, Queue)]
        if queues and not any(queues):
            message = "is 0, and the endpoint is not asynchronous: AWS takes no less than 1 instance of it"
            yield Finding(at, message, f"Set {bounds.called('least')} to 1 or more.")
            return
    if _is_scheduled_up(target, stack):
        return
    policies = _policies(target, stack)
    if not policies:
        remedy = "Add a scaling policy, or waive this where another stack has it."
        yield Finding(at, "is 0, and no policy of this stack scales it", remedy, Enforcement.ADVISORY)
        return
    metric = WAITING if dimension == INSTANCES else TURNED_AWAY
    steps = [policy for policy in policies if _is_by_steps(policy)]
    if any(_sets_off(alarm, steps, metric, target, stack) for alarm in stack.items(ALARM)):
        return
    remedy = f"Add a step scaling policy that adds 1, and an alarm on {metric} with the policy's ARN in alarmActions."
    gathered = _gathered(policies) if dimension == INSTANCES else None
    if gathered is not None:
        message = f"is 0, and the first instance starts only when more than {gathered:g} requests wait"
        yield Finding(at, message, remedy, Enforcement.ADVISORY)
        return
    if steps:
        yield Finding(at, f"is 0, and no alarm on {metric} sets off the step scaling policy", remedy)
    else:
        yield Finding(at, "is 0, and no step scaling policy starts an instance again", remedy)


def _policies(target: Item, stack: Stack) -> Sequence[Item]:
    """The policies of a target, and those of which that cannot be known."""
    return [
        *_all(stack.leading_to(target, TO_TARGET[POLICY])),
        *stack.leading_to(target, POLICY_TO_TARGET_BY_ID).sure,
    ]


def _all(joined: Joined) -> list[Item]:
    return [*joined.sure, *joined.perhaps]


def _is_scheduled_up(target: Item, stack: Stack) -> bool:
    """Whether a scheduled action of its own, or one beside it, starts an instance by the clock."""
    subjects = [item.subject for item in _all(stack.leading_to(target, TO_TARGET[SCHEDULE]))]
    own = list(facets_of(target.subject, ScalingBounds))[1:]
    return any(
        _starts(bounds) for bounds in (*own, *(one for each in subjects for one in facets_of(each, ScalingBounds)))
    )


def _starts(bounds: ScalingBounds) -> bool:
    try:
        return (bounds.least or 0) > 0
    except ReadError:
        return True


def _is_by_steps(policy: Item) -> bool:
    try:
        return any("step" in facet.written for facet in facets_of(policy.subject, ScalingPolicy))
    except ReadError:
        return True


def _sets_off(alarm: Item, steps: Sequence[Item], metric: str, target: Item, stack: Stack) -> bool:
    """Whether an alarm on the metric, as far as can be seen of this target's endpoint, sets off one of the policies."""
    if alarm.names["policy"] is None and "policy" not in alarm.hidden:
        return False  # it sets off no policy at all
    watches = any(_watches(one, metric, target) for one in facets_of(alarm.subject, Metric))
    return watches and any(policy in steps for policy in _all(stack.follow(alarm, ALARM_TO_POLICY)))


def _watches(metric: Metric, name: str, target: Item) -> bool:
    try:
        if metric.name != name:
            return False
        leaf = metric.dimensions.get(ENDPOINT_NAME)
        endpoint = leaf.text() if leaf else None
    except ReadError:
        return True
    known = target.names["endpoint"]
    return endpoint is None or not isinstance(known, str) or endpoint == known


def _gathered(policies: Sequence[Item]) -> float | None:
    """How many requests have to wait until target tracking of the backlog starts an instance; None without that."""
    for policy in policies:
        try:
            if any(metric.name in BACKLOG for metric in facets_of(policy.subject, Metric)):
                return next((facet.target_value for facet in facets_of(policy.subject, ScalingPolicy)), None)
        except ReadError:
            continue
    return None
