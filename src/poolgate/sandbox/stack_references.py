"""Answers `pulumi.StackReference` in the sandbox from read fixtures.

The engine itself looks a referenced stack up, in its backend; so each fixture of the type becomes the state of a stack
in the sandbox's. What `poolgate check` answers from a fixture, a preview gets through the real engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from inference_pools.urn import ROOT_STACK_TYPE, Urn
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, Json
from poolgate.sandbox.file_backend import ORGANIZATION, write_stack
from poolgate.standin.fixtures import STACK_REFERENCE


def answer(backend: Path, reads: Iterable[Mapping[str, Json]], own_project: str) -> None:
    """Write a stack's state for every fixture that answers a stack reference.

    `own_project` is meant by names without a project. Stacks that are there already stay as they are; names that no
    file backend takes are left to the engine's own words.
    """
    for read in reads:
        place = _place(str(read["id"]), own_project) if read["type"] == STACK_REFERENCE else None
        if place is None:
            continue
        project, stack = place
        write_stack(backend, project, stack, resources=[_root(project, stack, read["outputs"])])


def _place(name: str, own_project: str) -> tuple[str, str] | None:
    """Project and stack of a reference: `stack`, `organization/stack` or `organization/project/stack`."""
    *organization, stack = name.split("/")
    project = organization.pop() if len(organization) == 2 else own_project
    return (project, stack) if organization in ([], [ORGANIZATION]) else None


def _root(project: str, stack: str, reference: Mapping[str, Json]) -> dict[str, Json]:
    """The only resource of a stack that has outputs and nothing else."""
    secrets = set(reference.get("secretOutputNames") or ())
    outputs = {
        name: {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(value)} if name in secrets else value
        for name, value in (reference.get("outputs") or {}).items()
    }
    return {
        "urn": str(Urn.of_stack(f"{project}/{stack}")),
        "custom": False,
        "type": ROOT_STACK_TYPE,
        "outputs": outputs,
    }
