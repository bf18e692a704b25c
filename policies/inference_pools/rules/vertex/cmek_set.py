"""What is kept is encrypted with a key of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.facets import Key
from inference_pools.rule import Option, Options, rule


@rule(
    Key,
    id="cmek-set",
    title="Resources have a key of one's own",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=VERTEX,
    remedy="Set {key} to a key of Cloud KMS in the region of the resource; a resource that is there is replaced.",
    options={"required": Option(False, "Whether a resource without a key is reported.")},
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/general/cmek",
)
def cmek_set(key: Key, options: Options) -> Iterator[Finding]:
    """A key of one's own can be taken away from whoever has the disk, and its uses are logged.

    The provider has no key for a resource pool and a Model Garden deployment, which are not judged.
    """
    if options.required and not (key.key or "").strip():
        yield Finding("key", "is not set: the resource is encrypted with a key of Google's")
