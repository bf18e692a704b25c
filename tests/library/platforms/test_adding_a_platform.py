"""The platform that the documentation adds, as it stands there, judges the resource that the page shows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from inference_pools import platforms
from inference_pools.finding import Outcome
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge

PAGE = (Path(__file__).parents[3] / "docs" / "adding-a-platform.md").read_text()
TOKEN, _, REST = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0].partition("\n")
URN = "urn:pulumi:dev::shop::acme:serving/fleet:Fleet::chat"


@pytest.fixture(autouse=True)
def _added() -> Iterator[None]:
    source = next(block for block in re.findall(r" *```python\n(.*?)```", PAGE, re.DOTALL) if "Platform(" in block)
    made: dict[str, Any] = {}
    exec(textwrap.dedent(source), made)
    platforms.add(made["ACME"])
    yield
    platforms.remove(made["ACME"])


def said(**changed: Any) -> set[tuple[str, str, str]]:
    resource = Resource(URN, TOKEN.removeprefix("type: "), "chat", {**yaml.safe_load(REST), **changed})
    verdicts = judge(default_settings(ALL), resource)
    return {(one.rule, one.path, one.message) for one in verdicts if one.outcome is Outcome.VIOLATED}


def test_the_page_s_fleet_lacks_tags_alone() -> None:
    assert said() == {("tags-required", "tags", "lacks environment, costcenter")}


def test_its_pools_are_judged_each() -> None:
    pools = [{"name": "blue", "count": "3"}, {"name": "green", "count": "70"}]

    assert ("capacity-bounded", "pools[1].count", "is 70, the limit is 50") in said(pools=pools)
