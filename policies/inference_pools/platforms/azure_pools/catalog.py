"""What Azure's published API says of the pool types: their properties, API version by API version.

Read from `data/azure_native.json`, which names its public sources. The same tree serves the rule
`property-known`, the stand-in provider's validation and the tests that hold schemas and facets to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from inference_pools.platforms.platform import Kind
from inference_pools.tree import Node, node

NAME: Final = "azure-pools"
"""What options call the platform."""
POOL: Final = Kind(NAME, "InferencePool", "pool")
GROUP: Final = Kind(NAME, "InferenceGroup", "group")
ENDPOINT: Final = Kind(NAME, "InferenceEndpoint", "endpoint")
KINDS: Final = (POOL, GROUP, ENDPOINT)
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}


class FormerKind:
    """The kinds by the names that they had in `inference_pools.catalog.Kind`, for one release more."""

    POOL = POOL
    GROUP = GROUP
    ENDPOINT = ENDPOINT


class Shape(StrEnum):
    """The two contents that eleven API versions have."""

    A = "A"
    """2023-08-01-preview to 2024-04-01-preview: the pool carries nearly everything."""
    B = "B"
    """2024-10-01-preview and later: model and environment lie in the group, request limits in the endpoint."""

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.


@dataclass(frozen=True, slots=True)
class Move:
    """A property that one shape has and the other has elsewhere, or not at all.

    `shape` is the one that has it at `path`; `to` are its places in the other one.
    """

    kind: Kind
    shape: Shape
    path: str
    to: tuple[tuple[Kind, Shape, str], ...]
    note: str

    def came_from(self, kind: Kind, shape: str, path: str) -> bool:
        """Whether it explains a property that was found at `path` and that this shape does not have there."""
        return self.kind == kind and self.shape != shape and self.path == path

    @property
    def in_words(self) -> str:
        """Which API versions have the property, and what the others have instead."""
        since = {Shape.A: ("up to 2024-04-01-preview", "later"), Shape.B: ("since 2024-10-01-preview", "earlier")}
        versions, others = since[self.shape]
        places = " and ".join(f"as {path} of the {kind}" for kind, _, path in self.to)
        instead = f"have it here, {others} ones {places}" if places else f"have it, {others} ones have nothing like it"
        return f"API versions {versions} {instead}"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.to:
            kind, _, path = self.to[0]
            return f"Move the value to {path} of the {kind}, or choose an API version of the other shape."
        return "Remove it, or choose an API version that has it."


def tree(kind: Kind, shape: str) -> Node:
    """The properties of a type in a shape."""
    return _trees()[kind, Shape(shape)]


BAG: Final[Mapping[Kind, str]] = {
    POOL: "inferencePoolProperties",
    GROUP: "inferenceGroupProperties",
    ENDPOINT: "inferenceEndpointProperties",
}
"""The property that holds all of a type's own."""


def bag_of(kind: Kind, shape: str) -> Node:
    """A type's own properties."""
    return tree(kind, shape).members[BAG[kind]]


@cache
def moves() -> tuple[Move, ...]:
    """All that moved or vanished between the shapes."""
    return tuple(
        Move(
            BY_NAME[entry["type"]],
            Shape(entry["from"]),
            entry["path"],
            tuple((BY_NAME[to["type"]], Shape(to["shape"]), to["path"]) for to in entry["to"] or ()),
            entry.get("note", ""),
        )
        for entry in _data()["moved"]
    )


@cache
def shapes_by_version() -> Mapping[str, Shape | None]:
    """The shape of each API version; None for a version that has no inference pools."""
    versions: Mapping[str, str | None] = _data()["apiVersions"]
    return {version: Shape(shape) if shape else None for version, shape in versions.items()}


def default_api_version(provider_version: str) -> str | None:
    """The API version that a version of the azure-native provider uses unless told otherwise; None when not known."""
    defaults: Mapping[str, str] = _data()["defaultApiVersion"]
    return defaults.get(provider_version.lstrip("v").partition(".")[0])


@cache
def _trees() -> Mapping[tuple[Kind, Shape], Node]:
    return {
        (BY_NAME[kind], Shape(shape)): node(raw)
        for kind, by_shape in _data()["types"].items()
        for shape, raw in by_shape.items()
    }


@cache
def _data() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "azure_native.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
