"""What Pulumi's azure-native provider cannot change in place, and in which order it replaces.

Source: pulumi/pulumi-azure-native, `provider/pkg/provider/diff.go`: what is in a resource's path, and its location.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from inference_pools import azure_regions
from inference_pools.facets import Fixed
from inference_pools.facets.place import Place
from inference_pools.facets.replacing import fixed
from inference_pools.path import Steps, format_steps
from inference_pools.platforms.platform import Places
from inference_pools.reader import Leaf
from inference_pools.resource import Resource

_MADE_FIRST: Final = "__createBeforeDelete"
"""What the provider writes into the inputs of a resource that it made up a name for."""


def _region(leaf: Leaf) -> str | None:
    written = leaf.text()
    return None if written is None else azure_regions.normalize(written)


_LOCATION: Final[Place] = fixed("location", filled=True, read=_region)


def fixed_places(names: Iterable[Steps]) -> Places:
    """The names in the path of a kind's resources, among all names that it has, and the location."""
    in_path = [format_steps(steps) for steps in names if len(steps) == 1]
    return {Fixed: (*(fixed(name, filled=True) for name in in_path), _LOCATION)}


def deletes_first(before: Resource, now: Resource) -> bool:
    """Whether the old one goes first: two cannot have one name, unless the provider made it up."""
    return before.properties.get(_MADE_FIRST) is not True
