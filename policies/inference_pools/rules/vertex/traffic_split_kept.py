"""A split of traffic that goes away stays as it was."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.changes import SplitChange
from inference_pools.rule import Options, rule


@rule(
    SplitChange,
    id="traffic-split-kept",
    title="A split of traffic is not just left out",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=VERTEX,
    remedy="Write the split that is meant, or '{{}}' for no traffic.",
    since="2026.12",
    source="https://www.pulumi.com/registry/packages/gcp/api-docs/vertex/aiendpoint/",
)
def traffic_split_kept(change: SplitChange, options: Options) -> Iterator[Finding]:
    """The provider takes a split that is not written for one that it has no business with: requests go on as before.

    The preview shows no change either, so nobody learns of it.
    """
    if change.before.leaf("split").present and not change.now.leaf("split").present:
        yield Finding("split", "is not written any more, which changes nothing: requests are shared out as before")
