"""The property trees of the platforms are what `tools/api_trees.py` makes of the SDKs' source."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from library import tools

ROOT = Path(__file__).parents[2]
TREES = sorted((ROOT / "policies/inference_pools/platforms").glob("*/data/trees.json"))

# The forms that the published SDKs have, on a resource that none has.
ENUMS = """
class Egress(_builtins.str, Enum):
    ENABLED = "Enabled"
    DISABLED = "Disabled"
class Tier(str, Enum):
    FREE = "Free"
"""
INPUTS = """
class SteamArgs:
    def __init__(__self__, *, drive: pulumi.Input[str], pressure: pulumi.Input[Optional[int]] = None,
                 gauge: pulumi.Input[Optional[Union['FixedGaugeArgs', 'SlidingGaugeArgs']]] = None):
        pulumi.set(__self__, "drive", 'Steam')
        if pressure is None:
            pressure = 7
        if pressure is not None:
            pulumi.set(__self__, "pressure", pressure)
        if gauge is not None:
            pulumi.set(__self__, "gauge", gauge)
    @_builtins.property
    @pulumi.getter
    def drive(self) -> pulumi.Input[str]: ...
    @_builtins.property
    @pulumi.getter
    def pressure(self) -> pulumi.Input[Optional[int]]: ...
    @pressure.setter
    def pressure(self, value): ...
    @_builtins.property
    @pulumi.getter
    def gauge(self) -> pulumi.Input[Optional[Union['FixedGaugeArgs', 'SlidingGaugeArgs']]]: ...

class ElectricArgs:
    def __init__(__self__, *, drive: pulumi.Input[str], egress_access: pulumi.Input[Any] = None):
        pulumi.set(__self__, "drive", 'Electric')
    @property
    @pulumi.getter
    def drive(self) -> pulumi.Input[str]: ...
    @property
    @pulumi.getter(name="egressAccess")
    @_utilities.deprecated('''no more''')
    def egress_access(self) -> Optional[pulumi.Input[Union[str, 'Egress']]]: ...

class FixedGaugeArgs:
    def __init__(__self__, *, gauge_type: pulumi.Input[str]):
        pulumi.set(__self__, "gauge_type", 'Fixed')
    @property
    @pulumi.getter(name="gaugeType")
    def gauge_type(self) -> pulumi.Input[str]: ...

class SlidingGaugeArgs:
    def __init__(__self__, *, gauge_type: pulumi.Input[str], widest: pulumi.Input[float]):
        pulumi.set(__self__, "gauge_type", 'Sliding')
        pulumi.set(__self__, "widest", widest)
    @property
    @pulumi.getter(name="gaugeType")
    def gauge_type(self) -> pulumi.Input[str]: ...
    @property
    @pulumi.getter
    def widest(self) -> pulumi.Input[float]: ...

class CrewArgs:
    def __init__(__self__, *, tier: pulumi.Input['Tier'], names: pulumi.Input[Any] = None):
        pulumi.set(__self__, "tier", tier)
    @property
    @pulumi.getter
    def tier(self) -> pulumi.Input['Tier']: ...
    @property
    @pulumi.getter
    def names(self) -> pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]: ...
"""
OUTPUTS = """
class CrewResponse(dict):
    @property
    @pulumi.getter
    def tier(self) -> str: ...
    @property
    @pulumi.getter
    def names(self) -> Optional[Mapping[str, 'outputs.NameResponse']]: ...
    @property
    @pulumi.getter(name="onDuty")
    def on_duty(self) -> _builtins.bool: ...
class NameResponse(dict):
    @property
    @pulumi.getter
    def initials(self) -> str: ...
"""
ENGINE = """
@pulumi.input_type
class EngineArgs:
    def __init__(__self__, *, resource_group_name: pulumi.Input[str], depot_name: pulumi.Input[str],
                 drive: pulumi.Input[Any], crew: pulumi.Input[Any] = None, engine_name: pulumi.Input[Any] = None,
                 location: pulumi.Input[Any] = None, tags: pulumi.Input[Any] = None): ...
    @property
    @pulumi.getter(name="resourceGroupName")
    def resource_group_name(self) -> pulumi.Input[str]: ...
    @property
    @pulumi.getter(name="depotName")
    def depot_name(self) -> pulumi.Input[str]: ...
    @property
    @pulumi.getter
    def drive(self) -> pulumi.Input[Union['ElectricArgs', 'SteamArgs']]: ...
    @property
    @pulumi.getter
    def crew(self) -> Optional[pulumi.Input['CrewArgs']]: ...
    @property
    @pulumi.getter(name="engineName")
    def engine_name(self) -> Optional[pulumi.Input[str]]: ...
    @property
    @pulumi.getter
    def location(self) -> Optional[pulumi.Input[str]]: ...
    @property
    @pulumi.getter
    def tags(self) -> Optional[pulumi.Input[Mapping[str, pulumi.Input[str]]]]: ...

