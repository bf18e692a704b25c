"""What a rule may ask about the world of a resource, whichever platform it is of: its machines, its regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol


class Machines(Protocol):
    """The kinds of machines that can be had. `noun` is what they are called: `VM size`, `instance type`."""

    noun: str
    example: str

    def same(self, one: str, other: str) -> bool:
        """Whether two names are those of one machine."""

    def is_claimed(self, name: str) -> bool:
        """Whether the name is meant as that of a machine, be there one or not."""

    def is_known(self, name: str) -> bool | None:
        """Whether there is such a machine; None where nobody knows."""

    def nearest(self, name: str) -> str | None:
        """The machine that a misspelt name is nearly."""

    def known_on(self) -> str:
        """The day on which the list was made."""


class Regions(Protocol):
    """The regions that there are. `noun` is what one is called in full, with its article: `Azure region`."""

    noun: str
    example: str
    existing: frozenset[str]
    """Every region, as `normalize` writes it; empty where nobody knows."""

    def normalize(self, region: str) -> str:
        """The name in the form that is compared."""

    def meant_by(self, region: str) -> str | None:
        """The region that a misspelt name is nearly; None for a region, and for what is near none."""


class NoMachines:
    """Nothing is known of machines."""

    noun = "machine"
    example = "one of the vendor's list"

    def same(self, one: str, other: str) -> bool:
        """Letter by letter."""
        return one == other

    def is_claimed(self, name: str) -> bool:
        """Never."""
        return False

    def is_known(self, name: str) -> bool | None:
        """Nobody knows."""
        return None

    def nearest(self, name: str) -> str | None:
        """None."""
        return None

    def known_on(self) -> str:
        """Never."""
        return ""


class NoRegions:
    """Nothing is known of regions."""

    noun = "region"
    example = "the one that is meant"
    existing: frozenset[str] = frozenset()

    def normalize(self, region: str) -> str:
        """As it is written."""
        return region

    def meant_by(self, region: str) -> str | None:
        """None."""
        return None


_NO_MACHINES: Final = NoMachines()
_NO_REGIONS: Final = NoRegions()


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known of a platform's world. `vendor` is whose API it is: Azure, AWS."""

    vendor: str = "the vendor"
    machines: Machines = _NO_MACHINES
    regions: Regions = _NO_REGIONS
    redundancy_advice: str = ""
    """What the vendor recommends besides, where more than one instance is asked for: `; … recommends 3`."""
    secrets_advice: str = "let what serves fetch the new one from a secret store, with an identity of its own"
    """How what serves gets a secret that no program and no state holds."""
    tags_noun: str = "tags"
    """What its tags are called."""
    owner_example: str = "ml-platform@contoso.com"
    """Who answers, as one of them can hold it."""


NOTHING_KNOWN = Facts()
