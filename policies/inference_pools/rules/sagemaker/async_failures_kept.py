"""Requests that fail leave a trace."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Results
from inference_pools.rule import Options, rule


@rule(
    Results,
    id="async-failures-kept",
    title="Asynchronous requests that fail leave a trace",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set {failures} to a folder of a bucket, for example s3://BUCKET/failures.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint.html",
)
def async_failures_kept(results: Results, options: Options) -> Iterator[Finding]:
    """Whoever sent the request has gone: an error that is written nowhere is lost, and with it the request."""
    if results.is_asynchronous and not results.failures:
        yield Finding("failures", "is not set: a request that fails leaves no trace")
