"""A duration is written as the API writes one, and is one that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.durations import humanize
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.own_facets import Duration
from inference_pools.rule import Options, rule


@rule(
    Duration,
    id="duration-in-bounds",
    title="Durations are ones that Vertex AI takes",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Set {duration} to a number of seconds, such as '1800s'.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/ModelContainerSpec",
)
def duration_in_bounds(duration: Duration, options: Options) -> Iterator[Finding]:
    """The provider takes any text, and the client -5s. ISO 8601, which other clouds write, is refused by Google."""
    lasts = duration.duration
    if lasts is None:
        return
    if lasts <= timedelta(0):
        yield Finding("duration", f"is {lasts.total_seconds():g} seconds, expected more than none")
    elif duration.longest is not None and lasts > duration.longest:
        remedy = f"Set {duration.called('duration')} to '{duration.longest.total_seconds():.0f}s' or less."
        yield Finding("duration", f"is {humanize(lasts)}, the limit is {humanize(duration.longest)}", remedy)
