from __future__ import annotations

import gzip
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from audit.state_builder import (
    GROUP,
    POOL,
    STORAGE,
    checkpoint,
    ciphertext,
    export,
    pool,
    pool_inputs,
    provider,
    provider_reference,
    resource,
    slow_pool_inputs,
    stack_root,
    text,
    urn,
)
from inference_pools import state_file
from inference_pools.finding import Enforcement, Outcome, Severity, Verdict
from inference_pools.path import parse_path
from inference_pools.state_file import Deployment, NotAStateError, StateError
from inference_pools.values import SIGNATURE_KEY
from inference_pools.view import may_be_judged
from poolgate.findings import Location
from poolgate.sources import state
from poolgate.sources.state import StateResource, pools, read

NAN = float("nan")
STATES = Path(__file__).parent.parent / "audit" / "states"
with_simdjson = pytest.mark.skipif(sys.version_info >= (3, 14), reason="pysimdjson 7 is not for this Python")


def pools_in(document: Any) -> list[StateResource]:
    return list(pools(read(text(document), "stack.json")))


def error_of(document: Any) -> StateError:
    with pytest.raises(StateError) as caught:
        pools_in(document)
    return caught.value


def summary(deployment: Deployment) -> tuple[object, ...]:
    return deployment.stack, deployment.project, deployment.resources, list(pools(deployment))


