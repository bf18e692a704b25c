"""Stacks as a file backend keeps them (source: pulumi/pulumi, `pkg/backend/diy`, v3.255.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from inference_pools.values import Json

ORGANIZATION: Final = "organization"
"""The only one that a file backend has."""


def stack_file(backend: Path, project: str, stack: str) -> Path:
    """Where a stack's state is."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def write_stack(backend: Path, project: str, stack: str, **latest: Json) -> None:
    """Write the state of a stack; nothing happens when it is there already. `latest` is what is in the deployment."""
    file = stack_file(backend, project, stack)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    (backend / ".pulumi" / "meta.yaml").write_text("version: 1\n", encoding="utf-8")
    manifest: Mapping[str, Json] = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    checkpoint = {"stack": f"{ORGANIZATION}/{project}/{stack}", "latest": {"manifest": manifest, **latest}}
    file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}), encoding="utf-8")
