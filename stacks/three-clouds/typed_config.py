"""Typed reads of structured stack configuration: every failure names the key and what was expected there.

The words are those of `poolgate lint`, which shows the line as well. It shows the value, too; here only its kind is
told, for a program cannot know which values are secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi


class ConfigError(pulumi.RunError):
    """The stack's configuration is at fault; Pulumi prints the message without a stack trace."""


class Section:
    """One object in the stack's configuration, read by name and type."""

    def __init__(self, path: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{path}: expected an object, found {_described(value)}")
        self.path = path
        self._values: Mapping[str, Any] = value

    @classmethod
    def of(cls, config: pulumi.Config, name: str) -> Section:
        """The object that the stack configures under this key."""
        return cls(f"{config.name}:{name}", config.require_object(name))

    def text(self, name: str) -> str:
        value = self._require(name)
        if not isinstance(value, str):
            raise ConfigError(f"{self.path}.{name}: expected a text, found {_described(value)}")
        if not value:
            raise ConfigError(f"{self.path}.{name}: expected at least 1 character, found an empty text")
        return value

    def whole(self, name: str) -> int:
        value = self._require(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ConfigError(f"{self.path}.{name}: expected a whole number, found {_described(value)}")
        return value

    def section(self, name: str) -> Section:
        return Section(f"{self.path}.{name}", self._require(name))

    def texts(self) -> dict[str, str]:
        """The whole object as a map of texts, such as tags."""
        return {name: self.text(name) for name in self._values}

    def _require(self, name: str) -> Any:
        if name not in self._values:
            raise ConfigError(f"{self.path}: '{name}' is missing")
        return self._values[name]


def sections(config: pulumi.Config, name: str) -> list[Section]:
    """The list of objects that the stack configures under this key."""
    path = f"{config.name}:{name}"
    items = config.require_object(name)
    if not isinstance(items, list):
        raise ConfigError(f"{path}: expected a list, found {_described(items)}")
    if not items:
        raise ConfigError(f"{path}: expected at least 1 item, found 0")
    return [Section(f"{path}[{index}]", item) for index, item in enumerate(items)]


def texts(config: pulumi.Config, name: str) -> list[str]:
    """The list of texts that the stack configures under this key."""
    path = f"{config.name}:{name}"
    items = config.require_object(name)
    if not isinstance(items, list):
        raise ConfigError(f"{path}: expected a list, found {_described(items)}")
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise ConfigError(f"{path}[{index}]: expected a text, found {_described(item)}")
        if not item:
            raise ConfigError(f"{path}[{index}]: expected at least 1 character, found an empty text")
    return items


def _described(value: Any) -> str:
    """The kind of a value, never the value: it may be a secret."""
    names = {"NoneType": "nothing", "str": "a text", "bool": "true or false", "list": "a list", "dict": "an object"}
    if value == "" or value == [] or value == {}:
        return f"an empty {names[type(value).__name__].split()[-1]}"
    return names.get(type(value).__name__, "a number")
