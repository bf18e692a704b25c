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
            "Whether a pool without a scaleUnitConfiguration counts, too, and a deployment that does not say "
            "egressPublicNetworkAccess. Azure documents the pool's settings as those of scale units, and a workspace "
            "may close the network of all its deployments, so that by default neither is judged.",
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
        is_switch = exposure.closed == "true"
        opened = "false" if is_switch else f"not {exposure.closed}"
        remedy = None if is_switch else f"Set {exposure.called('egress')} to {exposure.closed}."
        yield Finding("egress", f"is {opened}, which leaves public networks open to the nodes", remedy)
