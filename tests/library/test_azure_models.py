"""Which models retire when is what `tools/azure_models.py` makes of Microsoft's tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from library import tools

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "policies/inference_pools/platforms/azure_models/data/models.json"

# The forms that the pages have had, on models that nobody sells.
NEWEST = """---
ms.date: 07/09/2026
---
| Model | Version | Lifecycle | Retirement date | Replacement |
|-------|:-------:|-----------|-----------------|-------------|
| abacus | 2024-05-13 | Deprecated | 2026-10-01 | abacus-2 |
| abacus (gated) | 2 | GA | — | — |
| sextant | — | GA | 2027-01-02 | — |
| slide-rule | 1 | GA | 2027-01-02 | — |

| Model | Version | Training retirement date | Deployment retirement date |
|--|--|--|--|
| abacus | 1 | No earlier than 2027-04-14<sup>1</sup> | 2027-10-14 |
"""
RETIRED = """
| Model | Deprecation date | Retirement date | Suggested replacement |
| --- | --- | --- | --- |
| `astrolabe`<br>`astrolabe-32k` - 0314 | July 6, 2023 | June 6, 2025 | `abacus` (2) <br><br> `sextant` |
| `slide-rule` | | January 27, 2025 | |
| `gpt-3.5-quill` - `0914` | | April, 30, 2025 | N/A |
"""
OLDER = """
| Model Name | Model Version<sup>1</sup> | Lifecycle Status | Deprecation Date | Retirement Date | Replacement Model |
|:--|:--|:--|:--|:--|:--|
| `abacus` | 2024-05-13 | `Generally Available` | n/a | Standard deployment type retires on **2026-03-31**, with \
upgrades from **2026-03-09**. For other types the date has been moved to **2026-10-05**. | `abacus-1` |
| `sextant` | 3 | `Preview` | n/a | 2025-01-01 | |
| `orrery` | 1 | `Preview` | n/a | No earlier than February 28, 2026 | n/a |
| `orrery` | 2 | `Preview` | n/a | To be upgraded to **`abacus` version: `2`**, starting no sooner than April 17, 2025 \
**<sup>1</sup>** <br>Retirement date: May 1, 2025 | |
"""
SKUS = """
| Deployment type | SKU code | Data processing | Billing |
| --- | --- | --- | --- |
| [Global](#g) | `GlobalBatch` | Any Azure region | 50% discount, 24-hr |
| [Zone](#z) | `DataZoneStandard` | Within data zone | Pay-per-token |
"""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return tools.tool("azure_models")


def test_a_newer_page_goes_before_an_older_one_which_adds_what_it_lacks(tool: ModuleType) -> None:
    assert tool.models([NEWEST, RETIRED, OLDER]) == {
        "abacus": {
            "2024-05-13": {
                "retires": "2026-10-01",
                "retiresBySku": {"Standard": "2026-03-31"},
                "lifecycle": "Deprecated",
                "replacement": "abacus-2",
                "page": 0,
            },
            "2": {"lifecycle": "GA", "page": 0},
        },
        "sextant": {"*": {"retires": "2027-01-02", "lifecycle": "GA", "page": 0}},
        "slide-rule": {"1": {"retires": "2027-01-02", "lifecycle": "GA", "page": 0}},
        "astrolabe": {"0314": {"retires": "2025-06-06", "replacement": "abacus (2), sextant", "page": 1}},
        "astrolabe-32k": {"0314": {"retires": "2025-06-06", "replacement": "abacus (2), sextant", "page": 1}},
        "gpt-35-quill": {"0914": {"retires": "2025-04-30", "page": 1}},
        "orrery": {
            "1": {"retiresNotBefore": "2026-02-28", "lifecycle": "Preview", "page": 2},
            "2": {"retires": "2025-05-01", "lifecycle": "Preview", "page": 2},
        },
    }


def test_a_page_says_its_day_or_is_no_source(tool: ModuleType) -> None:
    assert tool.page_date(NEWEST) == "2026-07-09"
    with pytest.raises(ValueError, match=r"no ms\.date"):
        tool.page_date(OLDER)


def test_a_sku_says_where_it_processes_and_how_it_is_paid_for_and_a_new_way_stops_the_tool(tool: ModuleType) -> None:
    assert tool.skus(SKUS) == {
        "GlobalBatch": {"processing": "global", "billing": "batch"},
        "DataZoneStandard": {"processing": "dataZone", "billing": "tokens"},
    }
    with pytest.raises(KeyError, match="On the moon"):
        tool.skus(SKUS.replace("Within data zone", "On the moon"))


def test_the_committed_file_is_as_the_tool_writes_it_and_knows_the_options_of_the_sdk(tool: ModuleType) -> None:
    text = MODELS.read_text(encoding="utf-8")
    data = json.loads(text)
    assert text == sys.modules["published"].laid_out(data) + "\n"
    assert data["asOf"] == max(page["date"] for page in data["pages"])
    types = json.loads(MODELS.with_name("trees.json").read_text(encoding="utf-8"))["types"]
    tree = types["azure-native:cognitiveservices:Deployment"]["trees"][0]["tree"]
    option = tree["properties"]["properties"]["properties"]["versionUpgradeOption"]
    assert set(option["enum"]) == set(data["versionUpgradeOptions"])


def test_a_page_that_is_not_there_is_named(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["azure_models.py", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        tool.main()
    assert stopped.value.code == 2
    assert f"{tmp_path} lacks concepts-model-retirement-schedule-content.md, " in capsys.readouterr().err
