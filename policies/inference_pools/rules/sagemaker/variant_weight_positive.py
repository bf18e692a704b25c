"""Every variant gets requests."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Options, rule


@rule(
    Variant,
    id="variant-weight-positive",
    title="Every variant gets requests",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set {weight} to more than 0, or remove the variant.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
)
def variant_weight_positive(variant: Variant, options: Options) -> Iterator[Finding]:
    """A variant gets its weight's part of all weights: one of none has its instances, and nothing to do.

    Advisory, since a weight may be shifted outside of Pulumi (UpdateEndpointWeightsAndCapacities).
    """
    weight = variant.weight
    if weight is not None and weight < 0:
        yield Finding("weight", f"is {weight:g}, AWS takes 0 or more", None, Enforcement.MANDATORY)
    elif weight == 0:
        paid = "gets no request" if variant.is_serverless else "is paid for, and gets no request"
        yield Finding("weight", f"is 0: the variant {paid}")
