"""A variant on instances says how many."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Options, rule


@rule(
    Variant,
    id="variant-count-stated",
    title="A variant says how many instances it has",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set {count}, for example to 2.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
)
def variant_count_stated(variant: Variant, options: Options) -> Iterator[Finding]:
    """Rules about capacity, redundancy and cost judge numbers: of one that stands nowhere they have nothing to say."""
    if not variant.is_serverless and variant.has_instances and variant.count is None:
        yield Finding("count", "is not said, so nobody knows what the variant costs")
