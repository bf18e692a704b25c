"""The wire encoding is Pulumi's own, not only one that the library agrees on with itself."""

from __future__ import annotations

from pathlib import Path

import pulumi_policy
import pytest
from pulumi.runtime import rpc

from inference_pools import values
from inference_pools.values import OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, Json, is_secret, is_unknown


def test_marks_are_those_of_the_pulumi_sdk() -> None:
    assert rpc._special_sig_key == values.SIGNATURE_KEY
    assert rpc._special_secret_sig == values.SECRET_SIGNATURE
    assert rpc._special_output_value_sig == values.OUTPUT_SIGNATURE
    assert rpc._special_asset_sig == values.ASSET_SIGNATURE
    assert rpc._special_archive_sig == values.ARCHIVE_SIGNATURE
    assert rpc._special_resource_sig == values.RESOURCE_REFERENCE_SIGNATURE
    assert values.UNKNOWN_STRING == rpc.UNKNOWN


def test_unknown_values_are_those_of_the_policy_sdk() -> None:
    """It knows one for each kind of value; the SDK of programs sends the one of texts for all."""
    source = (Path(pulumi_policy.__file__).parent / "proxy.py").read_text("utf-8")

    assert len(values.UNKNOWN_SENTINELS) == 7
    assert [sentinel for sentinel in values.UNKNOWN_SENTINELS if f'"{sentinel}"' not in source] == []
    for name in ("BOOL", "NUMBER", "STRING", "ARRAY", "ASSET", "ARCHIVE", "OBJECT"):
        assert getattr(values, f"UNKNOWN_{name}") in values.UNKNOWN_SENTINELS, name


KNOWN: tuple[Json, ...] = (
    "",
    "chat",
    SIGNATURE_KEY,
    0.0,
    None,
    True,
    [],
    [values.UNKNOWN_STRING],
    {},
    {"value": values.UNKNOWN_STRING},
    {SIGNATURE_KEY: SECRET_SIGNATURE},
    {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "chat"},
    {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": None},
)


@pytest.mark.parametrize("value", KNOWN, ids=repr)
def test_known(value: Json) -> None:
    assert is_unknown(value) is False


@pytest.mark.parametrize(
    "value",
    [*sorted(values.UNKNOWN_SENTINELS), {SIGNATURE_KEY: OUTPUT_SIGNATURE, "secret": True}],
    ids=repr,
)
def test_unknown(value: Json) -> None:
    assert is_unknown(value) is True


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ({SIGNATURE_KEY: SECRET_SIGNATURE, "value": "chat"}, True),
        ({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "chat", "secret": True}, True),
        ({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "chat", "secret": False}, False),
        ({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "chat"}, False),
        ({"secret": True, "value": "chat"}, False),
        ({"value": {SIGNATURE_KEY: SECRET_SIGNATURE}}, False),
        (SECRET_SIGNATURE, False),
        (None, False),
    ],
    ids=repr,
)
def test_secret(value: Json, secret: bool) -> None:
    assert is_secret(value) is secret
