"""A platform of one's own, added in the file of rules of one's own, is judged wherever poolgate meets its resources."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from audit.state_builder import export, text
from library.platforms import made_up

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "stacks" / "single-pool" / "venv"
URN = f"urn:pulumi:prod::shop::{made_up.TOKEN}::chat"
PROGRAM = """\
import pulumi

config = pulumi.Config()
properties = {name: config.require_object(name) for name in ("pools", "limits", "tags")}
pulumi.CustomResource("{token}", "chat", {"name": config.require("name"), "region": "here", **properties})
"""
STACK = """\
config:
  shop:name: Chat
  shop:pools:
    - {name: blue, machine: m1, count: "3"}
    - name: green
      machine: <your-machine>
      count: "70"
  shop:limits: [{timeout: 900, concurrency: 4}]
  shop:tags: {owner: ml-platform@contoso.com, environment: prod}
"""
ADDED = """\
from acme import ACME

from inference_pools import platforms

platforms.add(ACME)
RULES = []
"""
PACK = """\
from inference_pools.pack import serve

serve(own="own_rules.py", name="shop-policies")
"""
INPUTS = {
    "name": "Chat",
    "region": "here",
    "pools": [
        {"name": "blue", "machine": "m1", "count": "3"},
        {"name": "green", "machine": "<your-machine>", "count": "70"},
    ],
    "limits": [{"timeout": 900, "concurrency": 4}],
    "tags": {"owner": "ml-platform@contoso.com", "environment": "prod"},
}
Said: TypeAlias = set[tuple[str, str, str]]
"""Rule, property and message."""
EXPECTED: Said = {
    ("capacity-bounded", "pools[1].count", "is 70, the limit is 50"),
    ("request-timeout-bounded", "limits[0].timeout", "waits 15 minutes, the limit is 5 minutes"),
    ("placeholder-replaced", "pools[1].machine", "<your-machine> is a placeholder"),
    ("tags-required", "tags", "lacks costcenter"),
    ("name-wellformed", "name", "is 'Chat'; the fleet's name is made of small letters"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("acme") / "shop"
    folder.mkdir()
    runtime = f"runtime: {{name: python, options: {{virtualenv: {PYTHON}}}}}\n"
    (folder / "Pulumi.yaml").write_text(f"name: shop\n{runtime}")
    (folder / "__main__.py").write_text(PROGRAM.replace("{token}", made_up.TOKEN))
    (folder / "Pulumi.prod.yaml").write_text(STACK)
    (folder / "own_rules.py").write_text(ADDED)
    (folder / "poolgate.yaml").write_text("rules: [own_rules.py]\n")
    shutil.copy(str(made_up.__file__), folder / "acme.py")
    pack = folder.parent / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text(f"runtime: {{name: python, options: {{virtualenv: {ROOT / '.venv'}}}}}\n")
    (pack / "__main__.py").write_text(PACK)
    for name in ("acme.py", "own_rules.py"):
        shutil.copy(folder / name, pack / name)
    return folder


def findings(*arguments: str, folder: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "poolgate", *arguments, "--format=json"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)["findings"]
    return [one for one in found if one["resource"]["urn"] == URN]


def said(found: list[dict[str, Any]]) -> Said:
    return {(one["rule"], one["path"], one["message"]) for one in found}


def lines(found: list[dict[str, Any]]) -> dict[str, tuple[str, int]]:
    return {one["path"]: (one["location"]["file"], one["location"]["line"]) for one in found}


IN_THE_CONFIG = {
    "pools[1].count": ("Pulumi.prod.yaml", 7),
    "pools[1].machine": ("Pulumi.prod.yaml", 6),
    "limits[0].timeout": ("Pulumi.prod.yaml", 8),
    "name": ("Pulumi.prod.yaml", 2),
}
"""The line to edit of each finding whose value came from the stack's file."""


def test_a_program_is_judged_and_findings_stand_in_the_configuration(project: Path) -> None:
    found = findings("check", ".", folder=project)

    assert said(found) == EXPECTED
    assert lines(found).items() >= IN_THE_CONFIG.items()


@pytest.mark.engine
def test_so_it_is_by_the_engine_and_the_pack(project: Path) -> None:
    found = findings("preview", ".", "--policy-pack=../pack", folder=project)

    assert said(found) == EXPECTED
    assert lines(found).items() >= IN_THE_CONFIG.items()


def test_the_librarys_own_pack_is_not_run_on_it(project: Path) -> None:
    """It would say nothing of a platform that it does not know, and look as if all were well."""
    command = [sys.executable, "-m", "poolgate", "preview", "."]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)

    assert ran.returncode == 2
    assert "own pack does not serve the platform acme: name yours with --policy-pack DIR" in ran.stderr


def test_so_is_a_state(project: Path) -> None:
    resource = {"urn": URN, "type": made_up.TOKEN, "custom": True, "id": "fleet-1", "inputs": INPUTS}
    (project / "prod.json").write_bytes(text(export(resource)))

    assert said(findings("audit", "prod.json", "--rules=own_rules.py", folder=project)) == EXPECTED
