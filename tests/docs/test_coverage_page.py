"""The page that says which rule reads which property says what is read to judge, and nothing else."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from inference_pools.platforms.azure_pools.catalog import KINDS, Shape
from library.held import HELD

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def cells() -> dict[tuple[str, str], set[str]]:
    """The rules beside each property, by the type and shape it is of."""
    sys.path.insert(0, str(TOOLS))
    try:
        import coverage_page
    finally:
        sys.path.remove(str(TOOLS))
    found: dict[tuple[str, str], set[str]] = {}
    heading = ""
    for line in coverage_page.page():
        heading = line.removeprefix("## ") if line.startswith("## ") else heading
        row = re.fullmatch(r"\| `(.+?)` \| (.*) \|", line)
        if row:
            found[heading, row[1]] = set(re.findall(r"`(.+?)`", row[2]))
    return found


def test_what_no_rule_judges_has_none_beside_it(cells: dict[tuple[str, str], set[str]]) -> None:
    assert {heading for heading, _ in cells} == {f"{kind}, shape {shape}" for kind in KINDS for shape in Shape}
    assert {path: rules for (_, path), rules in cells.items() if path == "kind"} == {"kind": set()}
    assert cells["InferenceGroup, shape A", "inferenceGroupProperties.metadata"] == set()


def test_only_the_rules_about_a_property_stand_beside_it(cells: dict[tuple[str, str], set[str]]) -> None:
    script = cells["InferencePool, shape A", "inferencePoolProperties.codeConfiguration.scoringScript"]

    assert cells["InferencePool, shape A", "identity.type"] & HELD == {"managed-identity-required"}
    assert cells["InferenceEndpoint, shape B", "inferenceEndpointProperties.authMode"] & HELD == {"auth-mode-aad"}
    assert script & HELD == {"scoring-script-safe"}
    assert "tags-required" in cells["InferenceGroup, shape B", "tags"]


def test_rules_that_need_to_be_configured_are(cells: dict[tuple[str, str], set[str]]) -> None:
    shape_b = {path: rules for (heading, path), rules in cells.items() if heading == "InferenceGroup, shape B"}

    assert {"quota-within-limit", "monthly-cost-bounded"} <= shape_b["inferenceGroupProperties.scaleUnitSize"]
    assert "monthly-cost-bounded" in shape_b["location"]
    assert "source-registry-allowed" in shape_b["inferenceGroupProperties.modelConfiguration.modelId"]
    assert "naming-convention" in shape_b["workspaceName"]
