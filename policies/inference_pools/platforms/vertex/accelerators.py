"""The accelerators that Vertex AI knows, and the machines that have or take them; read from `data/accelerators.json`.

Compute Engine's page of GPUs is behind it: an accelerator-optimized machine is made with its accelerators, one of N1
takes some, and of the other families none takes any. https://cloud.google.com/compute/docs/gpus
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

N1: Final = "n1"
"""The only family that accelerators are attached to."""
WITHOUT: Final = frozenset(
    ("c2", "c2d", "c3", "c3d", "c4", "c4a", "c4d", "e2", "h3", "m1", "m2", "m3", "n2", "n2d", "n4", "t2a", "t2d", "z3")
)
"""Families of machines that no accelerator can be attached to."""
_NUMBER: Final = re.compile(r"\d+", re.ASCII)
_SIZE: Final = re.compile(r"n1-[a-z]+-(\d+)", re.ASCII)


@cache
def _data() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "accelerators.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def types() -> tuple[str, ...]:
    """The names that the API takes."""
    return tuple(_data()["types"])


def is_deprecated(accelerator: str) -> bool:
    """Whether Google calls an accelerator deprecated: there are none of it any more."""
    return accelerator in _data()["deprecated"]


def built_in(machine: str) -> tuple[str, int] | None:
    """The accelerators that a machine is made with, and how many there are; None where none are known."""
    found = _data()["builtIn"].get(machine)
    return None if found is None else (found[0], found[1])


def machines() -> list[str]:
    """The machines that are made with accelerators."""
    return list(_data()["builtIn"])


def machines_with(accelerator: str) -> list[str]:
    """The machines that are made with an accelerator, the smallest first."""
    found = (machine for machine, (kind, _) in _data()["builtIn"].items() if kind == accelerator)
    return sorted(found, key=lambda machine: [int(number) for number in _NUMBER.findall(machine)])


def attached(accelerator: str) -> Mapping[int, int]:
    """How many of an accelerator a machine of N1 takes, each with the most vCPUs that it may have; {} for none."""
    return {int(count): vcpus for count, vcpus in _data()["attached"].get(accelerator, {}).items()}


def family(machine: str) -> str:
    """The family of a machine: `n1` of n1-standard-8."""
    return machine.partition("-")[0]


def vcpus(machine: str) -> int | None:
    """How many vCPUs a machine of N1 has, by its name; None for what is none."""
    found = _SIZE.fullmatch(machine)
    return int(found[1]) if found else None


def known_on() -> str:
    """The day of the table of machines."""
    day: str = _data()["tables"]["released"]
    return day
