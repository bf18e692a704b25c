"""Typed reads of raw properties. Every error carries the path of the value it is about, never a secret."""

from __future__ import annotations

import struct
from collections.abc import Hashable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from inference_pools import durations
from inference_pools.levels import NOT_KNOWN_YET
from inference_pools.path import Keys, format_path
from inference_pools.values import (
    FLOAT_SIGNATURE,
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_SENTINELS,
    Json,
)


class ReadError(Exception):
    """A value could not be had. `keys` says where."""

    def __init__(self, keys: Keys, message: str) -> None:
        super().__init__(message)
        self.keys = keys
        self.message = message


class UnknownError(ReadError):
    """The value exists but cannot be known here: computed later, or a secret."""

    def __init__(self, keys: Keys, *, secret: bool = False) -> None:
        super().__init__(keys, "a secret, not read" if secret else NOT_KNOWN_YET)
        self.secret = secret


class NotKnownError(UnknownError):
    """The value itself is known; what is not is a fact that the judgement needs about it, such as a price.

    `message` says what is missing, as a predicate: it takes the place of "not known yet".
    """

    def __init__(self, keys: Keys, message: str) -> None:
        ReadError.__init__(self, keys, message)
        self.secret = False


class UnreadableError(ReadError):
    """The value is there but has the wrong type or cannot be parsed."""


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (str, "text"),
    (int, "a number"),
    (float, "a number"),
    (dict, "an object"),
    (list, "a list"),
)


def kind_of(value: Json) -> str:
    """The JSON type of a value, in words."""
    if isinstance(value, dict) and SIGNATURE_KEY in value:
        is_float = value[SIGNATURE_KEY] == FLOAT_SIGNATURE
        return "no finite number (NaN or an infinity)" if is_float else "an asset or a resource reference"
    return next((words for type_, words in _KINDS if isinstance(value, type_)), "nothing")


