"""The regions of Azure, as of November 2026.

Sources: https://learn.microsoft.com/azure/reliability/regions-list for the public cloud;
https://learn.microsoft.com/azure/azure-government/documentation-government-get-started-connect-with-cli and
https://docs.azure.cn/en-us/reliability/regions-list for the others; the early-access regions are those that
`az account list-locations` has besides.
"""

from __future__ import annotations

import re
from typing import Final

from inference_pools.near_words import nearest


def normalize(region: str) -> str:
    """The region as Azure Resource Manager compares it: `West Europe` is `westeurope`."""
    return region.replace(" ", "").casefold()


def same(one: str, other: str) -> bool:
    """Whether two texts are the same region to Azure."""
    return normalize(one) == normalize(other)


def meant_by(region: str) -> str | None:
    """The region that a misspelt name is nearly: `westeurope` for `westeuorpe`.

    None for a region, and for what is near none. Another number, or point of the compass, is another region, perhaps
    one that is newer than the list.
    """
    name = normalize(region)
    if name in EXISTING:
        return None
    near = nearest(name, sorted(EXISTING), cutoff=0.9, same_numbers=True)
    return near if near and set(_COMPASS.findall(name)) <= set(_COMPASS.findall(near)) else None


_COMPASS: Final = re.compile("north|south|east|west|central")

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
"""The regions of the public cloud."""

OTHER: Final[frozenset[str]] = frozenset(
    """
    centraluseuap eastus2euap usdodcentral usdodeast usgovarizona usgovtexas usgovvirginia
    chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3
    """.split()
)
"""The early-access regions, and those of Azure Government and of Azure operated by 21Vianet."""

EXISTING: Final = KNOWN | OTHER
"""Every region there is."""
