"""The regions of Vertex AI are what `tools/vertex_places.py` makes of Google's own client."""

from __future__ import annotations

from types import ModuleType

import pytest

from inference_pools.platforms.vertex.world import FACTS
from library.tools import tool

CLIENT = """
SUPPORTED_REGIONS = frozenset({"us-east4", "europe-west4", "global"})
MREP_JURISDICTIONS = frozenset({"eu"})
OTHER = frozenset({"nowhere"})
"""


@pytest.fixture(scope="module", name="made")
def tool_() -> ModuleType:
    return tool("vertex_places")


def test_regions_and_multi_regions_are_one_list(made: ModuleType) -> None:
    assert made.regions(CLIENT) == ["eu", "europe-west4", "global", "us-east4"]


def test_a_client_that_has_no_such_list_any_more_is_told(made: ModuleType) -> None:
    with pytest.raises(ValueError, match="no MREP_JURISDICTIONS"):
        made.regions("SUPPORTED_REGIONS = {'us-east4'}")


@pytest.mark.parametrize(
    ("region", "meant"),
    [("us-east4", None), ("US-East4 ", None), ("europe-wst4", "europe-west4"), ("europe-west44", None), ("mars", None)],
)
def test_what_is_committed_tells_a_region_from_what_is_none(region: str, meant: str | None) -> None:
    assert FACTS.regions.meant_by(region) == meant
    assert (FACTS.regions.normalize(region) in FACTS.regions.existing) is (region.strip().lower() == "us-east4")


def test_a_machine_is_known_where_the_table_has_its_family_in_full() -> None:
    machines = FACTS.machines
    assert [machines.is_known(name) for name in ("g2-standard-24", "g2-standard-23", "a3-highgpu-16g")] == [
        True,
        False,
        False,
    ]
    # Families that still get sizes, or that no table has by day.
    assert machines.is_known("a4-highgpu-8g") is True
    assert [machines.is_known(name) for name in ("a4-highgpu-4g", "n1-standard-7", "ct5lp-hightpu-4t")] == [None] * 3
    assert not machines.is_claimed("n1-standard-7")
    assert machines.nearest("G2-Standard-24") == "g2-standard-24"
    assert machines.nearest("a2-higpu-1g") == "a2-highgpu-1g"
    assert machines.nearest("g2-standard-23") is None
