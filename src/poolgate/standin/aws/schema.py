"""What is known of the types of pulumi-aws that have a tree; all others pass through.

The tree (names and types of properties) is the one that the rules have, made from the SDK; what the provider fills in,
refuses and replaces stands in `data/validators.json`, written by hand with its sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from inference_pools.path import Keys
from inference_pools.values import Json

DEFAULTS: Final = "__defaults"
"""The property of every object of checked inputs that lists which of the others nobody wrote."""

LIBRARY: Final = "inference_pools.platforms.sagemaker"
"""Where the rules have what is known of SageMaker."""
_PROVIDER = "poolgate.standin.aws"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type: its tree, and its entry in `data/validators.json`, which says what each key means."""

    token: str
    tree: Mapping[str, Json]
    facts: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Whether it has such a property."""
        return name in self.tree["properties"]

    def checks(self, place: str) -> Mapping[str, Any]:
        """The checks of a property, by its place."""
        found: Mapping[str, Any] = self.facts.get("checks", {}).get(place, {})
        return found

    def defaults(self, place: str) -> Mapping[str, Json]:
        """The schema's defaults of the object at a place, by property."""
        return _members_of(self.facts.get("defaults", {}), place)

    def is_computed(self, place: str) -> bool:
        """Whether the provider makes the property up where nobody wrote it."""
        return place in self.facts.get("computed", ())


def _members_of(by_place: Mapping[str, Json], place: str) -> dict[str, Json]:
    split = ((member.rpartition("."), value) for member, value in by_place.items())
    return {name: value for (parent, _, name), value in split if parent == place}


def place_of(keys: Keys) -> str:
    """Keys as the tables name a place: `productionVariants[].instanceType`."""
    place = ""
    for key in keys:
        place += "[]" if isinstance(key, int) else f".{key}"
    return place.removeprefix(".")


def look_up(token: str) -> ResourceType | None:
    """The type a token means; None for one that passes through."""
    return _types().get(token)


@lru_cache(maxsize=1)
def _types() -> Mapping[str, ResourceType]:
    trees = read(LIBRARY, "trees.json")["types"]
    facts = _validators()["types"]
    return {token: ResourceType(token, trees[token]["trees"][-1]["tree"], facts[token]) for token in facts}


@lru_cache(maxsize=64)
def values(name: str) -> tuple[str, ...]:
    """The values that the provider takes for an enumeration of the service model."""
    own = _validators()["values"].get(name)
    if own is not None:
        return tuple(own)
    shapes = read(LIBRARY, "bounds.json")["shapes"]
    return tuple(next(shapes[service][name]["enum"] for service in sorted(shapes) if name in shapes[service]))


@lru_cache(maxsize=1)
def _validators() -> Mapping[str, Any]:
    return read(_PROVIDER, "validators.json")


@lru_cache(maxsize=8)
def read(package: str, file: str) -> Mapping[str, Any]:
    """A data file of a package."""
    text = resources.files(package).joinpath(f"data/{file}").read_text("utf-8")
    content: Mapping[str, Any] = json.loads(text)
    return content
