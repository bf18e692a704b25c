"""A rollout that fails is taken back."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Rollout
from inference_pools.rule import Option, Options, rule


@rule(
    Rollout,
    id="rollback-alarm-set",
    title="A rollout that fails is taken back",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Name alarms in {alarms} when the endpoint is made. To add them later replaces the endpoint with the "
    "provider aws: plan for that, or leave it as it is.",
    options={"required": Option(False, "Whether an endpoint without alarms is reported.")},
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html",
)
def rollback_alarm_set(rollout: Rollout, options: Options) -> Iterator[Finding]:
    """Without an alarm, a new configuration that answers with errors gets all requests, and nobody takes it back."""
    if options.required and not rollout.has_alarms:
        yield Finding("alarms", "names no alarm that takes back a rollout which fails")
