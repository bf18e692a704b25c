"""No more copies are kept warm than a serverless variant may have."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Options, rule


@rule(
    Variant,
    id="serverless-provisioned-within",
    title="Provisioned concurrency is within the maximum",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Lower {provisioned}, or raise {concurrency}.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html",
)
def serverless_provisioned_within(variant: Variant, options: Options) -> Iterator[Finding]:
    """Each number is fine by itself, so both providers let them through: AWS refuses more warm copies than copies."""
    warm = variant.provisioned
    most = variant.concurrency if warm is not None else None
    if warm is not None and most is not None and warm > most:
        remedy = f"Set {variant.called('provisioned')} to {most} or less, or {variant.called('concurrency')} to {warm}."
        yield Finding("provisioned", f"is {warm}, more than {variant.called('concurrency')}, which is {most}", remedy)
