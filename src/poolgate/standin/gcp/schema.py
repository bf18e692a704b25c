"""What is known of the types of pulumi-gcp that serve models; all others pass through.

The tree (names and types of properties) is the one that the rules have, made from the SDK; what the provider fills in,
refuses and replaces stands in `data/schema.json`, made by `tools/gcp_schema.py`, which says what each key means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from inference_pools.path import around
from inference_pools.values import Json
from poolgate.standin.bridge_schema import ResourceType, Rule
from poolgate.standin.gcp.json_text import invalid, normalised

_LIBRARY: Final = "inference_pools.platforms.vertex"
"""Where the rules have what is known of Vertex AI."""
_ANY_PROJECT: Final = re.compile("projects/[^/]+")
_PROJECT_NUMBER: Final = re.compile(r"projects/\d+")


def look_up(token: str) -> ResourceType | None:
    """The type a token means, also one written short (`gcp:vertex:AiEndpoint`); None for one that passes through."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    return _types().get(f"{package}:{module.partition('/')[0]}:{name}")


@lru_cache(maxsize=1)
def _types() -> Mapping[str, ResourceType]:
    trees, facts = _read(_LIBRARY, "trees.json"), _read(str(__package__), "schema.json")
    found = {}
    for token, said in facts.items():
        package, module, name = token.split(":")
        found[f"{package}:{module.partition('/')[0]}:{name}"] = _type(token, trees[token]["trees"][-1]["tree"], said)
    return found


def _read(package: str, file: str) -> Mapping[str, Any]:
    content = json.loads(resources.files(package).joinpath(f"data/{file}").read_text("utf-8"))
    types: Mapping[str, Any] = content["types"]
    return types


def _type(token: str, tree: Mapping[str, Json], said: Mapping[str, Any]) -> ResourceType:
    conflicting = {tuple(sorted((one, other))) for one, others in said.get("conflicts", {}).items() for other in others}
    checks = {place: {"oneOf": allowed} for place, allowed in said.get("values", {}).items()}
    checks |= {place: {"rule": "json"} for place in said.get("json", ())}
    facts = {
        **said,
        "checks": checks,
        "conflicts": _by_parent((list(pair), list(map(_own, pair))) for pair in sorted(conflicting)),
        "exactlyOneOf": {_parent(names[0]): list(map(_own, names)) for names in said.get("exactlyOneOf", ())},
        "replaces": {*_replacing(said)},
        "secret": {*said.get("secret", ())},
    }
    texts, numbers, names = ({*said.get(key, ())} for key in ("json", "sameNumber", "sameName"))

    def is_same(place: str, old: Json, new: Json) -> bool:
        if not isinstance(old, str) or not isinstance(new, str):
            return False
        if place in texts:
            return normalised(old) == normalised(new)
        if place in numbers:
            same = "projects/equal"
            return _PROJECT_NUMBER.sub(same, old) == _ANY_PROJECT.sub(same, new)
        return place in names and "/" not in new and old.rpartition("/")[2] == new

    return ResourceType(token, tree, facts, rules=_RULES, is_same=is_same, refuses_nameless=True)


def _parent(place: str) -> str:
    return around(place)[0]


def _own(place: str) -> str:
    return around(place)[1]


def _by_parent(pairs: Iterator[tuple[list[str], list[str]]]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for places, names in pairs:
        found.setdefault(_parent(places[0]), []).append(names)
    return found


def _replacing(said: Mapping[str, Any]) -> Iterator[str]:
    """With the items of lists; and the labels that are written, where those of all replace."""
    for place in said.get("replaces", ()):
        yield place
        yield f"{place}[]"
        if place == "effectiveLabels":
            yield "labels"


def _json(where: str, value: Json) -> Iterator[str]:
    reason = invalid(value)
    if reason is not None:
        yield f'"{where}" contains an invalid JSON: {reason}'


_RULES: Final[Mapping[str, Rule]] = {"json": _json}