def nested(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for _ in range(levels - 1):
        tree = {"n": tree}
    return tree


# --- containers and compression ---


@pytest.mark.parametrize("name", ["checkpoint.json", "checkpoint.json.gz", "checkpoint.json.zst"])
def test_export_and_checkpoint_of_a_stack_read_alike(name: str) -> None:
    exported = read((STATES / "readable" / "export-v3.json").read_bytes(), "export")
    assert len(list(pools(exported))) == 3
    assert summary(read((STATES / "readable" / name).read_bytes(), name)) == summary(exported)


def test_version_4_with_a_feature_is_read() -> None:
    deployment = read((STATES / "readable" / "export-v4-taint.json").read_bytes(), "export")
    assert deployment.version == 4
    assert [found.resource.name for found in pools(deployment)] == ["ranker", "small"]


def test_checkpoint_without_latest_is_an_empty_stack() -> None:
    deployment = read((STATES / "readable" / "checkpoint-without-latest.json").read_bytes(), "fresh")
    assert (deployment.project, deployment.stack, list(deployment.resources)) == ("ranking", "fresh", [])


def test_checkpoint_of_the_old_layout_names_the_stack_alone() -> None:
    deployment = read(text(checkpoint(stack="legacy")), "legacy.json")
    assert (deployment.project, deployment.stack) == ("", "legacy")


@pytest.mark.parametrize("resources", [None, []])
def test_stack_without_resources_is_empty(resources: object) -> None:
    document = export()
    document["deployment"]["resources"] = resources
    assert pools_in(document) == []
    del document["deployment"]["resources"]
    assert pools_in(document) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_text_is_read_as_shells_redirect_it(encoding: str) -> None:
    data = json.dumps(export(pool(name="größer")), ensure_ascii=False).encode(encoding)
    assert [found.resource.name for found in pools(read(data, "x"))] == ["größer"]


def test_compression_is_told_by_the_first_bytes_alone() -> None:
    plain = text(export(pool()))
    two_members = gzip.compress(plain[:50]) + gzip.compress(plain[50:])
    frames = zstandard.ZstdCompressor().compress(plain[:50]) + zstandard.ZstdCompressor().compress(plain[50:])
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(plain)
    for data in (plain, gzip.compress(plain), two_members, frames, unsized):
        assert state_file.decompress(data, "stack.json") == plain


@pytest.mark.parametrize(
    "compress", [lambda data: data, gzip.compress, lambda data: zstandard.ZstdCompressor().compress(data)]
)
def test_more_than_the_limit_is_refused(compress: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_file, "LARGEST_STATE", 3 * 1024**2)
    assert len(state_file.decompress(compress(b" " * 3 * 1024**2), "x")) == 3 * 1024**2
    with pytest.raises(StateError, match=r"^bomb\.json\.gz: is larger than 3 MiB"):
        state_file.decompress(compress(b" " * (3 * 1024**2 + 1)), "bomb.json.gz")


@pytest.mark.parametrize(
    ("compress", "unpack"),
    [
        (gzip.compress, state_file._unpack_gzip),
        (lambda data: zstandard.ZstdCompressor().compress(data), state_file._unpack_zstd),
        (lambda data: zstandard.ZstdCompressor(write_content_size=False).compress(data), state_file._unpack_zstd),
    ],
)
def test_bomb_is_not_unpacked_much_beyond_the_limit(
    compress: Any, unpack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_file, "LARGEST_STATE", 1024**2)
    bomb = compress(bytes(256 * 1024**2))
    assert 1024**2 < len(unpack(bomb)) <= 64 * 1024**2


@pytest.mark.parametrize("compress", [gzip.compress, lambda data: zstandard.ZstdCompressor().compress(data)])
def test_damaged_compression_is_an_error(compress: Any) -> None:
    data = compress(text(export(*(pool(f"{n * 7919 % 1000:x}") for n in range(100)))))
    for cut in (data[: len(data) // 2], data[:20], data[:-1]):
        with pytest.raises(StateError, match=r"^x\.gz: cannot be decompressed: "):
            read(cut, "x.gz")
    # Without a checksum damage may only show in what comes out.
    with pytest.raises(StateError, match=r"^x\.gz(:\d+:\d+)?: (cannot be decompressed|is no JSON)"):
        read(data[:100] + b"\xff" * 40 + data[140:], "x.gz")


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "place", "message"),
    [
        ("version-2.json", "version", "is 2, older than what is read (3 and 4)"),
        ("version-5.json", "version", "is 5, newer than what is read (3 and 4)"),
        ("unknown-feature.json", "features", "asks for timeTravel, which this poolgate does not know"),
        ("truncated.json", "", "is no JSON: "),
        ("truncated.json.gz", "", "cannot be decompressed: "),
        ("empty.json", "", "is empty"),
        ("error-message.json", "", "is no JSON: Expecting value"),
    ],
)
def test_unreadable_states(name: str, place: str, message: str) -> None:
    with pytest.raises(StateError) as caught:
        read((STATES / "unreadable" / name).read_bytes(), name)
    assert not isinstance(caught.value, NotAStateError)
    assert caught.value.message.startswith(message)
    assert list(caught.value.keys) == ([place] if place else [])
    assert str(caught.value).startswith(f"{name}:")


def test_every_unreadable_state_is_tried() -> None:
    assert len(list((STATES / "unreadable").iterdir())) == 7


def test_syntax_error_names_line_and_column() -> None:
    with pytest.raises(StateError) as caught:
        read(b'{\n  "version": 3,\n  oops\n}', "prod.json")
    assert (caught.value.line, caught.value.column) == (3, 3)
    assert str(caught.value).startswith("prod.json:3:3: is no JSON: ")


def entry(**members: Any) -> dict[str, Any]:
    return {**pool(), **members}


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"deployment": {"manifest": {}}}, "version: is missing, expected a whole number"),
        (export(version="3"), "version: is text, expected a whole number"),
        (export(version=3.5), "version: is a number, expected a whole number"),
        (export(version=True), "version: is a boolean, expected a whole number"),
        (export(version=None), "version: is nothing, expected a whole number"),
        (export(version=0), "version: is 0, older"),
        (export(version=-1), "version: is -1, older"),
        (export(version=4, features="taint"), "features: is text, expected a list"),
        (export(version=4, features=[{}]), "features: asks for {}, which"),
        ({"version": 3, "deployment": None}, "deployment: is nothing, expected an object"),
        ({"version": 3, "deployment": []}, "deployment: is a list, expected an object"),
        ({"version": 3, "checkpoint": "x"}, "checkpoint: is text, expected an object"),
        (checkpoint(stack=3), "checkpoint.stack: is a number, expected text"),
        ({"version": 3, "checkpoint": {"latest": []}}, "checkpoint.latest: is a list, expected an object"),
        ({"version": 3, "deployment": {"resources": {}}}, "deployment.resources: is an object, expected a list"),
        (export(stack_root(), "x"), "deployment.resources[1]: is text, expected an object"),
        (checkpoint(None), "checkpoint.latest.resources[0]: is nothing, expected an object"),
        (export({"type": POOL}), "deployment.resources[0].urn: is missing, expected text"),
        (export({"urn": "", "type": POOL}), "deployment.resources[0].urn: is empty, expected text"),
        (export({"urn": urn(POOL, "x")}), "deployment.resources[0].type: is missing, expected text"),
        (export(entry(type=7)), "deployment.resources[0].type: is a number, expected text"),
        (export(entry(urn="ranker")), "deployment.resources[0].urn: is no URN: 'ranker'"),
        (export(entry(delete="yes")), "deployment.resources[0].delete: is text, expected true or false"),
        (export(entry(external=1)), "deployment.resources[0].external: is a number, expected true or false"),
        (export(entry(inputs=[])), "deployment.resources[0].inputs: is a list, expected an object"),
        (export(entry(external=True, outputs=[])), "deployment.resources[0].outputs: is a list, expected an object"),
        (export(entry(id={})), "deployment.resources[0].id: is an object, expected text"),
        (export(entry(provider=[])), "deployment.resources[0].provider: is a list, expected text"),
        (export(entry(sourcePosition=3)), "deployment.resources[0].sourcePosition: is a number, expected text"),
        (
            export(entry(propertyDependencies=[])),
            "deployment.resources[0].propertyDependencies: is a list, expected an object",
        ),
    ],
)
def test_wrong_types_at_each_level(document: Any, error: str) -> None:
    found = error_of(document)
    assert str(found).startswith(f"stack.json: {error}")
    assert not isinstance(found, NotAStateError)


