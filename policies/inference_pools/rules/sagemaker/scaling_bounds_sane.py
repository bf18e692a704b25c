"""A floor is no higher than its ceiling."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import ScalingBounds
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.rule import Judgement, Options, rule


@rule(
    ScalingBounds,
    id="scaling-bounds-sane",
    title="The least capacity is no more than the greatest",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set {least} to 0 or more, and {most} to as much or more.",
    since="2026.12",
    source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
)
def scaling_bounds_sane(bounds: ScalingBounds, options: Options) -> Iterator[Judgement]:
    """The provider takes any two numbers, and AWS refuses the target while the endpoint is being deployed."""
    for field in ("least", "most"):
        yield _not_negative(bounds, field)
    yield _in_order(bounds)


def _not_negative(bounds: ScalingBounds, field: str) -> Iterator[Finding]:
    number = getattr(bounds, field)
    if number is not None and number < 0:
        yield Finding(field, f"is {number}, the least is 0", f"Set {bounds.called(field)} to 0 or more.")


def _in_order(bounds: ScalingBounds) -> Iterator[Finding]:
    least, most = bounds.least, bounds.most
    if least is not None and most is not None and least > most >= 0:
        floor, ceiling = bounds.called("least"), bounds.called("most")
        remedy = f"Set {floor} to {f'{most} or less' if most else 0}, or {ceiling} to {least} or more."
        yield Finding("least", f"is {least}, and {ceiling} is {most}", remedy)
