"""URNs are taken apart and put together in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import inference_pools
import poolgate
from inference_pools.urn import Urn, beginning, is_urn, of_reference

POOL = "azure-native:machinelearningservices:InferencePool"


def test_the_parts_of_a_urn() -> None:
    urn = Urn.parse(f"urn:pulumi:prod::shop::my:index:Serving${POOL}::ranker")

    assert urn == ("prod", "shop", f"my:index:Serving${POOL}", "ranker")
    assert (urn.type, urn.full_stack, urn.within_stack) == (POOL, "shop/prod", f"my:index:Serving${POOL}::ranker")
    assert str(urn) == f"urn:pulumi:prod::shop::my:index:Serving${POOL}::ranker"


def test_a_name_may_hold_what_separates_the_parts() -> None:
    urn = Urn.parse(f"urn:pulumi:prod::shop::{POOL}::weu::ranker")

    assert (urn.type, urn.name) == (POOL, "weu::ranker")
    assert str(urn) == f"urn:pulumi:prod::shop::{POOL}::weu::ranker"


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", ("", "", "", "")), ("urn:pulumi:dev", ("dev", "", "", "")), ("urn:pulumi:*::shop", ("*", "shop", "", ""))],
)
def test_parts_that_are_not_there_are_empty(text: str, parts: tuple[str, ...]) -> None:
    assert Urn.parse(text) == parts
    assert not is_urn(text)


def test_what_is_no_urn() -> None:
    assert is_urn(f"urn:pulumi:prod::shop::{POOL}::ranker")
    assert not is_urn(f"urn:pulumi:prod::shop::{POOL}::")
    assert not is_urn(f"prod::shop::{POOL}::ranker")
    assert not is_urn(f"urn:pulumi:a:b::shop::{POOL}::ranker")


def test_the_urn_of_a_stack_and_of_what_lies_in_it() -> None:
    stack = str(Urn.of_stack("shop/prod"))
    group = str(Urn.made("prod", "shop", "my:index:Serving", "serving", stack))

    assert stack == "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
    assert group == "urn:pulumi:prod::shop::my:index:Serving::serving"
    assert Urn.made("prod", "shop", POOL, "ranker", group).types == f"my:index:Serving${POOL}"
    assert group.startswith(beginning("shop/prod"))


def test_the_urn_in_a_reference_to_a_provider() -> None:
    urn = "urn:pulumi:prod::shop::pulumi:providers:azure-native::eu"
    assert of_reference(f"{urn}::5f0c") == urn


def test_no_other_module_takes_urns_apart() -> None:
    takes = re.compile(r"""split\(["']::|partition\(["']::|["']urn:pulumi:""")
    modules = [
        module
        for package in (inference_pools, poolgate)
        for module in Path(package.__file__ or "").parent.rglob("*.py")
    ]
    assert len(modules) > 150
    found = {module.name for module in modules if takes.search(module.read_text("utf-8"))}
    # An audit looks for the first URN in the bytes of a state before it reads any of it.
    assert found == {"urn.py", "copies.py"}
