"""An autoscale profile begins between its least and its greatest capacity."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import ScalingBounds
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.rule import Judgement, Options, rule


@rule(
    ScalingBounds,
    id="autoscale-bounds-ordered",
    title="Autoscale profiles have a default within their bounds",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Set minimum, default and maximum so that none is above the next.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-understanding-settings",
)
def autoscale_bounds_ordered(bounds: ScalingBounds, options: Options) -> Iterator[Judgement]:
    """The three are texts, which no type checks, and Azure refuses the setting when the deployment already runs.

    The default counts while the metric cannot be had: above the greatest, or below the least, it means neither.
    """
    yield _order(bounds)
    yield _default(bounds)


def _order(bounds: ScalingBounds) -> Iterator[Finding]:
    least, most = bounds.least, bounds.most
    if least is not None and most is not None and least > most:
        yield Finding("least", f"is {least}, and {bounds.called('most')} is {most}")


def _default(bounds: ScalingBounds) -> Iterator[Finding]:
    least, most, initial = bounds.least, bounds.most, bounds.initial
    if initial is None or (least is not None and most is not None and least > most):
        return
    if least is not None and initial < least:
        yield Finding("initial", f"is {initial}, and {bounds.called('least')} is {least}")
    if most is not None and initial > most:
        yield Finding("initial", f"is {initial}, and {bounds.called('most')} is {most}")
