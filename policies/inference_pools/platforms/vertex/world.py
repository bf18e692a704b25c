"""Google's machines, and the regions that Vertex AI serves in.

Regions are those that Google's own client takes, read from `data/places.json`. Of machines those that are made with
accelerators are known by name (see `accelerators`); no table has all of the others by day, so of them nothing is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inference_pools.facts import Facts
from inference_pools.near_words import nearest
from inference_pools.platforms.vertex.accelerators import built_in, family, known_on, machines

_MACHINE: Final = re.compile(r"(?:a2|a3|g2)-[a-z]+-\d+g?", re.IGNORECASE | re.ASCII)
"""Families of which every size is in the table. Those that are newer get sizes still: of them it has some."""

_OF_ANOTHER_CLOUD: Final = re.compile(r"ml\.[\w.-]+|standard_\w+", re.IGNORECASE | re.ASCII)
"""How SageMaker and Azure write a machine; Google's names have neither a full stop nor an underscore."""


class _Machines:
    noun = "machine type"
    example = "g2-standard-12"

    def same(self, one: str, other: str) -> bool:
        """Letter by letter: Google takes no other case."""
        return one == other

    def is_claimed(self, name: str) -> bool:
        """Whatever is written as one of a family that is made with accelerators, or as one of another cloud."""
        return (_MACHINE.fullmatch(name) or _OF_ANOTHER_CLOUD.fullmatch(name)) is not None

    def is_known(self, name: str) -> bool | None:
        """Whether the table has it, of a family that it has in full; None of any other."""
        return True if built_in(name) else False if self.is_claimed(name) else None

    def nearest(self, name: str) -> str | None:
        """The one without regard to case, else of the same family and size one that is nearly written so."""
        lowered = name.casefold()
        known = [one for one in machines() if family(one) == family(lowered)]
        return lowered if lowered in known else nearest(lowered, known, cutoff=0.8, same_numbers=True)

    def known_on(self) -> str:
        """The day of the table."""
        return known_on()


def _read() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "places.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


class _Regions:
    noun = "region of Vertex AI"
    example = "europe-west4"

    existing = frozenset(_read()["regions"])

    def normalize(self, region: str) -> str:
        """As Google writes it."""
        return region.strip().casefold()

    def meant_by(self, region: str) -> str | None:
        """The region that a misspelt name is nearly; one with another number is another region."""
        written = self.normalize(region)
        near = nearest(written, sorted(self.existing), cutoff=0.85, same_numbers=True)
        return None if near == written else near


FACTS: Final = Facts(
    "Google",
    machines=_Machines(),
    regions=_Regions(),
    secrets_advice="let the model fetch the new one from Secret Manager with its service account",
    tags_noun="labels",
    owner_example="ml-platform",
)
