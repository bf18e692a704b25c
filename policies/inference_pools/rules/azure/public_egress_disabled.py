"""The nodes of a scale unit reach no public network."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Exposure
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE
from inference_pools.rule import Option, Options, rule


@rule(
    Exposure,
    id="public-egress-disabled",
    title="Public egress is disabled",
    severity=Severity.HIGH,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE,
    remedy="Set scaleUnitConfiguration.disablePublicEgress to true, and name the registries its nodes need beside it.",
    options={
        "every_pool": Option(
            False,
            "Whether a pool without a scaleUnitConfiguration counts, too. Azure documents these settings as "
            "those of scale units, so that by default such a pool is not judged.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
    controls=("MCSB NS-2",),
)
def public_egress_disabled(exposure: Exposure, options: Options) -> Iterator[Finding]:
    """A node that reaches the internet can carry requests and models away; the default is that it does.

    Advisory, since what a closed scale unit still reaches is not documented: make it mandatory once yours works so.
    """
    if (options.every_pool or exposure.is_scale_unit) and not exposure.is_egress_disabled:
        yield Finding("egress", "is false, which leaves public networks open to the nodes")