def test_checkpoint_without_any_version_is_too_old_and_not_something_else() -> None:
    found = error_of({"stack": "prod", "latest": {"resources": []}})
    assert not isinstance(found, NotAStateError)


@pytest.mark.parametrize(
    "document",
    [
        {"name": "left-pad", "version": "1.3.0"},
        [],
        "text",
        3,
        None,
        {},
        {"version": 3},
        {"deployment": "blue"},
        {"version": "2", "deployment": {}},
        {"version": 1, "deployment": {"region": "westeurope"}},
        {"version": True, "checkpoint": None},
        {"checkpoint": ["a.ckpt"], "epochs": 3},
    ],
)
def test_other_json_is_told_apart(document: Any) -> None:
    assert isinstance(error_of(document), NotAStateError)


EVENT = (
    b'{"sequence":1,"timestamp":1763892003,"resourcePreEvent":{"metadata":{"urn":"urn:pulumi:prod::ranking::t::n"}}}\n'
)


@pytest.mark.parametrize(
    "data",
    [
        EVENT * 2,
        EVENT + b'{"sequence":2,"dia',
        b'{"a": 1}\n{"a": 2}\n',
        b"[1, 2]\n[3]\n",
        b'"a"\n"b"\n',
        b'// of the compiler\n{"compilerOptions": {}}',
        b'{"compilerOptions": {"strict": true, /* of course */}}',
        b"# secrets\n{}",
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'\xef\xbb\xbf{"name": "x", "version": 3,}',
        b'{"a\\"": 1, "version": 3,}',
        b'{"name": "\xff"}',
    ],
)
def test_other_json_is_told_apart_where_it_cannot_be_read(data: bytes) -> None:
    with pytest.raises(NotAStateError):
        read(data, "x.json")


def test_a_state_is_told_wherever_it_was_cut_off() -> None:
    whole = (STATES / "readable" / "export-v3.json").read_bytes()
    minimal = json.dumps(checkpoint(stack_root(), pool()), separators=(",", ":")).encode()
    by_name = json.dumps(export(stack_root()), sort_keys=True).encode()
    of_version_4 = json.dumps({"version": 4, "features": ["taint"], **export(stack_root())}).encode()
    for data in (whole, minimal, by_name, of_version_4, b"\xef\xbb\xbf" + minimal):
        for length in [*range(1, 400), *range(400, len(data), 997), len(data.rstrip()) - 1]:
            with pytest.raises(StateError) as caught:
                read(data[: min(length, len(data.rstrip()) - 1)], "x.json")
            assert not isinstance(caught.value, NotAStateError), data[:length]


