"""What is known of Vertex AI's accelerators is what `tools/gcp_accelerators.py` makes of published tables."""

from __future__ import annotations

from types import ModuleType

import pytest

from inference_pools.platforms.vertex import accelerators
from library.tools import tool


@pytest.fixture(scope="module", name="made")
def tool_() -> ModuleType:
    return tool("gcp_accelerators")


ENUM = '''
class AcceleratorType(proto.Enum):
    r"""Kinds.

    Values:
        ACCELERATOR_TYPE_UNSPECIFIED (0):
            None.
        NVIDIA_TESLA_K80 (1):
            Deprecated: there are no more.
        NVIDIA_L4 (11):
            Not Deprecated: at all.
    """

    ACCELERATOR_TYPE_UNSPECIFIED = 0
    NVIDIA_TESLA_K80 = 1
    NVIDIA_L4 = 11
'''


def test_names_are_the_apis_and_those_that_are_gone_are_told(made: ModuleType) -> None:
    assert made.types(ENUM) == {"types": ["NVIDIA_L4", "NVIDIA_TESLA_K80"], "deprecated": ["NVIDIA_TESLA_K80"]}
    with pytest.raises(ValueError, match="no AcceleratorType"):
        made.types("class Other: ...")


def test_tables_are_read_and_what_the_api_has_no_name_for_is_left_out(made: ModuleType) -> None:
    module = "_X = {'L4': {1: ['g2-standard-4'], 2: ['g2-standard-24']}, 'B300': {8: ['a5-highgpu-8g']}}"
    attached = {"K80": {1: (8, 52), 2: (16, 104)}, "T4": {1: (48, 312)}}
    found = made.accelerators(made.types(ENUM), made.table(module, "_X"), attached)
    assert found["builtIn"] == {"g2-standard-4": ["NVIDIA_L4", 1], "g2-standard-24": ["NVIDIA_L4", 2]}
    assert found["attached"] == {"NVIDIA_TESLA_K80": {"1": 8, "2": 16}}
    with pytest.raises(ValueError, match="no _Y"):
        made.table(module, "_Y")


def test_every_name_that_a_table_is_translated_to_is_one_of_the_apis(made: ModuleType) -> None:
    assert set(made.NAMES.values()) <= set(accelerators.types())


def test_what_is_committed_has_what_google_documents() -> None:
    assert accelerators.built_in("a2-megagpu-16g") == ("NVIDIA_TESLA_A100", 16)
    assert accelerators.built_in("n1-standard-8") is None
    assert accelerators.machines_with("NVIDIA_L4")[:3] == ["g2-standard-4", "g2-standard-8", "g2-standard-12"]
    assert accelerators.attached("NVIDIA_TESLA_P4") == {1: 24, 2: 48, 4: 96}
    assert accelerators.attached("NVIDIA_L4") == {}
    assert accelerators.is_deprecated("NVIDIA_TESLA_K80")
    assert not accelerators.is_deprecated("NVIDIA_L4")
    assert accelerators.vcpus("n1-highmem-96") == 96
    assert accelerators.vcpus("e2-standard-8") is None
    assert accelerators.family("g2-standard-4") == "g2"