def _shown(value: Json) -> Json:
    """A number as it is written: on the wire each is a float, and a state has 5.0 as 5."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXPONENTS_FROM
    return int(value) if is_whole else value


_EXPONENTS_FROM: Final = 1e21
"""Where the engine begins to write a number of a state with an exponent."""


def frozen(value: Json) -> Hashable:
    """The value in a form that is equal only for the same JSON: 1, 1.0 and true are three. Raises TypeError."""
    kind = type(value)
    if kind is str or value is None:
        return value  # type: ignore[no-any-return]
    # Most of what there is are texts, and a call for each would take longer than all the rest.
    if kind is dict:
        return dict, tuple(value), tuple([item if type(item) is str else frozen(item) for item in value.values()])
    if kind is list:
        return list, tuple([item if type(item) is str else frozen(item) for item in value])
    return kind, (repr(value) if kind is float else value)


def unwrap(value: Json, keys: Keys, depth: int | None = None) -> Json:
    """The value without the marks of the wire. It stands at `keys`, or at the first `depth` of them.

    Raises UnknownError for an unknown and for a secret: a secret is not judged anywhere, so that a rule gives
    the same verdict in a preview (where it is on the wire in clear) and in state (where it is ciphertext).
    """
    if isinstance(value, str):
        if value in UNKNOWN_SENTINELS:
            raise UnknownError(keys[:depth])
        return value
    if not isinstance(value, dict) or SIGNATURE_KEY not in value:
        return value
    signature = value[SIGNATURE_KEY]
    if signature == SECRET_SIGNATURE or value.get("secret") is True:
        raise UnknownError(keys[:depth], secret=True)
    if signature == OUTPUT_SIGNATURE:
        if "value" not in value:
            raise UnknownError(keys[:depth])
        return unwrap(value["value"], keys, depth)
    return _number(value) if signature == FLOAT_SIGNATURE else value


def _number(value: Json) -> Json:
    """NaN or an infinity as the wire has it, which a state writes as an object; what is no such object as it is."""
    try:
        return struct.unpack(">d", bytes.fromhex(value["value"]))[0]
    except (KeyError, TypeError, ValueError, struct.error):
        return value


class Leaf:
    """A place in a resource's properties. Nothing is read before it is asked for. Not to be changed.

    Each typed read returns None when the property is absent (null counts as absent) and raises UnknownError or
    UnreadableError as said there. `supported` is False where the platform has no such property: such a leaf is
    always absent, and must never be reported as missing. `reads` takes note of each place that is read, here and
    further in, where someone wants to know.
    """

    # No dataclass: a judged resource is some hundred of these, and a frozen one takes three times as long to make.
    __slots__ = ("keys", "reads", "root", "supported")

    def __init__(
        self, root: Mapping[str, Json], keys: Keys, supported: bool = True, reads: list[Keys] | None = None
    ) -> None:
        self.root = root
        self.keys = keys
        self.supported = supported
        self.reads = reads

    @property
    def path(self) -> str:
        """The property path, as Pulumi writes it."""
        return format_path(self.keys)

    def child(self, key: str | int) -> Leaf:
        """The place one step further in."""
        return Leaf(self.root, (*self.keys, key), self.supported, self.reads)

    def watched(self, reads: list[Keys]) -> Leaf:
        """The same place, taking note of what is read there."""
        return Leaf(self.root, self.keys, self.supported, reads)

    def value(self) -> Json:
        """The value, whatever its type."""
        if not self.supported:
            return None
        if self.reads is not None:
            self.reads.append(self.keys)
        value: Json = self.root
        for depth, key in enumerate(self.keys):
            if type(value) is dict and type(key) is str and SIGNATURE_KEY not in value:
                value = value.get(key)
            else:
                value = self._step(value, key, depth)
            if value is None:
                return None
            # Nothing else can bear a mark; most of what is read bears none.
            kind = type(value)
            if (kind is str and value in UNKNOWN_SENTINELS) or (kind is dict and SIGNATURE_KEY in value):
                value = unwrap(value, self.keys, depth + 1)
        return value

    def _step(self, value: Json, key: str | int, depth: int) -> Json:
        """One step further in, from what is no plain object."""
        if isinstance(key, str) and isinstance(value, Mapping) and SIGNATURE_KEY not in value:
            return value.get(key)
        if isinstance(key, int) and isinstance(value, list):
            return value[key] if key < len(value) else None
        expected = "an object" if isinstance(key, str) else "a list"
        raise UnreadableError(self.keys[:depth], f"is {kind_of(value)}, expected {expected}")

    @property
    def present(self) -> bool:
        """Whether there is a value. Raises UnknownError when even that cannot be known."""
        return self.value() is not None

    def text(self) -> str | None:
        """The value as text."""
        value = self.value()
        if value is None or isinstance(value, str):
            return value
        raise self._mistyped(value, "text")

    def integer(self) -> int | None:
        """The value as a whole number; numbers arrive as floats, so 2.0 is 2."""
        value = self.value()
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._mistyped(value, "a whole number")
        if value != value or value in (float("inf"), float("-inf")) or value != int(value):
            raise UnreadableError(self.keys, f"is {value}, expected a whole number")
        return int(value)

    def boolean(self) -> bool | None:
        """The value as true or false."""
        value = self.value()
        if value is None or isinstance(value, bool):
            return value
        raise self._mistyped(value, "true or false")

    def duration(self) -> timedelta | None:
        """The value as an ISO 8601 duration."""
        text = self.text()
        if text is None:
            return None
        try:
            return durations.parse(text)
        except durations.DurationError as error:
            raise UnreadableError(self.keys, str(error)) from None

    def items(self) -> Iterator[Leaf]:
        """The places inside a list; none when it is absent."""
        value = self.value()
        if value is None:
            return
        if not isinstance(value, list):
            raise self._mistyped(value, "a list")
        for index in range(len(value)):
            yield self.child(index)

    def members(self) -> Iterator[tuple[str, Leaf]]:
        """The names and places inside an object; none when it is absent."""
        value = self.value()
        if value is None:
            return
        if not isinstance(value, dict) or SIGNATURE_KEY in value:
            raise self._mistyped(value, "an object")
        for key in value:
            yield key, self.child(key)

    def _mistyped(self, value: Json, expected: str) -> UnreadableError:
        shown = f" ({_shown(value)!r})" if isinstance(value, str | int | float) else ""
        return UnreadableError(self.keys, f"is {kind_of(value)}{shown}, expected {expected}")
