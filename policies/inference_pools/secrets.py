"""Keeps secrets out of messages. The reader never hands one to a rule; this is the second line."""

from __future__ import annotations

import json
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
            yield from _exported(tree.get("plaintext"))
        else:
            for value in tree.values():
                yield from secret_texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from secret_texts(value)


def scrub(message: str, secrets: Collection[str]) -> str:
    """The message with each secret replaced, the longest first."""
    spellings = {spelling for secret in secrets if len(secret) >= _SHORTEST for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        message = message.replace(spelling, SHOWN)
    return message


def _spellings(secret: str) -> Iterator[str]:
    """The secret as a message may show it: as it is, as Python quotes it alone or amid other text, as JSON does."""
    yield secret
    for quoted in (repr, ascii):
        yield quoted(secret)[1:-1]
        yield quoted('"' + secret)[2:-1]
    for is_ascii in (True, False):
        yield json.dumps(secret, ensure_ascii=is_ascii)[1:-1]


def _exported(plaintext: Json) -> Iterator[str]:
    """The texts of a secret in a state that was exported with `--show-secrets`: JSON within JSON."""
    if not isinstance(plaintext, str):
        return
    try:
        yield from _texts(json.loads(plaintext))
    except ValueError:
        yield plaintext


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
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
        if isinstance(value, float):
            yield f"{value:g}"
            if value.is_integer():
                yield str(int(value))
