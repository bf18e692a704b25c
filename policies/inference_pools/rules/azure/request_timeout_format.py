"""A request timeout is written so that every reader understands the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inference_pools import durations, edits
from inference_pools.facets import RequestTimeout
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, rule
from inference_pools.values import Json
from inference_pools.view import facets_of


def _fix(subject: Subject, options: Options) -> Mapping[str, Json] | None:
    """The same timeout as Azure takes it, where there is no doubt about it: `pt30s`, not `30s`."""
    properties = subject.resource.properties
    for limits in facets_of(subject, RequestTimeout):
        written = limits.written_timeout
        meant = durations.canonical(written) if written is not None else None
        if meant is not None and meant != written:
            properties = edits.put(properties, limits.keys_of("timeout"), meant)
    return None if properties is subject.resource.properties else properties


@rule(
    RequestTimeout,
    id="request-timeout-format",
    title="Request timeout is an ISO 8601 duration",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Write requestTimeout as an ISO 8601 duration in days, hours, minutes and seconds, for example PT30S.",
    since="2026.12",
    source="https://www.w3.org/TR/xmlschema-2/#duration",
    fix=_fix,
)
def request_timeout_format(limits: RequestTimeout, options: Options) -> Iterator[Finding]:
    """`P1M` is a month and `PT1M` a minute; what Azure and its clients read differently fails late, or not at all."""
    written = limits.written_timeout
    if written is None:
        return
    try:
        durations.parse(written)
    except durations.DurationError as error:
        remedy = f"Set requestTimeout to {error.meant.split(' ')[0]}." if error.meant else None
        yield Finding("timeout", str(error), remedy)
