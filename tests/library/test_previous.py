"""What was deployed before, as exports tell it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inference_pools import previous
from inference_pools.previous import NOTHING_KNOWN, PreviousError

POOL = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:prod::shop::{POOL}::pool"
STACK = {"urn": "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod", "type": "pulumi:pulumi:Stack"}


def export(*resources: dict[str, Any], name: str = "prod.json") -> tuple[str, str]:
    return name, json.dumps({"version": 3, "deployment": {"resources": list(resources)}})


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
    assert previous.read([("new.json", '{"version": 3, "deployment": {"manifest": {}}}')]).inputs(URN) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "prod.json: is no JSON"),
        ("[" * 100_000, "prod.json: is no JSON"),
        ("[]", "prod.json: has no deployment; write it with: pulumi stack export --file FILE"),
        ('{"deployment": null}', "prod.json: has no deployment; write it with: pulumi stack export --file FILE"),
        ('{"deployment": {"resources": {}}}', "prod.json: deployment.resources: expected a list of objects"),
        ('{"deployment": {"resources": [1]}}', "prod.json: deployment.resources: expected a list of objects"),
        (
            '{"deployment": {"resources": [{"urn": "u", "type": "t"}, {"urn": 1, "type": "t"}]}}',
            "prod.json: deployment.resources[1]: expected a urn and a type",
        ),
    ],
)
def test_a_file_that_is_no_export_is_refused(text: str, message: str) -> None:
    with pytest.raises(PreviousError) as error:
        previous.read([("prod.json", text)])
    assert str(error.value) == message
