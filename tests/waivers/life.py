"""One waiver, from the day before it begins to the day when it is not needed any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit import state_builder

ROOT = Path(__file__).parents[2]
RULE = "capacity-bounded"
TOO_MANY, ENOUGH = 80, 3
URN = state_builder.urn(state_builder.POOL, "ranker", stack="dev", project="life")

PROGRAM = """\
import pulumi
import pulumi_azure_native as azure

azure.machinelearningservices.InferencePool(
    "ranker",
    resource_group_name="rg-ranking-dev-001",
    workspace_name="mlw-ranking-dev",
    inference_pool_name="ranking",
    location="westeurope",
    sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": pulumi.Config().require_int("capacity")},
    tags={"owner": "ml-platform", "environment": "dev", "costcenter": "4711"},
    inference_pool_properties={
        "node_sku_type": "Standard_DS3_v2",
        "request_configuration": {"request_timeout": "PT30S", "max_concurrent_requests_per_instance": 4},
    },
)
"""


@dataclass(frozen=True)
class Day:
    """What there is to see on a day: of the finding, and of the waiver itself."""

    day: str
    capacity: int
    finding: tuple[str, str] | None
    """Outcome and level; None where there is no finding."""
    waiver: tuple[str, str] | None
    """Level and a part of the message; None where there is nothing to say."""

    @property
    def fails(self) -> bool:
        return "mandatory" in (self.finding or ("", ""))[1:] + (self.waiver or ())[:1]


ACTIVE = Day("2026-11-10", TOO_MANY, ("waived", "advisory"), None)
EXPIRED = Day("2027-01-01", TOO_MANY, ("violated", "mandatory"), ("mandatory", "was 2026-12-31, 1 day ago"))
DAYS: Sequence[Day] = (
    Day("2026-10-31", TOO_MANY, ("violated", "mandatory"), ("advisory", "which is still to come")),
    ACTIVE,
    Day("2026-12-20", TOO_MANY, ("waived", "advisory"), ("advisory", "is 2026-12-31, in 11 days")),
    Day("2026-12-31", TOO_MANY, ("waived", "advisory"), ("advisory", "is 2026-12-31, today")),
    EXPIRED,
    Day("2026-11-11", ENOUGH, None, ("advisory", "covers nothing that was found")),
)


def write_waivers(file: Path) -> Path:
    """The file as `poolgate waivers add` leaves it on 2026-11-01."""
    file.write_text(
        "# What we live with.\n"
        "waivers:\n"
        f"  - rule: {RULE}\n"
        "    target:\n"
        "      stack: life/dev\n"
        "      path: sku.capacity\n"
        "    reason: Load test ahead of the sale\n"
        "    owner: ml-platform\n"
        "    ticket: OPS-4711\n"
        "    created: 2026-11-01\n"
        "    expires: 2026-12-31\n"
    )
    return file


def write_project(folder: Path, capacity: int) -> Path:
    """A project with one stack and one pool, of so many nodes."""
    folder.mkdir(exist_ok=True)
    virtualenv = ROOT / "stacks" / "single-pool" / "venv"
    (folder / "Pulumi.yaml").write_text(
        "name: life\ndescription: One pool.\n"
        f"runtime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: {virtualenv}\n"
    )
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  life:capacity: {capacity}\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def write_state(folder: Path, capacity: int) -> Path:
    """What the same stack looks like when it is deployed."""
    folder.mkdir(exist_ok=True)
    sku = {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": capacity}
    tags = {"owner": "ml-platform", "environment": "dev", "costcenter": "4711"}
    pool = state_builder.pool("ranker", state_builder.pool_inputs(sku=sku, tags=tags))
    root = state_builder.stack_root(stack="dev", project="life")
    export = state_builder.export(root, state_builder.provider(), {**pool, "urn": URN})
    (folder / "life.json").write_bytes(state_builder.text(export))
    return folder


def seen(findings: Sequence[Any]) -> tuple[Any, Any]:
    """What a report says of the finding and of the waiver, in the terms of `Day`."""
    of_rule = [one for one in findings if one["rule"] == RULE]
    of_waiver = [one for one in findings if one["rule"] == "waivers-valid"]
    assert len(of_rule) <= 1
    assert len(of_waiver) <= 1
    return (of_rule or [None])[0], (of_waiver or [None])[0]
