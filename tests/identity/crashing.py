"""A rule with a bug, for a pack and for the tests alike."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Options, rule


@rule(
    Capacity,
    id="crashes",
    title="This rule has a bug",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Mend the rule.",
    since="2026.12",
    source="https://example.com",
)
def crashes(capacity: Capacity, options: Options) -> Iterator[Finding]:
    """It looks a name up that is not there."""
    if capacity.instances is not None:
        raise KeyError("capacity")
    yield from ()
