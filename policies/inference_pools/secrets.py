"""Keeps secrets out of messages. The reader never hands one to a rule; this is the second line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from inference_pools.values import SIGNATURE_KEY, UNKNOWN_SENTINELS, Json, is_secret

SHOWN = "[secret]"
_SHORTEST = 4
"""A shorter secret is not looked for: hiding every "a" would hide the message, and not the secret."""


def secret_texts(tree: Json) -> Iterator[str]:
    """Every text that stands in clear below a secret mark. Without recursion: a tree may be of any depth."""
    waiting: list[tuple[Json, bool]] = [(tree, False)]
    while waiting:
        value, hidden = waiting.pop()
        if is_secret(value):
            waiting += [(value.get("value"), True), (_exported(value.get("plaintext")), True)]
        elif isinstance(value, dict):
            waiting += [(inner, hidden) for key, inner in value.items() if key != SIGNATURE_KEY]
        elif isinstance(value, list):
            waiting += [(inner, hidden) for inner in value]
        elif hidden:
            yield from _texts(value)


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


def _exported(plaintext: Json) -> Json:
    """A secret in a state that was exported with `--show-secrets`: JSON within JSON."""
    try:
        return json.loads(plaintext) if isinstance(plaintext, str) else None
    except (ValueError, RecursionError):
        return plaintext


def _texts(scalar: Json) -> Iterator[str]:
    """A text or a number as messages write it; true and false give nothing away."""
    if isinstance(scalar, str) and scalar not in UNKNOWN_SENTINELS:
        yield scalar
    if isinstance(scalar, int | float) and not isinstance(scalar, bool):
        yield str(scalar)
    if isinstance(scalar, float):
        yield f"{scalar:g}"
        if scalar.is_integer():
            yield str(int(scalar))
