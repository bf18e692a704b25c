"""The replicas of an index are dedicated or automatic."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.own_facets import Choice
from inference_pools.rule import Options, rule


@rule(
    Choice,
    id="index-resources-chosen",
    title="An index has dedicated or automatic resources",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Keep {dedicated}, which names a machine, or {automatic}, which leaves it to Google.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.indexEndpoints#DeployedIndex",
)
def index_resources_chosen(choice: Choice, options: Options) -> Iterator[Finding]:
    """The provider sends both: two numbers of replicas, of which one counts, or none."""
    if choice.leaf("dedicated").present and choice.leaf("automatic").present:
        yield Finding("automatic", f"stands beside {choice.called('dedicated')}, which is the other of two choices")
