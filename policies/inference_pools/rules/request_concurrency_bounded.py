"""An instance takes no more requests at once than it can serve."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import RequestLimits
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    RequestLimits,
    id="request-concurrency-bounded",
    title="Concurrent requests per instance are within bounds",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Set {concurrency} to a whole number from {minimum} to {maximum}.",
    options={
        "minimum": Option(1, "The least number of requests an instance serves at once."),
        "maximum": Option(
            500,
            "The greatest number. A model that fills a GPU wants far less than the default.",
        ),
    },
    since="2026.12",
)
def request_concurrency_bounded(limits: RequestLimits, options: Options) -> Iterator[Finding]:
    """Providers take any number: zero serves no one, and one too large queues inside the model, out of sight."""
    concurrency = limits.concurrency
    if concurrency is None:
        return
    if concurrency < options.minimum:
        yield Finding("concurrency", f"is {concurrency}, the least is {options.minimum}")
    if concurrency > options.maximum:
        yield Finding("concurrency", f"is {concurrency}, the limit is {options.maximum}")
