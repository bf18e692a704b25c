"""What stands in a configuration for a value that is encrypted in the file."""

from __future__ import annotations

from typing import Any, Final

SECRET_STAND_IN: Final = "[secret]"
"""The text a program gets for a secret unless the caller chooses another."""


class SecureValue:
    """A value that is encrypted in the file. Its text, even as ciphertext, is not kept, so that all are equal."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecureValue)

    def __hash__(self) -> int:
        return hash(SecureValue)

    def __str__(self) -> str:
        return SECRET_STAND_IN

    __repr__ = __str__


SECURE_VALUE: Final = SecureValue()


def with_secrets(value: Any, secret: str) -> Any:
    """The value with a text in place of each secret."""
    if isinstance(value, SecureValue):
        return secret
    if isinstance(value, dict):
        return {key: with_secrets(item, secret) for key, item in value.items()}
    return [with_secrets(item, secret) for item in value] if isinstance(value, list) else value


def holds_secret(value: Any) -> bool:
    """Whether a value, as in ConfigEntry, is a secret or has one somewhere."""
    if isinstance(value, SecureValue):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(holds_secret(item) for item in inner)
