"""What an API says of a type of resource: its properties, in a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One property, or one object, of a resource type. There is one of each, equal to no other."""

    type: str
    members: Mapping[str, Node] = field(default_factory=dict)
    items: Node | None = None
    values: Node | None = None
    """What a map's values are, where the object is a map."""
    enum: tuple[str, ...] = ()
    output: bool = False
    """Set by the service, never by a program."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The node as the data file has it: pattern, lengths, required, default, description."""

    @property
    def is_read_only(self) -> bool:
        """Whether it has no place in inputs; what the provider itself writes there has, such as `azureApiVersion`."""
        return self.output and not self.raw.get("writtenByProvider", False)


def node(raw: Mapping[str, Any]) -> Node:
    """A tree as a data file has it.

    `{"type": "object", "properties": {"name": {"type": "string"}}}`: the words are those of JSON Schema, besides
    `output` for what only the service sets and `writtenByProvider` for what the provider writes among the inputs.
    """
    values = raw.get("additionalProperties")
    return Node(
        type=raw["type"],
        members={name: node(child) for name, child in raw.get("properties", {}).items()},
        items=node(raw["items"]) if "items" in raw else None,
        values=node(values) if isinstance(values, Mapping) else None,
        enum=tuple(raw.get("enum", ())),
        output=bool(raw.get("output", False)),
        raw=raw,
    )