@pytest.mark.parametrize(
    "data",
    [
        text(export(pool())) + b"\n" + text(export(pool())),
        EVENT + json.dumps(export(pool())).encode(),
        text(export(pool())).replace(b"{", b"{,", 1),
        text({"note": NAN, **export(pool())}),
        text({"note": 1, **export(pool())})[:-9],
        text(export(pool())).replace(b"ranker", b"\xff\xfe"),
        text(export(pool())).replace(b'"custom": true', b'"custom": ' + b"9" * 5000),
        text(export(pool())).replace(b'"custom": true', b'"custom": ' + b"[" * 100_000),
        b"error: no stack named 'prod' found\n",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"",
        b" \n",
    ],
)
def test_what_may_be_a_damaged_state_is_never_something_else(data: bytes) -> None:
    with pytest.raises(StateError) as caught:
        read(data, "x.json")
    assert not isinstance(caught.value, NotAStateError)


def test_telling_what_is_damaged_takes_time_in_line_with_the_length() -> None:
    for piece in (b'"', b'\\"', b"{", b'"latest" ', b'"latest": {', b'"a":', b'{"a\\'):
        data = b'{"version"' + piece * 200_000
        started = time.process_time()
        with pytest.raises(StateError):
            read(data, "x.json")
        assert time.process_time() - started < 1, piece


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe\xfd", "is no text"),
        (b'{"version": 3, "deployment": {"resources": [NaN]}}', "NaN is no value in JSON"),
        (b'{"version": ' + b"9" * 5000 + b"}", "is no JSON"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"a":' * 200_000, "is nested too deeply"),
    ],
)
def test_what_is_no_json_at_all(data: bytes, message: str) -> None:
    with pytest.raises(StateError, match=message):
        read(data, "x")


def test_properties_nested_beyond_reason_are_refused() -> None:
    # One level is the inputs themselves.
    assert pools_in(export(pool(inputs=nested(state.DEEPEST_PROPERTIES))))
    deep = error_of(export(pool(inputs=nested(state.DEEPEST_PROPERTIES + 1))))
    assert str(deep).startswith("stack.json: deployment.resources[0].inputs: is nested deeper than 100 levels")
    lists: Any = []
    for _ in range(300):
        lists = [lists]
    assert "nested deeper" in str(error_of(export(pool(inputs={"n": lists}))))


def test_what_is_wrong_beside_the_pools_does_not_matter() -> None:
    odd = resource(STORAGE, "odd", inputs=7, outputs="x", propertyDependencies=False, provider={})
    strange_provider = {**provider(), "inputs": "x"}
    assert len(pools_in(export(odd, strange_provider, pool()))) == 1


def test_error_survives_the_way_between_processes() -> None:
    import pickle

    error = StateError("f.json", "is no JSON", ("a", 0), line=3, column=4)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.keys, copy.line, copy.column) == (str(error), ("a", 0), 3, 4)


# --- pools ---


def test_only_pools_in_the_order_of_the_state() -> None:
    group = resource(GROUP, "small", inputs={})
    found = pools_in(export(stack_root(), provider(), pool("b"), resource(STORAGE, "s"), group, pool("a")))
    assert [(pool.resource.name, pool.resource.type) for pool in found] == [("b", POOL), ("small", GROUP), ("a", POOL)]


def test_deleted_entries_are_left_out_and_not_counted() -> None:
    document = export(stack_root(), pool(), pool(delete=True))
    assert len(pools_in(document)) == 1
    assert read(text(document), "x").live_resources == 2


def test_managed_pool_gives_its_inputs() -> None:
    (found,) = pools_in(export(provider(), pool(outputs={"name": "other"})))
    assert found.resource.properties == pool_inputs()
    assert not found.resource.outputs
    assert found.resource.id is not None
    assert found.resource.id.endswith("/inferencePools/ranker")


