"""A scaling policy is of the type that it is written for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import ScalingPolicy
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.reader import UnknownError
from inference_pools.rule import Judgement, Options, rule

_BLOCK_OF: Final = {"StepScaling": "step", "TargetTrackingScaling": "tracking"}
_TYPE_OF: Final = {block: kind for kind, block in _BLOCK_OF.items()}
_PREDICTIVE: Final = "PredictiveScaling"
"""The third type that the API has: "Only supported for Amazon ECS" (botocore, application-autoscaling, PolicyType)."""
_OF_ECS: Final = "which AWS has for Amazon ECS only, not for SageMaker"
_INSTEAD: Final = (
    "Follow a metric instead: TargetTrackingScaling, with times that are known beforehand in a scheduled action."
)


@rule(
    ScalingPolicy,
    id="scaling-policy-complete",
    title="A scaling policy has what its type needs",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set policyType to TargetTrackingScaling with targetTrackingScalingPolicyConfiguration, or to StepScaling "
    "with stepScalingPolicyConfiguration.",
    since="2026.12",
    source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html",
)
def scaling_policy_complete(policy: ScalingPolicy, options: Options) -> Iterator[Judgement]:
    """Where `policyType` is left out the provider `aws` writes StepScaling, even beside target tracking alone: the
    preview is content, and AWS refuses it or waits for steps that nobody wrote. Nor does any provider mind predictive
    scaling, which AWS has for another service only."""
    yield _type(policy)
    yield _target(policy)
    yield _followed(policy)


def _type(policy: ScalingPolicy) -> Iterator[Finding]:
    kind, written = policy.kind, policy.written
    if kind == _PREDICTIVE:
        yield Finding("kind", f"is {kind}, {_OF_ECS}", _INSTEAD)
        return
    if "predictive" in written:
        yield Finding("predictive", f"is a way of scaling, {_OF_ECS}", _INSTEAD)
        return
    if kind is None:
        return
    if kind not in _BLOCK_OF:
        near = nearest(kind, _BLOCK_OF) or (_TYPE_OF[written[0]] if len(written) == 1 else None)
        meant = f"; did you mean {near}?" if near else ""
        remedy = f"Set policyType to {near or 'one of ' + ', '.join(_BLOCK_OF)}."
        yield Finding("kind", f"is {kind!r}, no type of a scaling policy{meant}", remedy)
        return
    wanted = _BLOCK_OF[kind]
    if wanted in written:
        for block in written:
            if block != wanted:
                message = f"is there, and the policy is of the type {kind}, which has {policy.called(wanted)}"
                yield Finding(block, message, f"Leave out {policy.called(block)}, or make two policies of them.")
    elif not written:
        yield Finding("kind", f"is {kind}, and {policy.called(wanted)} is missing", f"Add {policy.called(wanted)}.")
    else:
        has = " and ".join(policy.called(block) for block in written)
        default = policy.place.at["kind"].default
        said = f"is {kind}, as it is where it is left out" if kind == default else f"is {kind}"
        yield Finding("kind", f"{said}, and what the policy has is {has}", f"Set policyType to {_TYPE_OF[written[0]]}.")


def _target(policy: ScalingPolicy) -> Iterator[Finding]:
    target = policy.target_value
    if target is not None and not 0 < target < float("inf"):
        remedy = "Set targetValue to what the metric is to be kept at, above 0."
        yield Finding("target_value", f"is {target:g}, expected a number above 0", remedy)


def _followed(policy: ScalingPolicy) -> Iterator[Finding]:
    """Target tracking follows one metric: one that AWS has ready, or one of the policy's own."""
    if not policy.leaf("tracking").present:
        return
    ready, own = (_is_written(policy, field) for field in ("metric", "own_metric"))
    names = f"{policy.called('metric')} and {policy.called('own_metric')}"
    if not ready and not own:
        yield Finding("tracking", "names no metric to follow", f"Add one of {names}.")
    elif ready and own:
        yield Finding("own_metric", f"is there beside {policy.called('metric')}", f"Leave out one of {names}.")


def _is_written(policy: ScalingPolicy, field: str) -> bool:
    try:
        return policy.leaf(field).present
    except UnknownError:
        return True
