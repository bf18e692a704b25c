"""Azure virtual machine sizes: what a name says by its form, and dated tables of known ones.

The form of a name is documented at
https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions. `data/vm_sizes.csv` has sizes with their
cores, memory and GPUs, `data/vm_series.csv` has series with the day they retire on; each row names the page it was
read from, on the day `AS_OF`. The list of series is far longer than that of sizes: what exists is told by the
series, what is counted by the size.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

from inference_pools.near_words import nearest_few

AS_OF: Final = date(2026, 11, 22)
"""The day the tables were read from their sources."""

_SIZE = re.compile(r"(?:(?:standard|basic)_)?([a-z]{1,3})(\d{1,4})(?:-\d{1,3})?([a-z]*)((?:_[a-z0-9]+)*)")
_ACCELERATOR = re.compile(r"a100|a10(?!0)|h100|h200|t4|v620|v710|gb200|b200|mi300x|(?<=_)cc(?=_)")
# Isolated, low, more and tiny memory, RDMA: Standard_B2ms is of standardBSFamily, Standard_NC24rs_v3 of
# standardNCSv3Family.
_WITHIN_A_FAMILY = re.compile(r"[ilmrt]")
_VERSION = re.compile(r"v(\d+)")
_PREFIXED = re.compile(r"(?:standard|basic)_", re.IGNORECASE)
# What a family's name has for certain: the letters that families begin with, and those for features of a size.
# https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
_FAMILY_LETTERS = re.compile(r"(?!all$)x?(?:fx|hx|n[cdgpv]|[abdefghlm])[abcdegilmnoprstv]{0,7}")
_UNSPOKEN = re.compile(r"(?:(?:high|medium)memory|promo|isolated)(?=\W*(?:v\d|family|$))")
_SEPARATOR = re.compile(r"[^a-z0-9]+")
_WITHOUT_SEPARATORS = re.compile(r"(standard|basic)([a-z]{1,3}\d{1,4}[a-z]*?)(v\d)?")
_SQUASHED = re.compile(r"(?:standard|basic)[a-z]{1,3}\d[a-z0-9]*")


@dataclass(frozen=True, slots=True)
class FamilyKey:
    """A VM family in a form that its many spellings share: `D_v2`, `Dv2`, `standardDv2Family`."""

    letters: str
    version: str
    accelerators: frozenset[str]


@dataclass(frozen=True, slots=True)
class Series:
    """Sizes of one kind of hardware. `retires` is the day Azure switches them off, None while none is announced;
    `successors` are the series that Azure recommends then, empty where it names none. `complete` is whether the
    table of sizes has every size of it.
    """

    name: str
    complete: bool
    retires: date | None
    successors: str


@dataclass(frozen=True, slots=True)
class VmSize:
    """A size of the table. `memory_gib` is None where no source gives it; a GPU may be shared: a sixth of one.

    `managed_online` is whether managed online deployments take it (no page says so of pools), `skip_reservation`
    whether its quota needs no reserve for upgrades.
    """

    name: str
    family: str
    vcpus: int
    memory_gib: float | None
    gpus: Fraction
    managed_online: bool
    skip_reservation: bool

    @property
    def retires(self) -> date | None:
        """The day it is switched off; None while none is announced."""
        series = series_of(self.name)
        return series.retires if series else None


def names() -> tuple[str, ...]:
    """The sizes of the table, as Azure writes them."""
    return tuple(size.name for size in _sizes().values())


def lookup(name: str) -> VmSize | None:
    """The size of that name, without regard to case; None where the table has it not."""
    return _sizes().get(name.casefold())


def series_of(size: str) -> Series | None:
    """The series of a size, also of one that the table of sizes has not; None where it is of no known series."""
    return _series().get(_key_of_size(size)) or _series().get(_general_key(size))


def is_known(name: str) -> bool:
    """Whether there is such a size: in the table, or of a series whose sizes are not all there."""
    if lookup(name) is not None:
        return True
    series = series_of(name) if is_size(name) else None
    # Sizes with fewer active cores, such as Standard_DS13-2_v2, stand in no table of sizes.
    return series is not None and (not series.complete or "-" in name)


def claims_to_be_size(text: str) -> bool:
    """Whether the text is meant as a size: in the form of one, or in it but for its separators."""
    return is_size(text) or _SQUASHED.fullmatch(_squash(text)) is not None


def nearest(name: str) -> str | None:
    """The size that was probably meant: the same with its separators, or one of the table with its first letter.

    None is proposed that was retired when the table was made.
    """
    squashed = _squash(name)
    parts = _WITHOUT_SEPARATORS.fullmatch(squashed)
    if parts:
        repaired = "_".join(part for part in parts.groups() if part).capitalize()
        if is_known(repaired) and not _is_gone(series_of(repaired)):
            return _written(repaired)
    by_letters = {_squash(size.name): size.name for size in _sizes().values() if not _is_gone(series_of(size.name))}
    near = (by_letters[one] for one in nearest_few(squashed, by_letters, most=5, cutoff=0.8))
    return next((one for one in near if _first_letter(one) == _first_letter(name)), None)


def _is_gone(series: Series | None) -> bool:
    return series is not None and series.retires is not None and series.retires <= AS_OF


def _first_letter(size: str) -> str:
    return _PREFIXED.sub("", size, count=1)[:1].casefold()


def _written(size: str) -> str:
    """A size as it is written in the table, or with its family in capitals as all of them are."""
    known = lookup(size)
    if known is not None:
        return known.name
    return re.sub(r"(?<=_)[a-z]{1,3}(?=\d)(?!v\d)", lambda letters: letters[0].upper(), size, count=1)


def is_size(name: str) -> bool:
    """Whether the text has the form of a VM size's name, with its `Standard_` or `Basic_`."""
    return _PREFIXED.match(name) is not None and _SIZE.fullmatch(name.casefold()) is not None


