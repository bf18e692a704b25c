"""A serverless variant has a size and a number of requests that AWS has."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Judgement, Options, rule

# botocore's service model: ServerlessMemorySizeInMB, ServerlessMaxConcurrency, ServerlessProvisionedConcurrency; the
# step of 1024 is in the text of MemorySizeInMB. The provider aws refuses the same, aws-native nothing.
_SIZES = range(1024, 6144 + 1, 1024)
_MOST_AT_ONCE = 200


@rule(
    Variant,
    id="serverless-bounded",
    title="A serverless variant is of a size that AWS has",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set {memory} to one of 1024, 2048, 3072, 4096, 5120 and 6144, and {concurrency} to 1 to 200.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html",
)
def serverless_bounded(variant: Variant, options: Options) -> Iterator[Judgement]:
    """Six sizes and two hundred requests at once is all there is; an account may have less."""
    yield _memory(variant)
    yield _within(variant, "concurrency")
    yield _within(variant, "provisioned")


def _memory(variant: Variant) -> Iterator[Finding]:
    memory = variant.memory
    if memory is not None and memory not in _SIZES:
        larger = next((size for size in _SIZES if size > memory), _SIZES[-1])
        sizes = ", ".join(map(str, _SIZES))
        yield Finding("memory", f"is {memory}, AWS has {sizes}", f"Set {variant.called('memory')} to {larger}.")


def _within(variant: Variant, field: str) -> Iterator[Finding]:
    at_once = variant.concurrency if field == "concurrency" else variant.provisioned
    if at_once is not None and not 1 <= at_once <= _MOST_AT_ONCE:
        remedy = f"Set {variant.called(field)} to a whole number from 1 to {_MOST_AT_ONCE}."
        yield Finding(field, f"is {at_once}, AWS takes 1 to {_MOST_AT_ONCE}", remedy)