class Engine(pulumi.CustomResource):
    '''
    Uses Azure REST API version 2024-02-01. In version 1.x of the Azure Native provider, it used another one.
    Other available API versions: 2025-01-01-preview, 2023-04-01.
    '''
    @property
    @pulumi.getter
    def crew(self) -> pulumi.Output[Optional['outputs.CrewResponse']]: ...
    @property
    @pulumi.getter
    def drive(self) -> pulumi.Output[Any]: ...
    @property
    @pulumi.getter
    def location(self) -> pulumi.Output[Optional[str]]: ...
    @property
    @pulumi.getter(name="azureApiVersion")
    def azure_api_version(self) -> pulumi.Output[str]: ...
    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Optional[Mapping[str, str]]]: ...
"""
CREW = {
    "type": "object",
    "required": ["tier"],
    "properties": {
        "tier": {"type": "string", "enum": ["Free"]},
        "onDuty": {"type": "boolean", "output": True},
        "names": {
            "type": "array",
            "items": {"type": "string"},
            "stringSet": True,
            "outputAs": {
                "type": "object",
                "additionalProperties": {"type": "object", "properties": {"initials": {"type": "string"}}},
            },
        },
    },
}
SHARED = {
    "resourceGroupName": {"type": "string", "createOnly": True},
    "depotName": {"type": "string", "createOnly": True},
    "engineName": {"type": "string", "createOnly": True, "autoName": "copy"},
    "location": {"type": "string", "createOnly": True, "autoLocation": True},
    "azureApiVersion": {"type": "string", "output": True, "writtenByProvider": True},
    "tags": {"type": "object", "additionalProperties": {"type": "string"}},
    "crew": CREW,
}
GAUGE = {
    "type": "object",
    "discriminator": "gaugeType",
    "required": ["gaugeType"],
    "properties": {
        "gaugeType": {"type": "string", "enum": ["Fixed", "Sliding"]},
        "widest": {"type": "number", "only": ["Sliding"]},
    },
}
STEAM = {
    "type": "object",
    "required": ["drive"],
    "properties": {
        "drive": {"type": "string", "const": "Steam"},
        "pressure": {"type": "integer", "default": 7},
        "gauge": GAUGE,
    },
}
EGRESS = {"type": "string", "enum": ["Enabled", "Disabled"], "openEnum": True, "deprecated": True}
ELECTRIC = {
    "type": "object",
    "required": ["drive"],
    "properties": {"drive": {"type": "string", "const": "Electric"}, "egressAccess": EGRESS},
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return tools.tool("api_trees")


def sources(tool: ModuleType, resource: str, inputs: str = "") -> Any:
    return tool.Sources({"resource": resource, "_inputs": inputs, "outputs": OUTPUTS, "_enums": ENUMS})


def test_a_union_is_a_tree_a_member_at_the_top_and_one_object_below(tool: ModuleType) -> None:
    trees = tool.resource_trees(sources(tool, ENGINE, INPUTS), "Engine", "azure-native", "engineName")
    required = ["depotName", "drive", "resourceGroupName"]
    assert trees == [
        (
            {"drive.drive": member["properties"]["drive"]["const"]},
            {"type": "object", "required": required, "properties": {**SHARED, "drive": member}},
        )
        for member in (ELECTRIC, STEAM)
    ]


def test_a_type_says_its_api_versions_and_which_majors_a_tree_is_of(tool: ModuleType) -> None:
    kind = tool.Kind("pulumi-azure-native", "steam", "engine", "Engine", "engineName")
    older = tool.Kind("pulumi-azure-native 2", "rail", "engine", "Engine", "engineName")
    of_2 = ENGINE.replace("2024-02-01", "2023-04-01").replace('(name="azureApiVersion")', '(name="apiVersion")')
    entry = tool.entry(
        (
            (kind, "3.1.0", sources(tool, ENGINE, INPUTS)),
            (older, "2.9.0", sources(tool, of_2, INPUTS)),
            (older, "1.0.0", sources(tool, of_2, INPUTS)),
        )
    )
    assert entry["tokens"] == ["azure-native:steam:Engine", "azure-native:rail:Engine"]
    assert entry["apiVersions"] == {"3": "2024-02-01", "2": "2023-04-01", "1": "2023-04-01"}
    assert entry["otherApiVersions"]["3"] == ["2023-04-01", "2025-01-01-preview"]
    told = [(each["majors"], each["when"]["drive.drive"]) for each in entry["trees"]]
    assert told == [(["3"], "Electric"), (["3"], "Steam"), (["2", "1"], "Electric"), (["2", "1"], "Steam")]


def test_what_only_other_api_versions_have_is_listed_under_the_newest_name_of_the_bag(tool: ModuleType) -> None:
    def tree(bag: str, **properties: Any) -> dict[str, Any]:
        inner = {"type": "object", "properties": properties}
        return {"type": "object", "properties": {bag: inner, "tags": {"type": "object"}}}

    text = {"type": "string"}
    gauges = {"type": "array", "items": {"type": "object", "properties": {"unit": text}}}
    newest, older = tree("properties", pressure=text), tree("engineProperties", coal=text, gauges={"type": "array"})
    versions = {
        "2023-04-01": [
            tree("engineDetails", pressure=text, wood=text, gauges=gauges),
            tree("engineDetails", coal=text),
        ],
        "2024-01-01-preview": [tree("engineProperties", wood={"type": "object", "properties": {"kind": text}})],
    }
    assert tool.elsewhere([newest, older], versions) == {
        "properties.gauges[].unit": ["2023-04-01"],
        "properties.wood": ["2023-04-01", "2024-01-01-preview"],
    }


def test_the_modules_of_other_api_versions_are_found_by_their_folder(tool: ModuleType) -> None:
    class Wheel:
        name = "pulumi-azure-native"
        members = (
            "steam/v20240101preview/engine.py",
            "steam/v20230401/engine.py",
            "steam/engine.py",
            "rail/v20230401/a.py",
        )

        def names(self) -> list[str]:
            return [f"pulumi_azure_native/{member}" for member in self.members]

        def text(self, member: str) -> str:
            return member

    found = tool.Kind("pulumi-azure-native 2", "steam", "engine", "Engine").others(Wheel())
    assert {version: sources.texts["resource"] for version, sources in found.items()} == {
        "2023-04-01": "pulumi_azure_native/steam/v20230401/engine.py",
        "2024-01-01-preview": "pulumi_azure_native/steam/v20240101preview/engine.py",
    }


def test_a_name_in_a_url_is_made_unique(tool: ModuleType) -> None:
    endpoint = ENGINE.replace("engineName", "endpointName")
    trees = tool.resource_trees(sources(tool, endpoint, INPUTS), "Engine", "azure-native", "endpointName")
    assert trees[0][1]["properties"]["endpointName"]["autoName"] == "random"
    top = ENGINE.replace("depotName", "depot")
    trees = tool.resource_trees(sources(tool, top, INPUTS), "Engine", "azure-native", "engineName")
    assert trees[0][1]["properties"]["engineName"]["autoName"] == "random"


def test_what_replaces_an_aws_native_resource_is_what_the_sdk_tells_the_engine(tool: ModuleType) -> None:
    options = (
        "\n    def _internal_init(self): pulumi.ResourceOptions(replace_on_changes=['depotName', 'crew[*].tier'])\n"
    )
    (told,) = tool.resource_trees(sources(tool, ENGINE + options, INPUTS), "Engine", "aws-native")
    when, tree = told
    assert when == {}
    assert {name for name, node in tree["properties"].items() if node.get("createOnly")} == {"depotName", "crew"}


def test_tags_that_the_aws_provider_adds_to_the_inputs_are_no_unknown_key(tool: ModuleType) -> None:
    of_aws = ENGINE.replace("azureApiVersion", "tagsAll")
    ((_, tree),) = tool.resource_trees(sources(tool, of_aws, INPUTS), "Engine", "aws")
    assert tree["properties"]["tagsAll"] == {"type": "string", "output": True, "writtenByProvider": True}


def test_a_default_of_the_provider_needs_its_property(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {"properties": {"crews": {"type": "array", "items": CREW | {"properties": {"tier": {"type": "string"}}}}}}
    monkeypatch.setattr(tool, "PROVIDER_DEFAULTS", {"t": {"crews.tier": "Free"}, "u": {"crews.rank": 1}})
    tool.provider_defaults("t", tree)
    assert tree["properties"]["crews"]["items"]["properties"]["tier"] == {"type": "string", "providerDefault": "Free"}
    with pytest.raises(KeyError, match="rank"):
        tool.provider_defaults("u", tree)


def test_a_class_that_contains_itself_and_a_form_not_seen_before_stop_the_tool(tool: ModuleType) -> None:
    endless = INPUTS.replace("'FixedGaugeArgs', 'SlidingGaugeArgs'", "'SteamArgs', 'SlidingGaugeArgs'")
    with pytest.raises(ValueError, match="SteamArgs contains itself"):
        tool.resource_trees(sources(tool, ENGINE, endless), "Engine", "azure-native", "engineName")
    odd = INPUTS.replace("pulumi.Input[float]", "pulumi.Input[Iterable[float, int]]")
    with pytest.raises(ValueError, match="no node for Iterable"):
        tool.resource_trees(sources(tool, ENGINE, odd), "Engine", "azure-native", "engineName")


@pytest.mark.parametrize("path", TREES, ids=[path.parts[-3] for path in TREES])
def test_a_committed_file_is_as_the_tool_writes_it_and_of_the_releases_it_names(tool: ModuleType, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    data = json.loads(text)
    assert text == sys.modules["published"].laid_out(data) + "\n"
    pinned = {"https://pypi.org/project/{}/{}/".format(*each.split("==")) for each in tool.PINNED.values()}
    assert {url for url in data["source"] if "pypi" in url} <= pinned
    kinds = tool.PLATFORM_KINDS[path.parts[-3]]
    assert set(data["types"]) == {versions[0].token for versions in kinds}
