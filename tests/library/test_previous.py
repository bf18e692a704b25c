"""What was deployed before, as exports tell it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from inference_pools import previous
from inference_pools.previous import NOTHING_KNOWN, PreviousError

POOL = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:prod::shop::{POOL}::pool"
STACK = {"urn": "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod", "type": "pulumi:pulumi:Stack"}


def export(*resources: dict[str, Any], name: str = "prod.json") -> tuple[str, bytes]:
    return name, json.dumps({"version": 3, "deployment": {"resources": list(resources)}}).encode()


def test_inputs_of_a_pool_that_was_there() -> None:
    was = {"sku": {"capacity": 2}}
    known = previous.read([export(STACK, {"urn": URN, "type": POOL, "inputs": was, "outputs": {"sku": {}}})])
    assert known.inputs(URN) == was


def test_a_pool_that_was_not_there_is_new_in_its_own_stack_only() -> None:
    known = previous.read([export(STACK)])
    assert known.inputs(URN) == {}
    assert known.inputs(URN.replace(":prod:", ":dev:")) is None
    assert known.inputs(URN.replace("::shop::", "::other::")) is None
    assert NOTHING_KNOWN.inputs(URN) is None


def test_several_exports_are_known_together() -> None:
    dev = URN.replace(":prod:", ":dev:")
    known = previous.read(
        [
            export({"urn": URN, "type": POOL, "inputs": {"a": 1}}),
            export({"urn": dev, "type": POOL, "inputs": {"a": 2}}, name="dev.json"),
        ]
    )
    assert (known.inputs(URN), known.inputs(dev)) == ({"a": 1}, {"a": 2})


def test_what_waits_for_its_deletion_is_not_what_was_there() -> None:
    old = {"urn": URN, "type": POOL, "inputs": {"a": "old"}, "delete": True}
    new = {"urn": URN, "type": POOL, "inputs": {"a": "new"}}
    for order in ((old, new), (new, old)):
        assert previous.read([export(*order)]).inputs(URN) == {"a": "new"}


def test_an_empty_stack_says_nothing() -> None:
    assert previous.read([("new.json", b'{"version": 3, "deployment": {"manifest": {}}}')]).inputs(URN) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "prod.json:1:2: is no JSON: Expecting property name enclosed in double quotes"),
        (b"{}", "prod.json: is no state of Pulumi: it has neither a deployment nor a checkpoint"),
        (
            b'{"version": 5, "deployment": {"resources": []}}',
            "prod.json: version: is 5, newer than what is read (3 and 4); a newer poolgate may read it",
        ),
    ],
)
def test_a_file_that_is_no_state_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(PreviousError) as error:
        previous.read([("prod.json", text)])
    assert str(error.value) == message


def test_zstd_needs_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a pack may well not have it."""
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(PreviousError, match=r"^prod.json: is compressed with zstd, which needs the Python package zst"):
        previous.read([("prod.json", b"\x28\xb5\x2f\xfd")])
