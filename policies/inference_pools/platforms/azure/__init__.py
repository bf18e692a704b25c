"""What Azure's platforms have in common: machines, regions, ids of assets, type tokens, names of what lies around."""

from __future__ import annotations

from typing import Final

from inference_pools import azure_regions
from inference_pools.facts import Facts
from inference_pools.platforms.azure import vm_sizes


class _Machines:
    """Azure's virtual machine sizes."""

    noun = "VM size"
    example = "Standard_D4as_v4"

    def same(self, one: str, other: str) -> bool:
        """Without regard to case and prefix."""
        return vm_sizes.same_size(one, other)

    def is_claimed(self, name: str) -> bool:
        """In the form of a size, or in it but for its separators."""
        return vm_sizes.claims_to_be_size(name)

    def is_known(self, name: str) -> bool:
        """In the table, or of a series whose sizes are not all there."""
        return vm_sizes.is_known(name)

    def nearest(self, name: str) -> str | None:
        """The size that was probably meant."""
        return vm_sizes.nearest(name)

    def known_on(self) -> str:
        """The day the tables were read."""
        return str(vm_sizes.AS_OF)


class _Regions:
    """Azure's regions."""

    noun = "Azure region"
    example = "westeurope"
    existing = azure_regions.EXISTING

    def normalize(self, region: str) -> str:
        """As Azure Resource Manager compares it."""
        return azure_regions.normalize(region)

    def meant_by(self, region: str) -> str | None:
        """The region that a misspelt name is nearly."""
        return azure_regions.meant_by(region)


FACTS: Final = Facts(
    "Azure",
    _Machines(),
    _Regions(),
    redundancy_advice="; Microsoft recommends 3 for high availability",
    secrets_advice="let the pool fetch the new one from Key Vault with its managed identity",
)