@pytest.mark.parametrize("absence", [{"inputs": None}, {"inputs": {}}, {}])
def test_managed_pool_without_inputs_gives_its_outputs(absence: dict[str, Any]) -> None:
    entry = pool(outputs={"location": "westeurope", "__pulumi_raw_state_delta": {"a": 1}, "l": [{"__defaults": []}]})
    del entry["inputs"]
    (found,) = pools_in(export({**entry, **absence}))
    assert found.resource.properties == {"location": "westeurope", "l": [{}]}
    assert found.resource.outputs


def test_managed_pool_without_inputs_and_outputs_has_no_properties() -> None:
    (found,) = pools_in(export(pool(inputs={})))
    assert (found.resource.properties, found.resource.outputs) == ({}, False)


# --- operations that had not ended ---


def interrupted(*operations: Any, resources: tuple[Any, ...] = ()) -> dict[str, Any]:
    document = export(*resources)
    document["deployment"]["pending_operations"] = list(operations)
    return document


@pytest.mark.parametrize(
    ("kind", "pending"),
    [("creating", ["creating"]), ("updating", ["updating"]), ("importing", ["importing"]), ("deleting", []),
     ("reading", []), ("of a later Pulumi", ["of a later Pulumi"])],
)  # fmt: skip
def test_pools_of_pending_operations_come_last(kind: str, pending: list[str]) -> None:
    changed = pool("changed", slow_pool_inputs())
    document = interrupted({"type": kind, "resource": changed}, resources=(provider(), pool()))
    for found in (pools_in(document), list(pools(state.deployment_of(document, "x")))):
        assert [one.pending for one in found] == ["", *pending]
        assert [one.resource.provider_version for one in found] == ["2.92.3"] * len(found)
    deployment = read(text(document), "x")
    assert [(one.kind, one.resource["urn"]) for one in deployment.pending] == [(kind, changed["urn"])]


def test_checkpoint_has_pending_operations_too() -> None:
    document = checkpoint()
    document["checkpoint"]["latest"]["pending_operations"] = [{"type": "creating", "resource": pool()}]
    deployment = read(text(document), "x")
    assert [one.keys for one in deployment.pending] == [("checkpoint", "latest", "pending_operations", 0, "resource")]
    assert len(list(pools(deployment))) == 1


@pytest.mark.parametrize(
    ("operations", "error"),
    [
        ({}, "deployment.pending_operations: is an object, expected a list"),
        (["x"], "deployment.pending_operations[0]: is text, expected an object"),
        ([{"resource": {}}], "deployment.pending_operations[0].type: is missing, expected text"),
        ([{"type": "creating"}], "deployment.pending_operations[0].resource: is missing, expected an object"),
        (
            [{"type": "creating", "resource": {"type": POOL}}],
            "deployment.pending_operations[0].resource.urn: is missing, expected text",
        ),
        (
            [{"type": "creating", "resource": pool(inputs=nested(200))}],
            "deployment.pending_operations[0].resource.inputs: is nested deeper than 100 levels",
        ),
    ],
)
def test_wrong_types_in_pending_operations(operations: Any, error: str) -> None:
    document = export()
    document["deployment"]["pending_operations"] = operations
    assert str(error_of(document)).startswith(f"stack.json: {error}")


def test_external_pool_gives_its_outputs() -> None:
    (found,) = pools_in(export(pool(inputs={}, external=True, outputs={"location": "westeurope"})))
    assert found.resource.properties == {"location": "westeurope"}
    assert found.resource.outputs


def test_secrets_stay_as_they_are() -> None:
    inputs = pool_inputs(location=ciphertext())
    (found,) = pools_in(export(pool(inputs=inputs)))
    assert found.resource.properties["location"][SIGNATURE_KEY]
    assert found.resource.properties == inputs


