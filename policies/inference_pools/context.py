"""What a judgement may know besides the properties it judges: the day, and which environment it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from inference_pools.reader import Leaf

ENVIRONMENT_TAGS: Final = ("environment", "env")
PRODUCTION: Final = frozenset(("prod", "production", "prd", "live"))
"""What an environment is called when it is production, in lower case; also as a part of a stack's name."""

_SEPARATOR: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one resource. `day` is today's date in UTC, None where the caller did not give it."""

    project: str
    stack: str
    tags: Leaf
    day: date | None = None
    forced_environment: str = ""

    @property
    def today(self) -> date:
        """Today's date, for a rule that judges by the calendar."""
        if self.day is None:
            raise LookupError("this rule needs today's date, and the caller gave none")
        return self.day

    @property
    def environment(self) -> str:
        """Which environment this is, in lower case: the rule's option, else the resource's tag, else the stack.

        Raises UnknownError when the tag is there and cannot be known.
        """
        return (self.forced_environment or self._tagged or self.stack).casefold()

    @property
    def is_production(self) -> bool:
        """Whether the environment is production by its name, or by a part of it: `prod-weu` is."""
        return not PRODUCTION.isdisjoint(_SEPARATOR.split(self.environment))

    @property
    def _tagged(self) -> str:
        for name, leaf in self.tags.members():
            if name.casefold() in ENVIRONMENT_TAGS:
                return (leaf.text() or "").strip()
        return ""


def stack_and_project(urn: str) -> tuple[str, str]:
    """Stack and project that a URN names: `urn:pulumi:STACK::PROJECT::TYPES::NAME`."""
    head, _, rest = urn.partition("::")
    return head.removeprefix("urn:pulumi:"), rest.partition("::")[0]
