"""A machine is offered in the region where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Purchase
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker import machines
from inference_pools.rule import Option, Options, rule

_SHOWN = 5
"""How many regions a remedy lists."""


@rule(
    Purchase,
    id="machine-in-region",
    title="A machine is offered in the region",
    severity=Severity.HIGH,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Choose a machine that the region has, or another region.",
    options={"also": Option((), "Machines that are offered everywhere, whatever the list of the day says.")},
    since="2026.12",
    source="https://aws.amazon.com/sagemaker/ai/pricing/",
)
def machine_in_region(purchase: Purchase, options: Options) -> Iterator[Finding]:
    """New machines come to some regions first and to some never: half of all regions have no ml.g5.

    Advisory, since AWS adds machines to regions every month. aws-native says its region in no input.
    """
    region = purchase.region
    for machine in purchase.machines:
        offered = machines.regions_of(machine)
        if region is None or offered is None or region in offered or machine in options.also:
            continue
        if region in machines.FACTS.regions.existing:
            having = ", ".join(sorted(offered)[:_SHOWN]) + (" and others" if len(offered) > _SHOWN else "")
            remedy = f"Choose a machine that {region} has; {machine} is in {having}."
            yield Finding("node_type", f"is {machine}, which {region} did not have on {machines.offered_on()}", remedy)
