"""A container has as long to start as AWS gives."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Startup
from inference_pools.rule import Judgement, Options, rule

_LEAST, _MOST = 60, 3600
"""botocore's service model: ProductionVariantContainerStartupHealthCheckTimeoutInSeconds and that of downloads."""


@rule(
    Startup,
    id="startup-timeout-bounded",
    title="Start-up timeouts are within AWS's bounds",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set it to a whole number of seconds from 60 to 3600.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
)
def startup_timeout_bounded(startup: Startup, options: Options) -> Iterator[Judgement]:
    """AWS refuses less and more; aws-native passes on whatever is written."""
    for field in ("startup", "download"):
        yield _within(startup, field)


def _within(startup: Startup, field: str) -> Iterator[Finding]:
    seconds = startup.seconds(field)
    if seconds is not None and not _LEAST <= seconds <= _MOST:
        yield Finding(field, f"is {seconds} seconds, AWS takes {_LEAST} to {_MOST}")
