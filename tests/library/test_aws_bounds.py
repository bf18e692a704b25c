"""The bounds that AWS states are what `tools/aws_bounds.py` makes of a service model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from library import tools

ROOT = Path(__file__).parents[2]
DATA = ROOT / "policies/inference_pools/platforms/sagemaker/data"

MODEL: dict[str, Any] = {
    "operations": {"CreateFleet": {"input": {"shape": "CreateFleetInput"}}},
    "shapes": {
        "CreateFleetInput": {
            "type": "structure",
            "required": ["Ships", "FleetName"],
            "members": {
                "FleetName": {"shape": "Name"},
                "Ships": {"shape": "Ships", "documentation": "prose"},
                "Colours": {"shape": "Colours"},
                "Harbour": {"shape": "Harbour"},
            },
        },
        "Name": {"type": "string", "max": 63, "pattern": "[a-z]+", "documentation": "prose"},
        "Ships": {"type": "list", "min": 1, "max": 10, "member": {"shape": "Ship"}},
        "Ship": {"type": "structure", "members": {"SizeInGB": {"shape": "Size"}, "Manned": {"shape": "Flag"}}},
        "Size": {"type": "integer", "box": True, "min": 0},
        "Flag": {"type": "boolean"},
        "Colours": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Colour"}},
        "Colour": {"type": "string", "enum": ["red", "blue"]},
        "Harbour": {"type": "structure", "members": {"Depth": {"shape": "Size"}}},
        "MoveInput": {"type": "structure", "members": {"Course": {"shape": "Colour"}}},
        "Unrelated": {"type": "string", "max": 1},
    },
}
SHIP = {"type": "object", "properties": {"sizeInGb": {"type": "integer"}, "manned": {"type": "boolean"}}}
TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "ships": {"type": "array", "items": SHIP},
        "colours": {"type": "object", "additionalProperties": {"type": "string"}},
        "harbours": {"type": "array", "items": {"type": "object", "properties": {"depth": {"type": "integer"}}}},
        "move": {"type": "object", "properties": {"course": {"type": "string"}}},
        "fleetName": {"type": "string", "output": True},
        "region": {"type": "string"},
    },
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return tools.tool("aws_bounds")


def test_the_shapes_that_an_input_is_made_of_are_kept_without_their_prose(tool: ModuleType) -> None:
    shapes = tool.reached(MODEL["shapes"], (tool.input_of(MODEL, "CreateFleet"),))
    assert set(shapes) == set(MODEL["shapes"]) - {"Unrelated", "MoveInput"}
    assert shapes["CreateFleetInput"]["required"] == ["FleetName", "Ships"]
    assert shapes["Name"] == {"type": "string", "max": 63, "pattern": "[a-z]+"}
    assert shapes["Ships"] == {"type": "list", "min": 1, "max": 10, "member": "Ship"}
    assert shapes["Ship"] == {"type": "structure", "members": {"Manned": "Flag", "SizeInGB": "Size"}}
    assert shapes["Size"] == {"type": "integer", "min": 0}
    assert shapes["Colours"] == {"type": "map", "key": "Name", "value": "Colour"}


def test_a_property_is_joined_to_its_shape_in_whatever_case_and_name(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "RENAMED", {"fleet": {"name": "FleetName", "harbours": "Harbour"}})
    monkeypatch.setattr(tool, "OF_ANOTHER", {"fleet": {"move": "MoveInput"}})
    shapes = tool.reached(MODEL["shapes"], ("CreateFleetInput", "MoveInput"))
    assert tool.paths("fleet", TREE, shapes, "CreateFleetInput") == {
        "name": "Name",
        "ships": "Ships",
        "ships[].sizeInGb": "Size",
        "colours[]": "Colour",
        "harbours[].depth": "Size",
        "move.course": "Colour",
    }


def test_what_an_ami_has_is_read_from_the_prose_and_anything_new_in_it_stops_the_tool(tool: ModuleType) -> None:
    prose = """<p>Names:</p><dl><dt>a-1</dt><dd><ul><li><p>Accelerator: GPU</p></li>
    <li> <p>NVIDIA driver version: 535</p></li><li><p>CUDA version: 12.2</p></li>
    <li><p>NVIDIA Container Toolkit with disabled CUDA-compat mounting</p></li></ul></dd>
    <dt> b-2 </dt> <dd><p>Accelerator: Inferentia2 and Trainium</p><p>Neuron driver version: 2.19</p></dd></dl>"""
    assert tool.amis(prose) == {
        "a-1": {"accelerators": ["GPU"], "nvidiaDriver": "535", "cuda": "12.2", "cudaCompatMounted": False},
        "b-2": {"accelerators": ["Inferentia2", "Trainium"], "neuronDriver": "2.19"},
    }
    with pytest.raises(ValueError, match="b-2: not understood: Kernel: 6"):
        tool.amis(prose.replace("Neuron driver version: 2.19", "Kernel: 6"))


def test_the_committed_bounds_name_only_what_the_committed_trees_and_shapes_have(tool: ModuleType) -> None:
    data = json.loads((DATA / "bounds.json").read_text(encoding="utf-8"))
    types = json.loads((DATA / "trees.json").read_text(encoding="utf-8"))["types"]
    assert set(data["paths"]) == set(types)
    for token, (service, operation) in tool.TYPES.items():
        shapes = data["shapes"][service]
        root = next(name for name in shapes if name in (f"{operation}Input", f"{operation}Request"))
        assert tool.paths(token, types[token]["trees"][0]["tree"], shapes, root) == data["paths"][token]
    assert data["narrower"] == tool.NARROWER
    assert all(path in data["paths"][token] for token, narrower in tool.NARROWER.items() for path in narrower)


@pytest.mark.parametrize("name", ["bounds.json", "amis.json"])
def test_a_committed_file_is_as_the_tool_writes_it_and_of_the_release_it_names(tool: ModuleType, name: str) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    data = json.loads(text)
    assert text == sys.modules["published"].laid_out(data) + "\n"
    assert data["source"][0].startswith("https://pypi.org/project/{}/{}/".format(*tool.PINNED.split("==")))
