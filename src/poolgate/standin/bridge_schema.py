"""What a provider behind Pulumi's bridge for Terraform knows of a type, as the modules `bridge_*` ask for it.

pulumi/pulumi-terraform-bridge `pkg/tfbridge` serves pulumi-aws and pulumi-gcp alike: what it does with a schema is the
same for every provider, and what the schema says is each cloud's own, from its `schema` module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from inference_pools.path import Each, Keys, around, parse_steps
from inference_pools.values import Json

DEFAULTS: Final = "__defaults"
"""The property of every object of checked inputs that lists which of the others nobody wrote."""

RAW_STATE: Final = "__pulumi_raw_state_delta"
"""What the bridge keeps beside the outputs to get back to Terraform's; here it is empty."""

_CAPITAL = re.compile(r"(?<=.)([A-Z])")

Rule: TypeAlias = Callable[[str, Json], Iterator[str]]
"""The reasons to refuse a value, which is told by its way in Terraform: `production_variants.0.name`."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type: its tree of properties, and what the provider does with them, by place.

    Of `facts` these are known here: `required`, `defaults`, `computed`, `sets`, `conflicts`, `checks`, `exactlyOneOf`,
    `atLeastOneOf`, `attributes`, `suppressedWithout`, `replacedAsAWhole`, and `inPlace` or `replaces`.
    """

    token: str
    tree: Mapping[str, Json]
    facts: Mapping[str, Any]
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """The provider's own checks, by the names that `checks` calls them by."""
    values: Callable[[str], tuple[str, ...]] = lambda name: ()
    """The values of an enumeration that `checks` names."""
    written_by_provider: frozenset[str] = frozenset()
    """Inputs that are not the program's, and are not validated."""

    is_same: Callable[[str, Json, Json], bool] = lambda place, old, new: False
    """Whether the provider takes two values at a place for one, though they differ."""
    refuses_nameless: bool = False
    """Where the engine is told to make no names: whether that ends the Check, or it goes on without a name."""

    def has(self, name: str) -> bool:
        """Whether it has such a property."""
        return name in self.tree["properties"]

    def takes(self, name: str) -> bool:
        """Whether a program may write it."""
        return self.has(name) and not self.tree["properties"][name].get("output")

    def checks(self, place: str) -> Mapping[str, Any]:
        """The checks of a property, by its place."""
        found: Mapping[str, Any] = self.facts.get("checks", {}).get(place, {})
        return found

    def defaults(self, place: str) -> Mapping[str, Json]:
        """The schema's defaults of the object at a place, by property."""
        split = ((around(member), value) for member, value in self.facts.get("defaults", {}).items())
        return {name: value for (parent, name), value in split if parent == place}

    def is_computed(self, place: str) -> bool:
        """Whether the provider makes the property up where nobody wrote it."""
        return place in self.facts.get("computed", ())

    def is_replacing(self, place: str) -> bool:
        """Whether a change there makes a new resource."""
        if "replaces" in self.facts:
            parent, _ = around(place)
            return place in self.facts["replaces"] or (parent in self.facts["replaces"] and self._is_map(parent))
        return not any(
            place == allowed or place.startswith((f"{allowed}.", f"{allowed}[")) for allowed in self.facts["inPlace"]
        )

    def _is_map(self, place: str) -> bool:
        node: Mapping[str, Json] = self.tree
        for step in parse_steps(place):
            node = node.get("items", {}) if isinstance(step, Each) else node.get("properties", {}).get(step, {})
        return "additionalProperties" in node

    def attribute(self, keys: Keys) -> str:
        """A property by its name in Terraform, where lists are called by what one of their items is."""
        name = str(keys[-1])
        attributes = self.facts.get("attributes", {})
        found: str | None = attributes.get(place_of(keys)) or attributes.get(name)
        return found or snake_case(name)


def snake_case(name: str) -> str:
    """A property's name as Terraform writes names."""
    return _CAPITAL.sub(r"_\1", name).lower()


def place_of(keys: Keys) -> str:
    """Keys as the tables name a place: `productionVariants[].instanceType`."""
    place = ""
    for key in keys:
        place += "[]" if isinstance(key, int) else f".{key}"
    return place.removeprefix(".")
