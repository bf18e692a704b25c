"""Azure virtual machine sizes: what a name says by its form, and a dated table of known ones.

The form of a name is documented at
https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions; each row of `data/vm_sizes.csv` names
the page it was read from (2026-11-22).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

_SIZE = re.compile(r"(?:(?:standard|basic)_)?([a-z]{1,3})(\d{1,4})(?:-\d{1,3})?([a-z]*)((?:_[a-z0-9]+)*)")
_ACCELERATOR = re.compile(r"a100|a10(?!0)|h100|h200|t4|v620|v710|gb200|b200|mi300x")
# Isolated, low, more and tiny memory, RDMA: Standard_B2ms is of standardBSFamily, Standard_NC24rs_v3 of
# standardNCSv3Family.
_WITHIN_A_FAMILY = re.compile(r"[ilmrt]")
_VERSION = re.compile(r"v(\d+)")
_PREFIXED = re.compile(r"(?:standard|basic)_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FamilyKey:
    """A VM family in a form that its many spellings share: `D_v2`, `Dv2`, `standardDv2Family`."""

    letters: str
    version: str
    accelerators: frozenset[str]


def is_size(name: str) -> bool:
    """Whether the text has the form of a VM size's name, with its `Standard_` or `Basic_`."""
    return _PREFIXED.match(name) is not None and _SIZE.fullmatch(name.casefold()) is not None


def same_size(one: str, other: str) -> bool:
    """Whether two texts name one size: without regard to case, the `Standard_` may be left out."""
    return _PREFIXED.sub("", one, count=1).casefold() == _PREFIXED.sub("", other, count=1).casefold()


def belongs(size: str, family: str) -> bool:
    """Whether a family, in any of its spellings, is the family of a size."""
    known = _families().get(size.casefold())
    official = _key_of_family(known) if known else _general_key(size)
    return _key_of_family(family) in (_key_of_size(size), official)


def family_of(size: str) -> str:
    """The family's name as Azure's quota pages write it where known, else in the short form (`Dv2`)."""
    known = _families().get(size.casefold())
    if known:
        return known
    key = _key_of_size(size)
    version = f"v{key.version}" if key.version else ""
    return key.letters.upper() + "".join(sorted(key.accelerators)).upper() + version


def _key_of_size(size: str) -> FamilyKey:
    match = _SIZE.fullmatch(size.casefold())
    if not match:
        return FamilyKey(size.casefold(), "", frozenset())
    parts = [part for part in match[4].split("_") if part]
    version = next((part[1:] for part in parts if _VERSION.fullmatch(part)), "")
    return FamilyKey(match[1] + match[3], version, frozenset(p for p in parts if not _VERSION.fullmatch(p)))


def _general_key(size: str) -> FamilyKey:
    """The family without the features that vary within one: what quota names have, as a rule."""
    key = _key_of_size(size)
    match = _SIZE.fullmatch(size.casefold())
    return replace(key, letters=match[1] + _WITHIN_A_FAMILY.sub("", match[3])) if match else key


def _key_of_family(family: str) -> FamilyKey:
    text = re.sub(r"^(?:standard|basic)|(?:family|series)(?:\s*v?cpus)?$", "", family.casefold().strip())
    accelerators = frozenset(_ACCELERATOR.findall(text))
    text = _ACCELERATOR.sub("", text)
    version = _VERSION.search(text)
    letters = re.sub(r"[^a-z]", "", _VERSION.sub("", text))
    return FamilyKey(letters, version[1] if version else "", accelerators)


@cache
def _families() -> dict[str, str]:
    """Family by size, the size in lower case."""
    path = resources.files("inference_pools") / "data" / "vm_sizes.csv"
    with path.open(encoding="utf-8") as stream:
        return {row["name"].casefold(): row["family"] for row in csv.DictReader(stream)}
