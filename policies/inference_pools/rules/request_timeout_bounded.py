"""A request gives up before the gateway in front of the pool does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.durations import format_iso, humanize
from inference_pools.facets import RequestTimeout
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    RequestTimeout,
    id="request-timeout-bounded",
    title="Request timeout is within bounds",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Set {timeout} to a duration between {minimum} and {maximum}, for example {maximum}.",
    options={
        "minimum": Option(timedelta(seconds=1), "The shortest timeout; clients round below a second to zero."),
        "maximum": Option(
            timedelta(minutes=5),
            "The longest timeout. Where the service itself ends sooner, as documented, that is the limit.",
        ),
    },
    since="2026.12",
)
def request_timeout_bounded(limits: RequestTimeout, options: Options) -> Iterator[Finding]:
    """A timeout beyond the caller's own patience keeps a node busy for someone who has gone."""
    timeout = limits.timeout
    if timeout is None:
        return
    if timeout < options.minimum:
        yield Finding("timeout", f"waits {humanize(timeout)}, the least is {humanize(options.minimum)}")
    maximum = options.maximum if limits.longest is None else min(options.maximum, limits.longest)
    if timeout > maximum:
        yield Finding(
            "timeout",
            f"waits {humanize(timeout)}, the limit is {humanize(maximum)}",
            f"Set {limits.called('timeout')} to a duration between {format_iso(options.minimum)} and "
            f"{format_iso(maximum)}, for example {format_iso(maximum)}.",
        )
