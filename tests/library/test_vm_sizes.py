from __future__ import annotations

import csv
import re
from datetime import date
from fractions import Fraction
from importlib import resources

import pytest

from inference_pools.platforms.azure import vm_sizes

with (resources.files("inference_pools.platforms.azure") / "data" / "vm_sizes.csv").open(encoding="utf-8") as _stream:
    ROWS = [(row["name"], row["family"]) for row in csv.DictReader(_stream)]
with (resources.files("inference_pools.platforms.azure") / "data" / "vm_series.csv").open(encoding="utf-8") as _stream:
    SERIES = [row["series"] for row in csv.DictReader(_stream)]
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


SERIES = [row["series"] for row in vm_sizes._rows("vm_series.csv")]
"""As the table writes them."""


def test_a_size_with_all_that_is_known_of_it() -> None:
    size = vm_sizes.lookup("STANDARD_NV6ads_A10_v5")

    assert size == vm_sizes.VmSize(
        name="Standard_NV6ads_A10_v5",
        family="standardNVADSA10v5Family",
        vcpus=6,
        memory_gib=55,
        gpus=Fraction(1, 6),
        managed_online=True,
        skip_reservation=False,
    )
    assert size.retires is None


def test_what_no_source_gives_is_not_made_up() -> None:
    size = vm_sizes.lookup("Standard_ND96is_H100_v5")

    assert size is not None
    assert (size.memory_gib, size.vcpus, size.skip_reservation) == (None, 96, True)


@pytest.mark.parametrize("name", ["", "Standard", "Standard_D4s_v5", "D3_v2"])
def test_a_size_that_the_table_has_not(name: str) -> None:
    assert vm_sizes.lookup(name) is None


def test_no_two_series_are_alike() -> None:
    assert len(vm_sizes._series()) == len(SERIES) == len({vm_sizes._key_of_family(name) for name in SERIES})


@pytest.mark.parametrize("row", list(vm_sizes._rows("vm_series.csv")), ids=lambda row: row["series"])
def test_a_series_is_whole_and_has_a_source(row: dict[str, str]) -> None:
    assert row["complete"] in ("yes", "no")
    assert re.match(r"https://|MicrosoftDocs/", row["source"])
    assert not row["successors"] or date.fromisoformat(row["retires"])


@pytest.mark.parametrize("size", [size for size, _ in ROWS])
def test_every_size_of_the_table_is_of_a_series(size: str) -> None:
    assert vm_sizes.series_of(size) is not None


@pytest.mark.parametrize("row", list(vm_sizes._rows("vm_series.csv")), ids=lambda row: row["series"])
def test_a_series_that_is_complete_has_sizes(row: dict[str, str]) -> None:
    sizes = [size for size, _ in ROWS if getattr(vm_sizes.series_of(size), "name", None) == row["series"]]

    assert sizes or row["complete"] == "no"


@pytest.mark.parametrize(
    ("size", "series", "retires"),
    [
        ("Standard_D3_v2", "Dv2", date(2028, 5, 1)),
        ("Standard_D3", "D", date(2028, 5, 1)),
        ("Standard_DS13-2_v2", "Dsv2", date(2028, 5, 1)),
        ("Standard_A2m_v2", "Av2", date(2028, 11, 15)),
        ("Standard_B2ms", "Bs", date(2028, 11, 15)),
        ("Standard_E64is_v3", "Esv3", date(2029, 11, 15)),
        ("Standard_NC24r", "NC", date(2023, 8, 31)),
        ("Standard_NC24rs_v3", "NCsv3", date(2025, 9, 30)),
        ("Standard_NV16as_v4", "NVasv4", date(2026, 9, 30)),
        ("Standard_NC16as_T4_v3", "NCasT4_v3", None),
        ("Standard_D4ads_v5", "Dadsv5", None),
        ("Standard_NV8ads_V710_v5", "NVadsV710_v5", None),
        ("Standard_ND96isr_MI300X_v5", "NDs_MI300X_v5", None),
        ("Standard_ND96isr_H200_v5", "NDs_H200_v5", None),
    ],
)
def test_the_series_of_a_size(size: str, series: str, retires: date | None) -> None:
    found = vm_sizes.series_of(size)

    assert found is not None
    assert (found.name, found.retires) == (series, retires)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Standard_D3_v2", True),
        ("standard_d3_v2", True),
        ("Standard_D6_v2", False),
        ("Standard_D4s_v5", True),
        ("Standard_DS14-4_v2", True),
        ("Standard_E20s_v3", True),
        ("Standard_D4s_v99", False),
        ("D3_v2", False),
        ("Standard", False),
    ],
)
def test_what_is_known(name: str, known: bool) -> None:
    assert vm_sizes.is_known(name) is known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Standard_D3_v2", True),
        ("Standard_D3v2", True),
        ("Standard-D3-v2", True),
        ("standardD3v2", True),
        ("Standard D3 v2", True),
        ("Standard", False),
        ("Standard_", False),
        ("D3_v2", False),
        ("P3", False),
        ("", False),
    ],
)
def test_what_is_meant_as_a_size(text: str, expected: bool) -> None:
    assert vm_sizes.claims_to_be_size(text) is expected


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Standard_D3v2", "Standard_D3_v2"),
        ("STANDARD DS3 V2", "Standard_DS3_v2"),
        ("Standard_DS33_v2", "Standard_DS3_v2"),
        ("Standard_ZQ7xyz_v42", None),
        # What is of a series that the table of sizes has not, but for its separators.
        ("Standard_D4s-v3", "Standard_D4s_v3"),
        ("StandardE4sv5", "Standard_E4s_v5"),
        ("StandardB2ms", "Standard_B2ms"),
        ("Standard_NC24adsA100v4", "Standard_NC24ads_A100_v4"),
        # No size of another family, and none that is gone.
        ("Standard_M416ms_8_v2", None),
        ("STANDARD-NC6S-V3", None),
        ("Standard_NV6", None),
    ],
)
def test_what_was_probably_meant(name: str, near: str | None) -> None:
    assert vm_sizes.nearest(name) == near


def test_what_has_not_the_form_of_a_size_is_a_family_of_its_own() -> None:
    assert vm_sizes.belongs("Dolphin", "dolphin")
    assert not vm_sizes.belongs("Dolphin", "whale")
    assert vm_sizes.family_of("Dolphin") == "DOLPHIN"


@pytest.mark.parametrize(
    "text",
    [
        *FAMILIES,
        *SHORT,
        *UNLISTED.values(),
        *SERIES,
        "standardMDSMediumMemoryv2Family",
        "standardMHighMemoryv3Family",
        "standardXEIDSv4Family",
        "standardDCACV5Family",
        "standardNCPromoFamily",
        "standardNDISRH200V5Family",
        "standardDNSv6Family",
        "Standard_DS3_v2",
    ],
)
def test_what_may_be_a_family(text: str) -> None:
    assert vm_sizes.is_family(text)
    assert vm_sizes.is_family(text.upper())


@pytest.mark.parametrize(
    "text", ["standardDSv2Famly", "stadardDSv2Family", "total", "all", "cores", "vCPUs", "Total Regional vCPUs", ""]
)
def test_what_is_no_family(text: str) -> None:
    assert not vm_sizes.is_family(text)
