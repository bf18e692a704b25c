"""What the stand-in for gcp knows is what `tools/gcp_schema.py` makes of its source."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from library import tools

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src/poolgate/standin/gcp/data/schema.json"

# The forms that the generated source has, on a resource that none has.
SOURCE = """
func ResourceYardShip() *schema.Resource {
	return &schema.Resource{
		Create: resourceYardShipCreate,
		CustomizeDiff: customdiff.All(
			tpgresource.SetLabelsDiff,
			tpgresource.DefaultProviderProject,
			tpgresource.DefaultProviderDeletionPolicy("KEEP"),
		),
		Timeouts: &schema.ResourceTimeout{Create: schema.DefaultTimeout(20 * time.Minute)},
		Schema: map[string]*schema.Schema{
			"name": {Type: schema.TypeString, Required: true, ForceNew: true,
				Description: `A name, as "Ship{1}" // or so.`},
			"hull": {
				Type:     schema.TypeList,
				Optional: true,
				MaxItems: 1,
				Elem: &schema.Resource{
					Schema: map[string]*schema.Schema{
						"bolt": {Type: schema.TypeInt, Optional: true, Default: 7},
						"colour": {
							Type: schema.TypeString, Optional: true, Computed: true,
							ValidateFunc: verify.ValidateEnum([]string{"RED", ""}),
						},
						"plan": {
							Type: schema.TypeString, Optional: true, ValidateFunc: validation.StringIsJSON,
							StateFunc: func(v interface{}) string { s, _ := normalise(v, "}"); return s },
						},
						"mast": {Type: schema.TypeBool, Optional: true, ConflictsWith: []string{"hull.0.sail"}},
						"sail": {Type: schema.TypeBool, Optional: true, ConflictsWith: []string{"hull.0.mast"}},
					},
				},
			},
			"crew": {
				Type:     schema.TypeSet,
				Optional: true,
				Elem:     yardShipCrewSchema(),
				// Default schema.HashSchema is used.
			},
			"dock": {
				Type: schema.TypeString, Optional: true, ExactlyOneOf: []string{"dock", "harbour"},
				DiffSuppressFunc: tpgresource.CompareSelfLinkOrResourceName,
			},
			"harbour": {
				Type: schema.TypeString, Optional: true, ExactlyOneOf: []string{"dock", "harbour"}, Sensitive: true,
				DiffSuppressFunc: tpgresource.ProjectNumberDiffSuppress,
			},
			"terraform_labels": {Type: schema.TypeMap, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		},
		UseJSONNumber: true,
	}
}

func yardShipCrewSchema() *schema.Resource {
	return &schema.Resource{
		Schema: map[string]*schema.Schema{"initial": {Type: schema.TypeString, Required: true}},
	}
}

func resourceYardShipCreate(d *schema.ResourceData, meta interface{}) error {
	id, err := tpgresource.ReplaceVars(d, config, "ships/{{name}}")
}
"""
TREE: dict[str, Any] = {
    "properties": {
        "name": {"type": "string"},
        "hull": {
            "properties": {
                "bolts": {"type": "integer"},
                "colour": {"type": "string"},
                "plan": {"type": "string"},
                "mast": {"type": "boolean"},
                "sail": {"type": "boolean"},
            },
        },
        "crews": {"items": {"properties": {"initial": {"type": "string"}, "rank": {"type": "string"}}}},
        "dock": {"type": "string"},
        "harbour": {"type": "string"},
        "pulumiLabels": {"output": True, "additionalProperties": {"type": "string"}},
    },
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return tools.tool("gcp_schema")


def test_facts_of_the_source_lie_at_paths_of_the_tree(tool: ModuleType) -> None:
    found = tool.entry(TREE, SOURCE, "ResourceYardShip")
    assert found == {
        "attributes": {"crews": "crew", "hull.bolts": "bolt", "pulumiLabels": "terraform_labels"},
        "computed": ["hull.colour", "pulumiLabels"],
        "conflicts": {"hull.mast": ["hull.sail"], "hull.sail": ["hull.mast"]},
        "defaults": {"hull.bolts": 7},
        "deletionPolicy": "KEEP",
        "exactlyOneOf": [["dock", "harbour"]],
        "id": "ships/{{name}}",
        "json": ["hull.plan"],
        "labels": True,
        "project": True,
        "replaces": ["name"],
        "sameName": ["dock"],
        "sameNumber": ["harbour"],
        "secret": ["effectiveLabels", "harbour", "pulumiLabels"],
        "sets": ["crews"],
        "unread": ["crews[].rank"],
        "values": {"hull.colour": ["RED", ""]},
    }


def test_a_check_that_the_tool_does_not_know_is_not_left_out_in_silence(tool: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"hull\.plan: validation\.IsSomethingElse is not known"):
        tool.entry(TREE, SOURCE.replace("validation.StringIsJSON", "validation.IsSomethingElse"), "ResourceYardShip")


def test_the_committed_file_is_laid_out_as_it_is_written_and_names_its_source(tool: ModuleType) -> None:
    text = DATA.read_text("utf-8")
    data = json.loads(text)
    assert tool.laid_out(data) + "\n" == text
    assert any(f"/{tool.COMMIT}/" in source for source in data["source"])
    assert [token.rpartition(":")[2] for token in data["types"]] == sorted(tool.KINDS)
