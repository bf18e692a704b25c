"""What a rule says, and what becomes of it once the runner has put a name and a place to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from inference_pools.levels import Enforcement, Outcome, Severity, printable
from inference_pools.path import Keys, format_path

__all__ = [
    "EXEMPTED_BY",
    "WAIVED_UNTIL",
    "Enforcement",
    "Exemption",
    "Finding",
    "Outcome",
    "Severity",
    "Target",
    "Verdict",
    "Waiver",
    "printable",
]

WAIVED_UNTIL: Final = "waived until"
"""How the note begins that stands beside a waived finding."""

EXEMPTED_BY: Final = "exempted by"
"""How the note begins that stands beside an exempted finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation, as a rule states it.

    `at` is the name of the facet's field that is wrong ("" for the facet itself), or the keys of a property where a
    rule judges no facet but a whole stack. The message gives the actual value and the limit and does not repeat the
    rule's title. `remedy` replaces the rule's own where a better one
    is known; `enforcement` lowers or raises this one finding against the rule's level.
    """

    at: str | Keys
    message: str
    remedy: str | None = None
    enforcement: Enforcement | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a waiver covers: each part is a pattern in which `*` stands for any text and `?` for one character.

    A part that is empty covers everything. `stack` is matched with `project/stack`, `path` with a property path.
    """

    urn: str = ""
    stack: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An agreement to live with what a rule finds, until a day. `rule` is a rule's id, or a prefix that ends in `*`.

    It holds from the day `created` to the day `expires`, both included.
    """

    rule: str
    target: Target
    reason: str
    owner: str
    ticket: str
    created: date
    expires: date
    approved_by: str = ""

    @property
    def note(self) -> str:
        """What stands beside a finding that it covers."""
        return f"{WAIVED_UNTIL} {self.expires} by {self.owner}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Exemption:
    """That an exception of a policy config lets a finding pass, and why. It has no owner, no ticket and no last day."""

    id: str
    reason: str

    @property
    def note(self) -> str:
        """What stands beside the finding."""
        return printable(f"{EXEMPTED_BY} {self.id}, no end date: {' '.join(self.reason.split())}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one rule on one resource, or on one of its properties.

    `keys` lead to the property (none for the resource as a whole). `enforcement` is what the gate does about this
    verdict, after configuration; it means nothing for clean and not applicable ones. `waiver` is the one that covers a
    waived verdict, whose message still says what is wrong; `exemption` is the exception that lets it pass.
    """

    rule: str
    outcome: Outcome
    urn: str
    keys: Keys
    message: str
    remedy: str
    severity: Severity
    enforcement: Enforcement
    waiver: Waiver | None = None
    same_as: Keys | None = None
    """The keys by which it is the same finding in another run: an item of a list by its name, where it has one. None
    where `keys` are those."""
    exemption: Exemption | None = None

    @property
    def path(self) -> str:
        """The keys as a Pulumi property path."""
        return format_path(self.keys)
