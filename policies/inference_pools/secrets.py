"""Keeps secrets out of messages. The reader never hands one to a rule; this is the second line."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from inference_pools.values import SIGNATURE_KEY, UNKNOWN_SENTINELS, Json, is_secret

SHOWN = "[secret]"
_SHORTEST = 4
"""A shorter secret is not looked for: hiding every "a" would hide the message, and not the secret."""


def secret_texts(tree: Json) -> Iterator[str]:
    """Every text that stands in clear below a secret mark."""
    if isinstance(tree, dict):
        if is_secret(tree):
            yield from _texts(tree.get("value"))
        else:
            for value in tree.values():
                yield from secret_texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from secret_texts(value)


def scrub(message: str, secrets: Collection[str]) -> str:
    """The message with each secret replaced, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST and secret in message:
            message = message.replace(secret, SHOWN)
    return message


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        if value not in UNKNOWN_SENTINELS:
            yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != SIGNATURE_KEY:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, float) and not isinstance(value, bool):
        yield f"{value:g}"
