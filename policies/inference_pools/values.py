"""Pulumi's wire encoding of property values, which is also that of its state files.

A property tree is plain JSON. What JSON cannot say is said in two ways: a value that is not known yet is one of
a few sentinel strings, and secrets, outputs, assets and resource references are objects that carry a signature
under a fixed key. Nothing here unwraps them: a tree is decoded once and read lazily by `reader`.

Source of the constants: pulumi/pulumi `sdk/go/common/resource/{sig,plugin}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf import struct_pb2

Json: TypeAlias = Any
"""A JSON value in the wire encoding: None, bool, float (or int, from a state file), str, list or dict."""

UNKNOWN_BOOL: Final = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
UNKNOWN_NUMBER: Final = "3eeb2bf0-c639-47a8-9e75-3b44932eb421"
UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_ARRAY: Final = "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"
UNKNOWN_ASSET: Final = "030794c1-ac77-496b-92df-f27374a8bd58"
UNKNOWN_ARCHIVE: Final = "e48ece36-62e2-4504-bad9-02848725956a"
UNKNOWN_OBJECT: Final = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"
UNKNOWN_SENTINELS: Final = frozenset(
    {
        UNKNOWN_BOOL,
        UNKNOWN_NUMBER,
        UNKNOWN_STRING,
        UNKNOWN_ARRAY,
        UNKNOWN_ASSET,
        UNKNOWN_ARCHIVE,
        UNKNOWN_OBJECT,
    }
)

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
FLOAT_SIGNATURE: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
"""Of a number that JSON has no notation for, NaN or an infinity; newer engines write it."""
RESOURCE_REFERENCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"


def is_unknown(value: Json) -> bool:
    """Whether the value itself is not known yet (an unknown inside a list or object does not count)."""
    if isinstance(value, str):
        return value in UNKNOWN_SENTINELS
    return isinstance(value, dict) and value.get(SIGNATURE_KEY) == OUTPUT_SIGNATURE and "value" not in value


def is_secret(value: Json) -> bool:
    """Whether the value itself is marked as a secret."""
    if not isinstance(value, dict):
        return False
    signature = value.get(SIGNATURE_KEY)
    return signature == SECRET_SIGNATURE or (signature == OUTPUT_SIGNATURE and value.get("secret") is True)


def from_struct(struct: struct_pb2.Struct) -> dict[str, Json]:
    """The property tree of a protobuf Struct; several times faster than `json_format.MessageToDict`.

    Keys are sorted: a Struct has no order of its own, and verdicts come in the order of the properties.
    """
    fields = struct.fields
    return {key: _from_value(fields[key]) for key in sorted(fields)}


def _from_value(value: struct_pb2.Value) -> Json:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        return value.number_value
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "bool_value":
        return value.bool_value
    return None


def to_struct(tree: Mapping[str, Json]) -> struct_pb2.Struct:
    """The protobuf Struct of a property tree."""
    from google.protobuf import struct_pb2

    struct = struct_pb2.Struct()
    struct.update(tree)
    return struct
