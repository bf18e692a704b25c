"""An endpoint is reached by one way."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.facets import Access
from inference_pools.rule import Options, rule


@rule(
    Access,
    id="private-access-alone",
    title="An endpoint is dedicated or private",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=VERTEX,
    remedy="Remove {dedicated} where callers come by Private Service Connect, or {private} where they do not.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type",
)
def private_access_alone(access: Access, options: Options) -> Iterator[Finding]:
    """A dedicated endpoint has a public name of its own, a private one has none: Google has them as two kinds.

    Of an AiEndpoint the provider refuses the two together, whatever they say; of a Model Garden deployment nobody does.
    """
    if access.is_on("dedicated") and access.is_on("private"):
        yield Finding("dedicated", f"is true, and so is {access.called('private')}: an endpoint is one of the two")
