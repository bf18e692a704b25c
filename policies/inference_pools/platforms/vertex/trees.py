"""What the provider has of each kind, read from `data/trees.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from inference_pools import type_token
from inference_pools.platforms.platform import Kind
from inference_pools.platforms.vertex.kinds import kind_of
from inference_pools.tree import Node, node


def tree(kind: Kind) -> Node:
    """The properties of a kind."""
    return _trees()[kind]


@cache
def _trees() -> Mapping[Kind, Node]:
    path = Path(__file__).parent / "data" / "trees.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found = {}
    for written, known in data["types"].items():
        token = type_token.parse(written)
        kind = kind_of(token) if token else None
        if kind:
            found[kind] = node(known["trees"][0]["tree"])
    return found
