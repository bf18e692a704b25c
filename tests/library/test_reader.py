from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_pools.reader import Leaf, UnknownError, UnreadableError, kind_of
from inference_pools.values import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    FLOAT_SIGNATURE,
    OUTPUT_SIGNATURE,
    RESOURCE_REFERENCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_SENTINELS,
    UNKNOWN_STRING,
    Json,
)

SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hush"}
EXPORTED_SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:abc:def"}
OUTPUT = {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "known", "dependencies": []}
UNKNOWN_OUTPUT = {SIGNATURE_KEY: OUTPUT_SIGNATURE}
SECRET_OUTPUT = {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "hush", "secret": True}
ASSET = {SIGNATURE_KEY: ASSET_SIGNATURE, "text": "print()"}

Read = Callable[[Leaf], Any]
READS: dict[str, Read] = {
    "text": Leaf.text,
    "integer": Leaf.integer,
    "boolean": Leaf.boolean,
    "duration": Leaf.duration,
    "items": lambda leaf: list(leaf.items()),
    "members": lambda leaf: list(leaf.members()),
}


def leaf(value: Json) -> Leaf:
    return Leaf({"sku": {"name": value}}, ("sku", "name"))


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        ("text", "a", "a"),
        ("text", "", ""),
        ("text", None, None),
        ("text", OUTPUT, "known"),
        ("integer", 2.0, 2),
        ("integer", 2, 2),
        ("integer", -1.0, -1),
        ("integer", 1e16, 10**16),
        ("integer", None, None),
        ("boolean", True, True),
        ("boolean", False, False),
        ("boolean", None, None),
        ("duration", "PT1M30S", timedelta(seconds=90)),
        ("duration", None, None),
        ("items", None, []),
        ("items", [], []),
        ("members", None, []),
        ("members", {}, []),
    ],
)
def test_reads(read: str, value: Json, expected: Any) -> None:
    assert READS[read](leaf(value)) == expected


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        ("text", 2.0, "is a number (2), expected text"),
        ("text", 2, "is a number (2), expected text"),
        ("text", 2.5, "is a number (2.5), expected text"),
        ("text", 1e21, "is a number (1e+21), expected text"),
        ("text", True, "is a boolean (True), expected text"),
        ("text", {}, "is an object, expected text"),
        ("text", [], "is a list, expected text"),
        ("text", ASSET, "is an asset or a resource reference, expected text"),
        ("integer", "2", "is text ('2'), expected a whole number"),
        ("integer", True, "is a boolean (True), expected a whole number"),
        ("integer", 2.5, "is 2.5, expected a whole number"),
        ("integer", 1234567.5, "is 1234567.5, expected a whole number"),
        ("integer", float("nan"), "is nan, expected a whole number"),
        ("integer", float("inf"), "is inf, expected a whole number"),
        ("integer", {}, "is an object, expected a whole number"),
        ("boolean", "true", "is text ('true'), expected true or false"),
        ("boolean", 1.0, "is a number (1), expected true or false"),
        ("duration", 5.0, "is a number (5), expected text"),
        ("duration", "5s", "'5s' is not in ISO 8601 form; PT5S was probably meant"),
        ("items", {}, "is an object, expected a list"),
        ("items", "a", "is text ('a'), expected a list"),
        ("members", [], "is a list, expected an object"),
        ("members", ASSET, "is an asset or a resource reference, expected an object"),
    ],
)
def test_what_cannot_be_read(read: str, value: Json, message: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        READS[read](leaf(value))

    assert refused.value.message == message
    assert refused.value.keys == ("sku", "name")


UNKNOWN = [*sorted(UNKNOWN_SENTINELS), UNKNOWN_OUTPUT]
SECRETS = [SECRET, EXPORTED_SECRET, SECRET_OUTPUT, {**SECRET_OUTPUT, "value": {"a": 1.0}}]
SECRET_INSIDE = {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": SECRET}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("value", UNKNOWN, ids=str)
def test_unknown(read: str, value: Json) -> None:
    with pytest.raises(UnknownError) as unknown:
        READS[read](leaf(value))

    assert (unknown.value.keys, unknown.value.secret) == (("sku", "name"), False)
    assert unknown.value.message == "not known yet"


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("value", [*SECRETS, SECRET_INSIDE], ids=str)
def test_secret(read: str, value: Json) -> None:
    with pytest.raises(UnknownError) as unknown:
        READS[read](leaf(value))

    assert (unknown.value.keys, unknown.value.secret) == (("sku", "name"), True)
    assert unknown.value.message == "a secret, not read"


@pytest.mark.parametrize("container", [UNKNOWN_STRING, UNKNOWN_OUTPUT, SECRET], ids=str)
def test_what_holds_the_value_is_unknown(container: Json) -> None:
    with pytest.raises(UnknownError) as unknown:
        Leaf({"sku": container}, ("sku", "name")).text()

    assert unknown.value.keys == ("sku",)


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ("a", "is text, expected an object"),
        (1.0, "is a number, expected an object"),
        ([], "is a list, expected an object"),
        (ASSET, "is an asset or a resource reference, expected an object"),
    ],
    ids=str,
)
def test_what_holds_the_value_is_mistyped(container: Json, message: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        Leaf({"sku": container}, ("sku", "name")).text()

    assert (refused.value.keys, refused.value.message) == (("sku",), message)


@pytest.mark.parametrize("properties", [{}, {"sku": None}, {"sku": {}}, {"sku": {"name": None}}], ids=str)
def test_absent(properties: dict[str, Json]) -> None:
    name = Leaf(properties, ("sku", "name"))

    assert name.text() is None
    assert not name.present


def test_an_output_value_is_looked_through() -> None:
    sku = {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": {"name": OUTPUT}}

    assert Leaf({"sku": sku}, ("sku", "name")).text() == "known"


def test_lists() -> None:
    places = list(Leaf({"registries": ["a", None]}, ("registries",)).items())

    assert [place.path for place in places] == ["registries[0]", "registries[1]"]
    assert [place.text() for place in places] == ["a", None]
    assert Leaf({"registries": ["a"]}, ("registries", 5)).text() is None
    with pytest.raises(UnreadableError, match="is an object, expected a list"):
        Leaf({"registries": {}}, ("registries", 0)).text()


def test_objects() -> None:
    members = dict(Leaf({"tags": {"a.b": "x", "c": UNKNOWN_STRING}}, ("tags",)).members())

    assert members["a.b"].path == 'tags["a.b"]'
    assert members["a.b"].text() == "x"
    with pytest.raises(UnknownError):
        members["c"].text()


def test_what_the_platform_does_not_have_is_absent_whatever_is_there() -> None:
    place = Leaf({"sku": "nonsense"}, ("sku", "name"), supported=False)

    assert place.text() is None
    assert not place.present
    assert not place.child("x").supported


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "text"),
        ([], "a list"),
        ({}, "an object"),
        (ASSET, "an asset or a resource reference"),
        ({SIGNATURE_KEY: ARCHIVE_SIGNATURE}, "an asset or a resource reference"),
        ({SIGNATURE_KEY: RESOURCE_REFERENCE_SIGNATURE}, "an asset or a resource reference"),
    ],
    ids=str,
)
def test_kinds_in_words(value: Json, words: str) -> None:
    assert kind_of(value) == words