@pytest.mark.parametrize(
    ("providers", "reference", "version"),
    [
        ([provider("2.92.3")], provider_reference(), "2.92.3"),
        ([provider(None)], provider_reference(), None),
        ([], provider_reference(), None),
        ([provider("2.92.3")], "nonsense", None),
        ([provider("2.92.3")], "", None),
        ([provider("1.0.0", id="old", delete=True), provider("2.92.3")], provider_reference(), "2.92.3"),
        ([provider("3.29.0", name="other"), provider("2.92.3")], provider_reference(), "2.92.3"),
        ([{**provider(), "inputs": {"version": ciphertext()}}], provider_reference(), None),
    ],
)
def test_provider_version_is_that_of_the_referenced_provider(
    providers: list[Any], reference: str, version: str | None
) -> None:
    # Before or after the pool: nothing hangs on the order.
    for document in (export(*providers, pool(provider=reference)), export(pool(provider=reference), *providers)):
        (found,) = pools_in(document)
        assert found.resource.provider_version == version


def test_name_is_all_that_follows_the_type() -> None:
    (found,) = pools_in(export(pool("a::b\nc")))
    assert found.resource.name == "a::b\nc"


@pytest.mark.parametrize(
    ("position", "location"),
    [
        ("project:///__main__.py#12", Location("__main__.py", 12)),
        ("project:///pools/one.py#7,5", Location("pools/one.py", 7, 5)),
        ("project:///../shared/my%20pools.py#3", Location("../shared/my pools.py", 3)),
        ("project:///a%0Ab.py#3", Location(r"a\nb.py", 3)),
        ("project:///__main__.py#0", None),
        ("project:///__main__.py#" + "9" * 5000, None),
        ("project:///__main__.py", None),
        ("file:///srv/__main__.py#3", None),
        ("", None),
        (None, None),
    ],
)
def test_source_position_is_the_location(position: str | None, location: Location | None) -> None:
    (found,) = pools_in(export(pool(sourcePosition=position)))
    assert found.location(("sku", "capacity")) == location


def verdict(path: str, outcome: Outcome = Outcome.UNKNOWN) -> Verdict:
    return Verdict("rule", outcome, "urn", parse_path(path), "message", "", Severity.LOW, Enforcement.ADVISORY)


def test_unknown_values_come_from_the_dependencies_of_their_input() -> None:
    account = urn(STORAGE, "models")
    dependencies = {"tags": [account], "odd.name": [account, 7], "sku": None}
    (found,) = pools_in(export(pool(propertyDependencies=dependencies)))
    assert found.from_resources(verdict("tags.owner")) == (account,)
    assert found.from_resources(verdict('["odd.name"].x')) == (account,)
    assert found.from_resources(verdict("tags.owner", Outcome.VIOLATED)) == ()
    assert found.from_resources(verdict("sku.name")) == ()
    assert found.from_resources(verdict("location")) == ()
    assert found.from_resources(verdict("")) == ()


# --- whatever the file holds ---

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
"""Any JSON value."""

KEYS = st.sampled_from(
    [
        "urn",
        "type",
        "delete",
        "external",
        "inputs",
        "outputs",
        "id",
        "provider",
        "sourcePosition",
        "propertyDependencies",
    ]
)
VALUES = (
    JSON
    | st.sampled_from([POOL, GROUP, urn(POOL, "a"), urn("pulumi:providers:azure-native", "p"), True])
    | st.just(slow_pool_inputs())
)
ENTRIES = (
    JSON | st.dictionaries(KEYS, VALUES, max_size=10) | st.dictionaries(KEYS, VALUES).map(lambda e: {**pool(), **e})
)
CONTENTS = JSON | st.fixed_dictionaries({"resources": JSON | st.lists(ENTRIES, max_size=4)})
DOCUMENTS = JSON | st.fixed_dictionaries(
    {"version": st.sampled_from([3, 4]) | JSON},
    optional={
        "features": JSON,
        "deployment": JSON | CONTENTS,
        "checkpoint": JSON | st.fixed_dictionaries({"latest": CONTENTS}, optional={"stack": JSON}),
    },
)
"""Any JSON value, mostly such as go astray late."""


