"""What is published of accounts and model deployments: their properties, and which model version retires when.

Read from `data/trees.json` and `data/models.json`, which name their public sources (docs/platform-data.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from inference_pools.path import parse_steps
from inference_pools.platforms.platform import Kind
from inference_pools.tree import Node, node

NAME: Final = "azure-models"
"""What options call the platform."""
ACCOUNT: Final = Kind(NAME, "Account", "account")
DEPLOYMENT: Final = Kind(NAME, "Deployment", "deployment")
KINDS: Final = (ACCOUNT, DEPLOYMENT)
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}
MODULE: Final = "cognitiveservices"


class Shape(StrEnum):
    """What a resource may contain, by the API version that it is made with."""

    V2 = "2"
    """That of azure-native 2.x where no other is named: 2023-05-01. Deployments have no tags."""
    V3 = "3"
    """That of azure-native 3.x where no other is named: 2025-06-01."""
    READ = "read"
    """Another version, of those whose properties are known: all that any of them has is taken."""
    UNREAD = "unread"
    """A version of which no list of properties was read: a name that is not known may be new."""

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.


def tree(kind: Kind, shape: str) -> Node:
    """The properties of a type in a shape."""
    return _trees()[kind, Shape(shape)]


def default_versions() -> Mapping[str, Shape]:
    """The API versions that a major version of the provider takes unless told otherwise."""
    versions: Mapping[str, str] = _type(DEPLOYMENT)["apiVersions"]
    return {version: Shape(major) for major, version in versions.items()}


def default_api_version(provider_version: str) -> str | None:
    """The API version that a version of the provider takes unless told otherwise; None where that is not known."""
    versions: Mapping[str, str] = _type(DEPLOYMENT)["apiVersions"]
    return versions.get(provider_version.lstrip("v").partition(".")[0])


def is_read(version: str) -> bool:
    """Whether the properties of an API version are known."""
    return version in _type(DEPLOYMENT)["versionsRead"]


@cache
def _trees() -> Mapping[tuple[Kind, Shape], Node]:
    found: dict[tuple[Kind, Shape], Node] = {}
    for kind in KINDS:
        of_major = {major: one["tree"] for one in _type(kind)["trees"] for major in one["majors"]}
        everything = _together(of_major.values())
        for path in _type(kind)["elsewhere"]:
            _add(everything, [step for step in parse_steps(path) if isinstance(step, str)])
        found |= {(kind, Shape(major)): node(raw) for major, raw in of_major.items()}
        found[kind, Shape.READ] = found[kind, Shape.UNREAD] = node(everything)
    return found


def _together(trees: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One tree with all that several have; the later says what a property is."""
    made: dict[str, Any] = {}
    for one in trees:
        below: dict[str, Any] = made.get("properties", {})
        own: Mapping[str, Any] = one.get("properties", {})
        made = {**made, **one}
        if below or own:
            both = {name: _together(t[name] for t in (below, own) if name in t) for name in {**below, **own}}
            made["properties"] = both
    return made


def _add(tree: dict[str, Any], steps: list[str]) -> None:
    """Has a tree take any value at a path; what lies in a list or a map that others do not have is taken whole."""
    first, *rest = steps
    below = tree.setdefault("properties", {})
    if not rest:
        below.setdefault(first, {"type": "any"})
    elif below.setdefault(first, {"type": "any"})["type"] == "object":
        _add(below[first], rest)
    else:
        below[first] = {"type": "any"}


def _type(kind: Kind) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _data("trees.json")["types"][f"azure-native:{MODULE}:{kind}"]
    return found


@cache
def _data(name: str) -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / name
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


# --- models ---


@dataclass(frozen=True, slots=True)
class Retirement:
    """When a version of a model retires, as Microsoft's table of the day `told` has it.

    `day` is None where no day is set; `not_before` says that it is but the earliest one.
    """

    day: date | None
    not_before: bool
    told: date


def known_models() -> frozenset[str]:
    """The names of models that any of the tables has."""
    return frozenset(_data("models.json")["models"])


def models_known_on() -> date:
    """The day of the newest table of models."""
    return date.fromisoformat(_data("models.json")["asOf"])


def versions_of(model: str) -> Mapping[str, Mapping[str, Any]]:
    """What the tables say of each version of a model, whatever the case of its name; nothing of one they have not."""
    return _by_lower_name().get(model.casefold(), {})


def newest_version(model: str) -> str | None:
    """The newest version of a model that no table has as retired, by its own day; None where they have none."""
    kept = [version for version in versions_of(model) if version != "*" and not _is_gone(model, version)]
    return max(kept, default=None)


def _is_gone(model: str, version: str) -> bool:
    found = retirement(model, version, None)
    return found is not None and found.day is not None and found.day <= found.told


def successor(model: str, version: str, today: date) -> str | None:
    """The model that Microsoft recommends in place of a version, or of what it recommended then, and that is not
    retired itself; None where it names none.
    """
    seen: set[str] = set()
    ahead = [model]
    while ahead:
        here = ahead.pop(0)
        seen.add(here)
        told = versions_of(here)
        for one in [version] if here == model and version in told else told:
            for name in _named_in(told[one].get("replacement", "")):
                if name in seen:
                    continue
                days = [found.day for each in versions_of(name) if (found := retirement(name, each, None))]
                if any(day is None or day > today for day in days):
                    return name
                ahead.append(name)
    return None


def _named_in(text: str) -> list[str]:
    """The models that a text names, in its order."""
    return [word for word in re.findall(r"[^\s,()]+", text) if word in known_models()]


def retirement(model: str, version: str, sku: str | None) -> Retirement | None:
    """When a version retires where it is deployed with a SKU; None where the tables do not have the version."""
    versions = versions_of(model)
    told = versions.get(version) or versions.get("*")
    if told is None:
        return None
    by_sku = {name.casefold(): day for name, day in told.get("retiresBySku", {}).items()}
    own = by_sku.get((sku or "").casefold())
    written = own or told.get("retires") or told.get("retiresNotBefore")
    return Retirement(
        date.fromisoformat(written) if written else None,
        not_before=own is None and "retires" not in told and "retiresNotBefore" in told,
        told=date.fromisoformat(_data("models.json")["pages"][told["page"]]["date"]),
    )


@cache
def _by_lower_name() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return {name.casefold(): versions for name, versions in _data("models.json")["models"].items()}


# --- SKUs ---


class Processing(StrEnum):
    """Where Azure works on the requests of a deployment."""

    REGION = "region"
    DATA_ZONE = "dataZone"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class DeploymentSku:
    """A SKU of a deployment. `billing` is tokens, provisioned or batch."""

    name: str
    processing: Processing
    billing: str


def skus() -> Mapping[str, DeploymentSku]:
    """The SKUs of deployments, by their names in lower case."""
    return _skus()


def sku(name: str | None) -> DeploymentSku | None:
    """The SKU of that name, whatever its case; None for a name of none."""
    return _skus().get((name or "").casefold())


@cache
def _skus() -> Mapping[str, DeploymentSku]:
    return {
        name.casefold(): DeploymentSku(name, Processing(told["processing"]), told["billing"])
        for name, told in _data("models.json")["skus"].items()
    }
