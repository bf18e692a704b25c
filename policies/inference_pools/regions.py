"""The regions of Azure's public cloud, as of November 2026.

Source: https://learn.microsoft.com/azure/reliability/regions-list
"""

from __future__ import annotations

from typing import Final


def normalize(region: str) -> str:
    """The region as Azure Resource Manager compares it: `West Europe` is `westeurope`."""
    return region.replace(" ", "").casefold()


KNOWN: Final[frozenset[str]] = frozenset(
    """
    australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
    brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus
    eastus2 francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth
    japaneast japanwest jioindiacentral jioindiawest koreacentral koreasouth malaysiawest mexicocentral
    newzealandnorth northcentralus northeurope norwayeast norwaywest polandcentral qatarcentral southafricanorth
    southafricawest southcentralus southindia southeastasia spaincentral swedencentral swedensouth
    switzerlandnorth switzerlandwest uaecentral uaenorth uksouth ukwest westcentralus westeurope westindia
    westus westus2 westus3
    """.split()
)
