"""Writes the regions that Vertex AI serves in.

`vertex/data/places.json`:

    {"asOf": ..., "source": [...], "regions": [REGION, ...]}

They are those that Google's own client takes, google-cloud-aiplatform, with the multi-regions: `SUPPORTED_REGIONS` and
`MREP_JURISDICTIONS` of its `constants/base.py`.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from published import PLATFORMS, run, wheels

AS_OF: Final = "2026-11-30"
PINNED: Final = "google-cloud-aiplatform==2.7.0"
NEWEST: Final = "google-cloud-aiplatform"
REGIONS: Final = "google/cloud/aiplatform/constants/base.py"
_LISTS: Final = ("SUPPORTED_REGIONS", "MREP_JURISDICTIONS")


def regions(text: str) -> list[str]:
    """The regions in the client's module. Raises ValueError where it no longer has one of the lists."""
    found: set[str] = set()
    missing = set(_LISTS)
    for statement in ast.parse(text).body:
        if not isinstance(statement, ast.Assign) or ast.unparse(statement.targets[0]) not in missing:
            continue
        missing.remove(ast.unparse(statement.targets[0]))
        value = statement.value
        found |= set(ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value))
    if missing:
        raise ValueError(f"no {' and no '.join(sorted(missing))}")
    return sorted(found)


def make(arguments: argparse.Namespace) -> Mapping[Path, Mapping[str, Any]]:
    """The data of the file."""
    with wheels(NEWEST if arguments.newest else PINNED, folder=arguments.wheels) as (client,):
        data = {
            "$comment": "Made by tools/vertex_places.py, which says what each key means. Not to be edited.",
            "asOf": AS_OF,
            "source": [f"{client.url} ({REGIONS})"],
            "regions": regions(client.text(REGIONS)),
        }
    return {PLATFORMS / "vertex" / "data" / "places.json": data}


if __name__ == "__main__":
    sys.exit(run(__doc__, make))
