"""Writes what is known of Vertex AI's accelerators: their names, and the machines that have or take them.

`vertex/data/accelerators.json`:

    {"asOf": ..., "source": [...], "tables": {"from": ..., "released": DAY},
     "types": [NAME, ...], "deprecated": [NAME, ...],
     "builtIn": {MACHINE: [NAME, MOST]}, "attached": {NAME: {COUNT: VCPUS}}}

`types` are the values of AcceleratorType in google-cloud-aiplatform, of which its prose calls some deprecated. The
machines are Compute Engine's, as SkyPilot keeps them by hand from https://cloud.google.com/compute/docs/gpus:
`builtIn` are those that are made with accelerators, and how many there are on one; `attached` how many of one kind may
be put to an N1 machine, and up to how many vCPUs the machine may have then. What SkyPilot calls an accelerator is
called by the API's name in `NAMES`; one without a name there, or of a name that the API lacks, is left out.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from aws_machines import released
from published import PLATFORMS, run, wheels

AS_OF: Final = "2026-11-30"
PINNED: Final = ("google-cloud-aiplatform==2.7.0", "skypilot==0.14.1")
NEWEST: Final = ("google-cloud-aiplatform", "skypilot")
ENUM: Final = "google/cloud/aiplatform_v1/types/accelerator_type.py"
TABLES: Final = "sky/catalog/gcp_catalog.py"
BUILT_IN: Final = "_ACC_INSTANCE_TYPE_DICTS"
ATTACHED: Final = "_NUM_ACC_TO_MAX_CPU_AND_MEMORY"
NAMES: Final[Mapping[str, str]] = {
    "A100": "NVIDIA_TESLA_A100",
    "A100-80GB": "NVIDIA_A100_80GB",
    "B200": "NVIDIA_B200",
    "GB200": "NVIDIA_GB200",
    "H100": "NVIDIA_H100_80GB",
    "H100-MEGA": "NVIDIA_H100_MEGA_80GB",
    "H200": "NVIDIA_H200_141GB",
    "K80": "NVIDIA_TESLA_K80",
    "L4": "NVIDIA_L4",
    "P100": "NVIDIA_TESLA_P100",
    "P4": "NVIDIA_TESLA_P4",
    "RTXPRO6000": "NVIDIA_RTX_PRO_6000",
    "T4": "NVIDIA_TESLA_T4",
    "V100": "NVIDIA_TESLA_V100",
}
_DEPRECATED: Final = re.compile(r"(\w+) \(\d+\):\s+Deprecated:")


def types(text: str) -> dict[str, list[str]]:
    """The values of the enum, and those of them that are deprecated. Raises ValueError without an enum."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ClassDef) and statement.name == "AcceleratorType":
            named = [ast.unparse(each.targets[0]) for each in statement.body if isinstance(each, ast.Assign)]
            return {
                "types": sorted(name for name in named if not name.endswith("_UNSPECIFIED")),
                "deprecated": sorted(_DEPRECATED.findall(ast.get_docstring(statement) or "")),
            }
    raise ValueError("no AcceleratorType")


def table(text: str, name: str) -> Mapping[str, Mapping[int, Any]]:
    """One of SkyPilot's tables. Raises ValueError where the module no longer has it."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            found: Mapping[str, Mapping[int, Any]] = ast.literal_eval(statement.value)
            return found
    raise ValueError(f"no {name}")


def accelerators(
    known: Mapping[str, Collection[str]],
    built_in: Mapping[str, Mapping[int, Any]],
    attached: Mapping[str, Mapping[int, Any]],
) -> dict[str, Any]:
    """The data, of the API's names and SkyPilot's two tables."""
    named = {theirs: name for theirs, name in NAMES.items() if name in known["types"]}
    return {
        **known,
        "builtIn": {
            machine: [named[theirs], count]
            for theirs, counts in built_in.items()
            if theirs in named
            for count, machines in counts.items()
            for machine in machines
        },
        "attached": {
            named[theirs]: {str(count): vcpus for count, (vcpus, _) in counts.items()}
            for theirs, counts in attached.items()
            if theirs in named
        },
    }


def make(arguments: argparse.Namespace) -> Mapping[Path, Mapping[str, Any]]:
    """The data of the file."""
    with wheels(*(NEWEST if arguments.newest else PINNED), folder=arguments.wheels) as (api, sky):
        text = sky.text(TABLES)
        head = {
            "$comment": "Made by tools/gcp_accelerators.py, which says what each key means. Not to be edited.",
            "asOf": AS_OF,
            "source": [api.url, sky.url, "https://cloud.google.com/compute/docs/gpus"],
            "tables": {"from": f"{sky.name} {sky.version} ({TABLES})", "released": released(sky, TABLES)},
        }
        found = accelerators(types(api.text(ENUM)), table(text, BUILT_IN), table(text, ATTACHED))
    return {PLATFORMS / "vertex" / "data" / "accelerators.json": {**head, **found}}


if __name__ == "__main__":
    sys.exit(run(__doc__, make))
