"""A stack's state as Pulumi writes it down, in the forms there are of it: for all that reads states, the gate as well.

Two containers hold the same deployment: `pulumi stack export` writes `{"version", "deployment"}`, a backend in files
or buckets keeps the checkpoint `{"version", "checkpoint": {"stack", "latest"}}`, maybe compressed. Neither is
decrypted: a secret stays the ciphertext it is, so that reading needs no passphrase.

Source of the format: pulumi/pulumi `sdk/go/common/apitype/core.go`, `pkg/resource/stack/{checkpoint,deployment}.go`,
v3.255.0.
"""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

from inference_pools.path import Keys, format_path
from inference_pools.reader import kind_of
from inference_pools.urn import Urn, is_urn
from inference_pools.values import Json

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

_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_STEP: Final = 1024
"""Compressed bytes at a time; a block of 128 KiB takes 4 bytes at least, so that this makes 32 MiB at most."""
_HEAD: Final = 64 * 1024
"""Bytes of a text that are looked at to tell a damaged state from something else."""
_KEYS_OF_STATES: Final = frozenset({"version", "features", "deployment", "checkpoint", "stack", "latest"})
_MARKS_OF_DEPLOYMENTS: Final = ("manifest", "resources", "secrets_providers", "pending_operations", "metadata")
_DEPLOYMENT: Final = re.compile(
    rb'"(?:deployment|latest)"\s*:\s*\{\s*"(?:' + "|".join(_MARKS_OF_DEPLOYMENTS).encode() + rb')"\s*:'
)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.?)*+"?|[{}\[\]:,]', re.DOTALL)
_BEGIN_OTHERS: Final = frozenset('["/#')
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
        return len(self.resources) - sum(map(waits_for_deletion, self.resources))


def read(data: bytes, file: str) -> Deployment:
    """The deployment in a file's bytes. `file` is its name for messages. Raises StateError."""
    return deployment_of(parse(decompress(data, file), file), file)


def decompress(data: bytes, file: str) -> bytes:
    """The bytes as they were before gzip or zstd, told by their first bytes as Pulumi does, whatever the file's name.

    Raises StateError for broken and truncated data, for more than LARGEST_STATE, and for zstd where the Python that
    reads has no zstandard.
    """
    for magic, unpack in _UNPACKERS.items():
        if data.startswith(magic):
            try:
                data = unpack(data)
            except ImportError:
                raise StateError(file, "is compressed with zstd, which needs the Python package zstandard") from None
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
    """The JSON value of a text in UTF-8, or in UTF-16 as some shells write it. Raises StateError."""
    if not data or data.isspace():
        raise StateError(file, "is empty")
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
    version = _version(document, StateObject(file))
    content = StateObject(file).member(document, container, dict, "an object")
    place = StateObject(file, (container,))
    stack = project = ""
    if container == "checkpoint":
        stack, project = _names_in_checkpoint(place.optional(content, "stack", str, "text", ""))
        content = place.optional(content, "latest", dict, "an object", {})
        place = StateObject(file, ("checkpoint", "latest"))
    resources = place.optional(content, "resources", list, "a list", [])
    keys = (*place.keys, "resources")
    if not all(map(_is_named, resources)):
        index = next(index for index, resource in enumerate(resources) if not _is_named(resource))
        _refuse_entry(resources[index], StateObject(file, (*keys, index)))
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


def _pending(content: Mapping[str, Json], place: StateObject) -> Iterator[Operation]:
    operations = place.optional(content, "pending_operations", list, "a list", [])
    for index, operation in enumerate(operations):
        here = StateObject(place.file, (*place.keys, "pending_operations", index))
        if not isinstance(operation, dict):
            raise StateError(place.file, f"is {kind_of(operation)}, expected an object", here.keys)
        kind = here.member(operation, "type", str, "text")
        resource = here.member(operation, "resource", dict, "an object")
        if not _is_named(resource):
            _refuse_entry(resource, StateObject(place.file, (*here.keys, "resource")))
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


def _refuse_entry(entry: Json, place: StateObject) -> NoReturn:
    if not isinstance(entry, dict):
        raise StateError(place.file, f"is {kind_of(entry)}, expected an object", place.keys)
    urn = entry.get("urn")
    raise place.wrong(entry, "type" if urn and isinstance(urn, str) else "urn", "text")


def _version(document: Mapping[str, Json], place: StateObject) -> int:
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


def waits_for_deletion(entry: Mapping[str, Json]) -> bool:
    """Whether a resource has been replaced, by one that may have its URN, or is to go."""
    return entry.get("delete") is True


@dataclass(frozen=True, slots=True)
class StateObject:
    """An object in a state: reads members of known type, and says where one is wrong."""

    file: str
    keys: Keys = ()

    def member(self, parent: Mapping[str, Json], key: str, type_: type[T], expected: str) -> T:
        """The member, which has to be there. Raises StateError, saying what was expected."""
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
        """What to raise for a member that is missing, or of another type."""
        if key not in parent:
            return self.error(key, f"is missing, expected {expected}")
        value = parent[key]
        is_what = "is empty" if value == "" else f"is {kind_of(value)}"
        return self.error(key, f"{is_what}, expected {expected}")

    def error(self, key: str, message: str) -> StateError:
        """What to raise for a member."""
        return StateError(self.file, message, (*self.keys, key))
