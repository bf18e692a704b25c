from __future__ import annotations

import csv
import re
from importlib import resources

import pytest

from inference_pools import vm_sizes

with (resources.files("inference_pools") / "data" / "vm_sizes.csv").open(encoding="utf-8") as _stream:
    ROWS = [(row["name"], row["family"]) for row in csv.DictReader(_stream)]
FAMILIES = sorted({family for _, family in ROWS})

SHORT = {
    "D_v2": "Standard_D3_v2",  # the seed's spelling of it
    "Dv2": "Standard_D3_v2",
    "dv2": "Standard_D3_v2",
    "Dv2-series": "Standard_D3_v2",
    "Standard Dv2 Family vCPUs": "Standard_D3_v2",
    "DSv2": "Standard_DS3_v2",
    "Standard DSv2 Family vCPUs": "STANDARD_DS3_V2",
    "Dasv4": "Standard_D4as_v4",
    "Fsv2": "Standard_F72s_v2",
    "FXmds": "Standard_FX4mds",
    "NCadsA100v4": "Standard_NC24ads_A100_v4",
    "NCads_A100_v4": "Standard_NC24ads_A100_v4",
    "NCasT4_v3": "Standard_NC4as_T4_v3",
    "NCASv3_T4": "Standard_NC4as_T4_v3",
    "NCadsH100_v5": "Standard_NC40ads_H100_v5",
    "NVadsA10_v5": "Standard_NV36adms_A10_v5",
}
"""Families in the spellings of documentation and quota pages."""

UNLISTED = {
    "Standard_B2ms": "standardBSFamily",
    "Standard_B2s": "standardBSFamily",
    "Standard_B2ats_v2": "standardBasv2Family",
    "Standard_M8ms": "standardMSFamily",
    "Standard_A2m_v2": "standardAv2Family",
    "Standard_H16r": "standardHFamily",
    "Standard_NC24rs_v3": "standardNCSv3Family",
    "Standard_ND24rs": "standardNDSFamily",
    "Standard_E4-2s_v3": "standardESv3Family",
    "Standard_D2s_v5": "standardDSv5Family",
    "Standard_D2plds_v5": "standardDPLDSv5Family",
}
"""Sizes the table does not have, and what quota pages call their families."""


@pytest.mark.parametrize(("size", "family"), ROWS, ids=[size for size, _ in ROWS])
def test_every_listed_size_is_of_its_family(size: str, family: str) -> None:
    assert vm_sizes.is_size(size)
    assert vm_sizes.belongs(size, family)
    assert vm_sizes.belongs(size.upper(), family.lower())
    assert vm_sizes.family_of(size) == family


@pytest.mark.parametrize(("size", "family"), ROWS, ids=[size for size, _ in ROWS])
def test_every_listed_size_is_of_no_other_family(size: str, family: str) -> None:
    assert [other for other in FAMILIES if other != family and vm_sizes.belongs(size, other)] == []


@pytest.mark.parametrize("family", SHORT)
def test_short_spellings(family: str) -> None:
    assert vm_sizes.belongs(SHORT[family], family)


@pytest.mark.parametrize("size", UNLISTED)
def test_sizes_that_the_table_does_not_have(size: str) -> None:
    assert size.casefold() not in {listed.casefold() for listed, _ in ROWS}
    assert vm_sizes.belongs(size, UNLISTED[size])


@pytest.mark.parametrize(
    ("size", "family"),
    [
        ("Standard_D3_v2", "DSv2"),
        ("Standard_DS3_v2", "D_v2"),
        ("Standard_D3_v2", "Dv3"),
        ("Standard_D3_v2", "D"),
        ("Standard_D3_v2", ""),
        ("Standard_D3_v2", "Standard"),
        ("Standard_NC24ads_A100_v4", "NCadsH100_v5"),
        ("Standard_NV6ads_A10_v5", "NVadsA100_v5"),
        ("Standard_D2s_v5", "standardDSv4Family"),
        ("Standard_B2ms", "standardBasv2Family"),
    ],
)
def test_a_neighbours_family(size: str, family: str) -> None:
    assert not vm_sizes.belongs(size, family)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Standard_D3_v2", True),
        ("STANDARD_DS3_V2", True),
        ("Basic_A1", True),
        ("Standard_E4-2s_v3", True),
        ("Standard", False),
        ("Standard_", False),
        ("D3_v2", False),
        ("P3", False),
        ("string", False),
        ("Standard_D3 v2", False),
        ("Standard_D3_v2\n", False),
        ("", False),
    ],
)
def test_what_is_a_size(text: str, expected: bool) -> None:
    assert vm_sizes.is_size(text) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Standard_D3_v2", "Standard_D3_v2", True),
        ("Standard_D3_v2", "STANDARD_D3_V2", True),
        ("Standard_D3_v2", "D3_v2", True),
        ("Standard_D3_v2", "Standard_DS3_v2", False),
        ("Standard_D3_v2", "Standard_D4_v2", False),
        ("Standard_D3_v2", "", False),
    ],
)
def test_same_size(one: str, other: str, expected: bool) -> None:
    assert vm_sizes.same_size(one, other) is expected
    assert vm_sizes.same_size(other, one) is expected


@pytest.mark.parametrize(("size", "family"), [("Standard_D8_v3", "Dv3"), ("Standard_ND96_H200_v5", "NDH200v5")])
def test_the_family_of_an_unlisted_size_is_its_short_form(size: str, family: str) -> None:
    assert vm_sizes.family_of(size) == family
    assert vm_sizes.belongs(size, family)


def test_the_table_is_whole() -> None:
    """Facts: 100 sizes, none twice, each with a family."""
    assert len(ROWS) == len({size.casefold() for size, _ in ROWS}) == 100
    assert all(re.search(r"(?i)family$", family) for _, family in ROWS)