def same_size(one: str, other: str) -> bool:
    """Whether two texts name one size: without regard to case, the `Standard_` may be left out."""
    return _PREFIXED.sub("", one, count=1).casefold() == _PREFIXED.sub("", other, count=1).casefold()


def belongs(size: str, family: str) -> bool:
    """Whether a family, in any of its spellings, is the family of a size."""
    known = _family(size)
    official = _key_of_family(known) if known else _general_key(size)
    return _key_of_family(family) in (_key_of_size(size), official)


def is_family(text: str) -> bool:
    """Whether the text has the form of a family's name, in any spelling: `DSv2`, `standardDSv2Family`.

    Known is none by name here: Azure has new ones before any table does. A size stands for its family.
    """
    if is_size(text):
        return True
    letters = _key_of_family(_UNSPOKEN.sub("", text.casefold())).letters
    return _FAMILY_LETTERS.fullmatch(letters) is not None


def family_of(size: str) -> str:
    """The family's name as Azure's quota pages write it where known, else in the short form (`Dv2`)."""
    known = _family(size)
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
    # V620 and V710 are GPUs that look like versions.
    accelerators = frozenset(p for p in parts if _ACCELERATOR.fullmatch(p) or not _VERSION.fullmatch(p))
    version = next((part[1:] for part in parts if part not in accelerators), "")
    return FamilyKey(match[1] + match[3], version, accelerators)


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


def _family(size: str) -> str | None:
    known = lookup(size)
    return known.family if known else None


def _squash(text: str) -> str:
    return _SEPARATOR.sub("", text.casefold())


@cache
def _sizes() -> dict[str, VmSize]:
    """The sizes, by name in lower case."""
    return {row["name"].casefold(): _size(row) for row in _rows("vm_sizes.csv")}


def _size(row: dict[str, str]) -> VmSize:
    return VmSize(
        name=row["name"],
        family=row["family"],
        vcpus=int(row["vcpus"]),
        memory_gib=float(row["memory_gib"]) if row["memory_gib"] else None,
        gpus=Fraction(row["gpus"]),
        managed_online=row["managed_online"] == "yes",
        skip_reservation=row["skip_20pct_reservation"] == "yes",
    )


@cache
def _series() -> dict[FamilyKey, Series]:
    return {_key_of_family(row["series"]): _one_series(row) for row in _rows("vm_series.csv")}


def _one_series(row: dict[str, str]) -> Series:
    retires = date.fromisoformat(row["retires"]) if row["retires"] else None
    return Series(row["series"], row["complete"] == "yes", retires, row["successors"])


def _rows(file: str) -> Iterator[dict[str, str]]:
    path = Path(__file__).parent / "data" / file
    with path.open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)
