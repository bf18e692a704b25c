"""What the two providers have of each kind, read from `data/trees.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from inference_pools import type_token
from inference_pools.platforms.platform import Kind
from inference_pools.platforms.sagemaker.kinds import MODULES, kind_of
from inference_pools.tree import Node, node


def tree(kind: Kind, shape: str) -> Node | None:
    """The properties of a kind in a provider's words; None for what is only led to."""
    return _trees().get((kind, shape))


@cache
def _trees() -> Mapping[tuple[Kind, str], Node]:
    path = Path(__file__).parent / "data" / "trees.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found = {}
    for written, known in data["types"].items():
        token = type_token.parse(written)
        kind = kind_of(token) if token and (token.package, token.module) in MODULES else None
        if token and kind:
            found[kind, token.package] = node(known["trees"][0]["tree"])
    return found
