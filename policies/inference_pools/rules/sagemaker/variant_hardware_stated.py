"""A variant is on instances or serverless, not both and not neither."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Options, rule


@rule(
    Variant,
    id="variant-hardware-stated",
    title="A variant has instances or is serverless",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Keep one of {instance_type} and serverlessConfig.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
)
def variant_hardware_stated(variant: Variant, options: Options) -> Iterator[Finding]:
    """The API takes each property by itself, and no provider minds both or neither: AWS refuses the configuration."""
    if variant.is_serverless and variant.has_instances:
        field = "instance_type" if variant.leaf("instance_type").present else "pools"
        yield Finding(field, "stands beside serverlessConfig: a serverless variant has no instances")
    elif not variant.is_serverless and not variant.has_instances:
        remedy = "Set instanceType, for example to ml.m5.xlarge, or serverlessConfig."
        yield Finding("", "says neither a machine nor that it is serverless", remedy)
