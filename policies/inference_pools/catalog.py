"""What Azure's published API says of the pool types: their properties, API version by API version.

Read from `data/azure_native.json`, which names its public sources. The same tree serves the rule
`property-known`, the stand-in provider's validation and the tests that hold schemas and facets to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final


class Kind(StrEnum):
    """The resource types of Azure Machine Learning inference pools."""

    POOL = "InferencePool"
    GROUP = "InferenceGroup"
    ENDPOINT = "InferenceEndpoint"

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.


class Shape(StrEnum):
    """The two contents that eleven API versions have."""

    A = "A"
    """2023-08-01-preview to 2024-04-01-preview: the pool carries nearly everything."""
    B = "B"
    """2024-10-01-preview and later: model and environment lie in the group, request limits in the endpoint."""

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One property, or one object, of a resource type in one shape. There is one of each, equal to no other."""

    type: str
    members: Mapping[str, Node] = field(default_factory=dict)
    items: Node | None = None
    values: Node | None = None
    """What a map's values are, where the object is a map."""
    enum: tuple[str, ...] = ()
    output: bool = False
    """Set by Azure, never by a program."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The node as the data file has it: pattern, lengths, required, default, description."""

    @property
    def is_read_only(self) -> bool:
        """Whether it has no place in inputs; `azureApiVersion` has, the provider writes it there."""
        return self.output and not self.raw.get("writtenByProvider", False)


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

    def came_from(self, kind: Kind, shape: Shape, path: str) -> bool:
        """Whether it explains a property that was found at `path` and that this shape does not have there."""
        return self.kind is kind and self.shape is not shape and self.path == path

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


def tree(kind: Kind, shape: Shape) -> Node:
    """The properties of a type in a shape."""
    return _trees()[kind, shape]


BAG: Final[Mapping[Kind, str]] = {
    Kind.POOL: "inferencePoolProperties",
    Kind.GROUP: "inferenceGroupProperties",
    Kind.ENDPOINT: "inferenceEndpointProperties",
}
"""The property that holds all of a type's own."""


def bag_of(kind: Kind, shape: Shape) -> Node:
    """A type's own properties."""
    return tree(kind, shape).members[BAG[kind]]


@cache
def moves() -> tuple[Move, ...]:
    """All that moved or vanished between the shapes."""
    return tuple(
        Move(
            Kind(entry["type"]),
            Shape(entry["from"]),
            entry["path"],
            tuple((Kind(to["type"]), Shape(to["shape"]), to["path"]) for to in entry["to"] or ()),
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
        (Kind(kind), Shape(shape)): _node(raw)
        for kind, by_shape in _data()["types"].items()
        for shape, raw in by_shape.items()
    }


def _node(raw: Mapping[str, Any]) -> Node:
    values = raw.get("additionalProperties")
    return Node(
        type=raw["type"],
        members={name: _node(child) for name, child in raw.get("properties", {}).items()},
        items=_node(raw["items"]) if "items" in raw else None,
        values=_node(values) if isinstance(values, Mapping) else None,
        enum=tuple(raw.get("enum", ())),
        output=bool(raw.get("output", False)),
        raw=raw,
    )


@cache
def _data() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "azure_native.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
