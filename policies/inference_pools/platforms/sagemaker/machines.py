"""AWS's instance types for endpoints, and its regions.

Read from `data/machines.json`. SageMaker publishes no sizes of its machines; those of the EC2 type without `ml.` stand
for them, and what that table lacks is not known. No price is derived.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from inference_pools.facts import Facts
from inference_pools.near_words import nearest

_CLAIMS: Final = re.compile(r"(?:ml[.-])?[a-z]+\d+[a-z]*(?:-[a-z0-9]+)?[.-](?:\d*x?large|metal|medium|small)", re.I)


@cache
def _data() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "machines.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def known() -> Mapping[str, Mapping[str, Any]]:
    """Every instance type of endpoints, with what is known of it."""
    found: Mapping[str, Mapping[str, Any]] = _data()["machines"]
    return found


def gpus(name: str) -> int | None:
    """How many NVIDIA GPUs a machine has; None where that is not known. Inferentia and Trainium are none."""
    found = known().get(name, {}).get("gpus")
    return found if isinstance(found, int) else None


def accelerator(name: str) -> str:
    """What computes on a machine besides its processor, by its family: `NVIDIA A10G`; "" for nothing known."""
    family = name.removeprefix("ml.").partition(".")[0]
    found: str = _data()["accelerators"].get(family, "")
    return found


def regions_of(name: str) -> frozenset[str] | None:
    """The regions whose price list has a machine for endpoints; None where that is not known."""
    numbers = known().get(name, {}).get("regions")
    return None if numbers is None else frozenset(_data()["regions"][number] for number in numbers)


def offered_on() -> str:
    """The day of the table of regions."""
    day: str = _data()["offered"]["released"]
    return day


class _Machines:
    noun = "SageMaker instance type"
    example = "ml.m5.xlarge"

    def same(self, one: str, other: str) -> bool:
        """Letter by letter: AWS takes no other case."""
        return one == other

    def is_claimed(self, name: str) -> bool:
        """Whatever begins as a SageMaker type does, and what is one of EC2's."""
        return name.casefold().startswith("ml.") or _CLAIMS.fullmatch(name) is not None

    def is_known(self, name: str) -> bool | None:
        """One of the values that the API takes."""
        return name in known()

    def nearest(self, name: str) -> str | None:
        """The type without regard to case and prefix, else one that is nearly written so."""
        lowered = name.casefold().replace("ml-", "ml.")
        bare = lowered if lowered.startswith("ml.") else f"ml.{lowered}"
        return bare if bare in known() else nearest(bare, known(), cutoff=0.8, same_numbers=True)

    def known_on(self) -> str:
        """The day the tables were read."""
        day: str = _data()["asOf"]
        return day


class _Regions:
    noun = "AWS region"
    example = "eu-central-1"
    existing: frozenset[str] = frozenset(_data()["regions"])

    def normalize(self, region: str) -> str:
        """As AWS writes it."""
        return region.strip().casefold()

    def meant_by(self, region: str) -> str | None:
        """The region that a misspelt name is nearly; one with another number is another region."""
        written = self.normalize(region)
        near = nearest(written, sorted(self.existing), cutoff=0.85, same_numbers=True)
        return None if near == written else near


FACTS: Final = Facts(
    "AWS",
    _Machines(),
    _Regions(),
    secrets_advice="let the model fetch the new one from Secrets Manager with its execution role",
)