@given(DOCUMENTS)
def test_any_json_is_read_or_a_state_error(document: Any) -> None:
    try:
        deployment = read(json.dumps(document).encode(), "any.json")
        found = list(pools(deployment))
    except StateError as error:
        message = str(error)
    else:
        message = "any.json: "
        assert deployment.live_resources <= len(deployment.resources)
        for one in found:
            one.location(())
            one.from_resources(verdict("tags"))
    assert message.startswith("any.json: ")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_a_state_error(data: bytes) -> None:
    for start in (b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"):
        with pytest.raises(StateError):
            read(start + data, "any.bin")


# --- the fast reader and the thorough one ---


def trimmed(document: Any) -> Any:
    """A document as `parse` gives it: of resources that are of no interest only what tells them apart."""
    if not isinstance(document, dict):
        return document
    return {key: trimmed_within(key, value) for key, value in document.items()}


KEPT_OF_POOLS = {
    "urn", "type", "delete", "id", "inputs", "propertyDependencies", "protect", "provider", "sourcePosition",
}  # fmt: skip


def trimmed_within(key: str, value: Any) -> Any:
    if key in ("deployment", "checkpoint", "latest"):
        return trimmed(value)
    if key == "resources" and isinstance(value, list):
        return [trimmed_resource(entry) for entry in value]
    return value


def trimmed_resource(entry: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        return entry
    if entry["type"].startswith("pulumi:providers:"):
        return entry
    if may_be_judged(entry["type"]):
        is_whole = "external" in entry or not entry.get("inputs")
        return {key: value for key, value in entry.items() if key in KEPT_OF_POOLS or is_whole}
    return {key: value for key, value in entry.items() if key in ("urn", "type", "delete", "external")}


@with_simdjson
def test_no_objects_are_made_of_what_nobody_looks_at() -> None:
    own_entry = pool(outputs={"name": "ranking"}, parent="urn", created="2026-10-02T08:15:00Z")
    document = export(stack_root(), own_entry, pool("other", external=True, outputs={"a": 1}))
    root, own, other = state._parse_fast(text(document))["deployment"]["resources"]
    assert root.keys() == {"urn", "type"}
    assert own.keys() == own_entry.keys() & KEPT_OF_POOLS
    assert own_entry.keys() - own.keys() == {"outputs", "parent", "created", "custom"}
    assert other == document["deployment"]["resources"][2]


@given(DOCUMENTS)
@example({"": None, "\0": []})
def test_what_is_read_fast_is_what_python_reads(document: Any) -> None:
    data = json.dumps(document).encode()
    found = json.dumps(state.parse(data, "x"), sort_keys=True)
    assert found in [json.dumps(expected, sort_keys=True) for expected in (trimmed(document), document)]


@with_simdjson
@pytest.mark.parametrize(
    "odd",
    ['"a": 1, "a": 2', '"n": 123456789012345678901234567890', '"t": "\\ud800"', '"n": 1e400', '"type\\u0000": "t"'],
)
def test_what_only_python_reads_is_read_as_python_does(odd: str) -> None:
    document = text(export(stack_root(), pool())).decode().replace('"custom": true', odd)
    with pytest.raises((ValueError, RuntimeError)):
        state._parse_fast(document.encode())
    assert state.parse(document.encode(), "x") == json.loads(document)


@with_simdjson
@pytest.mark.parametrize(
    "before",
    [
        "",
        "{",
        "[1",
        '{"a": 1, "a": 2}',
        '{"deployment": {"resources": [{"urn": "u", "type": "t", "type": "t"}]}}',
        '{"deployment": {"resources": [{"urn": "u", "type": {"a": [1]}, "inputs": {"n": 1e400}}]}}',
        '{"deployment": {"resources": [{"urn": "u", "type": {"a": [1]}}, {"urn": "u"}, 5, [6]]}}',
    ],
)
def test_whatever_was_read_before_the_next_state_is_read_fast(before: str) -> None:
    document = export(stack_root(), pool())
    with suppress(StateError):
        state.parse(before.encode(), "x")
    assert state._parse_fast(text(document))["version"] == document["version"]


def test_a_type_that_stands_twice_does_not_hide_a_pool() -> None:
    """Pulumi takes the last of two; whoever took the first would look away."""
    document = text(export(pool())).decode().replace('"type":', '"type": "aws:s3/bucket:Bucket", "type":')
    assert len(list(pools(read(document.encode(), "x")))) == 1
