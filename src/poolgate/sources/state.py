"""Deployed state: what a stack was when Pulumi last wrote it down.

Two containers hold the same deployment: `pulumi stack export` writes `{"version", "deployment"}`, a backend in files
or buckets keeps the checkpoint `{"version", "checkpoint": {"stack", "latest"}}`, maybe compressed. Neither is
decrypted: a secret stays the ciphertext it is, so that reading needs no passphrase.

Bytes go through `decompress`, `parse` and `deployment_of`; `pools` gives the pool resources. Of the others, most of
any state, `parse` keeps only what tells them apart: making Python objects of them all would cost five times as much
as the rest of the reading.

Source of the format: pulumi/pulumi `sdk/go/common/apitype/core.go`, `pkg/resource/stack/{checkpoint,deployment}.go`,
v3.255.0.
"""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar
from urllib.parse import unquote

from inference_pools.finding import Outcome, Verdict, printable
from inference_pools.model import Resource
from inference_pools.not_judged import kind_not_judged
from inference_pools.reader import Keys, format_path, kind_of
from inference_pools.shapes import is_pool
from inference_pools.urn import Urn, is_urn
from inference_pools.values import Json
from poolgate.findings import Location, Locator

if TYPE_CHECKING:
    from simdjson import Parser

READABLE_VERSIONS: Final = (3, 4)
"""Of the deployment. Pulumi writes 3, and 4 when the state needs one of the features below."""

KNOWN_FEATURES: Final = frozenset(
    {
        "byteString",
        "extensionParameterization",
        "hooks",
        "refreshBeforeUpdate",
        "replaceWith",
        "snippets-prototype",
        "taint",
        "views",
    }
)
"""What a state of version 4 may ask of its reader. Pulumi refuses a feature that it does not know, and so does this:
whatever it changes, a state read wrongly would look like one that is clean."""

LARGEST_STATE: Final = 512 * 1024 * 1024
"""Bytes, uncompressed. A state of 10,000 resources has about 50 MB; without a limit a few kB of compressed zeros
would fill the memory, and every other stack would go unjudged."""

DEEPEST_PROPERTIES: Final = 100
"""Levels of nesting in a pool's properties. The pool types have 6; rules walk them by recursion."""

_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_STEP: Final = 1024
"""Compressed bytes at a time; a block of 128 KiB takes 4 bytes at least, so that this makes 32 MiB at most."""
_LEFT_BY_BRIDGES: Final = frozenset({"__defaults", "__meta", "__pulumi_raw_state_delta"})
"""What providers that are made from Terraform's keep for themselves among the properties."""
_SETTLES_NOTHING: Final = frozenset({"deleting", "reading"})
"""Operations that leave a pool as the state has it, if it is there. Of all others it may be as they would make it."""
_PROVIDER_TYPE: Final = "pulumi:providers:"
_WAY_TO_RESOURCES: Final = frozenset({"deployment", "checkpoint", "latest"})
_NAMED_ALONE: Final = ("urn", "type")
_KEPT_OF_OTHERS: Final = (*_NAMED_ALONE, "delete", "external")
_KEPT_OF_POOLS: Final = frozenset(
    (*_KEPT_OF_OTHERS, "id", "inputs", "propertyDependencies", "protect", "provider", "sourcePosition")
)
_SOURCE_POSITION: Final = re.compile(
    r"project:///(?P<file>[^#]+)#(?P<line>[1-9]\d{0,8})(?:,(?P<column>[1-9]\d{0,8}))?", re.ASCII
)
_HEAD: Final = 64 * 1024
"""Bytes of a text that are looked at to tell a damaged state from something else."""
_KEYS_OF_STATES: Final = frozenset({"version", "features", "deployment", "checkpoint", "stack", "latest"})
_MARKS_OF_DEPLOYMENTS: Final = ("manifest", "resources", "secrets_providers", "pending_operations", "metadata")
_DEPLOYMENT: Final = re.compile(
    rb'"(?:deployment|latest)"\s*:\s*\{\s*"(?:' + "|".join(_MARKS_OF_DEPLOYMENTS).encode() + rb')"\s*:'
)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.?)*+"?|[{}\[\]:,]', re.DOTALL)
_BEGIN_OTHERS: Final = frozenset('["/#')
_FIRST_KEY: Final = re.compile(r"""(?P<plain>[A-Za-z_$][\w$-]*)|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]""")

