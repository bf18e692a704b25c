"""What serves is not replaced by a change that looks small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import Replacement
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Options, rule


@rule(
    Replacement,
    id="replacement-noted",
    title="An update leaves what serves in place",
    severity=Severity.HIGH,
    enforcement=Enforcement.ADVISORY,
    remedy="Leave {value} as it is deployed. If it has to change, make a second one beside this, move the callers "
    "to it, and take this one out of the program in a later update.",
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/options/deletebeforereplace/",
)
def replacement_noted(replacement: Replacement, options: Options) -> Iterator[Finding]:
    """A preview says `replace` in one word among many, and it means that everything behind a name stops or moves.

    Judged where it is known what is deployed: `--previous` for `check` and `preview`, `POOLGATE_PREVIOUS` for the gate.
    """
    change = replacement.change
    if change is not None:
        order = _DELETED_FIRST if replacement.deletes_first else _MADE_FIRST
        yield Finding("value", f"{change}, which replaces the {replacement.of}: {order}")


_DELETED_FIRST: Final = "it is deleted before the new one is made, and until then nobody answers"
_MADE_FIRST: Final = "a new one is made under another name, then this one is deleted"
