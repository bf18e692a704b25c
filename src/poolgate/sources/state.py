"""Deployed state: what a stack was when Pulumi last wrote it down, as quickly as many states ask for.

The forms are `inference_pools.state_file`'s. Bytes go through `decompress`, `parse` and `deployment_of`; `pools` gives
the pool resources. Of the others, most of any state, `parse` keeps only what tells them apart: making Python objects of
them all would cost five times as much as the rest of the reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from inference_pools import state_file
from inference_pools.finding import Outcome, Verdict, printable
from inference_pools.not_judged import kind_not_judged
from inference_pools.path import Keys, top_property
from inference_pools.resource import Resource
from inference_pools.state_file import Deployment, StateObject, decompress, deployment_of, waits_for_deletion
from inference_pools.urn import Urn, is_urn
from inference_pools.values import Json
from inference_pools.view import asks_provider, is_kept
from poolgate.findings import Location, Locator

if TYPE_CHECKING:
    from simdjson import Parser

DEEPEST_PROPERTIES: Final = 100
"""Levels of nesting in a pool's properties. The pool types have 6; rules walk them by recursion."""

_LEFT_BY_BRIDGES: Final = frozenset({"__defaults", "__meta", "__pulumi_raw_state_delta"})
"""What providers that are made from Terraform's keep for themselves among the properties."""
_SETTLES_NOTHING: Final = frozenset({"deleting", "reading"})
"""Operations that leave a pool as the state has it, if it is there. Of all others it may be as they would make it."""
_PROVIDER_TYPE: Final = "pulumi:providers:"
_WAY_TO_RESOURCES: Final = frozenset({"deployment", "checkpoint", "latest"})
_NAMED_ALONE: Final = ("urn", "type")
_KEPT_OF_OTHERS: Final = (*_NAMED_ALONE, "delete", "external")
_KEPT_OF_POOLS: Final = frozenset(
    (
        *_KEPT_OF_OTHERS,
        *("id", "inputs", "dependencies", "propertyDependencies", "ignoreChanges", "protect", "provider"),
        "sourcePosition",
    )
)
_SOURCE_POSITION: Final = re.compile(
    r"project:///(?P<file>[^#]+)#(?P<line>[1-9]\d{0,8})(?:,(?P<column>[1-9]\d{0,8}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class StateResource(Locator):
    """A resource of a state, and what the state knows of where it came from.

    What it says for a report is on one line and printable, whatever the state holds.
    `source_position` is as Pulumi writes it (`project:///__main__.py#12,3`). `pending` is the kind of the operation
    that would make it what is said here, and may have; "" for what the state has as it is.
    """

    resource: Resource
    source_position: str = ""
    pending: str = ""

    def location(self, keys: Keys) -> Location | None:
        """The line of the program that made the resource; the file is relative to the program's project."""
        match = _SOURCE_POSITION.fullmatch(self.source_position)
        if not match:
            return None
        column = int(match["column"]) if match["column"] else None
        return Location(printable(unquote(match["file"])), int(match["line"]), column)

    def from_resources(self, verdict: Verdict) -> tuple[str, ...]:
        """The resources that the input depends on which could not be seen."""
        if verdict.outcome is not Outcome.UNKNOWN:
            return ()
        return tuple(map(printable, self.resource.made_from(top_property(verdict.keys))))


def read(data: bytes, file: str) -> Deployment:
    """The deployment in a file's bytes. `file` is its name for messages. Raises StateError."""
    return deployment_of(parse(decompress(data, file), file), file)


def parse(data: bytes, file: str) -> Json:
    """The JSON value of a text in UTF-8, or in UTF-16 as some shells write it. Raises StateError.

    Resources that are neither pools nor providers have their `_KEPT_OF_OTHERS` alone, and pools that have inputs and
    were not only read their `_KEPT_OF_POOLS`: no outputs.
    """
    try:
        return _parse_fast(data)
    except (ImportError, ValueError, KeyError, RuntimeError):
        # Whatever is unusual, be it an error, UTF-16 or a number beyond 64 bits, is left to the reader of Python: it
        # takes a little more than simdjson does, and knows the line and column of what it does not take. And there
        # is no simdjson for every Python yet.
        _parser.cache_clear()
        return state_file.parse(data, file)


def _parse_fast(data: bytes) -> Json:
    """The value as simdjson reads it, Python objects made only of what is needed.

    Raises ValueError, KeyError or RuntimeError for all that simdjson does not take, or not as Python does.
    """
    from simdjson import Array, Object

    wanted: dict[tuple[str | None, tuple[str, ...]], tuple[str, ...] | None] = {}

    def plain(value: Json) -> Json:
        kind = type(value)
        if kind is Object:
            return value.as_dict()
        return value.as_list() if kind is Array else value

    def container(value: Object) -> dict[str, Json]:
        names = tuple(value)
        _refuse_odd(names)
        return {name: within(name, value[name]) for name in names}

    def within(name: str, value: Json) -> Json:
        if name in _WAY_TO_RESOURCES and isinstance(value, Object):
            return container(value)
        if name == "resources" and isinstance(value, Array):
            return [resource(entry) if type(entry) is Object else plain(entry) for entry in value]
        return plain(value)

    def resource(entry: Object) -> Json:
        type_ = entry["type"]
        key = (type_ if type(type_) is str else None, tuple(entry))
        # Resources of a type nearly all have the same names, so that what is kept is thought about once.
        if key not in wanted:
            wanted[key] = _wanted(*key)
        kept = wanted[key]
        if kept is _NAMED_ALONE:  # Most of any state.
            urn = entry["urn"]
            return {"urn": urn if type(urn) is str else plain(urn), "type": type_}
        if kept is None:
            return entry.as_dict()
        found = {name: plain(entry[name]) for name in kept}
        return found if found.get("inputs", True) else entry.as_dict()

    document = _parser().parse(data)
    return container(document) if isinstance(document, Object) else plain(document)


@cache
def _parser() -> Parser:
    """The parser for one text after the other, for its memory: to be given that anew takes as long as the parsing.

    It takes no text while anything that it made of another is still there, as after an error may be.
    """
    from simdjson import Parser

    return Parser()


def _wanted(type_: str | None, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The names of an entry's members that are worth an object in Python; None where all are.

    Raises ValueError where simdjson would find another member by a name than Python does.
    """
    _refuse_odd(names)
    if type_ is None or type_.startswith(_PROVIDER_TYPE):
        return None
    if is_kept(type_):
        # What was only read has outputs alone, and so have states in which Pulumi wrote no inputs.
        if "external" in names or "inputs" not in names:
            return None
        return tuple(name for name in names if name in _KEPT_OF_POOLS)
    kept = tuple(name for name in _KEPT_OF_OTHERS if name in names)
    return _NAMED_ALONE if kept == _NAMED_ALONE else kept


def _refuse_odd(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice: Pulumi and Python take the last such member, simdjson the first")
    if "\0" in "".join(names):
        raise ValueError("a name has a NUL: by such a name simdjson looks for what stands before the NUL")


def pools(deployment: Deployment) -> Iterator[StateResource]:
    """The resources that are judged, or led to by those, in the order of the state; after them those of pending
    operations, as they may be.

    Left out are those that only wait for their deletion. A resource that was only read has no inputs and gives its
    outputs, as does one of which the state has no inputs. Raises StateError for wrong types anywhere in a pool's
    entry, and for properties nested deeper than DEEPEST_PROPERTIES.
    """
    providers: dict[str, Mapping[str, Json]] | None = None
    for index, entry in enumerate(deployment.resources):
        if not is_kept(entry["type"]) or waits_for_deletion(entry):
            continue
        if providers is None:
            providers = _providers(deployment.resources)
        yield _pool(entry, StateObject(deployment.file, (*deployment.keys, index)), providers)
    for operation in deployment.pending:
        entry = operation.resource
        if operation.kind in _SETTLES_NOTHING or not is_kept(entry["type"]) or waits_for_deletion(entry):
            continue
        providers = _providers(deployment.resources)
        yield replace(_pool(entry, StateObject(deployment.file, operation.keys), providers), pending=operation.kind)


def not_judged(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """URN and kind of each resource that serves models and that no rule judges, in the order of the state.

    Left out are those that wait for their deletion, and those that were only read. After them come those that a
    pending operation makes. A state has few types: resources are looked at one by one only where one of them serves.
    """
    entries = deployment.resources
    begun = [operation.resource for operation in deployment.pending if operation.kind not in _SETTLES_NOTHING]
    types = {entry["type"] for entry in entries} | {entry["type"] for entry in begun}
    if not any(map(kind_not_judged, types)):
        return
    for entry in (*entries, *begun):
        kind = kind_not_judged(entry["type"])
        if kind and not waits_for_deletion(entry) and entry.get("external") is not True:
            yield entry["urn"], kind


def _pool(entry: Mapping[str, Json], place: StateObject, providers: Mapping[str, Mapping[str, Json]]) -> StateResource:
    urn: str = entry["urn"]
    if not is_urn(urn):
        raise place.error("urn", f"is no URN: {urn!r}")
    for key, type_ in _TYPES_OF_MEMBERS.items():
        value = entry.get(key)
        if type(value) is not type_ and value is not None:
            raise place.wrong(entry, key, _IN_WORDS[type_])
    is_external = entry.get("external") is True
    tree = {} if is_external else _properties(entry, "inputs", place)
    has_outputs = not tree and bool(outputs := _properties(entry, "outputs", place))
    if has_outputs:
        tree = _without_bridges(outputs)
    provider = providers.get(entry.get("provider") or "")
    version = provider.get("version") if provider is not None else None
    return StateResource(
        resource=Resource(
            urn=urn,
            type=entry["type"],
            name=Urn.parse(urn).name,
            properties=tree,
            id=entry.get("id"),
            outputs=is_external or has_outputs,
            provider_version=version if isinstance(version, str) else None,
            protect=entry.get("protect") is True,
            depends=entry.get("propertyDependencies") or {},
            dependencies=tuple(entry.get("dependencies") or ()),
            ignore_changes=tuple(entry.get("ignoreChanges") or ()),
            provider=provider if asks_provider(entry["type"]) else None,
        ),
        source_position=entry.get("sourcePosition") or "",
    )


_TYPES_OF_MEMBERS: Final = {
    "delete": bool,
    "dependencies": list,
    "external": bool,
    "id": str,
    "ignoreChanges": list,
    "propertyDependencies": dict,
    "protect": bool,
    "provider": str,
    "sourcePosition": str,
}
_IN_WORDS: Final = {bool: "true or false", dict: "an object", list: "a list", str: "text"}


def _properties(entry: Mapping[str, Json], key: str, place: StateObject) -> dict[str, Json]:
    tree: dict[str, Json] = place.optional(entry, key, dict, "an object", {})
    if _is_deeper(tree, DEEPEST_PROPERTIES):
        raise place.error(key, f"is nested deeper than {DEEPEST_PROPERTIES} levels, which no pool is")
    return tree


def _without_bridges(value: Json) -> Json:
    if type(value) is dict:
        return {key: _without_bridges(member) for key, member in value.items() if key not in _LEFT_BY_BRIDGES}
    return [_without_bridges(item) for item in value] if type(value) is list else value


def _providers(resources: Sequence[Mapping[str, Json]]) -> dict[str, Mapping[str, Json]]:
    """The inputs of each provider, by the reference that its resources carry: `URN::id`.

    Pulumi writes its version there, too, unless the program leaves the choice to what is installed. Of one that has
    lost its inputs the outputs say the same; of one without either nothing is known, and not that it has no settings.
    """
    providers: dict[str, Mapping[str, Json]] = {}
    for entry in resources:
        if entry["type"].startswith(_PROVIDER_TYPE):
            inputs = entry.get("inputs", entry.get("outputs"))
            if isinstance(inputs, dict):
                providers[f"{entry['urn']}::{entry.get('id')}"] = inputs
    return providers


def _is_deeper(tree: Json, limit: int) -> bool:
    level: list[Json] = [tree]
    for _ in range(limit):
        level = [
            value
            for holder in level
            for value in (holder.values() if type(holder) is dict else holder)
            if type(value) is dict or type(value) is list
        ]
        if not level:
            return False
    return True
