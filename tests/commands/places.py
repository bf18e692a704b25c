"""Where a page's commands are typed: a fresh clone, or what the page says that the reader has."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audit import state_builder
from commands.blocks import ROOT
from editor.projects import SCHEMA

_PROGRAM: Final = """\
import pulumi
import pulumi_azure_native as azure

azure.machinelearningservices.InferencePool(
    "ranker",
    resource_group_name="rg-chat-prod-001",
    workspace_name="mlw-chat-prod",
    inference_pool_name="ranking",
    location="westeurope",
    sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": pulumi.Config().require_int("capacity")},
    tags={"owner": "ml-platform", "environment": "prod", "costcenter": "4711"},
    inference_pool_properties={
        "node_sku_type": "Standard_DS3_v2",
        "request_configuration": {"request_timeout": "PT30S", "max_concurrent_requests_per_instance": 4},
    },
)
"""

_WAIVERS: Final = """\
waivers:
  - rule: capacity-bounded
    target:
      stack: chat/prod
      path: sku.capacity
    reason: Load test ahead of the sale
    owner: ml-platform
    ticket: OPS-4711
    created: 2026-11-22
    expires: 2027-01-31
"""


def fresh_clone(folder: Path) -> Path:
    """The files of the repository as they are now, with the environments that `make check` and `make test` make."""
    clone = folder / "poolgate"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in names:
        if name and (ROOT / name).is_file() and not name.startswith(("web/", "benchmarks/", "tests/rules/")):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    for environment in (*ROOT.glob("stacks/*/venv"), ROOT / "policies" / "venv"):
        (clone / environment.relative_to(ROOT)).symlink_to(environment)
    (clone / ".git").mkdir()
    return clone


def sample_project(folder: Path) -> Path:
    """A repository of the reader's own with one project, which is the sample `fleet` with one of its two stacks."""
    home = _repository(folder / "your-platform")
    sample = ROOT / "stacks" / "fleet"
    shutil.copytree(sample, home / "fleet", ignore=shutil.ignore_patterns("venv", "__pycache__", "Pulumi.prod.yaml"))
    (home / "fleet" / "venv").symlink_to(sample / "venv")
    return home


def shop(folder: Path) -> Path:
    """A project that has a schema of its configuration."""
    home = _repository(folder / "shop-platform")
    (home / "shop").mkdir()
    (home / "shop" / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (home / "schemas" / "editor").mkdir(parents=True)
    (home / "schemas" / "shop.schema.json").write_text(json.dumps(SCHEMA))
    return home


def empty(folder: Path) -> Path:
    """A repository with nothing but the files that the page shows."""
    return _repository(folder / "platform")


def chat(folder: Path) -> Path:
    """A project with one pool that is too large, and the export of its stack. The pack is poolgate's own."""
    home = _repository(folder / "chat-platform")
    project = home / "chat"
    project.mkdir()
    virtualenv = ROOT / "stacks" / "single-pool" / "venv"
    (project / "Pulumi.yaml").write_text(
        f"name: chat\nruntime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: {virtualenv}\n"
    )
    _too_large(home)
    (project / "__main__.py").write_text(_PROGRAM)
    sku = {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 80}
    tags = {"owner": "ml-platform", "environment": "prod", "costcenter": "4711"}
    pool = state_builder.pool("ranker", state_builder.pool_inputs(sku=sku, tags=tags))
    urn = state_builder.urn(state_builder.POOL, "ranker", stack="prod", project="chat")
    root = state_builder.stack_root(stack="prod", project="chat")
    (home / "exports").mkdir()
    document = state_builder.export(root, state_builder.provider(), {**pool, "urn": urn})
    (home / "exports" / "chat.json").write_bytes(state_builder.text(document))
    (home / "policies").symlink_to(ROOT / "policies")
    return home


def _too_large(home: Path) -> Path:
    (home / "chat" / "Pulumi.prod.yaml").write_text("config:\n  chat:capacity: 80\n")
    return home


def _repository(folder: Path) -> Path:
    folder.mkdir()
    (folder / ".git").mkdir()
    return folder


PLACES: Final[dict[str, Callable[[Path], Path]]] = {
    "docs/ci.md": sample_project,
    "docs/editor.md": shop,
    "docs/lint.md": empty,
    "docs/own-rules.md": sample_project,
    "docs/waivers.md": chat,
}
"""The pages that speak of a repository of the reader's own; all others speak of a clone of this one."""


def served_elsewhere(folder: Path) -> Path:
    """Exports of two stacks: a pool and two resources that serve models by other means; a third such resource."""
    home = _repository(folder / "served")
    online, other = (
        "azure-native:machinelearningservices:BatchEndpoint",
        "databricks:index/modelServing:ModelServing",
    )
    vertex = "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore"
    _export(
        home / "exports" / "ranking.json", state_builder.stack_root(), state_builder.provider(), state_builder.pool(),
        state_builder.resource(online, "blue"), state_builder.resource(other, "green"),
    )  # fmt: skip
    search = {"project": "search"}
    _export(
        home / "exports" / "search.json", state_builder.stack_root(**search),
        state_builder.resource(vertex, "pool", **search),
        state_builder.resource(state_builder.STORAGE, "files", **search),
    )  # fmt: skip
    return home


def two_audits(folder: Path) -> Path:
    """Two reports, between which one state was damaged and another went away."""
    home = _repository(folder / "two-audits")
    slow = state_builder.slow_pool_inputs()
    for project in ("ranking", "search"):
        urn = state_builder.urn(state_builder.POOL, "ranker", project=project)
        root = state_builder.stack_root(project=project)
        _export(
            home / "d" / f"{project}.json",
            root,
            state_builder.provider(),
            {**state_builder.pool("ranker", slow), "urn": urn},
        )
    _audit(home, "monday.json")
    (home / "d" / "ranking.json").write_text('{"version": 3, "deployment": {')
    (home / "d" / "search.json").unlink()
    _audit(home, "friday.json")
    return home


def _export(file: Path, *resources: state_builder.Entry) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(state_builder.text(state_builder.export(*resources)))


def _audit(home: Path, report: str) -> None:
    command = [sys.executable, "-m", "poolgate", "audit", "d", "--format=json", f"--output={report}"]
    subprocess.run(command, cwd=home, capture_output=True, check=False)


def _with_waiver(home: Path) -> Path:
    """With the one waiver that the page begins with, after those that it has removed."""
    (home / "waivers.yaml").write_text(_WAIVERS)
    return home


BLOCK_PLACES: Final[dict[tuple[str, str], Callable[[Path], Path]]] = {
    (
        "README.md",
        "pip install ./poolgate          # a clone of this repository, or the wheel built from it",
    ): lambda folder: sample_project(folder).parent,
    ("docs/reports.md", "poolgate audit exports"): served_elsewhere,
    ("docs/reports.md", "poolgate diff monday.json friday.json"): two_audits,
    ("docs/waivers.md", "poolgate check chat --waivers waivers.yaml"): lambda folder: _with_waiver(
        folder / "chat-platform"
    ),
    ("docs/waivers.md", "export POOLGATE_WAIVERS=$PWD/waivers.yaml"): lambda folder: _too_large(
        folder / "chat-platform"
    ),
}
"""Blocks that speak of another folder than their page does, by page and first command."""
