"""A small stack, and the gate as the CI files run it: Pulumi's own preview with a policy pack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from poolgate.sandbox.workspace import Completed, Sandbox

ROOT: Final = Path(__file__).parents[2]
PACK: Final = ROOT / "policies"
LIMIT: Final = 120.0
TOKEN: Final = "azure-native:machinelearningservices:InferencePool"
PROGRAM: Final = f"""\
import pulumi

pulumi.CustomResource(
    "{TOKEN}",
    "pool",
    {{
        "resourceGroupName": "rg-shop-dev-001",
        "workspaceName": "mlw-shop-dev",
        "sku": {{"name": "Standard_DS3_v2", "tier": "Standard", "capacity": pulumi.Config().require_int("capacity")}},
        "tags": {{"owner": "ml", "environment": "dev", "costcenter": "4711"}},
        "inferencePoolProperties": {{"description": "A pool.", "nodeSkuType": "Standard_DS3_v2"}},
    }},
    pulumi.ResourceOptions(version="2.92.3"),
)
"""
CAPACITIES: Final = {"good": 2, "bad": 999}
"""The stacks: one that passes every rule, one that `capacity-bounded` does not let pass."""


def write_project(folder: Path, program: str = PROGRAM) -> Path:
    """A project with both stacks."""
    folder.mkdir(parents=True)
    options = f"{{virtualenv: {ROOT / 'stacks' / 'single-pool' / 'venv'}}}"
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: {{name: python, options: {options}}}\n")
    (folder / "__main__.py").write_text(program)
    for stack, capacity in CAPACITIES.items():
        (folder / f"Pulumi.{stack}.yaml").write_text(f"config:\n  shop:capacity: {capacity}\n")
    return folder


def write_pack(folder: Path, main: str) -> Path:
    """A pack with a `__main__.py` of its own, in the environment of the repository's pack."""
    folder.mkdir(parents=True)
    runtime = f"{{name: python, options: {{virtualenv: {PACK / 'venv'}}}}}"
    (folder / "PulumiPolicy.yaml").write_text(f"name: poolgate\nversion: 0.0.1\nruntime: {runtime}\n")
    (folder / "__main__.py").write_text(f"import sys\n\nsys.path.insert(0, {str(PACK)!r})\n{main}")
    return folder


class Gate:
    """Previews of the stacks, each with options and variables of its own."""

    def __init__(self, sandbox: Sandbox, project: Path) -> None:
        self._sandbox = sandbox
        self._project = project

    def preview(
        self, stack: str, *options: str, packs: tuple[Path | str, ...] = (PACK,), **variables: str
    ) -> Completed:
        """What Pulumi says and how it ends. A pack that is a text is named to it as it is."""
        command = ["pulumi", "preview", f"--stack={stack}", "--non-interactive", "--color=never"]
        named = [each if isinstance(each, str) else self._sandbox.add_pack(each) for each in packs]
        command += [*(f"--policy-pack={each}" for each in named), *options]
        return self._sandbox.run(command, cwd=self._project, timeout=LIMIT, env=variables)


@contextmanager
def gate(folder: Path) -> Iterator[Gate]:
    """The gate of a project that is written into a folder."""
    with Sandbox() as sandbox:
        yield Gate(sandbox, sandbox.add_project(write_project(folder), stacks=list(CAPACITIES)))
