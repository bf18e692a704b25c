from __future__ import annotations

import json

import pytest

from inference_pools.secrets import SHOWN, scrub, secret_texts
from inference_pools.values import OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json


def secret(value: Json) -> Json:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


TREES: dict[str, tuple[Json, set[str]]] = {
    "no secret": ({"a": "b", "c": ["d"]}, set()),
    "a secret text": ({"a": secret("hush"), "b": "clear"}, {"hush"}),
    "deep in lists": ({"a": [{"b": [secret("hush")]}]}, {"hush"}),
    "a secret object": ({"a": secret({"user": "me", "keys": ["one", "two"]})}, {"me", "one", "two"}),
    "a secret in a secret": (secret(secret("hush")), {"hush"}),
    "a secret output": ({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "hush", "secret": True}, {"hush"}),
    "a secret in an output": ({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": secret("hush")}, {"hush"}),
    "an output that is none": ({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "clear"}, set()),
    "an unknown secret": (secret(UNKNOWN_STRING), set()),
    "truth is no text": (secret([True, False, None]), set()),
    "ciphertext": ({SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:abc:def"}, set()),
    "exported with --show-secrets": (
        {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps({"user": "me", "keys": ["one"]})},
        {"me", "one"},
    ),
    "exported, and no JSON": ({SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": "hush"}, {"hush"}),
    "a number": (secret(1234567.0), {"1234567.0", "1.23457e+06", "1234567"}),
    "a whole number": (secret(1234567), {"1234567"}),
}


@pytest.mark.parametrize("case", TREES)
def test_what_stands_in_clear(case: str) -> None:
    tree, texts = TREES[case]

    assert set(secret_texts(tree)) == texts


@pytest.mark.parametrize(
    ("message", "secrets", "shown"),
    [
        ("is 'hush'", {"hush"}, f"is '{SHOWN}'"),
        ("hush hush", {"hush"}, f"{SHOWN} {SHOWN}"),
        ("is hush-hush", {"hush", "hush-hush"}, f"is {SHOWN}"),
        ("is a", {"a"}, "is a"),
        ("is clear", set(), "is clear"),
        ("is clear", {""}, "is clear"),
        (repr("line\nbreak"), {"line\nbreak"}, f"'{SHOWN}'"),
        (json.dumps("größe"), {"größe"}, f'"{SHOWN}"'),
    ],
)
def test_what_is_shown(message: str, secrets: set[str], shown: str) -> None:
    assert scrub(message, secrets) == shown
