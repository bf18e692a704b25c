"""Whose a resource is, by its tag: a mapping leads from what a tag or label can hold to who answers for it.

A label of Google's holds lower case, digits, hyphens and underscores, and so no mail address. What the mapping does not
name is compared by the part before the @.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from inference_pools.rule import Option, OptionError

_NO_LABEL: Final = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for something: as it is written, and as the mapping has it."""

    written: str
    name: str

    @property
    def _label(self) -> str:
        return _NO_LABEL.sub("-", self.name.partition("@")[0].casefold())

    def is_like(self, other: Owner) -> bool:
        """Whether both are one. Two addresses are as they are; else the part before the @ has to agree."""
        if "@" in self.name and "@" in other.name:
            return self.name.casefold() == other.name.casefold()
        return self._label == other._label

    def __str__(self) -> str:
        return self.name if self.name == self.written else f"{self.name} ({self.written})"


def owner_of(written: str, owners: Mapping[str, str]) -> Owner:
    """The owner that a tag names. The mapping's keys are compared without regard to case."""
    return Owner(written, {label.casefold(): name for label, name in owners.items()}.get(written.casefold(), written))


def _texts(owners: Mapping[str, Any]) -> None:
    for label, name in owners.items():
        if not label.strip():
            raise OptionError("has an owner without a label, expected what a tag or label holds")
        if not isinstance(name, str) or not name.strip():
            raise OptionError(f"has {name!r} for {label}, expected who that is, such as ml-platform@contoso.com")


def option() -> Option:
    """The option of rules about owners."""
    return Option(
        {},
        "Who is meant by what a tag or label holds, such as ml-platform for ml-platform@contoso.com; compared without "
        "regard to case. A file owners.yaml says it for all rules at once.",
        check=_texts,
    )
