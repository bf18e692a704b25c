"""Managed instance scaling has bounds that agree."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Options, rule


@rule(
    Variant,
    id="managed-scaling-bounded",
    title="Managed instance scaling has bounds that agree",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set {scaling_minimum} to 0 or more, and {scaling_maximum} to that or more, at least 1.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantManagedInstanceScaling.html",
)
def managed_scaling_bounded(variant: Variant, options: Options) -> Iterator[Finding]:
    """Each number is fine by itself, so the providers let them through: AWS refuses bounds that leave nothing between.

    A variant that has a model of its own takes no such scaling at all, which another rule says.
    """
    if not variant.is_scaled_by_aws or variant.has_model:
        return
    least, count, most = variant.scaling_minimum, variant.count, variant.scaling_maximum
    if least is not None and least < 0:
        yield Finding("scaling_minimum", f"is {least}, AWS takes 0 or more")
    if most is not None and most < 1:
        yield Finding("scaling_maximum", f"is {most}, AWS takes 1 or more")
    elif _is_more(least, most):
        yield Finding("scaling_minimum", f"is {least}, more than the maximum, which is {most}")
    elif _is_more(count, most):
        remedy = f"Set {variant.called('count')} to {most} or less, or {variant.called('scaling_maximum')} to {count}."
        yield Finding("count", f"is {count}, more than the maximum, which is {most}", remedy)
    elif _is_more(least, count):
        remedy = f"Set {variant.called('count')} to {least} or more, or {variant.called('scaling_minimum')} to {count}."
        yield Finding("count", f"is {count}, less than the minimum, which is {least}", remedy)


def _is_more(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one > other
