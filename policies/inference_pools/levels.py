"""The words for how bad a violation is, what the gate does about it, and what came of judging.

They stand apart from `finding`, whose data classes take longer to be made than a lint of one file needs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How bad a violation is. Says nothing about what the gate does: that is `Enforcement`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.

    @property
    def rank(self) -> int:
        """0 for the mildest; what `--fail-on` compares."""
        return list(Severity).index(self)


class Enforcement(StrEnum):
    """What the gate does about a violation, in Pulumi's own terms."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.


class Outcome(StrEnum):
    """What came of judging one resource, or one of its properties, by one rule."""

    CLEAN = "clean"
    """Judged and fine."""
    VIOLATED = "violated"
    """Judged and not fine."""
    UNKNOWN = "unknown"
    """A value was needed that is not known yet, or a secret that cannot be read here."""
    UNREADABLE = "unreadable"
    """A value has the wrong type or cannot be parsed."""
    BROKEN = "broken"
    """The rule itself raised."""
    WAIVED = "waived"
    """A violation that a valid waiver covers."""
    NOT_APPLICABLE = "not applicable"
    """The rule has no business with this resource."""

    __hash__ = str.__hash__  # That of Enum is Python code, and does not agree with its ==.

    @property
    def reported(self) -> bool:
        """Whether a report lists it: all but clean and not applicable, which are only counted."""
        return self not in (Outcome.CLEAN, Outcome.NOT_APPLICABLE)


def printable(text: str) -> str:
    """The text on one line, control characters escaped: a value must not be able to forge a line of a log."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


NOT_KNOWN_YET: Final = "not known yet"
"""What is said of a value that a deployment makes, and of nothing else that is not known."""