T = TypeVar("T")


class StateError(Exception):
    """A state that cannot be read, or not with certainty.

    `file` is its name for people, `keys` the place in its JSON, `line` and `column` (from 1) the place in its text
    where that is known.
    """

    def __init__(
        self, file: str, message: str, keys: Keys = (), *, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(file, message, keys)
        self.file = file
        self.message = message
        self.keys = keys
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return ": ".join(part for part in (place, format_path(self.keys), self.message) if part)


class NotAStateError(StateError):
    """Something else altogether: other JSON, or what by its beginning is no state that was damaged."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What an update had begun and not finished when the state was written: it runs still, or was broken off.

    `kind` is creating, updating, deleting, reading or importing; `resource` is as it would be afterwards, at `keys` in
    the file's JSON.
    """

    kind: str
    resource: Mapping[str, Json]
    keys: Keys


@dataclass(frozen=True, slots=True)
class Deployment:
    """One stack's state. `resources` are as `parse` gives them, at `keys` in the file's JSON.

    `stack` and `project` are empty where the state does not tell: in an export of a stack without resources.
    """

    file: str
    stack: str
    project: str
    version: int
    keys: Keys
    resources: Sequence[Mapping[str, Json]]
    pending: Sequence[Operation] = ()
    time: str = ""
    """When Pulumi wrote it, as its manifest has it."""

    @property
    def live_resources(self) -> int:
        """How many resources there are, those left out that only wait for their deletion."""
        return len(self.resources) - sum(map(_waits_for_deletion, self.resources))


@dataclass(frozen=True, slots=True)
class StateResource(Locator):
    """A resource of a state, and what the state knows of where it came from.

    What it says for a report is on one line and printable, whatever the state holds.
    `source_position` is as Pulumi writes it (`project:///__main__.py#12,3`), `property_dependencies` are URNs by
    top-level input. `pending` is the kind of the operation that would make it what is said here, and may have; "" for
    what the state has as it is.
    """

    resource: Resource
    source_position: str = ""
    property_dependencies: Mapping[str, Json] = field(default_factory=dict)
    pending: str = ""

    def location(self, path: str) -> Location | None:
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
        urns = self.property_dependencies.get(_first_key(verdict.path))
        return tuple(printable(urn) for urn in urns if isinstance(urn, str)) if isinstance(urns, list) else ()


def read(data: bytes, file: str) -> Deployment:
    """The deployment in a file's bytes. `file` is its name for messages. Raises StateError."""
    return deployment_of(parse(decompress(data, file), file), file)


def decompress(data: bytes, file: str) -> bytes:
    """The bytes as they were before gzip or zstd, told by their first bytes as Pulumi does, whatever the file's name.

    Raises StateError for broken and truncated data, and for more than LARGEST_STATE.
    """
    for magic, unpack in _UNPACKERS.items():
        if data.startswith(magic):
            try:
                data = unpack(data)
            except (OSError, EOFError, zlib.error) as error:
                raise StateError(file, f"cannot be decompressed: {error}") from None
            break
    refuse_large(data, file)
    return data


def is_compressed(data: bytes) -> bool:
    """Whether the bytes are not yet the text of a state."""
    return data.startswith(tuple(_UNPACKERS))


def refuse_large(data: bytes, file: str) -> None:
    """Raises StateError for more than LARGEST_STATE."""
    if len(data) > LARGEST_STATE:
        raise StateError(file, f"is larger than {LARGEST_STATE // 1024**2} MiB, the most that is read of one state")


def _unpack_gzip(data: bytes) -> bytes:
    import gzip

    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        return stream.read(LARGEST_STATE + 1)


def _unpack_zstd(data: bytes) -> bytes:
    import zstandard

    # In small steps, because a step's result has no limit; not as a stream, which takes a cut one for a whole one.
    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    unpacked = io.BytesIO()
    try:
        for start in range(0, len(data), _ZSTD_STEP):
            rest = data[start : start + _ZSTD_STEP]
            while rest:
                frame = decompressor.decompressobj() if frame.eof else frame
                unpacked.write(frame.decompress(rest))
                rest = frame.unused_data
            if unpacked.tell() > LARGEST_STATE:
                return unpacked.getvalue()
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from None
    if not frame.eof:
        raise EOFError("Compressed file ended before the end-of-stream marker was reached")
    return unpacked.getvalue()


_UNPACKERS: Final[Mapping[bytes, Callable[[bytes], bytes]]] = {
    _GZIP_MAGIC: _unpack_gzip,
    _ZSTD_MAGIC: _unpack_zstd,
}


def parse(data: bytes, file: str) -> Json:
    """The JSON value of a text in UTF-8, or in UTF-16 as some shells write it. Raises StateError.

    Resources that are neither pools nor providers have their `_KEPT_OF_OTHERS` alone, and pools that have inputs and
    were not only read their `_KEPT_OF_POOLS`: no outputs.
    """
    if not data or data.isspace():
        raise StateError(file, "is empty")
    try:
        return _parse_fast(data)
    except (ImportError, ValueError, KeyError, RuntimeError):
        # Whatever is unusual, be it an error, UTF-16 or a number beyond 64 bits, is left to the reader of Python: it
        # takes a little more than simdjson does, and knows the line and column of what it does not take. And there
        # is no simdjson for every Python yet.
        _parser.cache_clear()
        return _parse_thoroughly(data, file)


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
    if is_pool(type_):
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


def _parse_thoroughly(data: bytes, file: str) -> Json:
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        what = "several JSON values, one after the other" if error.msg == "Extra data" else f"no JSON: {error.msg}"
        raise _damaged(data)(file, f"is {what}", line=error.lineno, column=error.colno) from None
    except UnicodeDecodeError as error:
        raise _damaged(data)(file, f"is no text: byte {error.start + 1} is not {error.encoding}") from None
    except ValueError as error:
        # Of a number of more digits than Python converts.
        raise _damaged(data)(file, f"is no JSON: {' '.join(str(error).split(';')[0].split())}") from None
    except RecursionError:
        raise _damaged(data)(file, "is nested too deeply to be a state") from None


def _damaged(data: bytes) -> type[StateError]:
    """What a text is that cannot be read: a state that was damaged or cut off, or no state at all.

    No state is what has another member before all those of a state (a line of an event log, a configuration with
    comments), or begins as a list or a comment does, and has no deployment anywhere. Whatever else there is may have
    been meant for one, such as the message of an export that failed.
    """
    if _DEPLOYMENT.search(data):
        return StateError
    head = data[:_HEAD].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if head[:1] != "{":
        return NotAStateError if head[:1] in _BEGIN_OTHERS else StateError
    return StateError if _KEYS_OF_STATES.issuperset(_first_keys(head)) else NotAStateError


def _first_keys(head: str) -> Iterator[str]:
    """The names of the members of the object that a text begins with, as far as it can be read."""
    depth, text = 0, None
    for token in _TOKEN.finditer(head):
        mark = token[0]
        if mark == ":" and depth == 1 and text is not None:
            yield text
        text = mark[1:-1] if mark[0] == '"' else None
        depth += (mark in ("{", "[")) - (mark in ("}", "]"))
        if depth == 0:
            return


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is no value in JSON")


def deployment_of(document: Json, file: str) -> Deployment:
    """The deployment in a parsed export or checkpoint.

    Raises NotAStateError where the document is neither, StateError for versions and features that are not known,
    and for wrong types down to each resource's URN and type.
    """
    if not isinstance(document, dict):
        raise NotAStateError(file, f"is no state of Pulumi: the JSON is {kind_of(document)}, expected an object")
    container = next((key for key in ("deployment", "checkpoint") if key in document), None)
    if container is None:
        if "latest" in document and "stack" in document:
            raise StateError(file, "is a checkpoint from before Pulumi gave them versions; update the stack once")
        raise NotAStateError(file, "is no state of Pulumi: it has neither a deployment nor a checkpoint")
    if _is_of_others(document, container):
        raise NotAStateError(file, f"is no state of Pulumi: its {container} is something else")
    version = _version(document, _Place(file))
    content = _Place(file).member(document, container, dict, "an object")
    place = _Place(file, (container,))
    stack = project = ""
    if container == "checkpoint":
        stack, project = _names_in_checkpoint(place.optional(content, "stack", str, "text", ""))
        content = place.optional(content, "latest", dict, "an object", {})
        place = _Place(file, ("checkpoint", "latest"))
    resources = place.optional(content, "resources", list, "a list", [])
    keys = (*place.keys, "resources")
    if not all(map(_is_named, resources)):
        index = next(index for index, resource in enumerate(resources) if not _is_named(resource))
        _refuse_entry(resources[index], _Place(file, (*keys, index)))
    if resources:
        stack, project = _names_in_urn(resources[0]["urn"], (stack, project))
    pending = list(_pending(content, place))
    if not resources and pending:
        stack, project = _names_in_urn(pending[0].resource["urn"], (stack, project))
    manifest = content.get("manifest")
    time = manifest.get("time") if isinstance(manifest, dict) else None
    return Deployment(
        file, stack, project, version, keys, resources, pending, time=time if isinstance(time, str) else ""
    )


def _pending(content: Mapping[str, Json], place: _Place) -> Iterator[Operation]:
    operations = place.optional(content, "pending_operations", list, "a list", [])
    for index, operation in enumerate(operations):
        here = _Place(place.file, (*place.keys, "pending_operations", index))
        if not isinstance(operation, dict):
            raise StateError(place.file, f"is {kind_of(operation)}, expected an object", here.keys)
        kind = here.member(operation, "type", str, "text")
        resource = here.member(operation, "resource", dict, "an object")
        if not _is_named(resource):
            _refuse_entry(resource, _Place(place.file, (*here.keys, "resource")))
        yield Operation(kind, resource, (*here.keys, "resource"))


def _is_of_others(document: Mapping[str, Json], container: str) -> bool:
    """Whether `deployment` or `checkpoint` is a word that some other program has in its JSON, too.

    It is where the content has members, but none of those that Pulumi writes; and where there is no content of any
    use, unless a number of a version says that there should be.
    """
    content = document[container]
    if isinstance(content, dict) and content:
        return not any(key in content for key in (*_MARKS_OF_DEPLOYMENTS, *_KEYS_OF_STATES))
    version = document.get("version")
    return not isinstance(version, int) or isinstance(version, bool)


def _is_named(entry: Json) -> bool:
    """Whether it is a resource's entry as far as all of them are alike."""
    if type(entry) is not dict:
        return False
    urn, type_ = entry.get("urn"), entry.get("type")
    return type(urn) is str is type(type_) and urn != "" != type_


def _refuse_entry(entry: Json, place: _Place) -> NoReturn:
    if not isinstance(entry, dict):
        raise StateError(place.file, f"is {kind_of(entry)}, expected an object", place.keys)
    urn = entry.get("urn")
    raise place.wrong(entry, "type" if urn and isinstance(urn, str) else "urn", "text")


def _version(document: Mapping[str, Json], place: _Place) -> int:
    version = document.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise place.wrong(document, "version", "a whole number")
    if version < READABLE_VERSIONS[0]:
        advice = "update the stack once with a Pulumi of today, which rewrites it"
        raise place.error("version", f"is {version}, older than what is read (3 and 4); {advice}")
    if version > READABLE_VERSIONS[-1]:
        raise place.error("version", f"is {version}, newer than what is read (3 and 4); a newer poolgate may read it")
    if version >= 4:
        features = place.optional(document, "features", list, "a list", [])
        unknown = sorted({str(feature) for feature in features} - KNOWN_FEATURES)
        if unknown:
            raise place.error("features", f"asks for {', '.join(unknown)}, which this poolgate does not know")
    return version


def _names_in_checkpoint(name: str) -> tuple[str, str]:
    """Stack and project from `organization/project/stack`, or `stack` alone as the old layout has it."""
    parts = name.split("/")
    return parts[-1], parts[-2] if len(parts) > 1 else ""


def _names_in_urn(urn: str, otherwise: tuple[str, str]) -> tuple[str, str]:
    parts = Urn.parse(urn)
    return (parts.stack, parts.project) if is_urn(urn) else otherwise


def pools(deployment: Deployment) -> Iterator[StateResource]:
    """The pool resources, in the order of the state; after them those of pending operations, as they may be.

    Left out are those that only wait for their deletion. A resource that was only read has no inputs and gives its
    outputs, as does one of which the state has no inputs. Raises StateError for wrong types anywhere in a pool's
    entry, and for properties nested deeper than DEEPEST_PROPERTIES.
    """
    versions: dict[str, str] | None = None
    for index, entry in enumerate(deployment.resources):
        if not is_pool(entry["type"]) or _waits_for_deletion(entry):
            continue
        if versions is None:
            versions = _provider_versions(deployment.resources)
        yield _pool(entry, _Place(deployment.file, (*deployment.keys, index)), versions)
    for operation in deployment.pending:
        entry = operation.resource
        if operation.kind in _SETTLES_NOTHING or not is_pool(entry["type"]) or _waits_for_deletion(entry):
            continue
        versions = _provider_versions(deployment.resources)
        yield replace(_pool(entry, _Place(deployment.file, operation.keys), versions), pending=operation.kind)


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
        if kind and not _waits_for_deletion(entry) and entry.get("external") is not True:
            yield entry["urn"], kind


def _waits_for_deletion(entry: Mapping[str, Json]) -> bool:
    return entry.get("delete") is True


def _pool(entry: Mapping[str, Json], place: _Place, versions: Mapping[str, str]) -> StateResource:
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
    return StateResource(
        resource=Resource(
            urn=urn,
            type=entry["type"],
            name=Urn.parse(urn).name,
            properties=tree,
            id=entry.get("id"),
            outputs=is_external or has_outputs,
            provider_version=versions.get(entry.get("provider") or ""),
            protect=entry.get("protect") is True,
        ),
        source_position=entry.get("sourcePosition") or "",
        property_dependencies=entry.get("propertyDependencies") or {},
    )


_TYPES_OF_MEMBERS: Final = {
    "delete": bool,
    "external": bool,
    "id": str,
    "propertyDependencies": dict,
    "protect": bool,
    "provider": str,
    "sourcePosition": str,
}
_IN_WORDS: Final = {bool: "true or false", dict: "an object", str: "text"}


def _properties(entry: Mapping[str, Json], key: str, place: _Place) -> dict[str, Json]:
    tree: dict[str, Json] = place.optional(entry, key, dict, "an object", {})
    if _is_deeper(tree, DEEPEST_PROPERTIES):
        raise place.error(key, f"is nested deeper than {DEEPEST_PROPERTIES} levels, which no pool is")
    return tree


def _without_bridges(value: Json) -> Json:
    if type(value) is dict:
        return {key: _without_bridges(member) for key, member in value.items() if key not in _LEFT_BY_BRIDGES}
    return [_without_bridges(item) for item in value] if type(value) is list else value


def _provider_versions(resources: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    """The version of each provider, by the reference that its resources carry: `URN::id`.

    Pulumi writes it into the provider's inputs, unless the program leaves the choice to what is installed.
    """
    versions: dict[str, str] = {}
    for entry in resources:
        if entry["type"].startswith(_PROVIDER_TYPE):
            inputs = entry.get("inputs")
            version = inputs.get("version") if isinstance(inputs, dict) else None
            if isinstance(version, str):
                versions[f"{entry['urn']}::{entry.get('id')}"] = version
    return versions


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


def _first_key(path: str) -> str:
    """The top-level property of a property path."""
    match = _FIRST_KEY.match(path)
    if not match:
        return ""
    return match["plain"] if match["plain"] is not None else str(json.loads(match["quoted"]))


@dataclass(frozen=True, slots=True)
class _Place:
    """An object in a state: reads members of known type, and says where one is wrong."""

    file: str
    keys: Keys = ()

    def member(self, parent: Mapping[str, Json], key: str, type_: type[T], expected: str) -> T:
        value = parent.get(key)
        if not isinstance(value, type_):
            raise self.wrong(parent, key, expected)
        return value

    def optional(self, parent: Mapping[str, Json], key: str, type_: type[T], expected: str, absent: Json) -> Json:
        """The member, or `absent` where it is missing or null."""
        value = parent.get(key)
        if value is None:
            return absent
        if isinstance(value, type_):
            return value
        raise self.wrong(parent, key, expected)

    def wrong(self, parent: Mapping[str, Json], key: str, expected: str) -> StateError:
        if key not in parent:
            return self.error(key, f"is missing, expected {expected}")
        value = parent[key]
        is_what = "is empty" if value == "" else f"is {kind_of(value)}"
        return self.error(key, f"{is_what}, expected {expected}")

    def error(self, key: str, message: str) -> StateError:
        return StateError(self.file, message, (*self.keys, key))
