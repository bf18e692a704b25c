"""A container of a reasoning engine has a size that Google documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.own_facets import Size
from inference_pools.rule import Judgement, Options, rule

_PROCESSORS: Final = ("1", "2", "4", "6", "8")
_MEMORY: Final = tuple(f"{gibibytes}Gi" for gibibytes in range(1, 33))


@rule(
    Size,
    id="engine-size-known",
    title="A reasoning engine has a documented size",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Set {cpu} to 1, 2, 4, 6 or 8, and {memory} to 1Gi to 32Gi.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/projects.locations.reasoningEngines",
)
def engine_size_known(size: Size, options: Options) -> Iterator[Judgement]:
    """The limits are texts that nobody looks at before Google: `4GB`, which is none, passes the provider."""
    yield _one_of(size, "cpu", _PROCESSORS, "1, 2, 4, 6 or 8", "4")
    yield _one_of(size, "memory", _MEMORY, "1Gi to 32Gi", "4Gi")


def _one_of(size: Size, field: str, known: tuple[str, ...], in_words: str, default: str) -> Iterator[Finding]:
    amount = size.amount(field)
    if amount is not None and amount not in known:
        remedy = f"Set {size.called(field)} to {in_words}; it is {default} where it is left out."
        yield Finding(field, f"is {amount!r}, documented are {in_words}", remedy)
