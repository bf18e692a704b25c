"""The numbers and words that AWS takes of properties that no other rule is about, read from `data/bounds.json`.

For aws-native alone: the provider aws refuses the others itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from inference_pools.facets import Facet
from inference_pools.facets.place import NOWHERE, Place, at, place
from inference_pools.path import Each, Keys, parse_steps
from inference_pools.platforms.platform import Kind
from inference_pools.platforms.sagemaker.kinds import COMPONENT, CONFIG, ENDPOINT
from inference_pools.platforms.sagemaker.reading import number
from inference_pools.reader import Leaf
from inference_pools.tree import Node

_TOKENS: Final[Mapping[Kind, str]] = {
    CONFIG: "aws-native:sagemaker:EndpointConfig",
    ENDPOINT: "aws-native:sagemaker:Endpoint",
    COMPONENT: "aws-native:sagemaker:InferenceComponent",
}
_TOLD_ELSEWHERE: Final = (
    "instanceType",
    "initialInstanceCount",
    "initialVariantWeight",
    "containerStartupHealthCheckTimeoutInSeconds",
    "modelDataDownloadTimeoutInSeconds",
    "maxConcurrentInvocationsPerInstance",
    "managedInstanceScaling.minInstanceCount",
    "managedInstanceScaling.maxInstanceCount",
    "serverlessConfig.maxConcurrency",
    "serverlessConfig.memorySizeInMb",
    "serverlessConfig.provisionedConcurrency",
    "copyCount",
)
_NUMBERS: Final = frozenset(("integer", "float", "double", "long"))


class Bounded(Facet):
    """A property of which AWS takes some numbers, or some words, only: `known` says which, in botocore's terms."""

    __slots__ = ("known",)
    noun = "value that AWS alone bounds"
    fields = ("value",)

    def __init__(
        self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, known: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(own, at, place)
        self.known = known or {}

    @property
    def taken(self) -> tuple[str, ...]:
        """The words that it takes; () for a number."""
        return tuple(self.known.get("enum", ()))

    @property
    def text(self) -> str | None:
        """What is written where words are taken."""
        return self.leaf("value").text()

    @property
    def amount(self) -> float | None:
        """What is written where numbers are taken."""
        return number(self.leaf("value"))


def bounded(kind: Kind, tree: Node | None) -> Iterator[Place]:
    """Where a kind of aws-native has such properties."""
    if kind not in _TOKENS or tree is None:
        return
    shapes = _data()["shapes"]["sagemaker"]
    for path, name in _data()["paths"][_TOKENS[kind]].items():
        known = shapes[name]
        is_bounded = "enum" in known or (known["type"] in _NUMBERS and ("min" in known or "max" in known))
        node = _node_at(tree, path)
        # Where the tree has the words, property-known tells the others.
        if is_bounded and node is not None and not node.enum and not path.endswith(("[]", *_TOLD_ELSEWHERE)):
            yield place({"value": at(path)}, known=known)


def _node_at(tree: Node, path: str) -> Node | None:
    found: Node | None = tree
    for step in parse_steps(path):
        if found is None:
            return None
        found = found.items if isinstance(step, Each) else found.members.get(step)
    return found


@cache
def _data() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "bounds.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
