"""The kinds of Azure's online, batch and serverless endpoints, and what their API has, version by version.

Trees are those of `data/trees.json`, which names its public sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from inference_pools.path import Each, parse_steps
from inference_pools.platforms.platform import Kind
from inference_pools.tree import Node, node
from inference_pools.values import Json

NAME: Final = "azure-online"
"""What options call the platform."""
ENDPOINT: Final = Kind(NAME, "OnlineEndpoint", "endpoint")
DEPLOYMENT: Final = Kind(NAME, "OnlineDeployment", "deployment")
AUTOSCALE: Final = Kind(NAME, "AutoscaleSetting", "autoscale setting")
BATCH: Final = Kind(NAME, "BatchDeployment", "batch deployment")
SERVERLESS: Final = Kind(NAME, "ServerlessEndpoint", "serverless endpoint")
RESERVATION: Final = Kind(NAME, "CapacityReservationGroup", "capacity reservation group")
KINDS: Final = (ENDPOINT, DEPLOYMENT, AUTOSCALE, BATCH, SERVERLESS, RESERVATION)

_TOKENS: Final[Mapping[Kind, str]] = {
    kind: f"azure-native:{'monitor' if kind is AUTOSCALE else 'machinelearningservices'}:{kind.name}" for kind in KINDS
}
"""As the file of trees has them."""
RESERVATION_BAG: Final = "capacityReservationGroupProperties"
_FORMER_BAGS: Final[Mapping[Kind, str]] = {
    ENDPOINT: "onlineEndpointProperties",
    DEPLOYMENT: "onlineDeploymentProperties",
    BATCH: "batchDeploymentProperties",
    SERVERLESS: "serverlessEndpointProperties",
}
"""The bag of properties in 2.x of the provider."""


class Compute(StrEnum):
    """Where a deployment runs: each has properties of its own. What it is nobody knows has the more of them."""

    MANAGED = "Managed"
    KUBERNETES = "Kubernetes"
    NONE = ""
    """Of what is no deployment."""

    __hash__ = str.__hash__


class Reach(StrEnum):
    """How much is known of an API version."""

    DEFAULT = ""
    """It is the one that the tree was made of."""
    READ = "read"
    """What it has besides is known."""
    UNREAD = "unread"
    """It may have more than is known."""

    __hash__ = str.__hash__


class Shape(NamedTuple):
    """Which of its contents a resource has: as text `2/Managed/read`."""

    major: str
    compute: Compute = Compute.NONE
    reach: Reach = Reach.DEFAULT

    def __str__(self) -> str:
        return "/".join((self.major, self.compute, self.reach))

    @classmethod
    def parse(cls, text: str) -> Shape:
        """The shape that a text says."""
        major, compute, reach = text.split("/")
        return cls(major, Compute(compute), Reach(reach))


def shapes_of(kind: Kind) -> Iterator[Shape]:
    """All contents that a kind has."""
    for major in ("3", "2"):
        for compute in (Compute.MANAGED, Compute.KUBERNETES) if kind is DEPLOYMENT else (Compute.NONE,):
            for reach in Reach:
                yield Shape(major, compute, reach)


def bag(kind: Kind, major: str) -> str:
    """The property that holds a kind's own; "" where there is none."""
    if kind is AUTOSCALE:
        return ""
    return RESERVATION_BAG if kind is RESERVATION else _FORMER_BAGS[kind] if major == "2" else "properties"


def other_bag(kind: Kind, name: str) -> str | None:
    """What the other major version of the provider calls a bag; None for what is none."""
    former = _FORMER_BAGS.get(kind)
    return {former: "properties", "properties": former}.get(name) if former else None


def default_api_version(kind: Kind, major: str) -> str:
    """The API version that a major version of the provider uses unless told otherwise."""
    version: str = _type(kind)["apiVersions"][major]
    return version


def is_read(kind: Kind, version: str) -> bool:
    """Whether what an API version has is known."""
    found = _type(kind)
    return version in found["versionsRead"] or version in found["apiVersions"].values()


def elsewhere(kind: Kind) -> Mapping[str, list[str]]:
    """The properties that only other API versions than the default ones have, with those versions.

    In the paths the bag is called `properties`.
    """
    found: Mapping[str, list[str]] = _type(kind)["elsewhere"]
    return found


@cache
def tree(kind: Kind, shape: Shape) -> Node:
    """The properties of a kind in a shape, those included that only other API versions have where one of these is."""
    if shape.reach is Reach.UNREAD:  # the same properties are known of it
        return tree(kind, shape._replace(reach=Reach.READ))
    raw = _raw(kind, shape)
    return node(raw if shape.reach is Reach.DEFAULT else _with_all(raw, elsewhere(kind), bag(kind, shape.major)))


def _raw(kind: Kind, shape: Shape) -> dict[str, Any]:
    for entry in _type(kind)["trees"]:
        if shape.major in entry["majors"] and shape.compute in ("", *entry.get("when", {}).values()):
            return _open(entry["tree"])
    raise LookupError(f"no tree of {kind} in {shape}")


def _open(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A tree in which values that tell shapes apart are taken in any case, as Azure does."""
    found = dict(raw)
    named = raw.get("discriminator")
    if "properties" in raw:
        found["properties"] = {name: _open(child) for name, child in raw["properties"].items()}
        if named in found["properties"]:
            found["properties"][named]["openEnum"] = True
    for inner in ("items", "additionalProperties"):
        if isinstance(raw.get(inner), Mapping):
            found[inner] = _open(raw[inner])
    if raw.get("const") in tuple(Compute):
        found |= {"enum": [Compute.MANAGED.value, Compute.KUBERNETES.value], "openEnum": True}
    return found


def _with_all(raw: dict[str, Any], paths: Mapping[str, Json], bag_name: str) -> dict[str, Any]:
    """A tree with more properties: whatever is found there may stand there."""
    for path in paths:
        first, *rest = parse_steps(path)
        _add(raw, [bag_name if first == "properties" else first, *rest])
    return raw


def _add(raw: dict[str, Any], steps: Sequence[str | Each]) -> None:
    first, *rest = steps
    if isinstance(first, Each):
        inner = raw.get("items", {})
    else:
        inner = raw.setdefault("properties", {}).setdefault(first, {"type": "any"})
    if not rest:
        return
    if "properties" in inner or "items" in inner:
        _add(inner, rest)
        return
    for key in tuple(inner):  # it is of another type there
        del inner[key]
    inner["type"] = "any"


def _type(kind: Kind) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _data()["types"][_TOKENS[kind]]
    return found


@cache
def _data() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "trees.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
