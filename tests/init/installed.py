"""Fixtures: poolgate installed from its wheel, and a repository that is not ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from poolgate.init import CI_SYSTEMS
from poolgate.sandbox.engine import require_engine

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
LIMIT = 600.0

PROGRAM = """
import pulumi
import pulumi_azure_native as azure_native

config = pulumi.Config()
azure_native.machinelearningservices.InferencePool(
    "ranker",
    resource_group_name="rg-shop-prod-001",
    workspace_name="mlw-shop-prod",
    inference_pool_name="pool-shop-prod-001",
    location="westeurope",
    tags={"owner": "shop@example.com", "environment": "prod", "costcenter": "4711"},
    sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": config.require_int("capacity")},
    inference_pool_properties={
        "node_sku_type": "Standard_DS3_v2",
        "description": "Ranks what shoppers see",
        "model_configuration": {"model_id": config.require("modelId")},
        "request_configuration": {"request_timeout": "PT30S", "max_concurrent_requests_per_instance": 4},
    },
)
"""
STACK = """\
config:
  # Three machines, one in each zone.
  shop:capacity: 3
  shop:modelId: azureml://registries/shop-models/models/ranker/versions/3
"""
PROJECT = "name: shop\nruntime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: venv\n"
WRONG = STACK.replace("ranker/versions/3", "{model_name}/versions/3")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=LIMIT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What a shell has where poolgate is installed from the wheel: nothing of this repository."""
    folder = tmp_path_factory.mktemp("installed")
    uv = str(SCRIPTS / "uv")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("POOLGATE_", "PYTHON"))}
    variables |= {
        "PATH": os.pathsep.join([str(folder / "bin"), str(folder / "tools"), os.environ["PATH"]]),
        "VIRTUAL_ENV": str(folder),
        "UV_FIND_LINKS": str(wheel.parent),
        "PIP_FIND_LINKS": str(wheel.parent),
    }
    # A cache of its own: the pack's environment is kept by its requirements, which name the same version each time.
    variables |= {"POOLGATE_ENGINE": str(require_engine().path), "XDG_CACHE_HOME": str(folder / "cache")}
    # What was fetched once is not fetched again: the caches of uv and pip would else be in there, too.
    for variable, command in (("UV_CACHE_DIR", [uv]), ("PIP_CACHE_DIR", [sys.executable, "-m", "pip"])):
        asked = subprocess.run([*command, "cache", "dir"], capture_output=True, text=True, check=True, timeout=60)
        variables[variable] = asked.stdout.strip()
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True, timeout=LIMIT)
    subprocess.run([uv, "pip", "install", "--quiet", str(wheel)], env=variables, check=True, timeout=LIMIT)
    (folder / "tools").mkdir()
    (folder / "tools" / "uv").symlink_to(uv)
    return variables


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop-platform")
    project = folder / "infra"
    project.mkdir()
    (folder / ".git").mkdir()
    (project / "Pulumi.yaml").write_text(PROJECT)
    (project / "Pulumi.prod.yaml").write_text(STACK)
    (project / "__main__.py").write_text(PROGRAM)
    shutil.copy(ROOT / "stacks" / "single-pool" / "requirements.txt", project)
    return folder


def document(folder: Path, system: str) -> Any:
    return yaml.safe_load((folder / CI_SYSTEMS[system][0]).read_text())


def step(
    environment: Mapping[str, str], script: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs a step as a runner does: its script in a file, by a shell that stops at the first failure."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
