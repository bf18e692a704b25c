"""What the engine does to property trees between program and provider."""

from __future__ import annotations

from typing import Any

import pytest

from inference_pools.values import (
    OUTPUT_SIGNATURE,
    RESOURCE_REFERENCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_STRING,
)
from poolgate.standin.wire import (
    annotate_secrets,
    contains_unknowns,
    downgrade_outputs,
    output_dependencies,
    strip_secrets,
    without_nulls,
)


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def output(**members: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: OUTPUT_SIGNATURE, **members}


def reference(**members: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: RESOURCE_REFERENCE_SIGNATURE, "urn": "urn:x", **members}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (secret({"a": [secret("b")]}), {"a": ["b"]}),
        (output(), UNKNOWN_STRING),
        (output(value=secret("x"), secret=True), "x"),
        (reference(), "urn:x"),
        (reference(id="the id"), "the id"),
        (reference(id=""), UNKNOWN_STRING),
        (reference(id=UNKNOWN_STRING), UNKNOWN_STRING),
    ],
)
def test_a_provider_without_secrets_sees_plain_values(value: Any, plain: Any) -> None:
    assert strip_secrets(value) == plain


@pytest.mark.parametrize(
    ("outputs", "inputs", "annotated"),
    [
        ({"a": "x"}, {"a": secret("x")}, {"a": secret("x")}),
        ({"a": {"b": "x", "c": "y"}}, {"a": {"b": secret("x"), "c": "y"}}, {"a": {"b": secret("x"), "c": "y"}}),
        ({"a": {"b": "x"}}, {"a": secret({"b": "x"})}, {"a": secret({"b": "x"})}),
        ({"a": [{"b": "x"}]}, {"a": [{"b": secret("x")}]}, {"a": secret([{"b": "x"}])}),
        ({"a": UNKNOWN_STRING}, {"a": {"b": secret("x")}}, {"a": secret(UNKNOWN_STRING)}),
        ({"made": "up"}, {"a": secret("x")}, {"made": "up"}),
        ({"a": secret("x")}, {"a": secret("x")}, {"a": secret("x")}),
    ],
)
def test_secrets_come_back_by_name_and_coarsely(outputs: Any, inputs: Any, annotated: Any) -> None:
    assert annotate_secrets(outputs, inputs) == annotated


def test_output_values_become_plain_unknown_or_secret_ones() -> None:
    value = {"a": output(value=["x"]), "b": output(secret=True), "c": [output()]}
    assert downgrade_outputs(value) == {"a": ["x"], "b": secret(UNKNOWN_STRING), "c": [UNKNOWN_STRING]}


def test_dependencies_are_found_at_any_depth() -> None:
    value = {"a": [output(dependencies=["one"], value={"b": output(dependencies=["two"])})]}
    assert set(output_dependencies(value)) == {"one", "two"}


def test_unknowns_are_found_at_any_depth() -> None:
    assert contains_unknowns({"a": [secret(UNKNOWN_STRING)]})
    assert not contains_unknowns({"a": [secret("x"), None, 1.0]})


def test_nulls_leave_objects_and_stay_in_lists() -> None:
    assert without_nulls({"a": None, "b": [None, {"c": None}]}) == {"b": [None, {}]}
