"""What serves production is not deployed the fast way that is for trying out."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.context import Context
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.own_facets import Tryout
from inference_pools.rule import Options, rule


@rule(
    Tryout,
    id="fast-tryout-in-production",
    title="Production is no fast try-out",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Remove {tryout} in production.",
    since="2026.12",
    source="https://cloud.google.com/python/docs/reference/vertexai/latest/vertexai.model_garden.OpenModel",
)
def fast_tryout_in_production(tryout: Tryout, options: Options, context: Context) -> Iterator[Finding]:
    """Google's client says of the faster way that it is for quick experiments, and not for production."""
    if tryout.is_on and context.is_production:
        yield Finding("tryout", "is true, which Google documents as not for production")