@pytest.mark.parametrize(("index", "expected"), [(0, "a"), (1, "b"), (2, None), (3, None)])
def test_an_index_beyond_the_list_is_absent(index: int, expected: Json) -> None:
    assert Leaf({"names": ["a", "b"]}, ("names", index)).value() == expected


SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(JSON)
def test_any_json_is_read_or_refused(value: Json) -> None:
    for read in READS.values():
        with contextlib.suppress(UnknownError, UnreadableError):
            read(leaf(value))


@pytest.mark.parametrize(
    ("bits", "shown"),
    [("7ff8000000000001", "nan"), ("7ff0000000000000", "inf"), ("fff0000000000000", "-inf")],
)
def test_a_number_that_json_cannot_write_is_read_as_from_the_wire(bits: str, shown: str) -> None:
    number = leaf({SIGNATURE_KEY: FLOAT_SIGNATURE, "value": bits})
    assert repr(number.value()) == shown
    with pytest.raises(UnreadableError, match=rf"^is {shown}, expected a whole number$"):
        number.integer()
    with pytest.raises(UnreadableError, match=rf"^is a number \({shown}\), expected text$"):
        number.text()


@pytest.mark.parametrize("bits", ["", "7ff", "7ff800000000000g", 1, None])
def test_what_only_looks_like_such_a_number_is_no_number(bits: Json) -> None:
    for read in (Leaf.integer, Leaf.text, Leaf.boolean):
        with pytest.raises(UnreadableError, match=r"^is no finite number \(NaN or an infinity\), expected "):
            read(leaf({SIGNATURE_KEY: FLOAT_SIGNATURE, "value": bits}))
